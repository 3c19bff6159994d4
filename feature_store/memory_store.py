"""The store in memory: for tests and for reading how it is meant."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from feature_store.store import (
    NEVER,
    Links,
    PartKey,
    Timer,
    View,
    Write,
    encode_fence,
    membership,
    of_choice,
    timer_of,
)

DUE_AT_ONCE = 500
AT_ONCE = 500


class MemoryStore:
    """Implements `Store`; one process, no persistence."""

    def __init__(self, partition_of: Callable[[bytes], int]) -> None:
        self._partition_of = partition_of
        self._fences: dict[int, bytes] = {}
        self._parts: dict[tuple[int, PartKey], bytes] = {}
        self._links: dict[tuple[int, PartKey], Links] = {}
        self._due: dict[int, dict[str, float]] = {}
        self._tallies: dict[int, Counter[str]] = {}
        self._members: dict[int, dict[str, int]] = {}
        self._outbox: dict[int, list[bytes]] = {}

    async def read(
        self,
        shard: int,
        parts: Sequence[PartKey],
        linked: Sequence[PartKey] = (),
        due_by: float | None = None,
    ) -> View:
        due: list[Timer] = []
        if due_by is not None:
            waiting = sorted((at, member) for member, at in self._due.get(shard, {}).items() if at <= due_by)
            due = [timer_of(member, at) for at, member in waiting[:DUE_AT_ONCE]]
        return View(
            self._fences.get(shard, b""),
            {p: self._parts.get((shard, p)) for p in parts},
            {p: self._others((shard, p)) for p in linked},
            due,
        )

    async def peek(self, parts: Sequence[PartKey]) -> dict[PartKey, bytes | None]:
        return {p: self._parts.get(self._placed(p)) for p in parts}

    async def links(self, parts: Sequence[PartKey]) -> dict[PartKey, tuple[str, ...]]:
        return {p: self._others(self._placed(p)) for p in parts}

    async def apply(self, shard: int, write: Write) -> bool:
        if self._fences.get(shard, b"") != write.seen:
            return False
        due = self._due.setdefault(shard, {})
        for member in write.dropped:
            due.pop(member, None)
        due.update({t.member: t.due for t in write.timers})
        self._parts.update({(shard, part): value for part, value in write.parts.items()})
        for part in write.gone:
            self._parts.pop((shard, part), None)
        self._tallies.setdefault(shard, Counter()).update(write.tallies)
        members = self._members.setdefault(shard, {})
        for name, at in write.members.items():
            if at:
                members[name] = at
            else:
                members.pop(name, None)
        self._outbox[shard] = [*self._outbox.get(shard, [])[write.told :], *write.outbox]
        self._fences[shard] = encode_fence(write.fence)
        return True

    async def link(self, links: Mapping[PartKey, Links]) -> None:
        for part, new in links.items():
            known = self._links.get(self._placed(part))
            if known is None or new.version > known.version:
                self._links[self._placed(part)] = new

    async def timers(self, shard: int) -> int:
        return sum(at < NEVER for at in self._due.get(shard, {}).values())

    async def marked(self, shard: int, most: int) -> list[Timer]:
        marks = [(at, member) for member, at in self._due.get(shard, {}).items() if at >= NEVER]
        return [timer_of(member, at) for at, member in sorted(marks, reverse=True)[:most]]

    async def tallies(self, shard: int) -> dict[str, int]:
        return {name: count for name, count in self._counts(shard) if not of_choice(name)}

    async def chosen(self, shard: int) -> dict[str, int]:
        return {name: count for name, count in self._counts(shard) if of_choice(name)}

    def _counts(self, shard: int) -> list[tuple[str, int]]:
        return [(name, count) for name, count in self._tallies.get(shard, {}).items() if count]

    async def outbox(self, shard: int) -> list[bytes]:
        return self._outbox.get(shard, [])[:AT_ONCE]

    async def members(self, shard: int, maison: str, segment: str, most: int) -> dict[str, int]:
        begins = membership(maison, segment, "")
        held = self._members.get(shard, {}).items()
        found = [(name.removeprefix(begins), at) for name, at in held if name.startswith(begins)]
        return dict(found[:most])

    def _placed(self, part: PartKey) -> tuple[int, PartKey]:
        return self._partition_of(part[1].encode()), part

    def _others(self, placed: tuple[int, PartKey]) -> tuple[str, ...]:
        links = self._links.get(placed)
        return links.parts if links else ()
