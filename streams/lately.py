"""One answer for all who ask within a second, for as long as it tells them enough.

Two thousand pages that come back are let in one by one, each in a turn of the loop of its own. What one of
them has read serves those that come right after, where `Asking` would ask again in each turn.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

KEPT = 1.0
"""Seconds for which an answer is kept."""

K = TypeVar("K")
V = TypeVar("V")


class Lately(Generic[K, V]):
    """Asks `ask` for a key, and keeps the answer for `KEPT` seconds after it came. What it raises is told to
    whoever waits for it and not kept."""

    def __init__(self, ask: Callable[[K], Coroutine[Any, Any, V]]) -> None:
        self._ask = ask
        self._asked: dict[K, asyncio.Task[V]] = {}

    async def of(self, key: K, enough: Callable[[V], bool]) -> V:
        """An answer that is `enough`, or one to a question that is no older than this one."""
        before = self._asked.get(key)
        if before is not None and enough(answer := await asyncio.shield(before)):
            return answer
        asked = self._asked.get(key)
        if asked is None or asked is before:
            asked = self._asked[key] = asyncio.create_task(self._ask(key))
            asked.add_done_callback(lambda done: self._keep(key, done))
        return await asyncio.shield(asked)  # one who is cancelled must not cancel the others

    def _keep(self, key: K, asked: "asyncio.Task[V]") -> None:
        if asked.cancelled() or asked.exception() is not None:
            self._forget(key, asked)
        else:
            asyncio.get_running_loop().call_later(KEPT, self._forget, key, asked)

    def _forget(self, key: K, asked: "asyncio.Task[V]") -> None:
        if self._asked.get(key) is asked:
            del self._asked[key]
