"""Events of sources that a maison has not declared: set aside as they came, listed, and let in.

A house whose file says `unknown_sources = "quarantine"` believes nobody it does not know. What such a source
says waits in the topic `quarantine` for 30 days, under the event's own name, so that a resend is no second
event. Letting an event in puts its bytes on its topic and, once Kafka has them, an empty record under that
name here: killed in between, it is let in again and dropped by its id.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b
from itertools import islice
from typing import Any

import msgspec
from confluent_kafka import Message as KafkaMessage

from schemas.maison import Maison
from schemas.sources import Source, declared
from schemas.wording import many
from streams import topics
from streams.applied import ends_of
from streams.dead_letters import printable, stamped
from streams.inbound import Refused
from streams.produce import Message, Producer
from streams.stored import stored

AT_ONCE = 100
REMEMBERED = 10_000
"""Sources of which it is remembered what the maison's file says: a sender may name any number."""
REASON = "the maison's file does not declare this source"


class Admission:
    """Whose word is taken at once, of these maisons. What was found of a source is remembered."""

    def __init__(self, maisons: Mapping[str, Maison]) -> None:
        self._maisons = maisons
        self._found: dict[tuple[str, str], Source | None] = {}

    def admits(self, event: Any, maison: str) -> bool:
        """Whether an event as sent goes on at once; else it is to be set aside.

        What only takes away never waits: a withdrawal is true whoever tells it. Raises `Refused` (403) for
        data that a third party sells and the maison has not said it accepts.
        """
        source = event.get("source") if isinstance(event, dict) else None
        house = self._maisons.get(maison)
        if house is None or not isinstance(source, str):
            return True  # whatever is wrong with it, others say
        found = self._declared(house, source)
        if found is not None and found.refused:
            raise Refused(
                403, "source", "is declared as bought from a third party, which this maison does not accept"
            )
        return found is not None or house.unknown_sources == "accept" or takes_away(event)

    def _declared(self, house: Maison, source: str) -> Source | None:
        name = (house.id, source)
        if name not in self._found:
            if len(self._found) >= REMEMBERED:
                self._found.clear()
            self._found[name] = declared(house.sources, source)
        return self._found[name]


def takes_away(event: Mapping[str, Any]) -> bool:
    """Whether an event as sent only takes away: a refusal, a licence or a grant taken back, an erasure."""
    data = event.get("data")
    said: dict[str, Any] = data if isinstance(data, dict) else {}
    match event.get("type"):
        case "client.erase":
            return True
        case "client.consent":
            return said.get("state") == "none"
        case "client.licence" | "client.grant":
            return said.get("revoked") is True
    return False


def aside(message: Message, maison: str, event: Mapping[str, Any]) -> Message:
    """The message of an event, on its way to the quarantine instead of its topic."""
    name = f"{maison}|{event['source']}|{event['id']}".encode()
    return Message(
        topic=topics.QUARANTINE,
        key=blake2b(name, digest_size=16).digest(),
        value=message.value,
        headers=[
            ("reason", REASON.encode()),
            ("maison", maison.encode()),
            ("source", str(event["source"]).encode()),
            ("topic", message.topic.encode()),
            ("key", message.key or b""),
        ],
    )


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """An event that waits: since when (Unix seconds), whose, why, and as it was."""

    name: bytes
    at: float
    maison: str
    source: str
    reason: str
    topic: str
    key: bytes
    value: bytes

    def sentence(self) -> str:
        """One line, without the contents."""
        return printable(f"{stamped(self.at)}  {self.maison}  {self.source}  {self.topic}  {self.reason}")

    def contents(self) -> str:
        """The original bytes, as far as they are text."""
        return printable(self.value.decode(errors="backslashreplace"))


def held(brokers: str) -> Iterator[Held]:
    """What waits, in no order. Blocks. Raises `KafkaAway`.

    The topic is read twice: the first time only the place of each event's last record is remembered.
    """
    ends = ends_of(brokers, topics.QUARANTINE)
    last = {m.key(): (m.partition(), m.offset()) for m in stored(brokers, topics.QUARANTINE, ends)}
    for message in stored(brokers, topics.QUARANTINE, ends) if last else ():
        if message.value() is not None and last.get(message.key()) == (message.partition(), message.offset()):
            yield _held(message)


def _held(message: KafkaMessage) -> Held:
    said = {name: value or b"" for name, value in message.headers() or ()}
    text = {n: said.get(n, b"").decode(errors="replace") for n in ("maison", "source", "reason", "topic")}
    return Held(
        **text,
        name=message.key(),
        key=said.get("key", b""),
        at=message.timestamp()[1] / 1000,
        value=message.value(),
    )


def known(maisons: Mapping[str, Maison]) -> Callable[[Held], bool]:
    """Tells whether an event that waits would be taken in now, its source being declared since."""
    admission = Admission(maisons)

    def told(one: Held) -> bool:
        try:
            return one.maison in maisons and admission.admits({"source": one.source}, one.maison)
        except Refused:
            return False

    return told


async def release(brokers: str, wanted: Callable[[Held], bool]) -> int:
    """Lets in what is wanted of what waits; how many. Raises `KafkaAway`, and what is left waits on."""
    released, waiting = 0, held(brokers)
    inbound = {topic.name for topic in topics.TOPICS if topic.tier is not None}
    producer = Producer(brokers, client_id="prevenance-quarantine", delivery_timeout=30.0)
    try:
        while some := await asyncio.to_thread(lambda: [*islice(waiting, AT_ONCE)]):
            batch = [one for one in some if one.topic in inbound and wanted(one)]
            await _let_in(producer, batch)
            released += len(batch)
    finally:
        await producer.close()
    return released


async def _let_in(producer: Producer, batch: list[Held]) -> None:
    if batch:
        await producer.send([Message(topic=one.topic, key=one.key, value=one.value) for one in batch])
        await producer.send([Message(topic=topics.QUARANTINE, key=one.name, value=None) for one in batch])


class Waiting(msgspec.Struct, kw_only=True):
    """What waits of one source; `declared`: it would be taken in now."""

    maison: str
    source: str
    declared: bool
    count: int = 0
    first: float = float("inf")

    def sentence(self) -> str:
        """One line, without contents.

        >>> Waiting(maison="lumiere", source="/new-till", declared=False, count=2, first=0.0).sentence()
        'lumiere  /new-till  2 events since 1970-01-01 00:00:00  not declared'
        """
        said = "declared since: --release" if self.declared else "not declared"
        held = f"{many(self.count, 'event')} since {stamped(self.first)}"
        return printable(f"{self.maison}  {self.source}  {held}  {said}")


def by_source(waiting: Iterator[Held], declared: Callable[[Held], bool]) -> list[Waiting]:
    """What waits, source by source."""
    found: dict[tuple[str, str], Waiting] = {}
    for one in waiting:
        new = Waiting(maison=one.maison, source=one.source, declared=declared(one))
        of = found.setdefault((one.maison, one.source), new)
        of.count += 1
        of.first = min(of.first, one.at)
    return [found[key] for key in sorted(found)]
