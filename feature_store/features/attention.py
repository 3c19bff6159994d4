"""What was proposed to staff about this client, and what they made of it.

Entries are opened by the agent that decides (see `agents/attention.py`) and closed by feedback; a claim
that arrives after a dismissal changes nothing. Accepting is a promise, not the end: what was accepted can
still move or be called off. Of what is over only what a later decision asks is kept, in a few bytes.

Three proposals, one accepted, one dismissed, one that waits, give `open == 2`, `accepted == 1` and
`dismissed == 1`: what was accepted is not over.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from struct import Struct
from typing import Any, NamedTuple
from zlib import crc32

import msgspec

from feature_store.days import day_of
from feature_store.feature import Feature, House, short
from schemas.envelope import CHANNELS
from schemas.events.staff import StaffFeedback

KEPT = 6
"""Proposals remembered per part: those that are over leave half of the room to those that are not; of them
the oldest goes first, and a `never` last of all."""
OPEN = 12
"""Proposals that are not over, per part: three rooms of one family have nine. Of more the least urgent goes,
of several that whose time is over soonest, and what somebody has taken last of all."""

STEPS = {"delivered": 1, "seen": 2, "claimed": 3, "snoozed": 3, "accepted": 3, "edited": 3}
OVER = 4
ENDS = ("done", "dismissed", "never", "expired")
WITHHELD = "withheld"
"""How something ends that nobody was shown."""
LIFTED = "again"
"""What lifts a `never`; its `alert` is the action."""
ACCEPTED = ("accepted", "edited", "done")
DECLINED, LOOKED_AFTER = "declined", "looked_after"
"""Reasons of a dismissal: the client was asked and wants none of it; somebody had done it already."""
SNOOZE = 15 * 60.0
"""Seconds of a snooze that names no end."""

REACHED = 6
"""Days with a contact that are remembered."""

_PACKED = Struct(">IIIB")
_DAY = Struct(">HB")
_LATEST, _REVISIONS = 2**32 - 1, 15
WAYS = ("", *ENDS, "retracted", WITHHELD)
"""How something ends. Stored by position, in three bits: new ones go last."""
CODED = (
    "boutique_welcome", "unknown_visitor", "client_elsewhere", "client_writes", "client_calls",
    "abandoned_cart", "hotel_arrival", "appointment", "after_purchase", "second_purchase", "lapsing",
    "birthday", "new_arrival", "wish_elsewhere", "gift_season", "event_invitation", "handwritten_card",
    "service_recovery", "worried", "room_setup", "incomplete_file", "during_stay", "farewell", "post_stay",
    "very_important", "home_advisor",
)  # fmt: skip
"""Actions stored by position: new ones go last. Any other is stored as written, which costs its letters."""
_CODES: dict[str, int | str] = {action: code for code, action in enumerate(CODED)}


class Proposed(msgspec.Struct, array_like=True):
    """`code`: the action, as `coded` has it; `ref`: what it is about (a booking, a site), as `short` has it.

    `place`: the inbox, within its maison; times in Unix seconds; `step` as in `STEPS`; `purpose`: the consent
    it needs, by position in `PURPOSES`; `accepted`: somebody said that they follow it; `way`: how the client
    is to be reached, as `way_of` has it, 0 where they are not; `also`: further purposes it does not go
    without, a bit each; `urgency` as an alert has it.
    """

    code: int | str
    ref: str
    place: str
    at: int
    until: int
    revision: int = 1
    step: int = 0
    verdict: str = ""
    staff: str = ""
    purpose: int = 0
    accepted: bool = False
    way: int = 0
    also: int = 0
    urgency: int = 3

    @property
    def action(self) -> str:
        """What was proposed."""
        return CODED[self.code] if isinstance(self.code, int) else self.code

    @property
    def channel(self) -> str | None:
        """On which channel the client is to be reached; None where staff choose it, or they are not."""
        return _channel(self.way)


class Past(NamedTuple):
    """A proposal that is over. `id` and `about` are checksums: only equality matters.

    `about` stands for action and `ref`; for the action alone where staff said `never`. `revision` ends at 15.
    """

    id: int
    about: int
    at: int
    revision: int
    accepted: bool
    end: str


class Attention(msgspec.Struct, array_like=True):
    """Alert id -> what is known of it while it is not over; `past`: entries of thirteen bytes.

    `reached`: days on which staff took it upon them to reach the client, three bytes each.
    """

    alerts: dict[str, Proposed] = {}
    past: bytes = b""
    reached: bytes = b""


def way_of(channel: str | None) -> int:
    """How a client is to be reached, as an entry keeps it: 1 as staff see fit."""
    return 1 if channel is None else CHANNELS.index(channel) + 2


def _channel(way: int) -> str | None:
    return CHANNELS[way - 2] if way > 1 else None


def reached(slice: Attention) -> list[tuple[int, str | None]]:
    """Days (since 1970) on which staff took it upon them to reach the client, and on which channel."""
    return [(day, _channel(way)) for day, way in _DAY.iter_unpack(slice.reached)]


def _reach(days: Iterable[tuple[int, int]]) -> bytes:
    return b"".join([_DAY.pack(*day) for day in sorted(set(days))[-REACHED:]])


def coded(action: str) -> int | str:
    """An action as an entry keeps it."""
    return _CODES.get(action, action)


def past(slice: Attention) -> Iterator[Past]:
    """What is remembered of proposals that are over, the oldest first."""
    for id, about, at, mark in _PACKED.iter_unpack(slice.past):
        yield Past(id, about, at, mark >> 4, bool(mark & 1), WAYS[mark >> 1 & 7])


def is_over(slice: Attention, alert: str) -> bool:
    """Whether an alert is known to be over."""
    sum = _sum(alert)
    return any(entry.id == sum for entry in past(slice))


def never(slice: Attention, action: str) -> bool:
    """Whether staff asked never to propose this action for this client."""
    about = _sum(action)
    return any(entry.end == "never" and entry.about == about for entry in past(slice))


def last_said(slice: Attention, action: str, ref: str) -> int | None:
    """When an action was last proposed to somebody about something, in Unix seconds, if it is remembered."""
    code, ref = coded(action), short(ref)
    about = _sum(action, ref)
    said = [entry.at for entry in slice.alerts.values() if entry.code == code and entry.ref == ref]
    said += [entry.at for entry in past(slice) if entry.about == about and entry.end != WITHHELD]
    return max(said, default=None)


def called_off(slice: Attention, action: str, ref: str) -> bool:
    """Whether what was proposed last about something was taken back, and nothing of it stands."""
    if any(entry.code == coded(action) and entry.ref == short(ref) for entry in slice.alerts.values()):
        return False
    about = _sum(action, short(ref))
    last = max((entry for entry in past(slice) if entry.about == about), key=lambda e: e.at, default=None)
    return last is not None and last.end == "retracted" and last.at == last_said(slice, action, ref)


def looked_after(slice: Attention, action: str, ref: str, since: float) -> bool:
    """Whether staff have done with what was proposed since then about something."""
    about = _sum(action, short(ref))
    return any(e.about == about and e.at >= since and e.end in ("done", "dismissed") for e in past(slice))


def keep(slice: Attention, entries: Mapping[str, Proposed]) -> dict[str, Proposed]:
    """Takes in entries by alert id; what is over is packed. Returns those beyond `OPEN`, which are followed
    no more and must be called off."""
    slice.alerts.update(entries)
    _settle(slice.alerts, over := {entry.id: entry for entry in past(slice)})
    least = sorted(slice.alerts, key=lambda alert: (_weight(slice.alerts[alert]), alert))
    beyond = {alert: slice.alerts.pop(alert) for alert in least[: max(0, len(least) - OPEN)]}
    slice.past = _all_packed(_remembered(slice, over))
    return beyond


def _weight(entry: Proposed) -> tuple[bool, int, int, int]:
    return entry.accepted or entry.step >= STEPS["claimed"], entry.urgency, entry.until, entry.at


def _settle(alerts: dict[str, Proposed], over: dict[int, Past]) -> None:
    """Moves what is over out of `alerts`; nothing comes back from there."""
    for alert in [*alerts]:
        entry, sum = alerts[alert], _sum(alert)
        if entry.step == OVER:
            _further(over, _past(sum, entry))
        if sum in over:
            del alerts[alert]


def _past(sum: int, entry: Proposed) -> Past:
    about = _sum(entry.action) if entry.verdict == "never" else _sum(entry.action, entry.ref)
    at, revision = min(max(entry.at, 0), _LATEST), min(entry.revision, _REVISIONS)
    return Past(sum, about, at, revision, entry.accepted, entry.verdict if entry.verdict in WAYS else "")


def _further(over: dict[int, Past], entry: Past) -> None:
    known = over.get(entry.id)
    if known is None or (entry.accepted, entry.revision) > (known.accepted, known.revision):
        over[entry.id] = entry


def _remembered(slice: Attention, over: dict[int, Past]) -> list[Past]:
    """What is over, as far as there is room beside what is not, the oldest first."""
    kept = sorted(over.values(), key=lambda entry: (entry.end == "never", entry.at, entry.id))
    ended = [entry for entry in kept if entry.end != "never"]
    beyond = len(kept) + min(len(slice.alerts), KEPT // 2) - KEPT
    return kept[max(0, min(beyond, len(ended))) :]


def _all_packed(kept: Sequence[Past]) -> bytes:
    return b"".join(map(_packed, kept[-KEPT:]))


def _packed(entry: Past) -> bytes:
    mark = entry.revision << 4 | WAYS.index(entry.end) << 1 | entry.accepted
    return _PACKED.pack(entry.id, entry.about, entry.at, mark)


def _sum(*words: str) -> int:
    return crc32("\x1f".join(words).encode())


def _feedback(slice: Attention, event: StaffFeedback, at: float, house: House) -> None:
    data = event.data
    if data.verdict == LIFTED:
        about = _sum(data.alert)
        lifted = [e._replace(end="") if (e.end, e.about) == ("never", about) else e for e in past(slice)]
        slice.past = _all_packed(lifted)  # it is over all the same, also where another part has it open
        return
    entry = slice.alerts.get(data.alert)
    if entry is None:
        return
    asked = data.verdict in ACCEPTED or data.because == DECLINED
    if entry.way and not entry.accepted and asked:
        slice.reached = _reach([*_DAY.iter_unpack(slice.reached), (day_of(at), entry.way)])
    entry.accepted = entry.accepted or data.verdict in ACCEPTED
    if data.verdict in (*ENDS, WITHHELD):
        done_already = data.verdict == "dismissed" and data.because == LOOKED_AFTER  # it was right
        end = "done" if done_already else data.verdict
        entry.step, entry.verdict, entry.staff = OVER, end, short(data.staff)
        keep(slice, {})
    elif STEPS[data.verdict] >= entry.step:
        entry.step, entry.verdict, entry.staff = STEPS[data.verdict], data.verdict, short(data.staff)


def _values(slice: Attention, now: float) -> dict[str, Any]:
    alerts, over = slice.alerts.values(), [*past(slice)]
    return {
        "open": sum(p.until > now for p in alerts),
        "accepted": sum(p.accepted for p in alerts) + sum(p.accepted for p in over),
        "dismissed": sum(p.end in ("dismissed", "never") for p in over),
        "never": [action for action in CODED if never(slice, action)],
        "last": max([*(p.at for p in alerts), *(p.at for p in over)], default=None),
    }


def _merge(slices: Sequence[Attention]) -> Attention:
    """Of several parts all that is not over: what one of them keeps may still be called off."""
    merged = Attention(reached=_reach(day for s in slices for day in _DAY.iter_unpack(s.reached)))
    over: dict[int, Past] = {}
    for slice in slices:
        for ended in past(slice):
            _further(over, ended)
        for alert, entry in slice.alerts.items():
            known = merged.alerts.get(alert)
            if known is None or further(entry, known):
                merged.alerts[alert] = entry
    _settle(merged.alerts, over)
    merged.past = _all_packed(_remembered(merged, over))
    return merged


def further(a: Proposed, b: Proposed) -> bool:
    """Whether `a` knows more of the same alert than `b`."""
    return (a.step, a.accepted, a.revision) > (b.step, b.accepted, b.revision)


FEATURE = Feature(
    name="attention",
    letter="a",
    slice=Attention,
    on={StaffFeedback: _feedback},
    values=_values,
    merge=_merge,
    ordered="of several verdicts on one alert the first that ends it stands",
)
