"""What must be read before statements can be taken in: all they may concern, in a bounded number of steps."""

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Protocol

import msgspec

from agents.matching.blocks import CAP, keys_of
from agents.matching.compare import compare
from agents.matching.meet import Met, changed, concerned, joined, meet
from agents.matching.secret import opened, seal_traits, stand_of, traits_in
from agents.matching.traits import Traits, together, traits_of
from agents.matching.weights import AGAINST, bits
from feature_store.graph import Change, Graph, Node, Pair, region
from feature_store.store import PartKey
from schemas.messages import LinkChange
from schemas.sealing import Key


class Acquaintance(msgspec.Struct, frozen=True, kw_only=True):
    """All that statements may concern: parts, what was said of their persons until now, and what is new."""

    nodes: dict[str, Node]
    known: Mapping[str, Traits]
    met: Met
    keys: Mapping[str, Key]

    @property
    def pairs(self) -> Mapping[Pair, str | None]:
        """Pairs that compare otherwise than before; None: no longer worth a look."""
        return self.met.pairs

    def spoke_against(self, one: str, other: str) -> bool:
        """Whether what was said of two parts until now speaks against their being one."""
        return _against(self.known.get(one), self.known.get(other))

    def speaks_against(self, one: str, other: str) -> bool:
        """The same with what is new."""
        return _against(*(self.met.traits.get(part, self.known.get(part)) for part in (one, other)))

    def with_told(self, change: Change) -> Change:
        """The change, with what is new of persons."""
        nodes = {part: self.nodes[part] for part in self.met.traits}
        for part, traits in self.met.traits.items():
            nodes[part].told = seal_traits(traits, self.keys[part])
        return msgspec.structs.replace(change, nodes={**change.nodes, **nodes}, blocks=self.met.blocks)


class Opens(Protocol):
    """Gives the keys of parts: see `streams.keys.Opener`."""

    async def of(self, parts: Collection[PartKey]) -> dict[PartKey, Key]: ...


class Reading:
    """Reads for statements of one maison taken together, each part once. Raises `StoreAway`."""

    def __init__(self, graph: Graph, opener: Opens, maison: str, pepper: bytes) -> None:
        self._graph, self._opener, self._maison = graph, opener, maison
        self._nodes: dict[str, Node] = {}
        self._traits: dict[str, Traits] = {}
        self.keys: dict[str, Key] = {}
        self._stand = lru_cache(maxsize=None)(stand_of(maison, pepper))

    async def nodes(self, parts: Collection[str]) -> dict[str, Node]:
        missing = [part for part in parts if part not in self._nodes]
        self._nodes |= await self._graph.nodes(self._maison, missing)
        return {part: self._nodes[part] for part in parts}

    async def traits(self, parts: Iterable[str]) -> dict[str, Traits]:
        """What was said of the persons behind these parts."""
        nodes = await self.nodes(sorted(parts))
        fresh = [part for part in nodes if part not in self._traits]
        await self._look_up([part for part in fresh if nodes[part].told])
        self._traits |= {part: traits_in(nodes[part].told, self.keys.get(part)) for part in fresh}
        return {part: self._traits[part] for part in nodes}

    async def said(self, changes: Iterable[LinkChange]) -> dict[str, Traits]:
        """What statements say of persons whose keys were not destroyed."""
        telling = [change for change in changes if change.told]
        await self._look_up([change.parts[0] for change in telling])
        said: dict[str, Traits] = {}
        for change in telling:
            part = change.parts[0]
            fields = opened(change.told, self.keys.get(part))
            if isinstance(fields, dict):
                said[part] = together(said.get(part, {}), traits_of(fields, change.at))
        return said

    async def _look_up(self, parts: Collection[str]) -> None:
        missing = [(self._maison, part) for part in parts if part not in self.keys]
        if missing:
            self.keys |= {part: key for (_, part), key in (await self._opener.of(missing)).items()}

    async def met(self, said: Mapping[str, Traits]) -> Met:
        """Whom those meet of whom something is said."""
        known = await self.traits(said)
        new = changed(said, known)
        blocks = await self._blocks([*known.values(), *new.values()])
        parts = concerned(new, blocks, joined(new, known, blocks, self._stand))
        others = await self.traits(parts - new.keys())
        blocks |= await self._blocks(others.values())
        near = {m for members in blocks.values() if len(members) <= CAP for m in members}
        return meet(new, known | others | await self.traits(near), blocks, self._stand)

    async def _blocks(self, of: Iterable[Traits]) -> dict[str, tuple[str, ...]]:
        keys = {self._stand(key) for traits in of for key in keys_of(traits)}
        return await self._graph.blocks(self._maison, sorted(keys))


async def acquaint(reading: Reading, changes: Iterable[LinkChange]) -> Acquaintance:
    """Reads all that these statements may concern. Raises `StoreAway`."""
    changes = list(changes)
    met = await reading.met(await reading.said(changes))
    named = {part for change in changes for part in change.parts}
    nodes = await region(reading.nodes, named.union(*met.pairs))
    return Acquaintance(nodes=nodes, known=await reading.traits(nodes), met=met, keys=reading.keys)


def _against(one: Traits | None, other: Traits | None) -> bool:
    return bool(one and other) and bits(compare(one or {}, other or {})) < AGAINST
