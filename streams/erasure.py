"""The right to be forgotten, over HTTP: told to the log, waited for, and answered with a signed receipt.

What makes it true is `agents.erase`: records are emptied, open alerts taken back, and the keys destroyed that
open what was said, in every topic, dead letters, inboxes and backups alike.
"""

import asyncio
import time
from hashlib import blake2b

import jwt
import msgspec
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from feature_store import record as records
from feature_store.keyring import Keyring
from feature_store.store import PartKey, Store, StoreAway, parts_of
from schemas.codec import encode
from schemas.events.client import ClientErase, EraseData
from schemas.times import iso, utc
from schemas.who import Who
from streams import topics
from streams.answers import body_of, error, guarded, reply
from streams.auditing import Note, viewed
from streams.auth import Caller, Denied, Door
from streams.cases import naming_a_case
from streams.clients import UNKNOWN
from streams.produce import Message, Producer
from streams.shapes.rights import Erase, Erasure, Place, SigningKey

PATIENCE = 20.0
"""Seconds an erasure may take before the answer says that it is still under way."""
LOOK = 0.05
SEALED_TOPICS = (
    *(*topics.INBOUND, topics.REPLAY, topics.LINKS, topics.ALERTS, topics.DECISIONS, topics.CHECKPOINT),
    *(topics.DEAD_LETTERS, topics.QUARANTINE),
)
"""Topics in which what a client said, or what was said of them, stands sealed, and from now on for good."""
UNREADABLE = "every word unreadable: its key is destroyed"
IN_OTHERS = {
    topics.LEDGER: "wordings and proofs unreadable, their key is destroyed; what was allowed when stays",
    topics.SEGMENTS: "told that they have left; what was told before names a reference",
    topics.EXAMPLES: "what waited for its outcome is let go of; what was told before are numbers",
}
"""What an erasure comes to in topics where nothing that was said stands, or not only that."""


class Rights(Door, frozen=True, kw_only=True):
    """What the routes need. `note` returns once the audit has who asks;
    `signing` is the house's own key.
    """

    store: Store
    keyring: Keyring
    producer: Producer
    signing: Ed25519PrivateKey
    note: Note


def signing_key(master: bytes) -> Ed25519PrivateKey:
    """The key that signs receipts, drawn from the master key: every process has the same."""
    return Ed25519PrivateKey.from_private_bytes(
        blake2b(digest_size=32, key=master, person=b"prevenance-sign").digest()
    )


def erasure_routes(app: web.Application, deps: Rights) -> None:
    """Adds `DELETE /v1/clients/{oid}` and `GET /v1/receipts/key`."""

    async def forget(request: web.Request) -> web.Response:
        caller = deps.caller(request)
        if caller.role != "privacy":
            raise Denied(403, "Erasing is for the role privacy.")
        try:
            asked = naming_a_case(await body_of(request) or b"{}", Erase)
            return await _forget(caller, request.match_info["oid"], asked.case, deps)
        except StoreAway:
            return error(503, "The store cannot be reached now: ask again, nothing is done twice.")

    async def key(request: web.Request) -> web.Response:
        raw = deps.signing.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return reply(SigningKey(x=jwt.utils.base64url_encode(raw).decode()))

    app.router.add_delete("/v1/clients/{oid:[A-Za-z0-9_-]{16}}", guarded(forget))
    app.router.add_get("/v1/receipts/key", guarded(key))


async def _forget(caller: Caller, oid: str, case: str | None, deps: Rights) -> web.Response:
    """Every part is told by itself: links that come a moment later change nothing any more."""
    parts = sorted(await parts_of(deps.store, (caller.maison, oid)))
    found, salts = await asyncio.gather(deps.store.peek(parts), deps.keyring.salts(parts))
    if not any((*found.values(), *salts.values())):
        return error(404, UNKNOWN)
    began = deps.now()
    asked_of = [part for _, part in parts]
    await deps.note(viewed(caller, began, oid, asked_of, "privacy", "erasure", case=case or ""))
    await deps.producer.send([_told(part, began) for part in parts])
    if not await _done(parts, deps):
        return error(503, "The erasure is told and not yet through: ask again for its receipt.")
    places = [
        Place(where="records in Redis", what=f"{len(parts)} emptied, timers and open alerts with them"),
        Place(where="client.keys", what=f"every key of {len(parts)} identifiers destroyed"),
        *(Place(where=topic, what=UNREADABLE) for topic in SEALED_TOPICS),
        *(Place(where=topic, what=what) for topic, what in IN_OTHERS.items()),
        Place(where="inboxes in Redis", what=UNREADABLE),
        Place(where="likeness in Redis", what=UNREADABLE),
    ]
    erasure = Erasure(
        client=oid,
        maison=caller.maison,
        parts=asked_of,
        asked_by=caller.staff,
        asked_at=iso(began),
        case=case,
        done_at=iso(deps.now()),
        erased=places,
        receipt="",
    )
    claims = {k: v for k, v in msgspec.to_builtins(erasure).items() if k != "receipt"}
    return reply(
        msgspec.structs.replace(erasure, receipt=jwt.encode(claims, deps.signing, algorithm="EdDSA"))
    )


def _told(part: PartKey, at: float) -> Message:
    event = ClientErase(
        id=f"erase-{int(at * 1000)}",
        source="console",
        specversion="1.0",
        maison=part[0],
        time=utc(at),
        data=EraseData(who=Who(oid=part[1])),
    )
    return Message(topic=topics.DECLARATIONS, key=part[1].encode(), value=encode(event))


async def _done(parts: list[PartKey], deps: Rights) -> bool:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found, salts = await asyncio.gather(deps.store.peek(parts), deps.keyring.salts(parts))
        emptied = all(value is not None and records.decode(value).x > 0 for value in found.values())
        if emptied and not any(salts.values()):
            return True
        await asyncio.sleep(LOOK)
    return False
