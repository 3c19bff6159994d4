"""The right of access: all that the house holds of a client, for themselves, machines' way and readable.

Whatever is asked was said under some right; so beside each value stand its source and what it serves, beside
each alert its reasons, and who has looked. Logs are read as far back as they are kept.
"""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Any

import msgspec
import orjson
from aiohttp import web

from feature_store import record as records
from feature_store.store import PartKey
from schemas.alerts import AlertChange, decode_inbox
from schemas.codec import Unreadable, readable
from schemas.messages import KeyChange
from schemas.personal import opened as opened_event
from schemas.private import opened as opened_alert
from schemas.sealing import Key, Lost
from schemas.times import iso
from streams import topics
from streams.answers import error, guarded, reply
from streams.applied import ends_of
from streams.auditing import Asked, Look, viewed
from streams.auth import Denied
from streams.clients import UNKNOWN, Clients, read_client, values_of, worth_to
from streams.export_page import page
from streams.ledger import Ledger
from streams.provenance import provenance
from streams.quarantine import held as set_aside
from streams.shapes.rights import Export, Named, Proposed, Purpose, Recipient
from streams.stored import stored

PURPOSES = {
    "records": "to know the client and serve them",
    "alerts": "to tell one person of the house what to do next",
    "events": "what happened, of which the record is made",
    "waiting": "what sources told that the house does not know: it counts for nothing until it is let in",
    "consent": "to do only what the client allows",
    "recipients": "to say who has looked",
}
"""What each part of an export serves."""
AMONG_AGENTS = "record."
"""How the types begin of what agents send one another: one of them gives a gift away to whom it is for."""
VIEWS = 1_000
"""Views of the audit in one export."""
_change = msgspec.json.Decoder(KeyChange)


class Read(msgspec.Struct, kw_only=True):
    """What the logs still say of some parts."""

    named: list[Named] = []
    events: list[dict[str, Any]] = []
    alerts: list[Proposed] = []
    waiting: list[dict[str, Any]] = []


def export_routes(app: web.Application, deps: Clients, brokers: str, ledger: Ledger, look: Look) -> None:
    """Adds `GET /v1/clients/{oid}/export`: JSON, or a page for `?as=page`."""

    async def export(request: web.Request) -> web.Response:
        caller = deps.caller(request)
        if caller.role != "privacy":
            raise Denied(403, "Exporting is for the role privacy.")
        oid, now = request.match_info["oid"], deps.now()
        found = await read_client(deps.store, deps.opener, caller.maison, oid, named=True)
        if found is None:
            return error(404, UNKNOWN)
        parts, client = found
        keys = await deps.opener.of([(caller.maison, part) for part in parts])
        worth = await worth_to(caller.maison, oid, found, deps)
        await deps.note(
            viewed(caller, now, oid, parts, "privacy", "export", facts=("*",), tiers=(0, 1, 2, 3))
        )
        values = values_of(client, worth, now)
        profile = values.pop("profile", {})
        values.get("surprises", {}).pop("awaited", None)  # a gift is the giver's to tell
        read = await asyncio.to_thread(_read, brokers, keys, caller.maison)
        views = await look(Asked(maison=caller.maison, clients=parts, staff=None, limit=VIEWS))
        made = Export(
            client=oid,
            maison=deps.maisons[caller.maison].name,
            made_at=iso(now),
            parts=parts,
            identifiers=read.named,
            profile=provenance(records.slice_of(client, "profile"), profile),
            features=values,
            consents=await ledger(caller.maison, parts),
            purposes=[Purpose(of=of, serves=serves) for of, serves in PURPOSES.items()],
            recipients=[Recipient(at=v.at, staff=v.staff, role=v.role, saw=v.facts) for v in views.views],
            alerts=read.alerts,
            events=read.events,
            waiting=read.waiting,
        )
        if request.query.get("as") != "page":
            return reply(made)
        text = page(made, profile.get("language"))
        return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-store"})

    app.router.add_get("/v1/clients/{oid:[A-Za-z0-9_-]{16}}/export", guarded(export))


def _read(brokers: str, keys: dict[PartKey, Key], maison: str) -> Read:
    """Reads the partitions in which these parts stand, and what waits in quarantine. Blocks. O(all that).

    Raises `KafkaAway`.
    """
    held = {oid: key for (_, oid), key in keys.items()}
    return Read(
        named=list(_named(brokers, held)),
        events=sorted(_events(brokers, held), key=lambda event: str(event.get("time"))),
        alerts=list(_alerts(brokers, held, maison)),
        waiting=list(waiting_of(brokers, held)),
    )


def _named(brokers: str, held: dict[str, Key]) -> Iterator[Named]:
    told: set[tuple[str, str]] = set()
    for message in stored(brokers, topics.KEYS, ends_of(brokers, topics.KEYS)):
        try:
            change = readable(_change, message.value())
            if change.oid not in held or change.named is None:
                continue
            kind, value = orjson.loads(held[change.oid].open(change.named))
        except (Unreadable, Lost):  # the end of a key, a stranger's, or sealed with one that was destroyed
            continue
        if (kind, value) not in told:
            told.add((kind, value))
            yield Named(kind=kind, value=value)


def _events(brokers: str, held: dict[str, Key]) -> Iterator[dict[str, Any]]:
    by_key = {oid.encode(): key for oid, key in held.items()}
    for topic in (*topics.INBOUND, topics.REPLAY):
        for message in stored(brokers, topic, _partitions(brokers, topic, held)):
            key = by_key.get(message.key())
            if key is not None and message.value():
                told = _opened(message.value(), key)
                yield from (one for one in told if not str(one.get("type")).startswith(AMONG_AGENTS))


def waiting_of(brokers: str, held: dict[str, Key]) -> Iterator[dict[str, Any]]:
    """What waits in quarantine of these parts, each with its key. Blocks. Raises `KafkaAway`."""
    for one in set_aside(brokers):
        if (key := held.get(one.key.decode(errors="replace"))) is not None:
            yield from _opened(one.value, key)


def _opened(value: bytes, key: Key) -> Iterator[dict[str, Any]]:
    with suppress(Lost, ValueError, KeyError, TypeError):  # not ours, or of a key that was destroyed
        yield orjson.loads(opened_event(value, key))


def _alerts(brokers: str, held: dict[str, Key], maison: str) -> Iterator[Proposed]:
    for message in stored(brokers, topics.ALERTS, ends_of(brokers, topics.ALERTS)):
        try:
            change = decode_inbox(message.value())
            if not isinstance(change, AlertChange) or change.alert.client.id not in held:
                continue
            alert = opened_alert(change.alert, held[change.alert.client.id])
        except (Unreadable, Lost):
            continue
        if alert.maison == maison:
            yield Proposed(at=alert.at, action=alert.action, title=alert.title, why=alert.why, say=alert.say)


def _partitions(brokers: str, topic: str, oids: Collection[str]) -> dict[int, tuple[int, int]]:
    ends = ends_of(brokers, topic)
    return {p: ends[p] for p in {topics.partition_of(oid.encode(), len(ends)) for oid in oids}}
