"""Who still works here: the topic `staff.standing`, read by every process, and asked at every request.

A process keeps what the topic says (`Roll`) and adds whose book went to whom to its maisons. A console also
asks Redis at every request and, for open streams, several times a second (`Doorkeeper`): whoever may not see
anything any more is sent away, and while Redis says nothing nobody is let in.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, MutableMapping

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from feature_store.standings import Standings
from feature_store.store import StoreAway
from schemas.codec import Unreadable
from schemas.maison import Maison
from schemas.standing import Standing, decode_standing
from streams import topics
from streams.answers import error
from streams.auth import Caller, Denied, caller_of, shown_token
from streams.compacted import Compacted
from streams.outages import Outages

log = logging.getLogger(__name__)

LOOK = 0.25
"""Seconds between two looks at whoever listens."""
BLIND = 1.0
"""Seconds without an answer of Redis after which a listener is told nothing."""
LET_GO = 4.0
"""Seconds that listeners then wait for one before they are let go. A page that is let go comes back at once:
were thousands let go whenever this process is slow, they would keep it slow."""

GONE = "Your access here has changed: sign in again."


class Roll:
    """What `staff.standing` says of everybody, as it grows. `maisons` learns who has whose book."""

    def __init__(self, brokers: str, maisons: MutableMapping[str, Maison]) -> None:
        self.known: dict[tuple[str, str], Standing] = {}
        self._maisons = maisons
        self._topic = Compacted(brokers, topics.STANDING, self._read)

    async def start(self) -> None:
        """Returns when all that was ever said is known. Raises `TopicError`."""
        await self._topic.start_whole()

    async def stop(self) -> None:
        """Ends the reading."""
        await asyncio.to_thread(self._topic.stop)

    def of(self, maison: str) -> list[Standing]:
        """Of everybody of a maison."""
        return [one for (house, _), one in list(self.known.items()) if house == maison]

    def take(self, one: Standing) -> None:
        """The last that was said of somebody holds."""
        self.known[one.maison, one.staff] = one
        maison = self._maisons.get(one.maison)
        if maison is not None:
            others = {who: to for who, to in maison.handed_over.items() if who != one.staff}
            heirs = others | ({one.staff: one.to or ""} if one.to or one.left else {})
            self._maisons[one.maison] = msgspec.structs.replace(maison, handed_over=heirs)

    def _read(self, value: bytes) -> None:
        try:
            self.take(decode_standing(value))
        except Unreadable as unreadable:
            log.warning("a message of %s is left alone: %s", topics.STANDING, unreadable)


class Doorkeeper:
    """Lets in whoever still may. `known` is what the topic says; `now` gives seconds that only rise."""

    def __init__(
        self,
        standings: Standings,
        known: Callable[[str], list[Standing]],
        maisons: Mapping[str, Maison],
        now: Callable[[], float],
        outages: Outages,
    ) -> None:
        self._standings, self._known, self._maisons, self._now = standings, known, maisons, now
        self._outages = outages
        self._seen: dict[str, tuple[float, Mapping[str, Standing]]] = {}

    async def admit(self, caller: Caller) -> None:
        """Raises `Denied` (401) for a token that opens nothing any more, `StoreAway` where none can tell."""
        whole, one = await self._standings.read(caller.maison, caller.staff)
        if not whole:
            await self._restore(caller.maison)
        newest = _newest({one.staff: one} if one else {}, self._known(caller.maison)).get(caller.staff)
        if newest is not None and newest.voids(caller.issued):
            raise Denied(401, GONE)

    async def stands(self, caller: Caller) -> bool:
        """Whether something may be told on an open stream, by a look of the last second; waits for one."""
        while self._now() - self._seen_of(caller)[0] >= BLIND:
            if not self.stays(caller):
                return False
            await asyncio.sleep(LOOK)
        return self.stays(caller)

    def stays(self, caller: Caller) -> bool:
        """Whether a stream may stay open, by the last look there was, if that is not too long ago."""
        looked, seen = self._seen_of(caller)
        standing = seen.get(caller.staff)
        blind = self._now() - looked >= BLIND + LET_GO
        return not blind and (standing is None or not standing.voids(caller.issued))

    def _seen_of(self, caller: Caller) -> tuple[float, Mapping[str, Standing]]:
        return self._seen.get(caller.maison, (float("-inf"), {}))

    async def watch(self) -> None:
        """Looks again and again, until cancelled."""
        for maison in self._maisons:
            self._seen.setdefault(maison, (self._now(), {}))
        while True:
            await asyncio.gather(*(self._look(maison) for maison in self._maisons))
            await asyncio.sleep(LOOK)

    async def _look(self, maison: str) -> None:
        with self._outages.met_by(f"who still works at {maison}"):
            seen = await self._standings.read_all(maison)
            if seen is None:
                await self._restore(maison)
                seen = {}
            self._seen[maison] = (self._now(), _newest(seen, self._known(maison)))

    async def _restore(self, maison: str) -> None:
        """A store that was emptied is told again what the topic says."""
        await self._standings.write(maison, self._known(maison), whole=True)


def _newest(stored: Mapping[str, Standing], said: Iterable[Standing]) -> Mapping[str, Standing]:
    """By person: a store may have lost what the topic says, and a topic be read a moment later."""
    newest = dict(stored)
    for one in said:
        if one.staff not in newest or one.at > newest[one.staff].at:
            newest[one.staff] = one
    return newest


def guarded_by(
    doorkeeper: Doorkeeper, secret: str, maisons: Mapping[str, Maison], now: Callable[[], float]
) -> Middleware:
    """A middleware: whoever shows a person's token, on whatever route, is looked at first."""

    @web.middleware
    async def look(request: web.Request, handler: Handler) -> web.StreamResponse:
        token = shown_token(request)
        if token is None:
            return await handler(request)
        try:
            caller = caller_of(token, secret, maisons, now())
        except Denied:  # no person's, or no longer: the route says so in its own words
            return await handler(request)
        try:
            await doorkeeper.admit(caller)
        except Denied as denied:
            return error(denied.status, str(denied))
        except StoreAway:
            return error(503, "Whether you may still see this cannot be told now: try again.")
        return await handler(request)

    return look
