"""`POST /v1/clients/{oid}/notes`: what an advisor noted becomes an event, and what it states, another."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from aiohttp import web

from agents.capture import typed
from feature_store.days import day_of
from feature_store.features.notes import LONGEST
from schemas.codec import encode
from schemas.events.client import ClientNote, ClientProfile, Fields, NoteData, ProfileData
from schemas.maison import Maison
from schemas.tiers import tier_of
from schemas.who import Who
from streams.answers import body_of, error, guarded, reply
from streams.auth import Caller, Denied
from streams.clients import UNKNOWN, Clients, looked_after
from streams.shapes.clients import Note, Noted
from streams.verdicts import Publish

WRITERS = frozenset({"advisor", "concierge", "manager"})
SOURCE = "/staff"


def note_routes(app: web.Application, deps: Clients, publish: Publish) -> None:
    """Adds `POST /v1/clients/{oid}/notes`."""

    async def add(request: web.Request) -> web.Response:
        caller = deps.caller(request)
        if caller.role not in WRITERS:
            raise Denied(403, f"The role {caller.role} notes nothing of clients.")
        note = msgspec.json.decode(await body_of(request), type=Note)
        text = note.text.strip()
        if not 0 < len(text.encode()) <= LONGEST:
            return error(400, f"text: at least a word, at most {LONGEST} bytes")
        oid = request.match_info["oid"]
        found = await looked_after(caller, oid, deps)
        if found is None:
            return error(404, UNKNOWN)
        _, _, moment = found
        fields = stated(text, note.tier, moment.maison)
        for event in events_of(caller, oid, text, note.tier, fields, moment.now):
            await publish(encode(event))
        known = [f"{group}.{name}" for group, said in fields.items() for name in said]
        return reply(Noted(fields=sorted(known)), 202)

    app.router.add_post("/v1/clients/{oid:[A-Za-z0-9_-]{16}}/notes", guarded(add))


def stated(text: str, tier: int | None, maison: Maison) -> dict[str, dict[str, Any]]:
    """What a note states, without what would be known more widely than its author said it may be."""
    return {
        group: kept
        for group, said in typed(text).items()
        if (
            kept := {
                name: value
                for name, value in said.items()
                if tier is None or tier_of(f"{group}.{name}", maison.tiers) >= tier
            }
        )
    }


def events_of(
    caller: Caller, oid: str, text: str, tier: int | None, fields: Mapping[str, Any], now: float
) -> list[ClientNote | ClientProfile]:
    """A note and what it states. The same words of the same person on one day (UTC) are the same events, sent
    again or not; on another they are news: they left a message once more, the ring is 52 after all.
    """
    named = "\x1f".join((oid, caller.staff, text, str(tier), str(day_of(now))))
    id = hashlib.blake2b(named.encode(), digest_size=16).hexdigest()
    who = Who(oid=oid)
    envelope: dict[str, Any] = {
        "source": SOURCE, "specversion": "1.0", "maison": caller.maison,
        "time": datetime.fromtimestamp(now, UTC),
    }  # fmt: skip
    note = ClientNote(id=id, **envelope, data=NoteData(who=who, text=text, by=caller.staff, tier=tier))
    if not fields:
        return [note]
    profile = ProfileData(who=who, fields=Fields(**fields))
    return [note, ClientProfile(id=f"{id}-typed", **envelope, data=profile)]
