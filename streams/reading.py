"""An alert as people may read it this instant: allowed and opened, once for all who are told of it at once.

Fifty pages hear of one alert in one turn of the loop. What is asked about it has one answer for all of them.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, NamedTuple

from agents.withdrawal import bare
from schemas.alerts import Alert
from streams.asking import both, heard
from streams.privately import Privately

Left = Coroutine[Any, Any, list[Alert | None]]


class Reading(NamedTuple):
    """allowed: its client and the house allow it. alert: what may be read of it, opened, or which it was."""

    allowed: bool
    alert: Alert


class Readings:
    """Reads each alert once for everybody who wants it in one turn; none is older than its question."""

    def __init__(self, left: Callable[[list[Alert]], Left], privately: Privately) -> None:
        """`left`: each alert as its client and the house allow it this instant, None where they do not."""
        self._left, self._privately = left, privately
        self._begun: dict[int, asyncio.Task[Reading]] = {}

    async def of(self, alerts: Sequence[Alert]) -> list[Reading]:
        """Of each. Raises `StoreAway`."""
        # Who leaves must not cancel what others wait for.
        return await asyncio.gather(*[asyncio.shield(self._begin(alert)) for alert in alerts])

    def _begin(self, alert: Alert) -> "asyncio.Task[Reading]":
        # By identity: readers give every listener the same alert, and a task keeps its own alive.
        begun = self._begun.get(id(alert))
        if begun is None:
            begun = self._begun[id(alert)] = asyncio.create_task(self._read(alert))
            begun.add_done_callback(heard)
        return begun

    async def _read(self, alert: Alert) -> Reading:
        del self._begun[id(alert)]  # begun after all who asked in its turn: who asks later wants a newer one
        (left,), keys = await both(self._left([alert]), self._privately.keys([alert]))
        (opened,) = await self._privately.opened([bare(alert) if left is None else left], keys)
        return Reading(left is not None, opened)
