"""`POST /v1/clients/{oid}/consent`: what a client said by letter or telephone, entered for them.

For the role privacy. A refusal is always taken, and in force before it is answered: on every part, with the
markers the gateway sets. That a client allows something is taken with the reference of its evidence alone,
and never where they have refused since: staff cannot override.
"""

import asyncio
import hashlib
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec
from aiohttp import web

from agents.plan import AHEAD
from feature_store import record as records
from feature_store.consent import outranks, overrides
from feature_store.denials import Denial, denials_of
from feature_store.features.consent import code, coded
from feature_store.store import Store
from schemas.codec import encode
from schemas.events.client import ClientConsent, ConsentData
from schemas.times import iso, seconds, utc
from schemas.who import Who
from streams.answers import body_of, error, guarded, reply
from streams.auditing import viewed
from streams.auth import Caller, Denied
from streams.cases import naming_a_case
from streams.clients import UNKNOWN, Clients, read_client
from streams.consents import Consents
from streams.shapes.consents import Entered, Spoken
from streams.verdicts import Publish

PATIENCE = 2.0
"""Seconds after which the answer does not wait any longer for the record to have it: Kafka has."""
LOOK = 0.02
ZONES = 14 * 3600.0
"""Seconds by which a day may have begun somewhere and not yet in UTC."""
A_DAY = timedelta(days=1) - timedelta(milliseconds=1)


def entering_routes(app: web.Application, deps: Clients, consents: Consents, publish: Publish) -> None:
    """Adds `POST /v1/clients/{oid}/consent`."""

    async def enter(request: web.Request) -> web.Response:
        caller = deps.caller(request)
        if caller.role != "privacy":
            raise Denied(403, "What clients say of consent is entered by the role privacy.")
        said = naming_a_case(await body_of(request), Spoken)
        now, oid = deps.now(), request.match_info["oid"]
        check_evidence(said)
        at = said_at(said, now)
        found = await read_client(deps.store, deps.opener, caller.maison, oid)
        if found is None:
            return error(404, UNKNOWN)
        parts = found[0]
        known = await consents.said([(caller.maison, part) for part in parts])
        later = outranks(known, said.purpose, said.channel, said.state, at)
        if later is not None and overrides(said.state, later):  # a refusal never does
            since = iso(later.at / 1000)
            return error(409, f"They limited or refused this at {since}: an earlier yes does not undo it.")
        await deps.note(viewed(caller, now, oid, parts, "privacy", "statement", case=said.case or ""))
        told = [oid] if said.state == "all" else parts
        events = [event_of(caller, oid, part, said, at) for part in told]
        await consents.denials.deny([d for event in events for d in _denials(event, deps.pepper)])
        for event in events:
            await publish(encode(event))
        await _applied(deps.store, events)
        return reply(Entered(id=events[0].id, at=iso(at), parts=told, holds=later is None), 202)

    app.router.add_post("/v1/clients/{oid:[A-Za-z0-9_-]{16}}/consent", guarded(enter))


def check_evidence(said: Spoken) -> None:
    """Raises `Denied` 400 where what was said can't be entered as it is."""
    if said.state != "none" and not said.case:
        raise Denied(400, "case: is required, for nobody allows anything for a client without evidence")
    if said.state == "none" and said.expires is not None:
        raise Denied(400, "expires: a refusal does not expire")


def said_at(said: Spoken, now: float) -> float:
    """When it counts from, Unix seconds and never after `now`. Raises `Denied` 400.

    Of a day alone the stricter reading holds: a refusal counts from its end, a yes from its beginning.
    """
    if said.at is None:
        return now
    try:
        begins, at = _times(said.at, said.state == "none")
    except ValueError:
        raise Denied(
            400, "at: write a day, as 2026-11-21, or an instant with its zone, as 2026-11-21T10:00:00+01:00"
        ) from None
    if begins > now + AHEAD:
        raise Denied(400, "at: lies ahead: enter it once they have said it")
    if at < 0:
        raise Denied(400, "at: is before 1970")
    return min(at, now)


def _times(text: str, refused: bool) -> tuple[float, float]:
    """The first instant that can be meant, somewhere on earth, and the one that is. Raises `ValueError`."""
    if "T" in text:
        return (at := seconds(text)), at
    day = datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
    return day.timestamp() - ZONES, (day + A_DAY if refused else day).timestamp()


def event_of(caller: Caller, oid: str, part: str, said: Spoken, at: float) -> ClientConsent:
    """A statement as one part is told it. The same entered again is the same statement."""
    named = msgspec.json.encode((oid, caller.staff, said, int(at * 1000)))
    return ClientConsent(
        id=f"said-{hashlib.blake2b(named, digest_size=12).hexdigest()}",
        source=caller.source,
        specversion="1.0",
        maison=caller.maison,
        time=utc(at),
        data=ConsentData(
            who=Who(oid=part),
            purpose=said.purpose,
            state=said.state,
            channel=said.channel,
            wording=said.wording,
            proof=said.case,
            expires=said.expires,
        ),
    )


async def _applied(store: Store, events: Sequence[ClientConsent]) -> None:
    """Waits for the records, so that who reads again reads it; not for ever, where no worker runs."""
    data, at = events[0].data, events[0].time.timestamp()
    about, said = code(data.purpose, data.channel), coded(data.state, at)
    parts = [(event.maison, event.data.who.oid or "") for event in events]
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = (await store.peek(parts)).values()
        slices = [records.slice_of(records.decode(value), "consent") for value in found if value is not None]
        if len(slices) == len(parts) and all(slice.given.get(about, -1) >= said for slice in slices):
            return
        await asyncio.sleep(LOOK)


def _denials(event: ClientConsent, pepper: bytes) -> list[Denial]:
    part = (event.maison, event.data.who.oid or "")
    return denials_of(part, event.data, event.time.timestamp(), pepper)
