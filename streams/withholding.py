"""Open cards that are silenced leave the screens within a moment; held ones come back when the silence ends.

Every console does it, by compare and set, as it takes back what is withdrawn: the second one finds nothing
left to do. What escapes a look is hidden by the console as it reads.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from agents.deliver import feedback, hearer
from agents.withholding import Settled, on_screen, settled
from feature_store.inbox import Inboxes, View, Write
from feature_store.store import StoreAway
from schemas.alerts import inbox_of
from schemas.codec import encode
from schemas.maison import Maison
from schemas.silence import Silence
from streams.delivering import count_withheld
from streams.kill_switch import KillSwitch
from streams.metrics import Metrics
from streams.outages import Outages
from streams.verdicts import Publish

LOOK = 0.1
"""Seconds between two looks at the switch."""
AGAIN = 2.0
"""Seconds between two looks at inboxes while something is silenced: a worker may have written what it decided
before the switch was turned."""
AFTER = 300.0
"""Seconds for which they are still looked at when a silence has ended."""
TRIES = 20


class Withholding:
    """`await run()` for as long as the console runs."""

    def __init__(
        self,
        inboxes: Inboxes,
        switch: KillSwitch,
        publish: Publish,
        maisons: Mapping[str, Maison],
        metrics: Metrics,
        now: Callable[[], float],
        outages: Outages,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._inboxes, self._switch, self._publish = inboxes, switch, publish
        self._maisons, self._metrics, self._now, self._pause = maisons, metrics, now, pause
        self._outages = outages
        self._settled: dict[str, set[Silence]] = {}
        self._next: dict[str, float] = {}
        self._until: dict[str, float] = {}

    async def run(self) -> None:
        """Never returns. What is away is asked again: nothing is passed over."""
        while True:
            for maison in self._maisons.values():
                with self._outages.met_by(f"what is silenced at {maison.id}"):
                    await self.look(maison)
            await self._pause(LOOK)

    async def look(self, maison: Maison) -> None:
        """Settles its inboxes after a start, and when the switch has turned or a silence has ended."""
        now = self._now()
        silences = [one for one in (await self._switch.now([maison.id]))[maison.id] if one.holds(now)]
        turned = self._settled.get(maison.id) != set(silences)
        if turned or silences:
            self._until[maison.id] = now + AFTER
        if turned or self._next[maison.id] <= now < self._until[maison.id]:
            for place in maison.places:  # one by one: others want the loop meanwhile
                await self._settle(inbox_of(maison.id, place), silences)
            self._settled[maison.id], self._next[maison.id] = set(silences), now + AGAIN

    async def _settle(self, inbox: str, silences: Sequence[Silence]) -> None:
        for _ in range(TRIES):
            now, view = self._now(), (await self._inboxes.read_open([inbox]))[inbox]
            if not (found := _of(view, silences, now)):
                return
            await self._tell(found, now)
            if not await self._inboxes.apply({inbox: _write(view, found)}, now):
                count_withheld(self._metrics, found)
                return
        raise StoreAway(f"{inbox} changed {TRIES} times while alerts were withheld")

    async def _tell(self, found: Sequence[Settled], now: float) -> None:
        """`delivered` of what comes back, before it does: told twice it counts once, and untold never."""
        for one in found:
            if one.shown is not None and one.shown.kind == "alert":
                alert = one.entry.alert
                await self._publish(encode(feedback(alert, hearer(alert), "delivered", now)))


def _of(view: View, silences: Sequence[Silence], now: float) -> list[Settled]:
    """What changes in an inbox."""
    looked = ((held, settled(held.entry, on_screen(held), silences, now)) for held in view.held.values())
    return [one for held, one in looked if one.entry is not held.entry]


def _write(view: View, found: Sequence[Settled]) -> Write:
    return Write(
        version=view.version,
        epoch=view.epoch,
        offset=view.offset,
        entries={one.entry.alert.id: one.entry for one in found},
        shown=tuple(one.shown for one in found if one.shown is not None),
    )
