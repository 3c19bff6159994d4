"""`POST /v1/clients/{oid}/again`: what was never to be proposed for a client may be again."""

from datetime import UTC, datetime

import msgspec
from aiohttp import web

from agents.card import digest
from feature_store.features.attention import never
from feature_store.record import slice_of
from schemas.codec import encode
from schemas.events.staff import FeedbackData, StaffFeedback
from schemas.who import Who
from streams.answers import body_of, error, guarded, reply
from streams.auth import Denied
from streams.clients import UNKNOWN, Clients, looked_after
from streams.noting import WRITERS
from streams.shapes.clients import Again
from streams.verdicts import Publish


def lift_routes(app: web.Application, deps: Clients, publish: Publish) -> None:
    """Adds `POST /v1/clients/{oid}/again`."""

    async def lift(request: web.Request) -> web.Response:
        caller = deps.caller(request)
        if caller.role not in WRITERS:
            raise Denied(403, f"The role {caller.role} has no say in what is proposed.")
        again = msgspec.json.decode(await body_of(request), type=Again)
        found = await looked_after(caller, request.match_info["oid"], deps)
        if found is None:
            return error(404, UNKNOWN)
        parts, client, moment = found
        if never(slice_of(client, "attention"), again.action):
            at = datetime.fromtimestamp(moment.now, UTC)
            for part in parts:  # whichever part had the card
                event = StaffFeedback(
                    id=digest(part, caller.staff, again.action, at.isoformat()),
                    source="/console",
                    specversion="1.0",
                    maison=caller.maison,
                    time=at,
                    data=FeedbackData(
                        who=Who(oid=part), alert=again.action, staff=caller.staff, verdict="again"
                    ),
                )
                await publish(encode(event))
        return reply(again, 202)

    app.router.add_post("/v1/clients/{oid:[A-Za-z0-9_-]{16}}/again", guarded(lift))
