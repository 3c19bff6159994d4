"""The lane that fills inboxes: `alerts` -> the inbox of each site or team, and `delivered` back."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from agents.deliver import Delivery, Slice, deliver, feedback, freed, gone_home, hearer, unpack
from agents.interruptions import afforded, why_spared
from agents.withdrawal import Withdrawn, clients_of, stopped
from agents.withholding import Settled, withheld
from feature_store.inbox import Entry, Inboxes, View
from schemas.alerts import Alert, AlertChange
from schemas.codec import encode
from schemas.events.staff import StaffFeedback
from schemas.maison import Maison
from schemas.silence import Silence
from schemas.times import seconds
from schemas.traces import pack
from streams import topics, transport
from streams.consents import Consents
from streams.kill_switch import KillSwitch
from streams.metrics import Metrics
from streams.produce import Message, Producer
from streams.telling import put_aside

LOOK = 60.0
"""Seconds after which it is looked again who has gone home."""


class _Asked(NamedTuple):
    """What Redis said of a slice: its inboxes, what clients have withdrawn, what is silenced by maison."""

    views: Mapping[str, View]
    withdrawn: Withdrawn
    silences: Mapping[str, Sequence[Silence]]


class Delivering:
    """The lane of one partition of `alerts`, and so of `places`: its inboxes."""

    def __init__(
        self,
        places: Sequence[str],
        inboxes: Inboxes,
        consents: Consents,
        switch: KillSwitch,
        producer: Producer,
        maisons: Mapping[str, Maison],
        epoch: str,
        metrics: Metrics,
        clock: Callable[[], float],
    ) -> None:
        self._places, self._inboxes, self._consents, self._switch = places, inboxes, consents, switch
        self._producer, self._maisons = producer, maisons
        self._epoch, self._metrics, self._clock = epoch, metrics, clock
        self._looked = 0.0

    async def serve(self, slice: transport.Slice, sound: Awaitable[object]) -> None:
        """Delivers a slice: returns when its inboxes and its feedback stand; refused inboxes are read again.

        Raises `StoreAway`.
        """
        left = unpack(slice.records, self._maisons)
        asked, _ = await asyncio.gather(self._ask(left), sound)
        await put_aside(self._producer, self._metrics, left.dead, "deliver", topics.ALERTS, slice.partition)
        while left.inboxes:
            if refused := await self._attempt(left, asked):
                asked = await self._ask(left.only(refused))
            left = left.only(refused)

    async def _ask(self, left: Slice) -> _Asked:
        """All that Redis is asked for a slice, at once: a console asks again before anybody is shown it."""
        views, open, withdrawn, silences = await asyncio.gather(
            self._inboxes.read(left.wanted),
            self._inboxes.read_open(left.left),
            self._consents.withdrawn(clients_of(left)),
            self._switch.now({inbox.partition("/")[0] for inbox in left.inboxes}),
        )
        return _Asked(views | {i: _both(views[i], view) for i, view in open.items()}, withdrawn, silences)

    async def _attempt(self, left: Slice, asked: _Asked) -> set[str]:
        left, (views, _, silences) = stopped(left, asked.withdrawn), asked
        now = self._clock()
        decided = deliver(left, views, self._maisons, now, self._epoch)
        heard, kept = withheld(decided, views, silences, now)
        delivery = afforded(heard, views, self._maisons, silences, now)
        if delivery.released:
            await self._producer.send(_feedback(delivery.released))

        async def shown() -> set[str]:
            refused = await self._inboxes.apply(delivery.writes, now)
            self._observe(left, refused)
            self._count(left, delivery, refused)
            for inbox in kept.keys() - refused:
                count_withheld(self._metrics, kept[inbox])
            return refused

        refused, _ = await asyncio.gather(shown(), self._producer.send(_feedback(delivery.feedback)))
        await self._tell_spared(delivery, refused, now)
        return refused

    async def _tell_spared(self, delivery: Delivery, refused: set[str], now: float) -> None:
        """Once it stands: decided again after a kill, more might be affordable. Untold, it is told again."""
        told = {inbox: entries for inbox, entries in delivery.spared.items() if inbox not in refused}
        if not told:
            return
        await self._producer.send([m for entries in told.values() for e in entries for m in _spared(e, now)])
        for inbox, entries in told.items():
            write = delivery.writes.get(inbox)
            new = sum(write is not None and entry.alert.id in write.entries for entry in entries)
            self._metrics.interruptions_spared_total.labels(*inbox.split("/", 1)).inc(new)

    def _count(self, left: Slice, delivery: Delivery, refused: set[str]) -> None:
        for inbox, messages in left.inboxes.items():
            if inbox not in refused and inbox in delivery.writes:
                for _, message in messages:
                    if isinstance(message, AlertChange):
                        kind = _kind(message.alert)
                        alert = message.alert
                        self._metrics.alerts_total.labels(alert.maison, alert.action, kind).inc()

    def _observe(self, left: Slice, refused: set[str]) -> None:
        stage = self._metrics.event_to_alert_seconds.labels("delivered")
        now = self._clock()
        for inbox in left.inboxes.keys() - refused:
            for _, message in left.inboxes[inbox]:
                if isinstance(message, AlertChange) and message.alert.received is not None:
                    stage.observe(max(0.0, now - seconds(message.alert.received)))

    async def tick(self, now: float) -> None:
        """Shows what has waited and can be afforded by now, and frees what was taken by who has gone home.
        What is refused, at the next."""
        views = await self._inboxes.read(dict.fromkeys(self._places, ()))
        gone = self._gone(views, now)
        views |= await self._inboxes.read_open(gone)
        freed_by = {i: freed(views[i], self._maisons[i.partition("/")[0]], gone[i], now) for i in gone}
        writes = {inbox: write for inbox, write in freed_by.items() if write.entries}
        changing = {inbox: view for inbox, view in views.items() if view.waiting or inbox in writes}
        refused: set[str] = set()
        if changing:
            silences = await self._switch.now({inbox.partition("/")[0] for inbox in changing})
            heard, _ = withheld(Delivery(writes=writes, feedback=[]), changing, silences, now)
            delivery = afforded(heard, changing, self._maisons, silences, now)
            if told := [*delivery.released, *delivery.feedback]:
                await self._producer.send(_feedback(told))
            refused = await self._inboxes.apply(delivery.writes, now)
            await self._tell_spared(delivery, refused, now)
        if gone and refused.isdisjoint(writes):
            self._looked = now

    def _gone(self, views: Mapping[str, View], now: float) -> dict[str, dict[str, float]]:
        """By inbox, who has gone home since it was last looked: a rota is long, and is looked through once a
        minute."""
        if now - self._looked < LOOK:
            return {}
        houses = {inbox: self._maisons[inbox.partition("/")[0]] for inbox in views}
        found = {inbox: gone_home(view, houses[inbox], self._looked, now) for inbox, view in views.items()}
        left = {inbox: gone for inbox, gone in found.items() if gone}
        if not left:
            self._looked = now
        return left


def _both(wanted: View, open: View) -> View:
    """Two views of an inbox as one: where it changed between them, what is decided by it is refused."""
    version = min(wanted.version, open.version)
    return replace(wanted, version=version, held=open.held | wanted.held)


def _kind(alert: Alert) -> str:
    if alert.status == "retracted":
        return "stopped"
    return "alert" if alert.revision == 1 else "update"


def count_withheld(metrics: Metrics, settled: Iterable[Settled]) -> None:
    """Counts what was just kept from everybody."""
    for one in settled:
        if one.how is not None:
            alert = one.entry.alert
            metrics.alerts_withheld_total.labels(alert.maison, alert.action, one.how).inc()


def _feedback(events: Iterable[StaffFeedback]) -> list[Message]:
    return [
        Message(topic=topics.FEEDBACK, key=(event.data.who.oid or "").encode(), value=encode(event))
        for event in events
    ]


def _spared(entry: Entry, now: float) -> list[Message]:
    """Why, for whoever asks; and that it is over, if it does not wait."""
    key = entry.alert.client.id.encode()
    why = Message(topic=topics.DECISIONS, key=key, value=pack([why_spared(entry, now)]))
    if entry.waits:
        return [why]
    return [why, *_feedback([feedback(entry.alert, hearer(entry.alert), "withheld", now)])]
