"""The lane that keeps links: statements of `identity.links` become the parts of each client, in the store.

Links are written first, versioned by offset; then whoever they concern is asked to look at the client again,
where something is concluded of the whole or the client has lost or gained a part; then the graph, with its
own fence. Killed in between, the same statements give the same links again.
"""

import logging
import time
from collections.abc import Awaitable, Mapping

import msgspec

from agents.identify import Linked, identify
from agents.plan import Dead
from agents.resolve import MOST
from feature_store.graph import Graph, GraphHead
from feature_store.store import Store
from schemas.codec import Unreadable, readable
from schemas.maison import Maison
from schemas.messages import LinkChange
from streams import outbox, topics
from streams.acquaint import Opens, Reading, acquaint
from streams.epochs import UnknownEpoch, another
from streams.metrics import Metrics
from streams.produce import Producer
from streams.telling import put_aside
from streams.transport import Slice

log = logging.getLogger(__name__)
_decoder = msgspec.json.Decoder(LinkChange)


class Identifying:
    """The lane of one partition of `identity.links`: all statements of its maisons."""

    def __init__(
        self,
        store: Store,
        graph: Graph,
        opener: Opens,
        producer: Producer,
        *,
        epoch: str,
        metrics: Metrics,
        pepper: bytes,
        maisons: Mapping[str, Maison],
    ) -> None:
        self._store, self._graph, self._opener, self._producer = store, graph, opener, producer
        self._epoch, self._metrics, self._pepper = epoch, metrics, pepper
        self._maisons = maisons

    async def serve(self, slice: Slice, sound: Awaitable[object]) -> None:
        """Applies the statements of a slice, maison by maison. Raises `StoreAway`."""
        await sound
        by_maison: dict[str, list[tuple[int, LinkChange]]] = {}
        dead: list[Dead] = []
        for r in slice.records:
            try:
                change = readable(_decoder, r.value)
            except Unreadable as error:
                dead.append(Dead(r, str(error)))
                continue
            by_maison.setdefault(change.maison, []).append((r.offset, change))
        for maison, changes in by_maison.items():
            while not await self._apply(maison, changes, slice.records[-1].offset):
                pass
        await put_aside(self._producer, self._metrics, dead, "identify", topics.LINKS, slice.partition)

    async def _apply(self, maison: str, changes: list[tuple[int, LinkChange]], last: int) -> bool:
        raw, head = await self._graph.head(maison, self._epoch)
        if head.epoch != self._epoch:
            raise UnknownEpoch(another(f"the graph of {maison}", head.epoch, self._epoch))
        fresh = [(offset, change) for offset, change in changes if offset > head.offset]
        if not fresh:
            return True
        reading = Reading(self._graph, self._opener, maison, self._pepper)
        linked = await take(reading, fresh)
        self._tell(maison, linked)
        await self._store.link(linked.links)
        segmented = maison in self._maisons and bool(self._maisons[maison].segments)
        if asked := outbox.asked_again(linked, time.time(), segmented):
            await self._producer.send(asked)
        return await self._graph.apply(maison, raw, GraphHead(self._epoch, last), linked.change)

    def _tell(self, maison: str, linked: Linked) -> None:
        change = linked.change
        held = sum(one is not None for one in (*change.holds.values(), *change.asked.values()))
        self._metrics.links_held_total.labels(maison).inc(held)
        if linked.full:
            self._metrics.clients_full_total.labels(maison).inc(len(linked.full))
            log.warning(
                "%d parts of %s stayed apart: their client has %d already", len(linked.full), maison, MOST
            )

    async def tick(self, now: float) -> None:
        """Nothing is due here."""


async def take(reading: Reading, changes: list[tuple[int, LinkChange]]) -> Linked:
    """What statements of one maison change; nothing is written. Reads all that they concern."""
    known = await acquaint(reading, [change for _, change in changes])
    linked = identify(changes, known.nodes, known.pairs, known.spoke_against, known.speaks_against)
    return msgspec.structs.replace(linked, change=known.with_told(linked.change))
