"""Waiting for something to become true, with a deadline and never a fixed sleep."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable


async def wait_until(
    predicate: Callable[[], object | Awaitable[object]],
    deadline: float = 10.0,
    what: str = "",
    every: float = 0.02,
) -> object:
    """Polls `predicate` (plain or async) until what it gives is true, and returns it.

    Raises AssertionError naming `what` after `deadline` seconds.
    """
    ends = time.monotonic() + deadline
    while True:
        got = predicate()
        if inspect.isawaitable(got):
            got = await got
        if got:
            return got
        if time.monotonic() >= ends:
            raise AssertionError(f"not within {deadline} s: {what or predicate}; last seen: {got!r}")
        await asyncio.sleep(every)


def wait_blocking(
    predicate: Callable[[], object], deadline: float = 10.0, what: str = "", every: float = 0.02
) -> object:
    """`wait_until` for code without an event loop."""
    ends = time.monotonic() + deadline
    while not (got := predicate()):
        if time.monotonic() >= ends:
            raise AssertionError(f"not within {deadline} s: {what or predicate}; last seen: {got!r}")
        time.sleep(every)
    return got
