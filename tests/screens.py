"""The console of the houses in `tests/world.py`, by its own routes: what people read, and what they say."""

from collections.abc import Awaitable
from typing import Any, NamedTuple

import jwt
import msgspec
from aiohttp import web

from streams.auth import Caller
from streams.body import MAX_BODY
from streams.clients import Clients, read_client, view_of
from streams.console import Console
from streams.console_routes import console_routes
from streams.outages import Outages
from streams.privately import Privately
from streams.scales import Scales
from tests import builders as a
from tests.fakes import FakeSwitch
from tests.people import SECRET
from tests.world import HOUSES, SHARDS, World


class Screens:
    """Whoever is signed in. A console starts anew when the world does."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._consents: Any = None
        self._found: dict[tuple[str, str], Any] = {}

    async def alerts(self, caller: Caller) -> bytes:
        """The cards before somebody's eyes, as their page gets them; nothing for a role that reads none."""
        if not caller.reads_alerts:
            return b""
        status, body = await self._ask(caller, "GET", "/v1/alerts")
        assert status == 200, body
        return body

    async def says(self, caller: Caller, alert: str, verdict: str, **said: str) -> tuple[int, Any]:
        """A verdict: the status of the answer, and the answer."""
        body = msgspec.json.encode(said) if said else b""
        path = "/v1/alerts/{id}/{verdict}"
        status, answer = await self._ask(caller, "POST", path, body, id=alert, verdict=verdict)
        return status, msgspec.json.decode(answer)

    async def at_once(self, first: Awaitable[Any], second: Awaitable[Any]) -> tuple[Any, Any, bool]:
        """Two at the same time: the second is through after the first has read and before it writes.

        Both answers, and whether it came to that: where the first has nothing to write it is through before.
        """
        through: list[Any] = []

        async def second_through() -> None:
            through.append(await second)

        meanwhile = self._world.inboxes.meanwhile
        meanwhile.append(second_through)
        answer = await first
        overtaken = not meanwhile
        while meanwhile:
            await meanwhile.pop()()
        return answer, through[0], overtaken

    async def answer(self, caller: Caller, part: str) -> bytes:
        """All that somebody can get to read of a client, and of the alerts that are theirs."""
        world = self._world
        deps = Clients(
            store=world.store, opener=world.opener, inboxes=world.inboxes, maisons=HOUSES,
            scales=Scales(world.store, SHARDS, world.clock), pepper=a.PEPPER, note=world.note, secret="",
            now=world.clock,
        )  # fmt: skip
        found = await read_client(world.store, deps.opener, caller.maison, part)
        told = [await self.alerts(caller)]
        if found is not None:
            told.append(msgspec.json.encode(await view_of(caller, part, *found, {}, "record", deps)))
        return b"".join(told)

    async def _ask(
        self, caller: Caller, method: str, path: str, body: bytes = b"", **named: str
    ) -> tuple[int, bytes]:
        claims = {
            "sub": caller.staff, "role": caller.role, "maison": caller.maison, "sites": caller.sites,
            "exp": int(caller.expires),
        }  # fmt: skip
        bearer = {"Authorization": f"Bearer {jwt.encode(claims, SECRET, algorithm='HS256')}"}
        request: Any = _Request(method, bearer, named, body)
        answer = await self._routes()[method, path](request)
        assert isinstance(answer, web.Response)
        assert isinstance(answer.body, bytes)
        return answer.status, answer.body

    def _routes(self) -> dict[tuple[str, str], Any]:
        world = self._world
        if self._consents is not world.consents:
            app = web.Application()
            rest: Any = {"doorkeeper": None, "switch": FakeSwitch(world.silences), "outages": Outages()}
            console = Console(
                inboxes=world.inboxes, store=world.store, consents=world.consents, maisons=HOUSES,
                privately=Privately(world.opener, world.clock), secret=SECRET, pepper=a.PEPPER,
                publish=world.tell, note=world.note, now=world.clock, metrics=world.metrics, **rest,
            )  # fmt: skip
            console_routes(app, console)
            found = {(route.method, route.resource): route.handler for route in app.router.routes()}
            self._found = {(m, r.canonical): handler for (m, r), handler in found.items() if r is not None}
            self._consents = world.consents
        return self._found


class _Request(NamedTuple):
    """What the console asks of a request."""

    method: str
    headers: dict[str, str]
    match_info: dict[str, str]
    body: bytes
    content_length: int | None = None
    client_max_size: int = MAX_BODY

    @property
    def content(self) -> "_Request":
        return self

    def is_eof(self) -> bool:
        """It came with its headers."""
        return True

    def read_nowait(self) -> bytes:
        return self.body


def callers(now: float) -> list[Caller]:
    """Everybody of both houses, and a shared tablet."""
    found = [
        Caller(staff=p.id, role=p.role, maison=id, sites=tuple(p.sites), expires=now + 1e7, issued=now)
        for id, maison in HOUSES.items()
        for p in maison.staff
    ]
    tablet = Caller(staff="ginza-team", role="team", maison="lumiere", sites=("ginza",), expires=now + 1e7)
    return [*found, tablet]
