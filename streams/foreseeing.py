"""What forecasts know, in a process that only shows it: read from the log in the background."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Any

from agents.foresee import FORECASTS
from streams import topic_admin, topics
from streams.ending import beside
from streams.metrics import Metrics
from streams.snapshots import Snapshots

AGAIN = 30.0
"""Seconds between two attempts where Kafka can't be reached; nothing is foreseen meanwhile."""

log = logging.getLogger(__name__)


class Foreseeing:
    """`estimators`: the newest, by (maison, forecast); empty until they are read."""

    def __init__(self, brokers: str, metrics: Metrics) -> None:
        self._brokers, self._metrics = brokers, metrics
        self._snapshots: Snapshots | None = None

    def estimators(self) -> Mapping[tuple[str, str], Any]:
        """Replaced, never changed."""
        return self._snapshots.estimators if self._snapshots is not None else {}

    async def reading(self, app: object) -> AsyncIterator[None]:
        """For an application's `cleanup_ctx`: reads while it runs."""
        async with beside("foreseeing", self._start):
            yield
        if self._snapshots is not None:
            await asyncio.to_thread(self._snapshots.stop)

    async def _start(self) -> None:
        while True:
            try:
                epoch = await asyncio.to_thread(topic_admin.epoch_of, self._brokers, [topics.EXAMPLES])
                break
            except topic_admin.TopicError as error:
                log.warning("forecasts can't be read now: %s", error)
                await asyncio.sleep(AGAIN)
        self._snapshots = Snapshots(self._brokers, FORECASTS, epoch, self._metrics)
        self._snapshots.start()
