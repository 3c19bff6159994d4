"""Dead letters put back on their topics, each once, as they were or mended; or discarded.

In this order: the audit, the word that a run begins, what is put back, the word that it is. Killed anywhere
in between, the next run finds out what was put back and does the rest.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import islice

import msgspec

from agents.plan import Context, context, plan
from feature_store.keyring import Keyring
from schemas.codec import Unreadable, decode
from schemas.key import key_of_event
from schemas.letters import LEASE, over
from streams import dead_letters, topics
from streams.claims import LETTER, Claims
from streams.dead_letters import DeadLetter, is_open
from streams.gaps import Record
from streams.handled import Act, entries
from streams.inbound import restated
from streams.intake import publish_sealed
from streams.keys import Keys
from streams.patch import Patch, PatchError
from streams.produce import KafkaAway, Message, Producer, Publish
from streams.serve import servers
from streams.settings import Settings

AT_ONCE = 500
DELIVERY = LEASE / 4
"""Seconds within which what is put back is there, or never will be."""
KNOWN = frozenset(topic.name for topic in topics.TOPICS) - {topics.DEAD_LETTERS}


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """Which letters, for whom. `reason`: those whose reason contains it; neither: all."""

    by: str
    letters: frozenset[str] = frozenset()
    reason: str | None = None
    patch: Patch | None = None

    def wants(self, letter: DeadLetter) -> bool:
        return letter.id in self.letters if self.letters else (self.reason or "") in letter.reason


class Done(msgspec.Struct, kw_only=True):
    """What a run did. `before`: an earlier run had put them back; of those that were named, `closed`: put
    back or discarded before it began, `unknown`: no letters at all; `busy`: another run is at them;
    `strange`: of topics that are not ours; `refused`: letters that would come back, and why."""

    done: int = 0
    before: int = 0
    closed: int = 0
    unknown: int = 0
    busy: int = 0
    strange: int = 0
    refused: dict[str, str] = {}

    @property
    def left(self) -> int:
        """How many of those that were asked for still wait, or never were there."""
        return self.unknown + self.busy + self.strange + len(self.refused)

    def sentence(self, what: str) -> str:
        """
        >>> Done(done=2, before=1, refused={"393a6f46cbaa": "unknown type"}).sentence("put back")
        '2 put back, 1 had been put back before, 1 still unreadable and left'
        """
        said = {
            "had been put back before": self.before,
            "closed already": self.closed,
            "no such letter": self.unknown,
            "left to another run": self.busy,
            "of unknown topics left": self.strange,
            "still unreadable and left": len(self.refused),
        }
        return ", ".join([f"{self.done} {what}", *(f"{count} {why}" for why, count in said.items() if count)])


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """What letters are handled with. `publish` has written within `DELIVERY` seconds, or never will."""

    brokers: str
    publish: Publish
    keys: Keys
    context: Context
    clock: Callable[[], float]


@asynccontextmanager
async def desk_of(settings: Settings, clock: Callable[[], float]) -> AsyncIterator[Desk]:
    """A desk on the servers of the environment. Raises `SettingsError`."""
    async with AsyncExitStack() as stack:
        parts = servers(settings, stack)
        producer = Producer(parts.brokers, client_id="prevenance-deadletters", delivery_timeout=DELIVERY)
        stack.push_async_callback(producer.close)
        yield Desk(
            brokers=parts.brokers,
            publish=producer.send,
            keys=Keys(Keyring(parts.redis), parts.master),
            context=context(parts.maisons, parts.pepper, {}),
            clock=clock,
        )


class Run:
    """One run over the letters that stand in the topic at its beginning."""

    def __init__(self, desk: Desk, ask: Ask) -> None:
        self._desk, self._ask = desk, ask
        self._claims = Claims(desk.brokers, desk.publish, desk.clock, ask.by)
        self._done = Done()

    async def put_back(self, *, dry: bool = False) -> Done:
        """Puts back what would be read now; `dry`: only tells. Raises `KafkaAway`, `StoreAway`."""
        async for batch in self._batches():
            looked = {letter: await self._looked_at(letter) for letter in batch}
            ready = {letter: message for letter, message in looked.items() if message is not None}
            await self._note(batch if dry else ready, "tried" if dry else "put back")
            if dry:
                self._done.done += len(ready)
            elif ready:
                await self._put_back(ready)
        return self._done

    async def discard(self, why: str) -> Done:
        """Says of letters that nobody will put them back. Raises `KafkaAway`.

        One that a run has begun with is left to whoever ends what that began: it may be back.
        """
        async for batch in self._batches():
            free = [letter for letter in batch if letter.id not in self._claims.known]
            await self._note(free, "discarded", why)
            gone = await self._claims.discard(free, why)
            self._done.done += len(gone)
            self._done.busy += len(batch) - len(gone)
        return self._done

    async def _batches(self) -> AsyncIterator[list[DeadLetter]]:
        brokers, claims = self._desk.brokers, self._claims
        ends = await asyncio.to_thread(dead_letters.ends, brokers)
        await claims.hear()
        waiting = (
            letter
            for letter in dead_letters.letters(brokers, ends)
            if self._ask.wants(letter) and is_open(claims.known.get(letter.id))
        )
        absent = set(self._ask.letters)
        while batch := await asyncio.to_thread(lambda: [*islice(waiting, AT_ONCE)]):
            absent.difference_update(letter.id for letter in batch)
            yield batch
        self._done.closed = sum(letter in claims.known for letter in absent)
        self._done.unknown = len(absent) - self._done.closed

    async def _looked_at(self, letter: DeadLetter) -> Message | None:
        """What is to be sent of a letter, or None, and why not is counted."""
        fate = self._claims.known.get(letter.id)
        if fate is not None and not over(fate, self._desk.clock()):
            self._done.busy += 1
            return None
        if letter.topic not in KNOWN:
            self._done.strange += 1
            return None
        try:
            value = await self._mended(letter)
        except (PatchError, Unreadable) as error:
            self._done.refused[letter.id] = str(error)
            return None
        return Message(
            topic=letter.topic, key=letter.key, value=value, headers=[(LETTER, letter.id.encode())]
        )

    async def _mended(self, letter: DeadLetter) -> bytes | None:
        """What it is to say. Raises `PatchError`, and `Unreadable` for what no worker would read."""
        value, patch = letter.value, self._ask.patch
        if letter.topic not in topics.TIERS:
            if patch is not None:
                raise PatchError("a patch mends events, and this is none")
            return value
        if patch is not None:
            value = patch.applied(value)
        await self._ask_as_a_worker(value)
        return value

    async def _ask_as_a_worker(self, value: bytes | None) -> None:
        """Raises `Unreadable`, `StoreAway`."""
        desk = self._desk
        event = decode(value)
        oid = key_of_event(event, desk.context.pepper)
        if oid is None:
            raise Unreadable("names nobody - at `$.data.who`")
        part = (event.maison, oid)
        await desk.keys.look_up([part])
        if part in desk.keys.known and desk.keys.known[part] is None:
            raise Unreadable("its client was erased: discard it")
        keyed = Record(0, oid.encode(), value, 0)
        made = plan([keyed], desk.clock(), frozenset(), desk.context, desk.keys.known)
        if made.dead:
            raise Unreadable(made.dead[0].reason)

    async def _put_back(self, ready: Mapping[DeadLetter, Message]) -> None:
        claims, began = self._claims, self._desk.clock()
        resumed = {letter.id for letter in ready if letter.id in claims.known}
        ours = await claims.begin(ready)
        there = await claims.there([letter for letter in ours if letter.id in resumed])
        if self._desk.clock() > began + DELIVERY:
            raise KafkaAway("Kafka answered too slowly; nothing more was put back: try again in two minutes")
        await self._send([(letter, ready[letter]) for letter in ours if letter.id not in there])
        await claims.end(ours)
        self._done.done += len(ours) - len(there)
        self._done.before += len(there)
        self._done.busy += len(ready) - len(ours)

    async def _send(self, ready: Sequence[tuple[DeadLetter, Message]]) -> None:
        await self._desk.publish([message for letter, message in ready if message.value == letter.value])
        for letter, message in ready:
            if message.value != letter.value:  # as at a gateway: under its own key, sealed
                mended = restated(message.value or b"", letter.topic, self._desk.context.pepper)
                await publish_sealed([mended], self._desk.keys, self._bearing(message))

    def _bearing(self, of: Message) -> Publish:
        """Publishes what is said on the topic of a message with its headers."""

        async def publish(messages: Sequence[Message]) -> None:
            named = [
                msgspec.structs.replace(m, headers=of.headers) if m.topic == of.topic else m for m in messages
            ]
            await self._desk.publish(named)

        return publish

    async def _note(self, letters: Collection[DeadLetter], act: str, why: str = "") -> None:
        patch = self._ask.patch.said if self._ask.patch else ()
        said = Act(act=act, by=self._ask.by, at=self._desk.clock(), why=why, patch=patch)
        await self._desk.publish(entries(letters, said, self._desk.context.maisons))
