"""What could not be read, from the topic `dead.letters`: listed, followed, put back where it came from.

Which letters were put back stands in the topic itself, in marks that are sent after them.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
from confluent_kafka import Message as KafkaMessage

from streams import topics
from streams.applied import ends_of
from streams.produce import Message, Producer
from streams.stored import stored

AT_ONCE = 100
BACK = "put-back"
"""The header of a mark; its value is the places of letters, partition and offset."""


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A record that was set aside: why, by whom, from where, when (Unix seconds), and as it was.

    place: where the letter itself stands, as a mark names it.
    """

    reason: str
    stage: str
    topic: str
    partition: str
    offset: str
    at: float
    key: bytes | None
    value: bytes | None
    place: str = ""

    def sentence(self) -> str:
        """One line, without the contents.

        >>> DeadLetter(reason="unknown type", stage="personalise", topic="web.clicks", partition="3",
        ...     offset="17", at=0.0, key=None, value=b"{}").sentence()
        '1970-01-01 00:00:00  personalise  web.clicks  partition 3  offset 17  2 bytes  unknown type'
        """
        at = datetime.fromtimestamp(self.at, UTC).strftime("%Y-%m-%d %H:%M:%S")
        where = f"{self.topic}  partition {self.partition}  offset {self.offset}"
        return printable(f"{at}  {self.stage}  {where}  {len(self.value or b'')} bytes  {self.reason}")

    def contents(self) -> str:
        """The original bytes, as far as they are text."""
        return printable((self.value or b"").decode(errors="backslashreplace"))


def newest(brokers: str, limit: int) -> list[DeadLetter]:
    """The last `limit` letters that were not put back, oldest first. Blocks. Raises `KafkaAway`."""
    starts = {p: (max(low, end - limit), end) for p, (low, end) in _ends(brokers).items()}
    return sorted(_left(brokers, starts), key=lambda letter: letter.at)[-limit:]


def follow(brokers: str) -> Iterator[DeadLetter]:
    """Letters from now on, as they come, without end. Blocks. Raises `KafkaAway`."""
    ranges = {p: (end, end) for p, (_, end) in _ends(brokers).items()}
    for message in stored(brokers, topics.DEAD_LETTERS, ranges, follow=True):
        if _marked(message) is None:
            yield _letter(message)


async def redrive(brokers: str, reason: str | None) -> tuple[int, int]:
    """Puts letters whose reason contains `reason` (None: all) back on their topics, as they were, each once.

    Returns how many, and how many are of no topic of ours and stay. What is still unreadable comes back as a
    new letter, which this run leaves alone. Killed before its marks are sent, it has put letters back that
    the next run puts back again: what was applied meanwhile is known by its id.
    Raises `KafkaAway`.
    """
    known = {topic.name for topic in topics.TOPICS} - {topics.DEAD_LETTERS}
    ends = _ends(brokers)
    sent = left = 0
    batch: list[DeadLetter] = []
    producer = Producer(brokers, client_id="prevenance-redrive", delivery_timeout=30.0)
    try:
        for letter in _left(brokers, ends):
            if reason is not None and reason not in letter.reason:
                continue
            if letter.topic not in known:
                left += 1
                continue
            sent += 1
            batch.append(letter)
            if len(batch) == AT_ONCE:
                await _put_back(producer, batch)
                batch = []
        if batch:
            await _put_back(producer, batch)
    finally:
        await producer.close()
    return sent, left


async def _put_back(producer: Producer, letters: Sequence[DeadLetter]) -> None:
    await producer.send([Message(topic=one.topic, key=one.key, value=one.value) for one in letters])
    await producer.send([_mark(letters)])


def _mark(letters: Sequence[DeadLetter]) -> Message:
    places = " ".join(letter.place for letter in letters).encode()
    return Message(topic=topics.DEAD_LETTERS, value=b"", headers=[(BACK, places)])


def _left(brokers: str, ranges: Mapping[int, tuple[int, int]]) -> Iterator[DeadLetter]:
    """The letters of these ranges that were not put back; read twice, for a mark follows its letters."""
    marks = (_marked(message) for message in stored(brokers, topics.DEAD_LETTERS, ranges))
    back = set[str]().union(*(mark for mark in marks if mark))
    for message in stored(brokers, topics.DEAD_LETTERS, ranges):
        letter = _letter(message)
        if _marked(message) is None and letter.place not in back:
            yield letter


def _marked(message: KafkaMessage) -> set[str] | None:
    """The places that a mark names, None of what is a letter."""
    places = dict(message.headers() or ()).get(BACK)
    return None if places is None else set(places.decode().split())


def _ends(brokers: str) -> dict[int, tuple[int, int]]:
    return ends_of(brokers, topics.DEAD_LETTERS)


def _letter(message: KafkaMessage) -> DeadLetter:
    headers = {name: (value or b"").decode(errors="replace") for name, value in message.headers() or ()}
    said = {name: headers.get(name, "") for name in ("reason", "stage", "topic", "partition", "offset")}
    return DeadLetter(
        **said,
        at=message.timestamp()[1] / 1000,
        key=message.key(),
        value=message.value(),
        place=f"{message.partition()}/{message.offset()}",
    )


def printable(text: str) -> str:
    """What a sender wrote, fit for a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
