"""The audit, on `access.audit`: written before anything is shown or done, read by privacy alone."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Literal

import msgspec
from aiohttp import web
from confluent_kafka import Message as KafkaMessage

from schemas.alerts import Alert
from schemas.audit import AuditEntry, Handled, TelephoneAsked, Via, Viewed, decode_entry
from schemas.codec import Unreadable, encode
from schemas.tiers import Circle
from schemas.times import iso
from schemas.who import OPAQUE
from streams import topics
from streams.answers import error, guarded, limit_of, reply
from streams.applied import ends_of
from streams.auth import Caller, Denied, Door
from streams.produce import Message, Producer
from streams.shapes.audit import Audit
from streams.stored import stored

Note = Callable[[Viewed], Awaitable[None]]
"""Returns once Kafka has the view, or raises `KafkaAway`: then nothing is shown."""
NoteAsked = Callable[[TelephoneAsked], Awaitable[None]]
"""The same of a telephone: else it is not rung."""
Look = Callable[["Asked"], Awaitable["Found"]]

MOST = 1_000
"""Entries of one answer, of each kind."""
BACK = 50_000
"""Entries of a partition that are looked through, the newest."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody did, or to whom; at least one of the two. `clients`: any of these ids, none: whoever."""

    maison: str
    clients: Collection[str]
    staff: str | None
    limit: int

    def fits(self, entry: AuditEntry) -> bool:
        match entry:
            case Viewed():
                clients, staff = entry.parts, entry.staff
            case Handled():
                clients, staff = entry.clients, entry.by
            case TelephoneAsked():
                clients, staff = [], entry.staff
        return (
            entry.maison == self.maison
            and (not self.clients or not {*clients}.isdisjoint(self.clients))
            and self.staff in (None, staff)
        )


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The newest, oldest first. `complete`: the whole log was looked through and nothing left out."""

    views: list[Viewed]
    letters: list[Handled]
    telephones: list[TelephoneAsked] = []
    complete: bool


def noting(producer: Producer) -> Note:
    """Writes views, keyed by the id that was asked for."""

    async def note(viewed: Viewed) -> None:
        await producer.send([entry(viewed.client, viewed)])

    return note


async def viewed_from_terminal(
    brokers: str, by: str, at: float, maison: str, parts: Sequence[str], via: Via, facts: Iterable[str] = ()
) -> None:
    """The audit has that somebody at a terminal is about to be told of the client of these parts, the first
    of which was asked for; of no parts: of all clients of the house. Raises `KafkaAway`.
    """
    caller = Caller(staff=by, role="platform", maison=maison, sites=(), expires=at, issued=at)
    asked = viewed(caller, at, parts[0] if parts else "", parts, "platform", via, facts=facts)
    producer = Producer(brokers, client_id=f"prevenance-{via}")
    try:
        await noting(producer)(asked)
    finally:
        await producer.close()


def viewed(
    caller: Caller,
    at: float,
    client: str,
    parts: Sequence[str],
    circle: Circle | Literal["platform"],
    via: Via,
    *,
    alerts: Iterable[Alert] = (),
    facts: Iterable[str] = (),
    tiers: Iterable[int] = (),
    masked: Iterable[str] = (),
    case: str = "",
) -> Viewed:
    """What the audit is told of a view at Unix seconds `at`; `schemas.audit` says what each of these is."""
    return Viewed(
        at=iso(at),
        maison=caller.maison,
        client=client,
        parts=[*parts],
        staff=caller.staff,
        role=caller.role,
        circle=circle,
        via=via,
        alerts=[alert.id for alert in alerts],
        facts=sorted(facts),
        tiers=sorted(tiers),
        masked=sorted(masked),
        case=case,
    )


def noting_telephones(producer: Producer) -> NoteAsked:
    """Writes whose telephones ring, keyed by whose they are."""

    async def note(asked: TelephoneAsked) -> None:
        await producer.send([entry(asked.staff, asked)])

    return note


def entry(key: str, said: AuditEntry) -> Message:
    """An entry of the audit, on its way there."""
    return Message(topic=topics.AUDIT, key=key.encode(), value=encode(said))


def looking(brokers: str) -> Look:
    """Reads views from Kafka, in a thread."""
    return lambda asked: asyncio.to_thread(newest, brokers, asked)


def newest(brokers: str, asked: Asked) -> Found:
    """Looks through the log, at most `BACK` entries of a partition. Blocks. Raises `KafkaAway`.

    Through all partitions: a client may have been looked at under any of their ids.
    """
    ends = ends_of(brokers, topics.AUDIT)
    ranges = {p: (max(low, end - BACK), end) for p, (low, end) in ends.items()}
    found = [one for one in _entries(stored(brokers, topics.AUDIT, ranges)) if asked.fits(one)]
    found.sort(key=lambda one: one.at)
    views = [one for one in found if isinstance(one, Viewed)]
    letters = [one for one in found if isinstance(one, Handled)]
    whole = all(start == ends[p][0] for p, (start, _) in ranges.items())
    telephones = [one for one in found if isinstance(one, TelephoneAsked)]
    most = asked.limit
    whole = whole and max(len(views), len(letters), len(telephones)) <= most
    return Found(views=views[-most:], letters=letters[-most:], telephones=telephones[-most:], complete=whole)


def _entries(messages: Iterable[KafkaMessage]) -> Iterator[AuditEntry]:
    for message in messages:
        with suppress(Unreadable):
            yield decode_entry(message.value())


def audit_routes(app: web.Application, look: Look, door: Door) -> None:
    """Adds `GET /v1/audit`."""

    async def audit(request: web.Request) -> web.Response:
        caller = door.caller(request)
        if caller.role != "privacy":
            raise Denied(403, "The audit is for the role privacy.")
        client, staff = (request.query.get(name) for name in ("client", "staff"))
        if client is None and staff is None:
            return error(400, "Give client, staff, or both.")
        if client is not None and not OPAQUE.fullmatch(client):
            return error(400, "client: an opaque id, as an alert or a look-up gave it")
        limit = limit_of(request, 100, MOST)
        asked = Asked(maison=caller.maison, clients=[client] if client else (), staff=staff, limit=limit)
        found = await look(asked)
        return reply(
            Audit(
                views=found.views,
                letters=found.letters,
                telephones=found.telephones,
                complete=found.complete,
            )
        )

    app.router.add_get("/v1/audit", guarded(audit))
