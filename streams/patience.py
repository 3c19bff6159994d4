"""Asking a store that is away again, for a while: nothing it does can apply twice."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from feature_store.store import StoreAway

PATIENCE = 60.0
"""Seconds the store, or Kafka to a group that reads, may be away before the process leaves."""

T = TypeVar("T")

log = logging.getLogger(__name__)


async def patiently(call: Callable[[], Awaitable[T]], failed: Callable[[], None]) -> T:
    """The answer of `call`, asked again until `PATIENCE` is over. `failed` counts; it is logged.

    Raises `StoreAway`.
    """
    loop = asyncio.get_running_loop()
    until, pause = loop.time() + PATIENCE, 0.05
    while True:
        try:
            return await call()
        except StoreAway as away:
            log.warning("work waits: %s", away)
            failed()
            if loop.time() > until:
                raise
            await asyncio.sleep(pause)
            pause = min(1.0, pause * 2)
