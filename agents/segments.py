"""Whether a client is in the segments of a maison now, why, and when time alone would change it. Pure.

Most events can change no segment: `concerned` says which can, so a page view costs one look into a set.
"""

import operator
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from math import ceil
from typing import Any, NamedTuple

import msgspec

from feature_store.consent import law_of, standing
from feature_store.features.consent import Consent
from feature_store.record import BY_NAME, slice_of
from feature_store.scale import Scale
from feature_store.value import value_of
from schemas.envelope import Event
from schemas.events.chat import ChatMessage
from schemas.events.client import (
    ClientCase,
    ClientConsent,
    ClientEmotion,
    ClientLicence,
    ClientProfile,
    ClientReferral,
    ClientReview,
)
from schemas.events.hotel import HotelBooking, HotelCheckout
from schemas.events.store import StoreCheckin, StorePurchase, StoreReturn
from schemas.events.web import WebView
from schemas.maison import Maison
from schemas.segments import Segment, When

DAY = 86_400.0
AGEING = frozenset(
    {
        "recency.purchase_days",
        "recency.visit_days",
        "recency.touch_days",
        "sharing.days",
        "referral.days",
        "journeys.left_days",
        "fatigue.last_days",
    }
)
"""Values that grow by one a day by themselves: when they cross a line is known beforehand."""
AGEING_BY_DAYS = frozenset({"relation.last_days", "contacts.last_days"})
"""The same of whole days, which grow at midnight UTC."""
DRIFTING = frozenset(
    {
        "value", "taste", "stay", "session", "attention", "consent", "cases", "contacts", "grants",
        "leanings", "licences", "mood", "surprises",
    }
)  # fmt: skip
"""Features that move by time or by what others do: who is in a segment by them is looked at once a week."""
AGAIN = 7 * DAY
LASTS = 390 * DAY
"""Seconds of silence after which a client leaves every segment: their record is about to lapse."""
SILENT = "nothing was heard for 390 days"

_BOUGHT, _CAME = frozenset({StorePurchase}), frozenset({StoreCheckin})
NARROW: Mapping[str, frozenset[type[Event]]] = {
    "recency.purchase_days": _BOUGHT,
    "recency.last_purchase": _BOUGHT,
    "recency.visit_days": _CAME,
    "facts.purchases": _BOUGHT,
    "facts.visits": _CAME,
    "facts.views": frozenset({WebView}),
    "facts.returns": frozenset({StoreReturn}),
    "facts.spend": frozenset({StorePurchase, StoreReturn}),
    "facts.bookings": frozenset({HotelBooking}),
    "facts.stays": frozenset({HotelCheckout}),
    "value": frozenset({StorePurchase, StoreReturn, ClientReferral}),
    "referral": frozenset({ClientReferral}),
    "sharing": frozenset({ClientProfile, ClientConsent, ClientReferral, ClientLicence}),
}
"""What changes a value, where fewer events do than change its feature."""
ALWAYS: tuple[type[Event], ...] = (ClientConsent, ClientProfile, ClientReview)
"""What may change whether a client is in any: what they allow, and where they live."""
TACT: tuple[type[Event], ...] = (ClientCase, ClientEmotion, ChatMessage)
"""What may make it tactless to speak to somebody who is in one that shows something."""
_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


class Verdict(NamedTuple):
    """Whether something holds, why, and when time alone would change it (Unix seconds; None: never)."""

    holds: bool
    why: tuple[str, ...]
    look: float | None = None


class Segmentation(msgspec.Struct, frozen=True):
    """The segments of a maison, and which of them an event of a type can change."""

    segments: tuple[Segment, ...] = ()
    by: Mapping[type[Event], tuple[Segment, ...]] = {}

    def changed_by(self, kinds: Collection[type[Event]]) -> Sequence[Segment]:
        """The segments that events of these types can change."""
        if len(kinds) == 1:
            return self.by.get(next(iter(kinds)), ())
        return [s for s in self.segments if any(s in self.by.get(kind, ()) for kind in kinds)]


def segmentation_of(maison: Maison) -> Segmentation:
    """Raises `ValueError` naming the segment that asks for no feature."""
    by: dict[type[Event], list[Segment]] = {}
    for segment in maison.segments:
        always = (*ALWAYS, *TACT) if segment.shows else ALWAYS
        kinds = set(always).union(*(_kinds(segment, leaf.field or "") for leaf in segment.when.leaves()))
        for kind in kinds:
            by.setdefault(kind, []).append(segment)
    return Segmentation(tuple(maison.segments), {kind: tuple(several) for kind, several in by.items()})


