"""HTTP for people: their alerts, live, their verdicts, and the page."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import msgspec
from aiohttp import web

from agents.alert_life import Decided
from agents.circles import alias_of, circle_for
from agents.discretion import shown_to, told_by
from agents.withdrawal import bare, client_of, left_of
from feature_store.inbox import Inboxes
from feature_store.store import Store, StoreAway
from schemas.alerts import Alert
from schemas.audit import Viewed
from schemas.maison import Maison
from schemas.silence import silenced
from schemas.tiers import row_of, tier_of
from schemas.times import iso, seconds
from streams.answers import guarded, in_words, reply
from streams.auditing import Note
from streams.auth import (
    Caller,
    Denied,
    caller_from,
    caller_of,
    forget_cookie,
    inboxes_of,
    keep_cookie,
    may_see,
    refuse_forgery,
    token_for,
)
from streams.consents import Consents
from streams.ending import end
from streams.feed import Told, follow
from streams.kill_switch import KillSwitch
from streams.metrics import Metrics
from streams.outages import Outages
from streams.page_files import HEADERS, page_routes
from streams.privately import Privately
from streams.readers import POLL, Readers
from streams.shapes.alerts import Alerts
from streams.shapes.session import DemoPeople, DemoPerson, Me, Nothing, SignedIn, SignIn
from streams.spanning import shown
from streams.spans import Spans
from streams.staff import LOOK, Doorkeeper, guarded_by, watching
from streams.taking_back import TakingBack
from streams.verdicts import Publish, decide
from streams.withholding import Withholding

log = logging.getLogger(__name__)

HEARTBEAT = 15.0
SLOW = 20.0
"""Seconds a listener may take to accept what was sent to it."""

DEMO_DAY = 12 * 3600.0
MAX_BODY = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class Console:
    """What the console needs. `now` gives Unix seconds; `heartbeat` and `poll` are in seconds.

    `demo` lets anybody sign in as anybody: never where clients are real.
    """

    inboxes: Inboxes
    store: Store
    consents: Consents
    switch: KillSwitch
    privately: Privately
    maisons: Mapping[str, Maison]
    doorkeeper: Doorkeeper
    secret: str = field(repr=False)
    pepper: bytes = field(repr=False)
    publish: Publish
    note: Note
    now: Callable[[], float]
    metrics: Metrics
    outages: Outages
    demo: bool = False
    spans: Spans | None = None
    heartbeat: float = HEARTBEAT
    poll: float = POLL


def routes(app: web.Application, deps: Console) -> None:
    """Adds the console to an application; its readers end when the application shuts down."""
    readers = Readers(deps.inboxes, deps.outages, deps.poll)
    app.middlewares.append(in_words)
    app.middlewares.append(guarded_by(deps.doorkeeper, deps.secret, deps.maisons, deps.now))
    app.cleanup_ctx.append(lambda _: watching(deps.doorkeeper))

    async def close(_: web.Application) -> None:
        await readers.close()

    app.on_shutdown.append(close)
    app.cleanup_ctx.append(partial(_taking_back, deps))
    app.cleanup_ctx.append(partial(_withholding, deps))
    desk = _Desk(deps, readers)
    app.router.add_get("/v1/me", guarded(desk.me))
    app.router.add_get("/v1/alerts", guarded(desk.alerts))
    app.router.add_get("/v1/alerts/stream", guarded(desk.stream))
    app.router.add_post("/v1/alerts/{id}/{verdict}", guarded(desk.decide))
    app.router.add_post("/v1/session", guarded(desk.sign_in))
    app.router.add_delete("/v1/session", guarded(desk.sign_out))
    if deps.demo:
        app.router.add_get("/v1/demo/people", guarded(desk.people))
    page_routes(app)


async def _taking_back(deps: Console, app: web.Application) -> AsyncIterator[None]:
    taking_back = TakingBack(deps.inboxes, deps.store, deps.consents, deps.maisons, deps.now, deps.outages)
    task = asyncio.create_task(taking_back.run(), name="taking back")
    yield
    await end([task])


async def _withholding(deps: Console, app: web.Application) -> AsyncIterator[None]:
    withholding = Withholding(
        deps.inboxes, deps.switch, deps.publish, deps.maisons, deps.metrics, deps.now, deps.outages
    )
    task = asyncio.create_task(withholding.run(), name="withholding")
    yield
    await end([task])


class _Desk:
    """The handlers, with what they need."""

    def __init__(self, deps: Console, readers: Readers) -> None:
        self._deps = deps
        self._readers = readers

    async def me(self, request: web.Request) -> web.Response:
        """Who is signed in, and the names a page shows for ids."""
        caller = self._caller(request)
        maison = self._deps.maisons[caller.maison]
        person = maison.person(caller.staff)
        return reply(
            Me(
                staff=caller.staff,
                name=person.name if person else caller.staff,
                role=caller.role,
                now=self._deps.now(),
                maison=maison.name,
                sites={s.id: s.name for s in maison.sites if not caller.sites or s.id in caller.sites},
                zones={s.id: s.timezone for s in maison.sites},
                people={p.id: p.name for p in maison.staff},
                teams={t.id: t.name for t in maison.teams},
                articles=maison.named,
            )
        )

    async def people(self, request: web.Request) -> web.Response:
        now = self._deps.now()
        people = [
            DemoPerson(
                name=p.name,
                role=p.role,
                staff=p.id,
                sites=p.sites,
                places=[s.name for s in maison.sites if s.id in p.sites],
                token=token_for(p, maison, self._deps.secret, now + DEMO_DAY, issued=now),
            )
            for maison in self._deps.maisons.values()
            for p in maison.staff
        ]
        return reply(DemoPeople(people=people))

    async def sign_in(self, request: web.Request) -> web.Response:
        refuse_forgery(request)
        token = msgspec.json.decode(await request.read(), type=SignIn).token.strip()
        now = self._deps.now()
        caller = caller_of(token, self._deps.secret, self._deps.maisons, now)
        await self._deps.doorkeeper.admit(caller)
        response = reply(SignedIn(staff=caller.staff, role=caller.role))
        keep_cookie(request, response, token, caller.expires - now)
        return response

    async def sign_out(self, request: web.Request) -> web.Response:
        refuse_forgery(request)
        response = reply(Nothing())
        forget_cookie(response)
        return response

    async def alerts(self, request: web.Request) -> web.Response:
        caller = self._reader(request)
        maison = self._deps.maisons[caller.maison]
        views = await self._deps.inboxes.read_open(inboxes_of(caller, maison))
        mine = [
            held.entry
            for view in views.values()
            for held in view.held.values()
            if may_see(caller, maison, held.entry.alert.for_) and self._is_open(held.entry.alert)
        ]
        held = await self._left([entry.alert for entry in mine if not entry.withheld])
        alerts = [left for left in held if left is not None]
        alerts.sort(key=lambda a: (-a.urgency, a.due or a.valid_to, a.id))
        opened = await self._deps.privately.opened(alerts)
        waiting = sum(entry.waits for entry in mine)
        return reply(Alerts(alerts=[self._shown(caller, alert) for alert in opened], waiting=waiting))

    async def stream(self, request: web.Request) -> web.StreamResponse:
        caller = self._reader(request)
        maison = self._deps.maisons[caller.maison]
        told = follow(
            self._readers,
            inboxes_of(caller, maison),
            request.headers.get("Last-Event-ID") or None,
            lambda alert: may_see(caller, maison, alert.for_),
            self._is_open,
            min(LOOK, self._deps.heartbeat),
        )
        response = web.StreamResponse(
            headers={
                **HEADERS,
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        await response.prepare(request)
        listeners = self._deps.metrics.sse_listeners
        listeners.inc()
        try:
            await self._send(response, b"retry: 1000\n\n")
            quiet = self._deps.now()
            async for one in told:
                now = self._deps.now()
                if now >= caller.expires or not self._deps.doorkeeper.stands(caller):
                    break
                if one.kind == "beat" and now - quiet < self._deps.heartbeat:
                    continue
                if (allowed := await self._allowed(one)) is None:
                    continue
                quiet = now
                shown = await self._opened(caller, allowed.alert) if allowed.alert is not None else None
                await self._send(response, _sse(allowed, shown))
                self._observe(allowed, now)
        except (TimeoutError, ConnectionResetError):
            log.info("a listener was too slow or left")
        except StoreAway as away:
            log.warning("a feed ended, the inboxes cannot be reached: %s", type(away).__name__)
        finally:
            listeners.dec()
            await told.aclose()
        return response

    async def _allowed(self, told: Told) -> Told | None:
        """What may be told of it, by what its client has withdrawn until now."""
        alert = told.alert
        if alert is None:
            return told
        (left,) = await self._left([alert])
        if left is None and told.kind == "retract":
            left = bare(alert)
        return None if left is None else msgspec.structs.replace(told, alert=left)

    async def _left(self, alerts: Sequence[Alert]) -> list[Alert | None]:
        """Each as its client and the house allow it this instant; None where they do not."""
        deps = self._deps
        withdrawn, silences = await asyncio.gather(
            deps.consents.withdrawn({client_of(alert) for alert in alerts}),
            deps.switch.now({alert.maison for alert in alerts}),
        )
        now = deps.now()
        return [
            None
            if silenced(silences[alert.maison], alert.site, alert.action, now)
            else left_of(alert, withdrawn[client_of(alert)])
            for alert in alerts
        ]

    def _observe(self, told: Told, since: float) -> None:
        """How long a new alert took from the gateway to an open page; one shown again tells nothing.

        `since`: when the feed brought it.
        """
        alert = told.alert
        if not told.live or told.kind != "alert" or alert is None or alert.revision > 1:
            return
        shown(self._deps.spans, alert, since)
        if alert.received is not None:
            late = self._deps.now() - seconds(alert.received)
            self._deps.metrics.event_to_alert_seconds.labels("shown").observe(max(0.0, late))

    async def decide(self, request: web.Request) -> web.Response:
        caller = self._reader(request)
        deps = self._deps
        answer = await decide(
            request,
            caller,
            deps.maisons[caller.maison],
            deps.inboxes,
            deps.publish,
            self._answer,
            deps.privately.closed,
            deps.now,
            deps.spans,
        )
        if answer.status == 200:
            deps.metrics.verdicts_total.labels(caller.maison, request.match_info["verdict"]).inc()
        return answer

    def _caller(self, request: web.Request) -> Caller:
        return caller_from(request, self._deps.secret, self._deps.maisons, self._deps.now())

    def _reader(self, request: web.Request) -> Caller:
        caller = self._caller(request)
        if not caller.reads_alerts:
            raise Denied(403, "Your role sees no alerts.")
        return caller

    def _shown(self, caller: Caller, alert: Alert) -> Alert:
        """An alert as this caller may read it."""
        deps = self._deps
        alias = alias_of(caller, caller.maison, alert.client.id, deps.pepper)
        return shown_to(caller, alert, deps.maisons[caller.maison].tiers, alias)

    async def _opened(self, caller: Caller, alert: Alert) -> Alert:
        (opened,) = await self._deps.privately.opened([alert])
        return self._shown(caller, opened)

    async def _answer(self, caller: Caller, alert: Alert, given: Decided) -> Alert:
        """An alert as this caller may read it; that they saw it is in the audit first."""
        (left,) = await self._left([alert])
        alert = bare(alert) if left is None else left
        if given == "seen":
            deps = self._deps
            raised = deps.maisons[caller.maison].tiers
            told, withheld = told_by(caller, alert, raised)
            await deps.note(
                Viewed(
                    at=iso(deps.now()),
                    maison=caller.maison,
                    client=alert.client.id,
                    parts=[alert.client.id],
                    staff=caller.staff,
                    role=caller.role,
                    circle=circle_for(caller, alert),
                    via="alert",
                    alerts=[alert.id],
                    facts=sorted({row_of(fact) for fact in told}),
                    tiers=sorted({tier_of(fact, raised) for fact in told}),
                    masked=sorted({row_of(fact) for fact in withheld}),
                )
            )
        return await self._opened(caller, alert)

    def _is_open(self, alert: Alert) -> bool:
        return alert.claimed_by is not None or seconds(alert.valid_to) > self._deps.now()

    async def _send(self, response: web.StreamResponse, data: bytes) -> None:
        await asyncio.wait_for(response.write(data), SLOW)


def _sse(told: Told, shown: Alert | None) -> bytes:
    if shown is None:
        return b"event: reset\ndata: {}\n\n" if told.kind == "reset" else b":\n\n"
    data = msgspec.json.encode(shown)
    return b"".join(
        (b"id: ", told.cursor.encode(), b"\nevent: ", told.kind.encode(), b"\ndata: ", data, b"\n\n")
    )
