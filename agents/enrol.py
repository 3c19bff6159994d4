"""A client is in a segment once, however many parts they have: what one part's change brings about. Pure.

The part with the smallest id stands for the client. Another part that changes has it look again, by an event,
and gives up what it held when it stood for itself: a part with a smaller id that begins with what changes no
segment takes over when something does.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from agents.audience import HELD, tactful, told
from agents.departed import departed
from agents.moment import Moment
from agents.segments import Verdict, judged, looked_at_next
from feature_store import record as records
from feature_store.features.segments import Segments
from feature_store.scale import Scale
from schemas.maison import Maison
from schemas.segments import Segment, SegmentChange
from schemas.times import iso

ELSEWHERE = "counted with another record of this client"


class Enrolled(msgspec.Struct, frozen=True, kw_only=True):
    """What follows. `look`: when to look again, 0 never, None as before. `reviews`: parts to look again."""

    changes: list[SegmentChange]
    look: int | None
    reviews: list[str]

    @property
    def dirty(self) -> bool:
        """Whether the part's record changed."""
        return bool(self.changes) or self.look is not None


def enrol(
    segments: Sequence[Segment],
    maison: Maison,
    oid: str,
    parts: Mapping[str, Any],
    scale: Scale,
    now: float,
) -> Enrolled:
    """Brings what part `oid` holds of these segments up to date, in its record.

    `segments`: those that what happened can change. `parts`: every part of the client that has a record, by
    id; `oid` among them.
    """
    client = records.merge([*parts.values()])
    moment = Moment.of_a_look(maison, oid, client, now)
    verdicts = judged(segments, maison, client, scale, now)
    gone = departed(client)
    for segment in segments:
        if gone:
            verdicts[segment.id] = Verdict(False, (HELD,))
        elif segment.shows and verdicts[segment.id].holds:
            verdicts[segment.id] = tactful(segment, moment, verdicts[segment.id])
    slice: Segments = records.slice_of(parts[oid], "segments")
    holder = min(parts)
    reviews = []
    if oid != holder:
        stands: Segments = records.slice_of(parts[holder], "segments")
        soon = looked_at_next(verdicts.values())
        differs = any(verdict.holds != (id in stands.held) for id, verdict in verdicts.items())
        if differs or (soon and not 0 < stands.look <= soon):  # or it would sleep past what time brings
            reviews.append(holder)
        verdicts = {segment.id: Verdict(False, (ELSEWHERE,)) for segment in maison.segments}
        look = 0
    else:
        reviews += [o for o, part in parts.items() if o != oid and records.slice_of(part, "segments").held]
        look = looked_at_next(verdicts.values())
        if len(verdicts) < len(maison.segments) and slice.look:  # of the others holds what held
            look = min(look or slice.look, slice.look)
    changes = _changes(moment, slice, verdicts)
    moved = look != slice.look
    if changes or moved:
        own = records.own(parts[oid], "segments")
        stay = [id for id in own.held if id not in verdicts]
        own.held = sorted([*stay, *(id for id, verdict in verdicts.items() if verdict.holds)])
        own.changes, own.look = own.changes + len(changes), look
    return Enrolled(changes=changes, look=look if moved else None, reviews=reviews)


def leave(maison: Maison, oid: str, record: Any, now: float) -> list[SegmentChange]:
    """What follows for segments where a client is erased."""
    slice: Segments = records.slice_of(record, "segments")
    held = [segment for segment in maison.segments if segment.id in slice.held]
    return [
        SegmentChange(
            id=_id(maison.id, oid, segment.id, slice.changes + nth),
            maison=maison.id,
            team=segment.team,
            segment=segment.id,
            client=oid,
            change="left",
            at=iso(now),
            why=["erased"],
        )
        for nth, segment in enumerate(held)
    ]


def _changes(moment: Moment, slice: Segments, verdicts: Mapping[str, Verdict]) -> list[SegmentChange]:
    maison = moment.maison
    changed = [
        s for s in maison.segments if s.id in verdicts and verdicts[s.id].holds != (s.id in slice.held)
    ]
    return [_change(moment, one, slice.changes + nth, verdicts[one.id]) for nth, one in enumerate(changed)]


def _change(moment: Moment, segment: Segment, nth: int, verdict: Verdict) -> SegmentChange:
    maison, oid = moment.maison.id, moment.part
    change = SegmentChange(
        id=_id(maison, oid, segment.id, nth),
        maison=maison,
        team=segment.team,
        segment=segment.id,
        client=oid,
        change="entered" if verdict.holds else "left",
        at=iso(moment.now),
        why=list(verdict.why),
    )
    if not (verdict.holds and segment.shows):
        return change
    return msgspec.structs.replace(change, **msgspec.structs.asdict(told(moment, verdict)))


def _id(*words: object) -> str:
    return blake2b("|".join(map(str, words)).encode(), digest_size=12).hexdigest()
