"""What could not be read, from the topic `dead.letters`: listed, followed, put back where it came from."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import msgspec
from confluent_kafka import Message as KafkaMessage

from streams import topics
from streams.applied import ends_of
from streams.produce import Message, Producer
from streams.stored import stored

AT_ONCE = 100


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A record that was set aside: why, by whom, from where, when (Unix seconds), and as it was."""

    reason: str
    stage: str
    topic: str
    partition: str
    offset: str
    at: float
    key: bytes | None
    value: bytes | None

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
    """The last `limit` letters, oldest first. Blocks. Raises `KafkaAway`."""
    starts = {p: (max(low, end - limit), end) for p, (low, end) in _ends(brokers).items()}
    found = sorted(_read(brokers, starts, follow=False), key=lambda letter: letter.at)
    return found[-limit:]


def follow(brokers: str) -> Iterator[DeadLetter]:
    """Letters from now on, as they come, without end. Blocks. Raises `KafkaAway`."""
    return _read(brokers, {p: (end, end) for p, (_, end) in _ends(brokers).items()}, follow=True)


async def redrive(brokers: str, reason: str | None) -> tuple[int, int]:
    """Puts letters whose reason contains `reason` (None: all) back on their topics, as they were.

    Returns how many, and how many are of no topic of ours and stay. What was applied meanwhile is known by
    its id; what is still unreadable comes back as a new letter, which this run leaves alone.
    Raises `KafkaAway`.
    """
    known = {topic.name for topic in topics.TOPICS} - {topics.DEAD_LETTERS}
    sent = left = 0
    batch: list[Message] = []
    producer = Producer(brokers, client_id="prevenance-redrive", delivery_timeout=30.0)
    try:
        for letter in _read(brokers, _ends(brokers), follow=False):
            if reason is not None and reason not in letter.reason:
                continue
            if letter.topic not in known:
                left += 1
                continue
            sent += 1
            batch.append(Message(topic=letter.topic, key=letter.key, value=letter.value))
            if len(batch) == AT_ONCE:
                await producer.send(batch)
                batch = []
        await producer.send(batch)
    finally:
        await producer.close()
    return sent, left


def _ends(brokers: str) -> dict[int, tuple[int, int]]:
    return ends_of(brokers, topics.DEAD_LETTERS)


def _read(brokers: str, ranges: Mapping[int, tuple[int, int]], *, follow: bool) -> Iterator[DeadLetter]:
    for message in stored(brokers, topics.DEAD_LETTERS, ranges, follow=follow):
        yield _letter(message)


def _letter(message: KafkaMessage) -> DeadLetter:
    headers = {name: (value or b"").decode(errors="replace") for name, value in message.headers() or ()}
    said = {name: headers.get(name, "") for name in ("reason", "stage", "topic", "partition", "offset")}
    return DeadLetter(**said, at=message.timestamp()[1] / 1000, key=message.key(), value=message.value())


def printable(text: str) -> str:
    """What a sender wrote, fit for a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
