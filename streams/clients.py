"""The client record over HTTP: found by an identifier in a body, never in a URL; read by its opaque id.

Each reader sees what they may know (`schemas/tiers.py`), and nothing before it is in the audit.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec
from aiohttp import web

from agents.circles import alias_of, circle_of
from agents.discretion import seen
from agents.moment import Moment
from agents.sides import may_tell
from agents.verdict import in_time
from feature_store import record as records
from feature_store.features.attention import Attention
from feature_store.inbox import Inboxes
from feature_store.quality import quality
from feature_store.store import Store
from schemas.alerts import Alert, inbox_of
from schemas.who import NUMBER, Who, key_of
from streams.answers import body_of, error, guarded, reply
from streams.auditing import Note, viewed
from streams.auth import Caller, Denied, Door, inboxes_of, may_see
from streams.keys import Opener
from streams.provenance import provenance
from streams.scales import Scales
from streams.shapes.clients import Client, Lookup
from streams.worth import Worth, worth_of

AT_ONCE = 50
"""Records that are asked for together: others want the loop meanwhile."""
UNKNOWN = "No such client in this maison."
HOMELESS = f"{UNKNOWN} Of a number without its country nobody is found: put the code before it, as +33."
"""Whoever answers a letter says of it what is held of its writer: that is not nothing for want of a code."""


class Clients(Door, frozen=True, kw_only=True):
    """What the record's routes need. `note` returns once the audit has a view;
    `estimators` gives what forecasts know by now.
    """

    store: Store
    opener: Opener
    scales: Scales
    inboxes: Inboxes
    pepper: bytes
    note: Note
    estimators: Callable[[], Mapping[tuple[str, str], Any]] = dict

    def moment(self, maison: str, oid: str, client: Any) -> Moment:
        """The moment at which somebody looks."""
        return Moment.of_a_look(self.maisons[maison], oid, client, self.now())


def client_routes(app: web.Application, deps: Clients) -> None:
    """Adds `POST /v1/clients/lookup` and `GET /v1/clients/{oid}`."""

    async def lookup(request: web.Request) -> web.Response:
        caller = deps.caller(request)
        asked = msgspec.json.decode(await body_of(request), type=Lookup)
        oid = key_of(caller.maison, asked.who, deps.pepper)
        if oid is None:
            return error(400, "who names nobody: give at least one identifier")
        answer = await _answer(caller, oid, "lookup", deps, asked.at)
        return error(404, HOMELESS) if answer.status == 404 and _homeless(asked.who) else answer

    async def one(request: web.Request) -> web.Response:
        caller, at = deps.caller(request), request.query.get("at")
        return await _answer(caller, request.match_info["oid"], "record", deps, at)

    app.router.add_post("/v1/clients/lookup", guarded(lookup))
    app.router.add_get("/v1/clients/{oid:[A-Za-z0-9_-]{16}}", guarded(one))


def _homeless(who: Who) -> bool:
    number = who.phone or who.whatsapp or ""
    return NUMBER.fullmatch(number) is not None and not number.strip().startswith(("+", "00"))


async def _answer(
    caller: Caller, oid: str, via: Literal["record", "lookup"], deps: Clients, at: str | None
) -> web.Response:
    if at and deps.maisons[caller.maison].site(at) is None:
        return error(400, "at: no site of this maison")
    named = caller.role == "privacy"
    found = await read_client(deps.store, deps.opener, caller.maison, oid, named=named)
    worth = await worth_to(caller.maison, oid, found, deps)
    if found is None:
        return error(404, UNKNOWN)
    parts, client = found
    return reply(await view_of(caller, oid, parts, client, worth, via, deps, at))


async def worth_to(maison: str, oid: str, found: tuple[list[str], Any] | None, deps: Clients) -> Worth:
    """What is concluded of whoever was found; of nobody nothing. Raises `StoreAway`."""
    if found is None:
        return {}
    parts, client = found
    moment = msgspec.structs.replace(deps.moment(maison, oid, client), estimators=deps.estimators())
    return await worth_of(deps.store, deps.scales, moment, parts)


async def view_of(
    caller: Caller,
    oid: str,
    parts: list[str],
    client: Any,
    worth: Worth,
    via: Literal["record", "lookup"],
    deps: Clients,
    at: str | None = None,
) -> Client:
    """A client as the caller may see them, once the audit knows. Raises `KafkaAway`, `StoreAway`.

    `at`: the site where it is read, "" for none: without what the other side of the house knows; None: all.
    """
    moment = deps.moment(caller.maison, oid, client)
    maison = moment.maison
    serves = await served(caller, moment, deps.inboxes)
    circle = circle_of(caller, moment, serves)
    values = values_of(client, worth, moment.now)
    alias = alias_of(caller, maison.id, min(parts), deps.pepper)
    sight = seen(values, circle, maison.tiers, alias, lambda fact: at is None or may_tell(moment, [fact], at))
    await deps.note(
        viewed(
            caller,
            moment.now,
            oid,
            parts,
            circle,
            via,
            alerts=serves,
            facts=sight.rows,
            tiers=sight.tiers,
            masked=sight.masked,
        )
    )
    return Client(
        id=oid,
        maison=maison.id,
        parts=parts,
        circle=circle,
        facts=sight.facts,
        features=sight.features,
        profile=sight.profile,
        masked=sight.masked,
        fields=provenance(records.slice_of(client, "profile"), sight.stated),
        unspoken=sight.unspoken,
    )


def values_of(client: Any, worth: Worth, now: float) -> dict[str, dict[str, Any]]:
    """All that is known and concluded of a client: feature -> its values, and what stands beside them."""
    values = {"facts": records.BY_NAME["facts"].values(records.slice_of(client, "facts"), 0.0)}
    values |= records.values(client, now)
    if scores := quality(client, now):
        values["quality"] = scores
    for feature, beside in worth.items():
        values[feature] = values.get(feature, {}) | beside
    return values


async def served(caller: Caller, moment: Moment, inboxes: Inboxes) -> list[Alert]:
    """The client's open alerts that are for this caller, as their inboxes have them now."""
    mine = inboxes_of(caller, moment.maison) if caller.reads_alerts else ()
    known: Attention = records.slice_of(moment.client, "attention")
    wanted: dict[str, list[str]] = {}
    for id, entry in known.alerts.items():
        inbox = inbox_of(moment.maison.id, entry.place)
        if inbox in mine:
            wanted.setdefault(inbox, []).append(id)
    views = await inboxes.read(wanted) if wanted else {}
    alerts = [
        held.entry.alert
        for view in views.values()
        for held in view.held.values()
        if not held.entry.over and not held.entry.withheld
    ]
    return [
        alert for alert in alerts if may_see(caller, moment.maison, alert.for_) and in_time(alert, moment.now)
    ]