def _kinds(segment: Segment, field: str) -> frozenset[type[Event]]:
    feature, _, value = field.partition(".")
    for name in (f"{feature}.{value.partition('.')[0]}", feature):
        if name in NARROW:
            return NARROW[name]
    if feature not in BY_NAME or feature == "segments":
        raise ValueError(f"segment {segment.id}: {feature} is no feature of the record")
    return frozenset(BY_NAME[feature].on)


def judged(
    segments: Iterable[Segment], maison: Maison, client: Any, scale: Scale, now: float
) -> dict[str, Verdict]:
    """Segment -> whether the client is in it; O(conditions)."""
    known = _Known(maison, client, scale, now)
    touched = slice_of(client, "recency").touch
    if now - touched >= LASTS:
        return {s.id: Verdict(False, (SILENT,)) for s in segments}
    return {s.id: _judged(s, known, touched) for s in segments}


def _judged(segment: Segment, known: "_Known", touched: int) -> Verdict:
    for purpose in (segment.purpose, *segment.also):
        if not known.allows(purpose):
            return Verdict(False, (f"no consent for {purpose}",))
    verdict = _holds(segment.when, known)
    if not verdict.holds:
        return verdict
    drifts = any((leaf.field or "").partition(".")[0] in DRIFTING for leaf in segment.when.leaves())
    looks = [
        touched + LASTS,
        *(at for at in known.consent.expires.values() if at > known.now),
        *([verdict.look] if verdict.look else []),
        *([known.now + AGAIN] if drifts else []),
    ]
    return verdict._replace(look=min(looks))


def _holds(when: When, known: "_Known") -> Verdict:
    if when.field is not None:
        return _compared(when, known)
    wanted = when.all is None
    inner = []
    for one in sorted(when.all or when.any or (), key=_costs):
        verdict = _holds(one, known)
        inner.append(verdict)
        if verdict.holds == wanted and verdict.look is None:
            return verdict
    decided = [v for v in inner if v.holds == wanted]  # one fails in `all`, or holds in `any`: enough
    look = min((v.look for v in inner if v.look is not None), default=None)
    if decided:
        return Verdict(wanted, decided[0].why, look)
    return Verdict(not wanted, tuple(why for v in inner for why in v.why), look)


def _costs(when: When) -> bool:
    """Whether it takes more than a look into the record: what costs little is asked first."""
    return when.field is None or when.field.startswith("value.")


def _compared(when: When, known: "_Known") -> Verdict:
    actual, value = known.value(when.field or ""), when.value
    holds = _true(when.op or "", actual, value)
    why = (str(when),) if holds else (f"not {when}",)
    look = None
    if isinstance(value, int | float):
        if when.field in AGEING and isinstance(actual, float):
            look = known.now + (value - actual) * DAY
        elif when.field in AGEING_BY_DAYS and isinstance(actual, int) and value >= actual:
            look = (known.now // DAY + max(1, ceil(value - actual))) * DAY
    return Verdict(holds, why, look if look is not None and look >= known.now else None)


def _true(op: str, actual: Any, value: Any) -> bool:
    if op == "known":
        return bool((actual is not None) == value)
    if actual is None:
        return False
    if op in _ORDER:
        return isinstance(actual, int | float) and _ORDER[op](actual, value)
    if op == "has":
        return isinstance(actual, list | dict) and value in actual
    if op == "in":
        return bool(actual in value)
    return bool((actual == value) == (op == "="))


class _Known:
    """The values of a client, each feature's worked out when it is first asked for, and what they allow."""

    def __init__(self, maison: Maison, client: Any, scale: Scale, now: float) -> None:
        self._client, self._scale, self.now = client, scale, now
        self._of: dict[str, Mapping[str, Any]] = {}
        self._law = law_of(maison, slice_of(client, "profile"), None)
        self.consent: Consent = slice_of(client, "consent")

    def allows(self, purpose: str) -> bool:
        return standing(self.consent, self._law, purpose, None, self.now).allowed

    def value(self, field: str) -> Any:
        feature, _, name = field.partition(".")
        if feature not in self._of:
            self._of[feature] = self._values(feature)
        values = self._of[feature]
        if name in values:
            return values[name]
        group, _, rest = name.partition(".")
        inner = values.get(group)
        return inner.get(rest) if isinstance(inner, dict) else None

    def _values(self, feature: str) -> Mapping[str, Any]:
        if feature == "value":
            return value_of(self._client, self._scale)
        return BY_NAME[feature].values(slice_of(self._client, feature), self.now)


def looked_at_next(verdicts: Iterable[Verdict]) -> int:
    """When time alone would change one of them, in Unix seconds rounded up; 0: never."""
    looks = [verdict.look for verdict in verdicts if verdict.look is not None]
    return int(min(looks)) + 1 if looks else 0
