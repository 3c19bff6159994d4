"""One question for all who ask in one turn of the loop: a thousand pages are told of a client at once."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from typing import Any, Generic, TypeVar

from feature_store.store import StoreAway

K = TypeVar("K")
V = TypeVar("V")
A = TypeVar("A")
B = TypeVar("B")
Answers = Coroutine[Any, Any, dict[K, V]]
"""What was asked, to be awaited."""


class Asking(Generic[K, V]):
    """Asks `ask` once for the keys of everybody who asks in one turn; no answer is older than its question.

    A key that is not answered is not in the answer. Where `ask` raises, everybody asks for themselves: it may
    be of somebody else's key. `StoreAway` is of no key, and told to all.
    """

    def __init__(self, ask: Callable[[Collection[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._ask = ask
        self._wanted: set[K] = set()
        self._asking: asyncio.Task[Mapping[K, V]] | None = None

    def of(self, keys: Collection[K]) -> Answers[K, V]:
        """The answers for these keys, asked in this turn, whenever they are awaited."""
        if self._asking is None:
            self._wanted = set()
            self._asking = asyncio.create_task(self._all(self._wanted))
            self._asking.add_done_callback(_heard)
        self._wanted.update(keys)
        return self._answers(self._asking, keys)

    async def _answers(self, asking: "asyncio.Task[Mapping[K, V]]", keys: Collection[K]) -> dict[K, V]:
        try:
            answers = await asyncio.shield(asking)  # one who is cancelled must not cancel the others
        except StoreAway:
            raise
        except Exception:
            answers = await self._ask(keys)
        return {key: answers[key] for key in keys if key in answers}

    async def _all(self, wanted: Collection[K]) -> Mapping[K, V]:
        # Begun after all who asked in its turn; who asks from here on needs a newer answer.
        self._asking = None
        return await self._ask(wanted)


async def both(first: Coroutine[Any, Any, A], second: Coroutine[Any, Any, B]) -> tuple[A, B]:
    """The answers to two things that were asked in this turn: without the tasks that `gather` makes."""
    try:
        return await first, await second
    finally:
        second.close()


def _heard(asking: "asyncio.Task[Mapping[K, V]]") -> None:
    """An error is told to whoever waits, if anybody still does."""
    if not asking.cancelled():
        asking.exception()
