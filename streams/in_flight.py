"""Which slices are out, how far each partition is done: the offset book-keeping of one assignment."""

from collections import deque
from collections.abc import Hashable, Iterable, Mapping
from typing import NamedTuple

from faust.types import TP

STALLED = 1.0
"""Seconds after which a slice no longer counts against those of other shards."""


class _Out:
    __slots__ = ("acked", "end", "taken", "token")

    def __init__(self, token: Hashable, end: int, taken: float) -> None:
        self.token = token
        self.end = end
        self.taken = taken
        self.acked = False


class Progress(NamedTuple):
    """How far one partition is: the next offset to be done, and the end of its log (None until known)."""

    position: int
    end: int | None

    @property
    def lag(self) -> int:
        """Records not yet done."""
        return 0 if self.end is None else max(0, self.end - self.position)


class InFlight:
    """Slices taken and not yet done, in the order they were taken.

    A shard (a partition number, over all topics) holds at most `per_shard` slices. A slice acked behind an
    unacked one of its partition still counts: what a killed process would read again stays bounded.
    `overall` bounds the slices that wait for the processor; one that stalls leaves that count.

    >>> flight = InFlight(per_shard=2, overall=4)
    >>> tp = TP("store.checkins", 0)
    >>> flight.reset([tp])
    >>> flight.take(tp, 0, 500, "a", now=0.0), flight.take(tp, 500, 620, "b", now=0.1), flight.rooms()
    (None, None, {})
    >>> flight.spare(now=0.5), flight.spare(now=1.05)
    (2, 3)
    >>> flight.ack(tp, "b"), flight.committable()
    (True, {})
    >>> flight.ack(tp, "a"), flight.committable(), flight.rooms()
    (True, {TP(topic='store.checkins', partition=0): 620}, {0: 2})
    """

    def __init__(self, per_shard: int, overall: int) -> None:
        self._per_shard = per_shard
        self._overall = overall
        self._out: dict[TP, deque[_Out]] = {}
        self._held: dict[int, int] = {}
        self._position: dict[TP, int] = {}
        self._committed: dict[TP, int] = {}
        self.generation = 0

    def reset(self, assigned: Iterable[TP]) -> None:
        """Forget everything and start a new assignment; acks of older slices are ignored from now on."""
        self.generation += 1
        self._out = {tp: deque() for tp in assigned}
        self._held = dict.fromkeys((tp.partition for tp in self._out), 0)
        self._position = {}
        self._committed = {}

    def rooms(self) -> dict[int, int]:
        """How many more slices each shard may hold; full shards are left out."""
        limit = self._per_shard
        return {shard: limit - held for shard, held in self._held.items() if held < limit}

    @property
    def full(self) -> bool:
        """Whether some shard has no room."""
        return any(held >= self._per_shard for held in self._held.values())

    def spare(self, now: float) -> int:
        """How many more slices all shards together may hold, at `now` (seconds, the clock of `take`)."""
        since = now - STALLED
        busy = sum(out.taken > since for slices in self._out.values() for out in slices)
        return max(0, self._overall - busy)

    def take(self, tp: TP, first: int, end: int, token: Hashable, now: float) -> None:
        """Note a slice of offsets `first` to `end`, excluded; `token` names it in `ack`."""
        self._position.setdefault(tp, first)
        self._committed.setdefault(tp, first)
        self._out[tp].append(_Out(token, end, now))
        self._held[tp.partition] += 1

    def ack(self, tp: TP, token: object) -> bool:
        """Mark a slice done; False when it is not of this assignment, or was acked before."""
        slices = self._out.get(tp, ())
        found = next((out for out in slices if out.token is token and not out.acked), None)
        if found is None:
            return False
        found.acked = True
        self._advance(tp)
        return True

    def _advance(self, tp: TP) -> None:
        slices = self._out[tp]
        while slices and slices[0].acked:
            self._position[tp] = slices.popleft().end
            self._held[tp.partition] -= 1

    def committable(self) -> dict[TP, int]:
        """The offsets to commit: the next to read, for each partition that moved since `committed`."""
        return {tp: position for tp, position in self._position.items() if position != self._committed[tp]}

    def committed(self, offsets: Mapping[TP, int]) -> None:
        """Note what the broker has accepted."""
        self._committed.update(offsets)

    def has_taken(self, tp: TP) -> bool:
        """Whether a slice of it was taken in this assignment."""
        return tp in self._position

    def position(self, tp: TP) -> int | None:
        """The next offset to be done; None while nothing is out."""
        return self._position[tp] if self._out.get(tp) else None
