"""The client record over HTTP: found by an identifier in a body, never in a URL; read by its opaque id."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from aiohttp import web

from feature_store import record as records
from feature_store.store import Store, StoreAway
from feature_store.value import value_of
from schemas.maison import Maison
from schemas.who import key_of
from streams.answers import error, guarded, reply
from streams.auth import Caller, Denied, caller_from
from streams.provenance import provenance
from streams.scales import Scales
from streams.shapes import Client, Lookup

READERS = frozenset({"advisor", "concierge", "manager", "team", "privacy"})
UNPROFILED = frozenset({"platform"})
"""Roles that see facts and features and never who it is."""
HIDDEN = ("profile", "consent")


class Clients(msgspec.Struct, frozen=True, kw_only=True):
    """What the record's routes need. `now` gives Unix seconds."""

    store: Store
    scales: Scales
    maisons: Mapping[str, Maison]
    secret: str
    pepper: bytes
    now: Callable[[], float]

    def __repr__(self) -> str:
        return "Clients(***)"


def client_routes(app: web.Application, deps: Clients) -> None:
    """Adds `POST /v1/clients/lookup` and `GET /v1/clients/{oid}`."""

    async def lookup(request: web.Request) -> web.Response:
        caller = _caller(request, deps)
        who = msgspec.json.decode(await request.read(), type=Lookup).who
        oid = key_of(caller.maison, who, deps.pepper)
        if oid is None:
            return error(400, "who names nobody: give at least one identifier")
        return await _answer(caller, oid, deps)

    async def one(request: web.Request) -> web.Response:
        return await _answer(_caller(request, deps), request.match_info["oid"], deps)

    app.router.add_post("/v1/clients/lookup", guarded(lookup))
    app.router.add_get("/v1/clients/{oid:[A-Za-z0-9_-]{16}}", guarded(one))


def _caller(request: web.Request, deps: Clients) -> Caller:
    caller = caller_from(request, deps.secret, deps.maisons, deps.now())
    if caller.role not in READERS | UNPROFILED:
        raise Denied(403, f"The role {caller.role} may not read clients.")
    return caller


async def _answer(caller: Caller, oid: str, deps: Clients) -> web.Response:
    try:
        found = await read_client(deps.store, caller.maison, oid)
        scale = await deps.scales.of(caller.maison)
    except StoreAway:
        return error(503, "The client records cannot be reached now: try again.")
    if found is None:
        return error(404, "No such client in this maison.")
    parts, client = found
    values = records.values(client, deps.now()) | {"value": value_of(client, scale, deps.now())}
    blind = caller.role in UNPROFILED
    profile = {} if blind else values.get("profile", {})
    facts = values.get("facts") or records.BY_NAME["facts"].values(records.slice_of(client, "facts"), 0.0)
    return reply(
        Client(
            id=oid,
            maison=caller.maison,
            parts=parts,
            facts=facts,
            features={k: v for k, v in values.items() if k != "facts" and not (blind and k in HIDDEN)},
            profile=profile,
            masked=sorted(values.get("profile", {})) if blind else [],
            fields=provenance(records.slice_of(client, "profile"), profile),
        )
    )


async def read_client(store: Store, maison: str, oid: str) -> tuple[list[str], Any] | None:
    """The parts of a client and what they merge to; None when no part is known."""
    others = (await store.links([(maison, oid)]))[(maison, oid)]
    found = await store.peek([(maison, part) for part in (oid, *others)])
    held = [records.decode(value) for value in found.values() if value is not None]
    return (sorted({oid, *others}), records.merge(held)) if held else None
