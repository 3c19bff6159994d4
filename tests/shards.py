"""What `streams.shard` does with slices and timers, over a store in memory."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from agents.effects import Effects
from agents.personalise import personalise
from agents.plan import Context, Keyring, plan
from agents.registry import WAKES
from feature_store.memory_store import MemoryStore
from feature_store.store import Fence, PartKey, View, Write
from schemas.silence import Silence
from streams import isolate, outbox
from streams.keys import Keys
from streams.produce import Message
from streams.telling import aside, messages_of
from tests.builders import Raw
from tests.fakes import FakeDenials


class Shards:
    """The lanes of all shards. `again`: what was lost is read again, and told to nobody."""

    store: MemoryStore
    denials: FakeDenials
    worker: Keys
    ctx: Context
    silences: Mapping[str, Sequence[Silence]]
    now: float
    again: bool

    async def publish(self, messages: Sequence[Message]) -> None:
        """Kafka has these."""
        raise NotImplementedError

    def restart(self) -> None:
        """Everything is new."""
        raise NotImplementedError

    async def serve(self, topic: str, shard: int, raws: Sequence[Raw], dies: bool = False) -> bool:
        """What `streams.shard` does with a slice; False where it died between produce and apply."""
        fence = await self._fence(shard)
        raws = [raw for raw in raws if raw.offset > fence.offsets.get(topic, -1)]
        if not raws:
            return True
        ctx = self.context()
        planned = plan(raws, self.now, WAKES.keys(), ctx, self.worker.known)
        if planned.locked:
            self.worker.forget(planned.locked)
            await self.worker.look_up(planned.locked)
            planned = plan(raws, self.now, WAKES.keys(), ctx, self.worker.known)
        view = await self.store.read(shard, planned.parts, planned.waking)
        others = await self._others(view)

        def compute(keys: Keyring) -> Effects:
            if self.again:  # what was said before an erasure, which comes later, may open no more
                return isolate.applied(planned, raws, view, others, self.now, ctx, False, keys)[1]
            return personalise(planned.touches, (), view, others, self.now, ctx, keys=keys)

        effects = await self._personalised(
            planned.keyed, view, others, compute, dies, {topic: raws[-1].offset}, shard,
            aside(planned, topic, shard),
        )  # fmt: skip
        if effects is not None:
            self.worker.forget((*effects.erased, *planned.erased))
        return effects is not None

    def context(self) -> Context:
        return msgspec.structs.replace(self.ctx, silences=self.silences)

    async def rung(self, shard: int, dying: int) -> int:
        """How many are still to die."""
        while due := (await self.store.read(shard, (), (), self.now)).due:
            parts = list({(t.maison, t.oid): None for t in due})
            view = await self.store.read(shard, parts, parts)
            others, ctx = await self._others(view), self.context()
            if await self._personalised(
                parts, view, others,
                lambda keys: personalise((), due, view, others, self.now, ctx, keys=keys),  # noqa: B023
                dying > 0, {}, shard, (),
            ) is None:  # fmt: skip
                dying -= 1
                self.restart()
        return dying

    async def _personalised(
        self, keyed: Sequence[PartKey], view: View, others: Any, compute: Callable[[Keyring], Effects],
        dies: bool, offsets: dict[str, int], shard: int, further: Sequence[Message],
    ) -> Effects | None:  # fmt: skip
        await self.worker.look_up([*keyed, *others])
        fresh = self.worker.draw(dict.fromkeys(keyed))
        known = {part: self.worker.known.get(part) for part in (*keyed, *others)}
        effects = compute(known | fresh.keys)
        await self.denials.deny(effects.denials)
        told = [] if self.again else [*messages_of(effects, self.worker.known), *further]
        await self.publish([*fresh.messages, *told])
        if dies:
            return None
        fence = await self._fence(shard)
        write = effects.write(
            view.raw,
            Fence("log", fence.version + 1, fence.offsets | offsets),
            [] if self.again else outbox.entries(effects, self.now),
        )
        assert await self.store.apply(shard, write)
        assert not await self.store.apply(shard, write), "a zombie's write"
        self.worker.settle(fresh)
        if kept := await self.store.outbox(shard):
            await self.publish([outbox.message(entry) for entry in kept])
            seen, fence = (await self.store.read(shard, ())).raw, await self._fence(shard)
            after = Fence("log", fence.version + 1, fence.offsets)
            assert await self.store.apply(shard, Write(seen=seen, fence=after, told=len(kept)))
        return effects

    async def _fence(self, shard: int) -> Fence:
        return (await self.store.read(shard, ())).fence or Fence("log")

    async def _others(self, view: View) -> dict[PartKey, bytes | None]:
        wanted = {(part[0], oid) for part, others in view.links.items() for oid in others}
        return await self.store.peek(sorted(wanted - view.parts.keys()))
