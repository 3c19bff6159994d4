"""What a client allows, over HTTP: what holds now and why; the ledger, for who answers for their rights."""

from collections.abc import Iterator

from aiohttp import web

from agents.circles import circle_of
from agents.moment import Moment
from feature_store import record as records
from feature_store.consent import Law, law_of, standing
from feature_store.features.consent import CHANNELS, Consent, given
from schemas.audit import Viewed
from schemas.events.client import PURPOSES
from schemas.times import iso
from streams.answers import error, guarded, reply
from streams.auditing import viewed
from streams.auth import Caller, Denied
from streams.clients import UNKNOWN, Clients, read_client, served
from streams.consents import Consents
from streams.ledger import Ledger
from streams.shapes.consents import Allowed, ClientConsents

READERS = frozenset({"advisor", "concierge", "manager", "privacy"})


def consent_routes(app: web.Application, deps: Clients, consents: Consents, ledger: Ledger) -> None:
    """Adds `GET /v1/clients/{oid}/consent`."""

    async def answer(request: web.Request) -> web.Response:
        caller = deps.caller(request)
        if caller.role not in READERS:
            raise Denied(403, f"The role {caller.role} may not read what clients allow.")
        oid = request.match_info["oid"]
        found = await read_client(deps.store, deps.opener, caller.maison, oid)
        if found is None:
            return error(404, UNKNOWN)
        parts, client = found
        moment = deps.moment(caller.maison, oid, client)
        said = await consents.said([(caller.maison, part) for part in parts])
        told = await ledger(caller.maison, parts) if caller.role == "privacy" else None
        await deps.note(await _view(caller, parts, moment, deps))
        law = law_of(moment.maison, records.slice_of(client, "profile"), None)
        return reply(
            ClientConsents(
                id=oid,
                maison=caller.maison,
                parts=parts,
                law=law.row,
                allows=list(_allowed(said, law, moment.now)),
                ledger=told,
            )
        )

    app.router.add_get("/v1/clients/{oid:[A-Za-z0-9_-]{16}}/consent", guarded(answer))


async def _view(caller: Caller, parts: list[str], moment: Moment, deps: Clients) -> Viewed:
    serves = await served(caller, moment, deps.inboxes)
    return viewed(
        caller, moment.now, moment.part, parts, circle_of(caller, moment, serves), "consent",
        alerts=serves, facts=("consent.*",), tiers=(1,),
    )  # fmt: skip


def _allowed(said: Consent, law: Law, now: float) -> Iterator[Allowed]:
    """Every purpose as a whole, and on the channels that something was said of."""
    for purpose in PURPOSES:
        for channel in CHANNELS:
            if channel and given(said, purpose, channel) is None:
                continue
            held = standing(said, law, purpose, channel or None, now)
            yield Allowed(
                purpose=purpose,
                channel=channel or None,
                state=held.state,
                why=held.why,
                since=iso(held.at) if held.at is not None else None,
                expires=iso(held.expires) if held.expires is not None else None,
            )
