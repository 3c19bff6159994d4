"""The graph of links in memory: for tests, checks of the matching, and reading how it is meant."""

from collections.abc import Collection

from feature_store.graph import Change, GraphHead, Held, Hold, Node, Pair


class MemoryGraph:
    """Implements `Graph`; one process, one maison or more, no persistence."""

    def __init__(self) -> None:
        self._heads: dict[str, GraphHead] = {}
        self._nodes: dict[tuple[str, str], Node] = {}
        self._blocks: dict[tuple[str, str], tuple[str, ...]] = {}
        self._holds: dict[str, dict[Pair, Hold]] = {}
        self._asked: dict[str, dict[Pair, str]] = {}
        self._verdicts: dict[str, dict[Pair, tuple[float, str, bool]]] = {}

    async def head(self, maison: str, epoch: str) -> tuple[bytes, GraphHead]:
        head = self._heads.get(maison)
        return (repr(head).encode(), head) if head else (b"", GraphHead(epoch))

    async def nodes(self, maison: str, parts: Collection[str]) -> dict[str, Node]:
        found = {p: self._nodes.get((maison, p), Node()) for p in parts}
        return {p: Node(n.kind, dict(n.edges), dict(n.alike), n.told) for p, n in found.items()}

    async def blocks(self, maison: str, keys_: Collection[str]) -> dict[str, tuple[str, ...]]:
        return {key: members for key in keys_ if (members := self._blocks.get((maison, key)))}

    async def held(self, maison: str) -> Held:
        return Held(
            holds=dict(self._holds.get(maison, {})),
            asked=dict(self._asked.get(maison, {})),
            verdicts=dict(self._verdicts.get(maison, {})),
        )

    async def apply(self, maison: str, seen: bytes, head: GraphHead, change: Change) -> bool:
        if (await self.head(maison, head.epoch))[0] != seen:
            return False
        self._heads[maison] = head
        self._nodes |= {(maison, part): node for part, node in change.nodes.items()}
        for key, members in change.blocks.items():
            self._blocks[maison, key] = members
        holds, asked = self._holds.setdefault(maison, {}), self._asked.setdefault(maison, {})
        for pair, hold in change.holds.items():
            holds.pop(pair, None)
            if hold is not None:
                holds[pair] = hold
        for pair, levels in change.asked.items():
            asked.pop(pair, None)
            if levels is not None:
                asked[pair] = levels
        self._verdicts.setdefault(maison, {}).update(change.verdicts)
        return True
