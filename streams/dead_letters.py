"""What could not be read, from the topic `dead.letters`, with what became of it: listed, followed, found."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime

import msgspec
from confluent_kafka import Message as KafkaMessage

from schemas.codec import Unreadable
from schemas.letters import Fate, decode_fate, letter_id, take
from streams import topics
from streams.applied import ends_of
from streams.produce import Message
from streams.stored import stored

FATE = "fate"
"""The header of a word about letters; its value is a `Fate`."""

Ranges = Mapping[int, tuple[int, int]]


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A record that was set aside: why, by whom, from where, when (Unix seconds), and as it was.

    place: the partition of `dead.letters` in which it stands, and in which its fate is said.
    """

    id: str
    reason: str
    stage: str
    topic: str
    partition: str
    offset: str
    at: float
    key: bytes | None
    value: bytes | None
    place: int

    def sentence(self, fate: Fate | None = None) -> str:
        """One line, without the contents.

        >>> DeadLetter(id="393a6f46cbaa", reason="empty", stage="learn", topic="model.examples",
        ...     partition="3", offset="17", at=0.0, key=None, value=b"{}", place=0).sentence()
        '393a6f46cbaa  1970-01-01 00:00:00  learn  model.examples  partition 3  offset 17  2 bytes  empty'
        """
        where = f"{self.topic}  partition {self.partition}  offset {self.offset}"
        said = [self.id, stamped(self.at), self.stage, where, f"{len(self.value or b'')} bytes", self.reason]
        return printable("  ".join([*said, became(fate)] if fate else said))


def became(fate: Fate) -> str:
    """What became of a letter.

    >>> became(Fate(letters=["393a6f46cbaa"], said="discarded", at=0.0, by="ines", why="a test of the till"))
    'discarded by ines, 1970-01-01 00:00:00 (a test of the till)'
    """
    done = {"begun": "is being put back", "back": "put back", "discarded": "discarded"}[fate.said]
    return f"{done} by {fate.by}, {stamped(fate.at)}" + (f" ({fate.why})" if fate.why else "")


def is_open(fate: Fate | None) -> bool:
    """Whether a letter still waits; one that somebody began to put back does, until they have."""
    return fate is None or fate.said == "begun"


def ends(brokers: str) -> Ranges:
    """All that stands in the topic now. Blocks. Raises `KafkaAway`."""
    return ends_of(brokers, topics.DEAD_LETTERS)


def hear(brokers: str, ranges: Ranges, known: dict[str, Fate]) -> None:
    """Adds what is said of letters in these ranges to what is known. Blocks. Raises `KafkaAway`."""
    for message in stored(brokers, topics.DEAD_LETTERS, ranges):
        if (said := dict(message.headers() or ()).get(FATE)) is not None:
            with suppress(Unreadable):  # not one of ours
                take(known, decode_fate(said))


def letters(brokers: str, ranges: Ranges) -> Iterator[DeadLetter]:
    """The letters of these ranges, each once. Blocks. Raises `KafkaAway`."""
    seen: set[str] = set()
    for message in stored(brokers, topics.DEAD_LETTERS, ranges):
        letter = _letter(message)
        if letter is not None and letter.id not in seen:
            seen.add(letter.id)
            yield letter


def newest(brokers: str, limit: int, *, closed: bool = False) -> list[tuple[DeadLetter, Fate | None]]:
    """The last `limit` letters that wait, oldest first; `closed`: those that do not. Blocks.

    Looks back as far as it takes. Raises `KafkaAway`.
    """
    whole, back = ends(brokers), limit
    while True:
        back *= 10
        ranges = {p: (max(low, end - back), end) for p, (low, end) in whole.items()}
        known: dict[str, Fate] = {}
        hear(brokers, ranges, known)
        wanted = [
            (letter, known.get(letter.id))
            for letter in letters(brokers, ranges)
            if is_open(known.get(letter.id)) != closed
        ]
        if len(wanted) >= limit or ranges == whole:
            return sorted(wanted, key=lambda one: one[0].at)[-limit:]


def follow(brokers: str) -> Iterator[DeadLetter]:
    """Letters from now on, as they come, without end. Blocks. Raises `KafkaAway`."""
    ranges = {p: (end, end) for p, (_, end) in ends(brokers).items()}
    for message in stored(brokers, topics.DEAD_LETTERS, ranges, follow=True):
        if (letter := _letter(message)) is not None:
            yield letter


def word(fate: Fate, place: int) -> Message:
    """What is said of letters, on its way to the partition they stand in."""
    said = [(FATE, msgspec.json.encode(fate))]
    return Message(topic=topics.DEAD_LETTERS, value=b"", headers=said, partition=place)


def _letter(message: KafkaMessage) -> DeadLetter | None:
    """None of a word about letters."""
    headers = {name: (value or b"").decode(errors="replace") for name, value in message.headers() or ()}
    if FATE in headers:
        return None
    said = {name: headers.get(name, "") for name in ("reason", "stage", "topic", "partition", "offset")}
    origin = (said["stage"], said["topic"], said["partition"], said["offset"])
    return DeadLetter(
        **said,
        id=letter_id(origin, message.key(), message.value()),
        at=message.timestamp()[1] / 1000,
        key=message.key(),
        value=message.value(),
        place=message.partition(),
    )


def stamped(at: float) -> str:
    """A time for a terminal, to the second, UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def printable(text: str) -> str:
    """What a sender wrote, fit for a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
