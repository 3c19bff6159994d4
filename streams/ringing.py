"""Telephones ring for what wants somebody now: beside all that shows cards, which waits for none of it.

A console follows each inbox as a page does, and rings whoever is there for it and has not seen it. Consoles
share the work by what stands in Redis of each alert: what one was killed over, or a push service did not
take, another does, for as long as the alert is worth it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack
from functools import partial

import msgspec
from aiohttp import web

from agents.ringing import Presences, is_there, matters, rings, sites_for
from feature_store.record import NewerRecord
from feature_store.rings import Call
from feature_store.store import StoreAway
from feature_store.telephones import Telephone
from schemas.alerts import Addressee, Alert, inbox_of
from schemas.maison import Maison
from schemas.times import seconds
from streams.auth import Caller, Denied, inboxes_of, may_see
from streams.console import Console
from streams.ending import beside
from streams.feed import Told, follow
from streams.pushing import UNKNOWN, Pushing, Tried, pushing
from streams.readers import Feed, Readers
from streams.telephones import Bells, is_sealed

log = logging.getLogger(__name__)

LOOK = 1.0
"""Seconds between two looks at what is to ring."""
_Telephones = dict[str, dict[str, Telephone]]
"""By push service, then by their id."""


class _Heard(msgspec.Struct):
    """An alert that rings, or rang: since when (Unix seconds), from when on (the loop's clock), and whether
    there is nothing left to do."""

    alert: Alert
    loud: bool
    since: float
    due: float
    settled: bool = False


def ringing_beside(app: web.Application, console: Console, bells: Bells) -> None:
    """Rings for as long as the application serves."""
    readers = Readers(console.inboxes, console.outages, console.poll)

    async def running(_: web.Application) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            way = await stack.enter_async_context(pushing(bells.push))
            ringing = Ringing(console, bells, readers, way)
            for maison in console.maisons.values():
                for place in maison.places:  # one that can't go on keeps no other waiting
                    work = partial(ringing.watch, maison.id, place)
                    await stack.enter_async_context(beside(f"ringing for {maison.id}/{place}", work))
            yield

    async def close(_: web.Application) -> None:
        await readers.close()

    app.on_shutdown.append(close)
    app.cleanup_ctx.append(running)


class Ringing:
    """`watch` for each inbox, for as long as the console runs."""

    def __init__(self, console: Console, bells: Bells, readers: Readers, way: Pushing) -> None:
        self._console, self._bells, self._readers = console, bells, readers
        self._way, self._clock = way, asyncio.get_running_loop().time

    async def watch(self, maison: str, place: str) -> None:
        """Never returns. A store that is away is asked again: nothing is passed over."""
        who = f"telephones of {maison}/{place}"
        while True:
            with self._console.outages.met_by(who):
                try:
                    await self._follow(maison, place)
                except TimeoutError:
                    log.debug("%s: the inbox can't be read yet", who)
            await asyncio.sleep(self._console.poll)

    async def _follow(self, maison: str, place: str) -> None:
        heard: dict[str, _Heard] = {}
        looked = self._clock()
        telling = follow(
            self._readers,
            Feed((inbox_of(maison, place),)),
            None,
            lambda _: True,
            self._console.is_open,
            lambda: max(0.0, looked + LOOK - self._clock()),
        )
        try:
            async for told in telling:
                if told is None:
                    heard.clear()
                for one in told or ():
                    self._hear(heard, one)
                if self._clock() - looked >= LOOK:
                    await self._look(self._console.maisons[maison], place, heard)
                    looked = self._clock()
        finally:
            await telling.aclose()

    def _hear(self, heard: dict[str, _Heard], told: Told) -> None:
        """What an alert comes to. News of one that rings already is no reason to ring again; whose it is now,
        may not have been rung."""
        alert, before = told.alert, heard.get(told.alert.id)
        loud = told.kind != "retract" and rings(alert, self._console.now())
        if before is None and not matters(alert):
            return
        if before is not None and before.loud == loud and alert.escalated <= before.alert.escalated:
            before.settled = before.settled and alert.for_ == before.alert.for_
            before.alert = alert
            return
        due = self._clock() + (self._bells.grace if loud else 0.0)
        heard[alert.id] = _Heard(alert=alert, loud=loud, since=seconds(alert.at), due=due)

    async def _look(self, maison: Maison, place: str, heard: dict[str, _Heard]) -> None:
        now = self._console.now()
        for id in [id for id, one in heard.items() if one.loud and not rings(one.alert, now)]:
            del heard[id]  # its time is over, and no message outlives it
        due = [one for one in heard.values() if not one.settled and one.due <= self._clock()]
        if due:
            all_of_them = await self._bells.telephones.read_all(maison.id, now)
            inbox = inbox_of(maison.id, place)
            here = [one for one in all_of_them if inbox in inboxes_of(_caller(one, maison), maison)]
            presences = await self._presences(maison, place) if here else {}
            everybody = self._by_service(all_of_them)
            wanted: dict[tuple[Addressee, bool], _Telephones] = {}
            for one in due:
                if everybody and not any(map(self._way.room, everybody)):
                    break  # the rest at the next look
                whom = (one.alert.for_, one.alert.escalated > 0)
                if one.loud and whom not in wanted:
                    there = partial(self._wants, maison, place, one.alert, presences)
                    wanted[whom] = self._by_service(filter(there, here))
                await self._ring(maison, one, wanted[whom] if one.loud else everybody)
        for id in [id for id, one in heard.items() if one.settled and not one.loud]:
            del heard[id]

    async def _presences(self, maison: Maison, place: str) -> Presences:
        inboxes = {site: inbox_of(maison.id, site) for site in sites_for(place, maison)}
        views = await self._console.inboxes.read(dict.fromkeys(inboxes.values(), ()))
        return {site: views[inbox].presence for site, inbox in inboxes.items()}

    def _by_service(self, telephones: Iterable[Telephone]) -> _Telephones:
        found: _Telephones = {}
        for one in telephones:
            found.setdefault(self._way.service(one.endpoint), {})[one.id] = one
        return found

    def _wants(
        self, maison: Maison, place: str, alert: Alert, presences: Presences, telephone: Telephone
    ) -> bool:
        """Whether whoever has this telephone may see an alert, and is there for it: of two for the same, that
        were both passed on, or neither, the same."""
        may = may_see(_caller(telephone, maison), maison, alert.for_)
        whose = (telephone.staff, telephone.role)
        return may and is_there(*whose, alert, place, maison, presences, self._console.now())

    async def _ring(self, maison: Maison, one: _Heard, wanted: _Telephones) -> None:
        """Begins with those of the telephones that are this console's to ring now."""
        alert, now = one.alert, self._console.now()
        with_room = [service for service in wanted if self._way.room(service)]
        if with_room and one.loud and not await self._allowed(alert):
            return  # it is shown to nobody this instant: it goes, or comes back
        call = Call(
            maison=maison.id,
            alert=alert.id,
            revision=alert.revision,
            loud=one.loud,
            level=alert.escalated,
            since=one.since,
            ends=seconds(alert.valid_to),
        )
        one.settled = len(with_room) == len(wanted)
        for service in with_room:
            theirs = wanted[service]
            step = await self._bells.rings.step(call, theirs.values(), now, self._way.room(service))
            one.settled = one.settled and not step.left and not step.mine
            for id, tried in step.mine.items():
                sending = self._send(call, theirs[id], maison, step.stage, tried, service)
                self._way.begin(service, sending)

    async def _allowed(self, alert: Alert) -> bool:
        try:
            (left,) = await self._console.left([alert])
        except NewerRecord:  # workers are upgraded before consoles
            return False
        return left is not None

    async def _send(
        self, call: Call, telephone: Telephone, maison: Maison, stage: int, tried: int, service: str
    ) -> None:
        """One try. What ends it without a word ends its claim too, after a while."""
        outcome = "later"
        try:
            outcome, again = await self._try(call, telephone, maison, tried, service)
            if outcome == "gone":
                await self._bells.telephones.forget(maison.id, telephone)
            if again is None:
                await self._bells.rings.done(call, telephone.id, stage, outcome == "taken")
            else:
                await self._bells.rings.later(call, telephone.id, stage, again)
        except StoreAway:
            log.debug("what became of a message can't be kept")
        self._console.metrics.pushes_total.labels(service, outcome).inc()

    async def _try(self, call: Call, telephone: Telephone, maison: Maison, tried: int, service: str) -> Tried:
        """Who has left is rung no more, nor whom another secret let in, or whose service is none of ours any
        more. Raises `StoreAway`."""
        if service == UNKNOWN or not is_sealed(telephone, maison.id, self._console.secret):
            return Tried("gone")
        try:
            await self._console.doorkeeper.admit(_caller(telephone, maison))
        except Denied:
            return Tried("gone")
        return await self._way.send(call, telephone, maison.name, tried, self._console.now())


def _caller(telephone: Telephone, maison: Maison) -> Caller:
    """Whose it is, as their token had it."""
    return Caller(
        staff=telephone.staff,
        role=telephone.role,
        maison=maison.id,
        sites=telephone.sites,
        expires=telephone.expires,
        issued=telephone.issued,
    )
