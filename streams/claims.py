"""What a run says of dead letters, beside them: of two runs that begin with a letter the first has it.

What is put back bears the letter's name, so whoever takes over from a run that did not end finds what it had
put back.
"""

import asyncio
import secrets
from collections.abc import Callable, Collection, Mapping
from typing import Literal

from schemas.letters import Fate
from streams import dead_letters
from streams.applied import ends_of
from streams.dead_letters import DeadLetter, word
from streams.produce import Publish
from streams.stored import stored

LETTER = "letter"
"""The header of what was put back; its value is the letter's id."""

Ends = Mapping[str, Mapping[int, int]]


class Claims:
    """The words of one run by `by`. `known`: what became of letters, as far as it was heard."""

    def __init__(self, brokers: str, publish: Publish, clock: Callable[[], float], by: str) -> None:
        self.known: dict[str, Fate] = {}
        self._brokers, self._publish, self._clock, self._by = brokers, publish, clock, by
        self._run = secrets.token_hex(8)
        self._heard: dict[int, int] = {}

    async def hear(self) -> None:
        """Reads what was said since it last did. Raises `KafkaAway`."""
        ends = await asyncio.to_thread(dead_letters.ends, self._brokers)
        since = {p: (max(low, self._heard.get(p, low)), end) for p, (low, end) in ends.items()}
        await asyncio.to_thread(dead_letters.hear, self._brokers, since, self.known)
        self._heard = {p: end for p, (_, end) in ends.items()}

    async def begin(self, letters: Collection[DeadLetter]) -> list[DeadLetter]:
        """Those of the letters that this run has, to put them back. Raises `KafkaAway`."""
        ends = await asyncio.to_thread(self._ends, {letter.topic for letter in letters})
        return await self._say("begun", letters, ends=ends)

    async def end(self, letters: Collection[DeadLetter]) -> None:
        """They are put back. Raises `KafkaAway`."""
        await self._say("back", letters)

    async def discard(self, letters: Collection[DeadLetter], why: str) -> list[DeadLetter]:
        """Those of the letters that are discarded. Raises `KafkaAway`."""
        return await self._say("discarded", letters, why=why)

    async def there(self, letters: Collection[DeadLetter]) -> set[str]:
        """Which of these, which an earlier run began with, it had put back. Raises `KafkaAway`."""
        return await asyncio.to_thread(self._there, letters)

    async def _say(
        self,
        said: Literal["begun", "back", "discarded"],
        letters: Collection[DeadLetter],
        *,
        why: str = "",
        ends: Ends | None = None,
    ) -> list[DeadLetter]:
        by_place: dict[int, list[str]] = {}
        for letter in letters:
            by_place.setdefault(letter.place, []).append(letter.id)
        now = self._clock()
        words = [
            word(
                Fate(letters=ids, said=said, at=now, by=self._by, run=self._run, why=why, ends=ends or {}),
                place,
            )
            for place, ids in by_place.items()
        ]
        await self._publish(words)
        await self.hear()
        return [one for one in letters if self._holds(one.id, said)]

    def _holds(self, letter: str, said: str) -> bool:
        fate = self.known.get(letter)
        return fate is not None and (fate.run, fate.said) == (self._run, said)

    def _ends(self, of: Collection[str]) -> dict[str, dict[int, int]]:
        return {t: {p: end for p, (_, end) in ends_of(self._brokers, t).items()} for t in of}

    def _there(self, letters: Collection[DeadLetter]) -> set[str]:
        since: dict[str, dict[int, int]] = {}
        for letter in letters:
            starts = since.setdefault(letter.topic, {})
            for partition, end in self.known[letter.id].ends.get(letter.topic, {}).items():
                starts[partition] = min(end, starts.get(partition, end))
        found = set()
        for topic, starts in since.items():
            now = ends_of(self._brokers, topic)
            ranges = {p: (max(low, starts.get(p, low)), end) for p, (low, end) in now.items()}
            for message in stored(self._brokers, topic, ranges):
                found.add((dict(message.headers() or ()).get(LETTER) or b"").decode(errors="replace"))
        return found & {letter.id for letter in letters}