async def looked_after(caller: Caller, oid: str, deps: Clients) -> tuple[list[str], Any, Moment] | None:
    """The parts of a client, what they merge to, and the moment, for whoever looks after them now; None when
    no part is known. Raises `Denied` for anybody else, and `StoreAway`."""
    found = await read_client(deps.store, deps.opener, caller.maison, oid)
    if found is None:
        return None
    moment = deps.moment(caller.maison, oid, found[1])
    if circle_of(caller, moment, await served(caller, moment, deps.inboxes)) == "house":
        raise Denied(403, "You don't look after this client now.")
    return *found, moment


async def read_client(
    store: Store, opener: Opener, maison: str, oid: str, named: bool = False
) -> tuple[list[str], Any] | None:
    """The parts of a client and what they merge to; None when no part is known. Raises `StoreAway`.

    `named`: one with nothing in its record is known too, if it has a key. Of an address that several share,
    and no event was keyed by, the name is held and nothing else.
    """
    found = [known async for known in read_clients(store, opener, maison, [oid], named)]
    return found[0][1:] if found else None


async def read_clients(
    store: Store, opener: Opener, maison: str, oids: Sequence[str], named: bool = False
) -> AsyncIterator[tuple[str, list[str], Any]]:
    """The same of those of several who are known, each with the id that was asked for."""
    for start in range(0, len(oids), AT_ONCE):
        some = oids[start : start + AT_ONCE]
        links = await store.links([(maison, oid) for oid in some])
        parts = {oid: [(maison, part) for part in (oid, *links[maison, oid])] for oid in some}
        every = list({part: None for several in parts.values() for part in several})
        found, keys = await asyncio.gather(store.peek(every), opener.of(every))
        for oid, several in parts.items():
            held = [records.decode(value, keys.get(p)) for p in several if (value := found[p]) is not None]
            held = [record for record in held if record.x <= 0]  # who was erased is nobody
            if any(map(records.heard_of, held)) or (named and not keys.keys().isdisjoint(several)):
                yield oid, sorted({part for _, part in several}), records.merge(held)
