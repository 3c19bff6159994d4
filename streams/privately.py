"""Alerts opened for people, and closed again when they change a word."""

from collections.abc import Sequence

from schemas.alerts import Alert
from schemas.private import blank, close, is_closed, opened
from schemas.sealing import Lost
from streams.keys import Opener


class Privately:
    """Opens what inboxes keep sealed. Raises `StoreAway`."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener

    async def opened(self, alerts: Sequence[Alert]) -> list[Alert]:
        """The alerts as they can be read; of a client who was erased, without words."""
        keys = await self._opener.of({(alert.maison, alert.client.id) for alert in alerts})
        readable = []
        for alert in alerts:
            try:
                readable.append(opened(alert, keys.get((alert.maison, alert.client.id))))
            except Lost:
                readable.append(blank(alert))
        return readable

    async def closed(self, text: str, alert: Alert) -> str:
        """Words about the client of an alert, as its inbox keeps its own; of an erased one, none."""
        if not is_closed(alert):
            return text
        part = (alert.maison, alert.client.id)
        key = (await self._opener.of([part])).get(part)
        return close(text, key) if key is not None else ""
