"""An alert as people may read it this instant: allowed and opened, once for all who are told of it at once.

Fifty pages hear of one alert in one turn of the loop. What is asked about it has one answer for all of them.
"""

from collections.abc import Callable, Collection, Coroutine, Sequence
from typing import Any, NamedTuple

from agents.withdrawal import bare
from schemas.alerts import Alert
from streams.asking import Asking, both
from streams.privately import Privately

Left = Coroutine[Any, Any, list[Alert | None]]


class Reading(NamedTuple):
    """allowed: its client and the house allow it. alert: what may be read of it, opened, or which it was."""

    allowed: bool
    alert: Alert


class _Kept:
    """An alert as an inbox keeps it, the same one for every page that it is told to."""

    __slots__ = ("alert",)

    def __init__(self, alert: Alert) -> None:
        self.alert = alert

    def __hash__(self) -> int:
        return id(self.alert)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kept) and self.alert is other.alert


class _Half(NamedTuple):
    """What was answered for all: of one whose key has yet to come `opened` is None."""

    allowed: bool
    sealed: Alert
    opened: Alert | None


class Readings:
    """Reads each alert once for everybody who wants it in one turn; none is older than its question."""

    def __init__(self, left: Callable[[Sequence[Alert]], Left], privately: Privately) -> None:
        """`left`: each alert as its client and the house allow it this instant, None where they do not."""
        self._left, self._privately = left, privately
        self._asked = Asking(self._answer)

    async def of(self, alerts: Sequence[Alert]) -> list[Reading]:
        """Of each. Raises `StoreAway`."""
        kept = [_Kept(alert) for alert in alerts]
        answers = await self._asked.of(kept)
        halves = [answers[one] for one in kept]
        # For a key on its way waits who is told of that client, nobody else.
        late = iter(await self._privately.opened([half.sealed for half in halves if half.opened is None]))
        return [Reading(half.allowed, half.opened or next(late)) for half in halves]

    async def _answer(self, kept: Collection[_Kept]) -> dict[_Kept, _Half]:
        alerts = [one.alert for one in kept]
        left, keys = await both(self._left(alerts), self._privately.keys(alerts))
        sealed = [bare(alert) if may is None else may for alert, may in zip(alerts, left, strict=True)]
        opened = self._privately.now(sealed, keys)
        return {
            one: _Half(may is not None, closed, words)
            for one, may, closed, words in zip(kept, left, sealed, opened, strict=True)
        }
