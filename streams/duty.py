"""`/v1/duty`: whoever is signed in says that they are there, with a client, or gone home.

It is the event `staff.presence` that a device or a rota system may say as well; the last word holds.
"""

import uuid
from datetime import UTC, datetime

import msgspec
from aiohttp import web

from agents.deliver import home_since, on_duty
from feature_store.inbox import View
from schemas.alerts import inbox_of
from schemas.codec import encode
from schemas.events.staff import PresenceData, StaffPresence
from schemas.maison import Maison
from streams.answers import body_of, error, guarded, reply
from streams.auth import Caller, Denied, sites_of
from streams.console import Console
from streams.shapes.duty import Duties, Duty, Presence

PEOPLE = frozenset({"advisor", "concierge", "manager"})
"""Roles of one person each: a screen that several people share is on duty as little as it goes home."""


def duty_routes(app: web.Application, console: Console) -> None:
    """Adds `GET /v1/duty` and `POST /v1/duty`."""

    def person(request: web.Request) -> Caller:
        caller = console.caller(request)
        if caller.role not in PEOPLE:
            raise Denied(403, f"The role {caller.role} is not on duty anywhere.")
        return caller

    async def where(request: web.Request) -> web.Response:
        caller = person(request)
        maison, now = console.maisons[caller.maison], console.now()
        sites = sites_of(caller, maison)
        views = await console.inboxes.read({inbox_of(maison.id, site): () for site in sites})
        held = {
            site: _held(caller.staff, site, views[inbox_of(maison.id, site)], maison, now) for site in sites
        }
        return reply(Duties(sites=held))

    async def say(request: web.Request) -> web.Response:
        caller = person(request)
        said = msgspec.json.decode(await body_of(request), type=Duty)
        if said.site not in sites_of(caller, console.maisons[caller.maison]):
            return error(400, "site: none of yours")
        await console.publish(encode(presence(caller, said, console.now())))
        return reply(Duties(sites={said.site: said.status}), 202)

    app.router.add_get("/v1/duty", guarded(where))
    app.router.add_post("/v1/duty", guarded(say))


def presence(caller: Caller, said: Duty, now: float) -> StaffPresence:
    """The event of a word: each is one of its own, for to say again that one is there is news."""
    return StaffPresence(
        id=uuid.uuid4().hex,
        source=caller.source,
        specversion="1.0",
        maison=caller.maison,
        time=datetime.fromtimestamp(now, UTC),
        data=PresenceData(staff=caller.staff, site=said.site, status=said.status),
    )


def _held(staff: str, site: str, view: View, maison: Maison, now: float) -> Presence:
    """As routing holds it."""
    if on_duty(staff, maison, site, view.presence, now):
        return "on"
    said = view.presence.get(staff)
    here = said is not None and said.status == "busy"
    return "busy" if here and home_since(staff, maison, site, view.presence, now) is None else "off"
