"""What in records wants repair, for whoever answers for these clients; and the repair, which is an event."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any
from uuid import uuid4

import msgspec
from aiohttp import web

from agents.circles import circle_of
from agents.moment import Moment
from agents.personalise import FLAWED
from feature_store.graph import Hold, Pair
from feature_store.quality import Flaw, flaws, quality
from feature_store.store import NEVER
from schemas.audit import Viewed
from schemas.codec import encode
from schemas.tiers import Circle, may_know, row_of, tier_of
from schemas.times import iso
from streams.answers import body_of, error, guarded, reply
from streams.auditing import viewed
from streams.auth import Caller, Denied
from streams.clients import UNKNOWN, Clients, read_client, read_clients
from streams.shapes.quality import Flawed, Queue, Repair, Repaired, Wrong
from streams.verdicts import Publish

LOOKED = 500
"""Marks of a shard that are looked at for one answer, the newest."""
MOST = 100
"""Clients of one answer."""
KEEPERS = frozenset({"advisor", "concierge", "manager"})
"""Roles that keep records in repair. What a client asks to have put right the role privacy may enter too."""
OWN: frozenset[str] = frozenset({"assigned", "manager", "free"})
"""What one of these must be to a client to repair their record."""

Held = Callable[[str], Awaitable[dict[Pair, Hold]]]
"""The pairs of a maison that may be one client, and wait for a person's word."""


def quality_routes(app: web.Application, deps: Clients, shards: int, held: Held, publish: Publish) -> None:
    """Adds `GET /v1/quality` and `POST /v1/clients/{oid}/repair`."""

    async def queue(request: web.Request) -> web.Response:
        caller = _caller(request, deps)
        marks = await asyncio.gather(*(deps.store.marked(shard, LOOKED) for shard in range(shards)))
        found = {
            mark.oid: mark.due - NEVER
            for of_shard in marks
            for mark in of_shard
            if (mark.maison, mark.name) == (caller.maison, FLAWED)
        }
        pairs = await held(caller.maison)
        wanted = {oid: deps.now() for pair in pairs for oid in pair} | found
        clients = await _flawed(caller, wanted, pairs, deps)
        whole = len(clients) < MOST and all(len(of_shard) < LOOKED for of_shard in marks)
        return reply(Queue(clients=clients, complete=whole))

    async def repair(request: web.Request) -> web.Response:
        caller, oid = _caller(request, deps, {*KEEPERS, "privacy"}), request.match_info["oid"]
        body = msgspec.json.decode(await body_of(request), type=Repair)
        said = msgspec.to_builtins(body.fields)
        if not said and not body.right:
            return error(400, "fields: names nothing to repair")
        found = await read_client(deps.store, deps.opener, caller.maison, oid)
        if found is None:
            return error(404, UNKNOWN)
        _may_repair(caller, deps.moment(caller.maison, oid, found[1]), said)
        event = _event(caller, oid, said, body.right, deps.now())
        await publish(encode(event))
        return reply(Repaired(event=event["id"]), status=202)

    app.router.add_get("/v1/quality", guarded(queue))
    app.router.add_post("/v1/clients/{oid:[A-Za-z0-9_-]{16}}/repair", guarded(repair))


def _caller(request: web.Request, deps: Clients, roles: Collection[str] = KEEPERS) -> Caller:
    caller = deps.caller(request)
    if caller.role not in roles:
        raise Denied(403, "Records are repaired by the advisor, the concierge or the manager of a client.")
    return caller


async def _flawed(
    caller: Caller, wanted: dict[str, float], pairs: dict[Pair, Hold], deps: Clients
) -> list[Flawed]:
    """Looks at records as they are now, the newest mark first, a client once, each told to the audit."""
    shown: list[Flawed] = []
    seen: set[str] = set()
    newest = sorted(wanted, key=lambda oid: (-wanted[oid], oid))
    async for oid, parts, client in read_clients(deps.store, deps.opener, caller.maison, newest):
        if len(shown) == MOST:
            break
        if oid in seen:
            continue
        seen.update(parts)
        moment = deps.moment(caller.maison, oid, client)
        circle = circle_of(caller, moment, ())
        if circle not in OWN or circle == "platform":
            continue
        maison = moment.maison
        wrong = [f for f in flaws(client, moment.now) if may_know(f.field, circle, maison.tiers)]
        wrong += [Flaw("duplicate", _other(pair, parts)) for pair in pairs if {*pair} & {*parts}]
        if wrong:
            await deps.note(_viewed(caller, parts, circle, wrong, moment))
            shown.append(
                Flawed(
                    id=oid,
                    since=iso(wanted[oid]),
                    quality=quality(client, moment.now),
                    wrong=[Wrong(kind=flaw.kind, field=flaw.field) for flaw in wrong],
                )
            )
    return shown


def _other(pair: Pair, parts: Sequence[str]) -> str:
    return pair[1] if pair[0] in parts else pair[0]


def _viewed(
    caller: Caller, parts: list[str], circle: Circle, wrong: Sequence[Flaw], moment: Moment
) -> Viewed:
    facts = [flaw.field for flaw in wrong if flaw.kind != "duplicate"]
    return viewed(
        caller, moment.now, moment.part, parts, circle, "quality",
        facts={row_of(fact) for fact in facts},
        tiers={tier_of(fact, moment.maison.tiers) for fact in facts},
    )  # fmt: skip


def _may_repair(caller: Caller, moment: Moment, said: dict[str, Any]) -> None:
    circle = circle_of(caller, moment, ())
    if circle == "platform" or circle not in OWN | {"privacy"}:
        raise Denied(403, "Somebody else answers for this client.")
    for field, value in said.items():
        names = [f"{field}.{name}" for name in value] if isinstance(value, dict) else [field]
        if not all(may_know(name, circle, moment.maison.tiers) for name in names):
            raise Denied(403, f"fields.{field}: is not for you to know, nor to repair.")


def _event(caller: Caller, oid: str, said: dict[str, Any], right: list[str], now: float) -> dict[str, Any]:
    """What somebody of the house states, having checked it: it outranks what systems say."""
    return {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": caller.source,
        "type": "client.profile",
        "maison": caller.maison,
        "time": iso(now),
        "data": {"who": {"oid": oid}, "fields": said, "verified": [*said, *right]},
    }
