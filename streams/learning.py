"""The lane that teaches models and publishes what they know: `model.examples` -> `model.snapshots`."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Iterable, Sequence

import msgspec

from agents.learn import Taught, decisions_of, learn
from agents.plan import Dead
from feature_store.learning import Head, Learning, decode_head
from schemas.codec import Unreadable, readable
from schemas.messages import Examples, Snapshot
from streams import topics
from streams.epochs import UnknownEpoch, another
from streams.metrics import Metrics
from streams.produce import Message, Producer
from streams.snapshots import Published
from streams.telling import put_aside, tell_broken
from streams.transport import Slice

log = logging.getLogger(__name__)
_decoder = msgspec.json.Decoder(Examples)


async def warm(models: Iterable[Taught]) -> None:
    """Imports what is behind the models, which takes seconds: not on the loop, and not while people wait."""
    await asyncio.gather(*(asyncio.to_thread(model.new) for model in models))


class Teaching:
    """The lane of one partition of `model.examples`: every model whose key lands there has one writer."""

    def __init__(
        self,
        learning: Learning,
        producer: Producer,
        models: Sequence[Taught],
        epoch: str,
        metrics: Metrics,
        published: Published,
    ) -> None:
        self._learning, self._producer, self._epoch, self._metrics = learning, producer, epoch, metrics
        self._models, self._kept = {m.name: m for m in models}, published
        self._published: dict[tuple[str, str], int] = {}
        self._began = time.monotonic()  # from here on nobody else publishes them
        self._warm = False

    async def serve(self, slice: Slice, sound: Awaitable[object]) -> None:
        """Learns from a slice, model by model, and publishes a snapshot of each. Raises `StoreAway`."""
        await sound
        by_model: dict[tuple[str, str], list[tuple[int, Examples]]] = {}
        dead: list[Dead] = []
        for r in slice.records:
            try:
                examples = readable(_decoder, r.value)
                if examples.model not in self._models:
                    raise Unreadable("unknown model - at `$.model`")
            except Unreadable as error:
                dead.append(Dead(r, str(error)))
                continue
            by_model.setdefault((examples.maison, examples.model), []).append((r.offset, examples))
        for (maison, name), messages in by_model.items():
            if not self._warm and decisions_of(m for _, m in messages):
                await warm(self._models.values())  # in the demo; a worker has done so before it began
                self._warm = True
            while (head := await self._learn(maison, name, messages)) is None:
                pass
            await self._publish(maison, name, head)
        await put_aside(self._producer, self._metrics, dead, "learn", topics.EXAMPLES, slice.partition)

    async def _learn(self, maison: str, name: str, messages: list[tuple[int, Examples]]) -> Head | None:
        raw, waiting = await self._learning.read(maison, name, decisions_of(m for _, m in messages))
        head = decode_head(raw, self._epoch)
        if head.epoch != self._epoch:
            raise UnknownEpoch(another(f"model {name} of {maison}", head.epoch, self._epoch))
        head = await self._made_good(maison, name, head)
        taught = learn(self._models[name], head, messages, waiting)
        new = msgspec.msgpack.encode(taught.head)
        if not await self._learning.apply(maison, name, raw, new, taught.put, taught.drop):
            return None
        tell_broken(self._metrics, taught.broken)
        self._metrics.model_learned_total.labels(maison, name).inc(taught.head.learned - head.learned)
        self._metrics.model_drifts_total.labels(maison, name).inc(taught.head.drifts - head.drifts)
        return taught.head

    async def _made_good(self, maison: str, name: str, head: Head) -> Head:
        """The head with all that was published of it: it is published after it is kept, so a store that has
        less has lost it, and the log may have lost what it was learned from.
        """
        told = self._published.get((maison, name))
        if told is not None and told <= head.learned:
            return head
        newest = await self._kept.as_of(self._began if told is None else time.monotonic())
        kept = newest.get((maison, name))
        if kept is None or kept.offset <= max(head.offset, head.taught):
            return head
        log.warning("%s of %s goes on from what was published: %d learned", name, maison, kept.learned)
        return msgspec.structs.replace(
            head, learned=kept.learned, loss=kept.loss, state=kept.state, taught=kept.offset
        )

    async def _publish(self, maison: str, name: str, head: Head) -> None:
        if self._published.get((maison, name), 0) == head.learned:
            return
        snapshot = Snapshot(
            maison=maison,
            model=name,
            epoch=head.epoch,
            offset=max(head.offset, head.taught),
            learned=head.learned,
            loss=head.loss,
            at=time.time(),
            state=head.state,
            layout=head.layout,
        )
        value = msgspec.msgpack.encode(snapshot)
        await self._producer.send(
            [Message(topic=topics.SNAPSHOTS, key=f"{maison}/{name}".encode(), value=value)]
        )
        self._published[(maison, name)] = head.learned

    async def tick(self, now: float) -> None:
        """Nothing is due here: refusals by silence arrive as outcomes."""
