"""Alerts opened for people, and closed again when they change a word."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from feature_store.store import PartKey
from schemas.alerts import Alert
from schemas.private import blank, close, is_closed, opened
from schemas.sealing import Key, Lost
from schemas.times import seconds
from streams.asking import Answers
from streams.keys import Opener

SOON = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Seconds between looks for a key that is not kept yet: of somebody who is met for the first time it is on
its way at the same time as the alert."""
FRESH = 60.0
"""Seconds for which an alert is new: what sealed an older one is not on its way, it was destroyed."""


class Privately:
    """Opens what inboxes keep sealed. Raises `StoreAway`."""

    def __init__(self, opener: Opener, clock: Callable[[], float] = time.time) -> None:
        self._opener, self._clock = opener, clock

    def keys(self, alerts: Iterable[Alert]) -> Answers[PartKey, Key | None]:
        """What opens them as of now: None for a part whose key was destroyed, nothing of one without."""
        return self._opener.known({(alert.maison, alert.client.id) for alert in alerts})

    def now(self, alerts: Iterable[Alert], keys: Mapping[PartKey, Key | None]) -> list[Alert | None]:
        """The alerts as they can be read with their `keys`; None of one whose key may still come."""
        since = self._clock() - FRESH
        return [_read(alert, keys, since) for alert in alerts]

    async def opened(self, alerts: Sequence[Alert]) -> list[Alert]:
        """The alerts as they can be read; of a client who was erased, without words."""
        readable: dict[int, Alert] = {}
        left = dict(enumerate(alerts))
        for pause in (*SOON, None) if left else ():
            keys = await self.keys(left.values())
            since = self._clock() - FRESH if pause is not None else None
            readable |= {n: said for n, one in left.items() if (said := _read(one, keys, since)) is not None}
            left = {n: alert for n, alert in left.items() if n not in readable}
            if pause is None or not left:
                break
            await asyncio.sleep(pause)
        return [readable[n] for n in range(len(alerts))]

    async def closed(self, text: str, alert: Alert) -> str:
        """Words about the client of an alert, as its inbox keeps its own; of an erased one, none."""
        if not is_closed(alert):
            return text
        part = (alert.maison, alert.client.id)
        key = (await self._opener.of([part])).get(part)
        return close(text, key) if key is not None else ""


def _read(alert: Alert, keys: Mapping[PartKey, Key | None], since: float | None) -> Alert | None:
    """An alert as it can be read, its words gone or not; None of one after `since` whose key may come."""
    part = (alert.maison, alert.client.id)
    try:
        return opened(alert, keys.get(part))
    except Lost:
        destroyed = part in keys and keys[part] is None
        may_come = since is not None and not destroyed and seconds(alert.at) > since
        return None if may_come else blank(alert)
