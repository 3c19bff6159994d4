"""Work beside that of others: it goes on whatever it meets, and ends with whom it serves."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Any

AGAIN = 0.2
"""Seconds until a task that goes on is cancelled once more."""
REST = 2.0
"""Seconds until work that failed begins again."""

log = logging.getLogger(__name__)

Work = Callable[[], Coroutine[Any, Any, None]]


@asynccontextmanager
async def beside(name: str, work: Work) -> AsyncIterator[None]:
    """The work goes on for as long as the block: for an application's `cleanup_ctx`."""
    task = asyncio.create_task(ongoing(name, work), name=name)
    try:
        yield
    finally:
        await end([task])


async def ongoing(name: str, work: Work) -> None:
    """Does it until it returns. Where it fails it begins again, or nobody would do it any more, and all would
    seem well."""
    while True:
        try:
            return await work()
        except Exception as error:
            log.error("%s has failed and begins again: %s", name, type(error).__name__)
            await asyncio.sleep(REST)


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Returns when all have ended. redis-py swallows a cancellation that meets it while it connects."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN)
