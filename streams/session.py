"""Who is signed in at the console, and how they come in and leave."""

import msgspec
from aiohttp import web

from streams.answers import body_of, guarded, reply
from streams.auth import caller_of, forget_cookie, keep_cookie, refuse_forgery, sites_of, token_for
from streams.console import Console
from streams.page_files import version
from streams.shapes.session import DemoPeople, DemoPerson, Me, Nothing, SignedIn, SignIn
from streams.telephones import Bells

DEMO_DAY = 12 * 3600.0


def session_routes(app: web.Application, console: Console, bells: Bells | None) -> None:
    """Adds signing in and out, and who it is; in the demo, everybody there is to sign in as."""
    door = _Door(console, bells)
    app.router.add_get("/v1/me", guarded(door.me))
    app.router.add_post("/v1/session", guarded(door.sign_in))
    app.router.add_delete("/v1/session", guarded(door.sign_out))
    if console.demo:
        app.router.add_get("/v1/demo/people", guarded(door.people))


class _Door:
    """The handlers, with what they need."""

    def __init__(self, console: Console, bells: Bells | None) -> None:
        self._console, self._bells = console, bells

    async def me(self, request: web.Request) -> web.Response:
        """Who is signed in, and the names a page shows for ids."""
        console = self._console
        caller = console.caller(request)
        maison = console.maisons[caller.maison]
        person = maison.person(caller.staff)
        return reply(
            Me(
                staff=caller.staff,
                name=person.name if person else caller.staff,
                role=caller.role,
                now=console.now(),
                house=maison.id,
                maison=maison.name,
                sites=sites_of(caller, maison),
                everywhere=not caller.sites,
                zones={s.id: s.timezone for s in maison.sites},
                people={p.id: p.name for p in maison.staff},
                teams={t.id: t.name for t in maison.teams},
                articles=maison.named,
                page=version(),
                cover_after=maison.cover_after,
                rings_by=self._bells.push.signer.key if self._bells and caller.reads_alerts else None,
            )
        )

    async def people(self, request: web.Request) -> web.Response:
        console = self._console
        now = console.now()
        people = [
            DemoPerson(
                name=p.name,
                role=p.role,
                staff=p.id,
                sites=p.sites,
                places=[s.name for s in maison.sites if s.id in p.sites],
                token=token_for(p, maison, console.secret, now + DEMO_DAY, issued=now),
            )
            for maison in console.maisons.values()
            for p in maison.staff
        ]
        return reply(DemoPeople(people=people))

    async def sign_in(self, request: web.Request) -> web.Response:
        refuse_forgery(request)
        token = msgspec.json.decode(await body_of(request), type=SignIn).token.strip()
        console = self._console
        now = console.now()
        caller = caller_of(token, console.secret, console.maisons, now)
        await console.doorkeeper.admit(caller)
        response = reply(SignedIn(staff=caller.staff, role=caller.role))
        keep_cookie(request, response, token, caller.expires - now)
        return response

    async def sign_out(self, request: web.Request) -> web.Response:
        refuse_forgery(request)
        response = reply(Nothing())
        forget_cookie(response)
        return response
