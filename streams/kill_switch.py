"""What is silenced: the topic `silences`, read by every process, and asked of Redis where people are reached.

The topic is the state and its audit: every message stays. A process keeps the newest of each scope, and asks
Redis as well before anything is shown, for a switch is in Redis before it is acknowledged. Whichever is newer
holds; while Redis says nothing nobody is shown anything.
"""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from feature_store.silences import Silences
from schemas.codec import Unreadable
from schemas.maison import Maison
from schemas.silence import Silence, decode_silence
from streams import topics
from streams.asking import Answers, Asking
from streams.compacted import Compacted
from streams.produce import Message, Producer

log = logging.getLogger(__name__)

REMEMBERED = 200
"""Turns of the switch of one maison that are at hand to be shown; the topic has all."""


class KillSwitch:
    """What is silenced in every maison, lifted or not."""

    def __init__(self, brokers: str, redis: Any, maisons: Mapping[str, Maison]) -> None:
        self.turns: dict[str, deque[Silence]] = defaultdict(lambda: deque(maxlen=REMEMBERED))
        """The newest turns of each maison's switch, oldest first."""
        self.said: Mapping[str, Sequence[Silence]] = {}
        """What the topic silences, by maison; some of it may be over by now."""
        self._newest: dict[str, dict[str, Silence]] = defaultdict(dict)
        self._copies, self.maisons = Silences(redis), maisons
        self._topic = Compacted(brokers, topics.SILENCES, self._read)
        self._asked = Asking(self._now)

    async def start(self) -> None:
        """Returns when all that was ever silenced is known. Raises `TopicError`."""
        await self._topic.start_whole()

    async def stop(self) -> None:
        """Ends the reading."""
        await asyncio.to_thread(self._topic.stop)

    def last(self, silence: Silence) -> Silence | None:
        """What was said last, in the topic, of the scope of another."""
        return self._newest[silence.maison].get(silence.scope)

    def now(self, maisons: Collection[str]) -> Answers[str, list[Silence]]:
        """What is silenced this instant, shadows among it, by maison. Raises `StoreAway`: show nothing."""
        return self._asked.of(maisons)

    async def _now(self, maisons: Collection[str]) -> dict[str, list[Silence]]:
        found = await asyncio.gather(*(self._of(maison) for maison in maisons))
        return dict(zip(maisons, found, strict=True))

    async def _of(self, maison: str) -> list[Silence]:
        stored = await self._copies.read_all(maison)
        newest = dict(self._newest[maison])
        if stored is None:  # a store that was emptied is told again what the topic says
            await self._copies.write(maison, newest.values(), whole=True)
        for scope, one in (stored or {}).items():
            if scope not in newest or one.at > newest[scope].at:
                newest[scope] = one
        shadows = self.maisons[maison].shadows if maison in self.maisons else []
        return [*shadows, *(one for one in newest.values() if not one.lifted)]

    async def turn(self, producer: Producer, silence: Silence) -> None:
        """Says it: the topic has it, then Redis; from then on nobody is shown what it covers.

        Said again it does the same again. Raises `KafkaAway`: nothing was done. Raises `StoreAway`: the topic
        has it, and it holds for whatever is decided from now on; say it again for what is on screens.
        """
        key = f"{silence.maison}/{silence.scope}".encode()
        value = msgspec.json.encode(silence)
        await producer.send([Message(topic=topics.SILENCES, key=key, value=value)])
        self.take(silence)  # the topic tells it a moment later
        await self._copies.write(silence.maison, [silence])

    def take(self, one: Silence) -> None:
        """The last that was said of a scope holds; what is told twice was said once."""
        known = self._newest[one.maison].get(one.scope)
        if one not in self.turns[one.maison]:
            self.turns[one.maison].append(one)
        if known is None or one.at >= known.at:
            self._newest[one.maison][one.scope] = one
        every = [*self._newest[one.maison].values()]  # in one step, for the reader's thread takes too
        active = tuple(silence for silence in every if not silence.lifted)
        self.said = {**self.said, one.maison: active}

    def _read(self, value: bytes) -> None:
        try:
            self.take(decode_silence(value))
        except Unreadable as unreadable:
            log.warning("a message of %s is left alone: %s", topics.SILENCES, unreadable)
