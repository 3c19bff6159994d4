"""Ending tasks that talk to Redis."""

import asyncio
from collections.abc import Iterable
from typing import Any

AGAIN = 0.2
"""Seconds until a task that goes on is cancelled once more."""


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Returns when all have ended. redis-py swallows a cancellation that meets it while it connects."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN)
