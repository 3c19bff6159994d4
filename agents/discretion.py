"""What a reader may see of a client: their record, masked; a name, or the alias that stands for it. Pure."""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any, Literal, Protocol

import msgspec

from agents.moment import Moment
from feature_store.features.stay import HERE
from feature_store.record import BY_NAME, slice_of
from schemas.alerts import Alert
from schemas.tiers import Circle, may_know, may_mention, row_of, tier_of

FACELESS = frozenset({"consent", *(f.name for f in BY_NAME.values() if f.personal)})
"""Features that the platform, which never knows who it is, does not read."""
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class Reader(Protocol):
    """Who asks; `sites` empty: all of the maison."""

    @property
    def staff(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def sites(self) -> tuple[str, ...]: ...


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A record as a reader may see it.

    masked: rows that are withheld; unspoken: fields that the reader knows and does not say to the client;
    rows, tiers: what is shown, for the audit.
    """

    facts: dict[str, Any]
    features: dict[str, dict[str, Any]]
    profile: dict[str, Any]
    masked: list[str]
    unspoken: list[str]
    rows: list[str]
    tiers: list[int]

    @property
    def stated(self) -> set[str]:
        """Fields of the profile that are shown as they were stated."""
        return self.profile.keys() - ({"name"} if "name" in self.masked else set())


def circle_of(reader: Reader, moment: Moment, serves: Iterable[Alert]) -> Circle | Literal["platform"]:
    """What a reader is to a client. `serves`: the client's open alerts that are for this reader."""
    if reader.role == "platform":
        return "platform"
    if reader.role == "privacy":
        return "privacy"
    advisor = moment.advisor
    if advisor is not None and advisor.id == reader.staff:
        return "assigned"
    near = {circle_for(reader, alert) for alert in serves}
    if reader.role == "team":
        return "team" if near else "house"
    if advisor is None:
        return "free"
    if reader.role == "manager" and (not reader.sites or not {*advisor.sites}.isdisjoint(reader.sites)):
        return "manager"
    if "serving" in near or _houses(reader, moment):
        return "serving"
    return min(near, default="house")  # manager before team


def circle_for(reader: Reader, alert: Alert) -> Circle:
    """What the reader of an alert that is for them is to its client, as far as the alert tells."""
    if reader.role == "team":
        return "team"
    if alert.claimed_by == reader.staff:
        return "serving"
    if reader.role == "manager":
        return "manager"
    return "serving" if alert.claimed_by is None else "team"


def _houses(reader: Reader, moment: Moment) -> bool:
    """Whether the client stays, now, in a hotel of the reader's."""
    stays = slice_of(moment.client, "stay").stays.values()
    return any(
        stay.step == HERE and not stay.cancelled and (not reader.sites or stay.site in reader.sites)
        for stay in stays
    )


def seen(
    values: Mapping[str, Mapping[str, Any]],
    circle: Circle | Literal["platform"],
    raised: Mapping[str, int],
    alias: str,
) -> Seen:
    """What of a record's values a circle may see; a name that is withheld reads as the alias.

    The platform sees facts and features, whatever their tier, and never who it is.
    """
    sight = Seen(facts={}, features={}, profile={}, masked=[], unspoken=[], rows=[], tiers=[])
    rows: set[str] = set()
    masked: set[str] = set()
    tiers: set[int] = set()
    for feature, held in values.items():
        for name, value in held.items():
            fact = name if feature == "profile" else f"{feature}.{name}"
            if not _open(feature, fact, circle, raised):
                masked.add(row_of(fact))
                continue
            _place(sight, feature)[name] = value
            rows.add(row_of(fact))
            tiers.add(tier_of(fact, raised))
            if circle != "platform" and not may_mention(fact, circle, raised):
                sight.unspoken.append(fact)
    if "name" in masked and circle != "platform":
        sight.profile["name"] = alias
    sight.masked.extend(sorted(masked))
    sight.rows.extend(sorted(rows))
    sight.tiers.extend(sorted(tiers))
    return sight


def _open(feature: str, fact: str, circle: Circle | Literal["platform"], raised: Mapping[str, int]) -> bool:
    return feature not in FACELESS if circle == "platform" else may_know(fact, circle, raised)


def _place(sight: Seen, feature: str) -> dict[str, Any]:
    if feature == "profile":
        return sight.profile
    return sight.facts if feature == "facts" else sight.features.setdefault(feature, {})


def alias_of(reader: Reader, maison: str, oid: str, pepper: bytes) -> str:
    """A name that says nothing: the same for a client and those who read with the same role at one place.

    It can't be guessed from the opaque id, nor told from the alias that others read.
    """
    group = f"{reader.role}|{','.join(sorted(reader.sites))}"
    key = blake2b(pepper, digest_size=32, person=b"alias").digest()
    mark = int.from_bytes(blake2b(f"{maison}|{group}|{oid}".encode(), digest_size=8, key=key).digest())
    letters = [_LETTERS[(mark >> 5 * n) % 32] for n in range(5)]
    return f"Client {letters[0]}-{''.join(letters[1:])}"
