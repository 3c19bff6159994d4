"""Webhooks: what messaging channels and hotel systems call us with.

A channel that signs is known by its signature (`PREVENANCE_WEBHOOKS`); who signs nothing brings a write key.
The answer is 200 once Kafka has what was accepted. What is refused of a call is told in the answer and, for
most channels read no answer, in the log: by field and reason.
"""

import hmac
import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from streams.adapters.channels import Call, Greeting, Heard, Signed, kakaotalk, line, meta, wechat
from streams.adapters.pms import opera
from streams.body import read_body
from streams.inbound import Refused
from streams.intake import Intake, Taken
from streams.replies import reply, taken_of
from streams.wire import told
from streams.write_keys import WriteKey, presented_key

log = logging.getLogger(__name__)

REASONS = 5
"""Different reasons that are logged of one call."""


SIGNED: Mapping[str, Signed] = {"meta": meta, "line": line, "wechat": wechat}
"""Last part of the path -> the channel."""
GREETED: Mapping[str, Greeting] = {"meta": meta, "wechat": wechat}
"""Those that ask whether we are there before they call."""
SYSTEMS = {"opera": opera.events_of}
"""Hotel systems: last part of the path -> what it becomes."""


def routes(intake: Intake, guarded: Callable[[Handler, str], Handler]) -> list[web.RouteDef]:
    """All of them; `guarded` wraps a handler of a route with what the whole gateway does for it."""
    handlers = [
        *((web.post, f"/webhooks/{name}", _called(intake, channel)) for name, channel in SIGNED.items()),
        *((web.get, f"/webhooks/{name}", _greeted(intake, channel)) for name, channel in GREETED.items()),
        (web.post, "/webhooks/kakaotalk", _asked(intake)),
        (web.post, "/webhooks/pms/{name}", _pushed(intake)),
    ]
    return [route(path, guarded(handler, path)) for route, path, handler in handlers]


def _called(intake: Intake, channel: Signed) -> Handler:
    async def called(request: web.Request) -> web.Response:
        body = await read_body(request, channel.MOST)
        taken = [
            await _take(intake, one) for one in channel.heard(_call(request, intake, body), intake.deps.hooks)
        ]
        return web.Response(text=channel.ANSWER) if channel.ANSWER else reply(200, taken_of(_all(taken)))

    return called


async def _take(intake: Intake, heard: Heard) -> Taken:
    events = [_named(event, intake.deps.pepper) for event in heard.events]
    taken = await intake.take(WriteKey(maison=heard.maison), heard.source, events)
    _tell(heard.source, taken.refusals)
    return taken


def _named(event: Any, pepper: bytes) -> Any:
    """Its id is made of the channel's, and does not tell it: there are telephone numbers in WhatsApp's.

    By what never changes: a call that comes again after its account's secret was changed is the same call.
    """
    if isinstance(event, Refused):
        return event
    return {**event, "id": hmac.new(pepper, event["id"].encode(), "sha256").hexdigest()[:32]}


def _tell(source: str, refusals: Sequence[Refused]) -> None:
    """Most that call read no answer: what is wrong is said here, by field and reason."""
    if refusals:
        why = "; ".join(sorted({str(refused) for refused in refusals})[:REASONS])
        log.warning("%s: %d events refused: %s", source, len(refusals), why)


def _all(taken: Sequence[Taken]) -> Taken:
    return Taken(
        accepted=sum(one.accepted for one in taken),
        quarantined=sum(one.quarantined for one in taken),
        rejected=[refused for one in taken for refused in one.rejected],
        refusals=[refused for one in taken for refused in one.refusals],
    )


def _greeted(intake: Intake, channel: Greeting) -> Handler:
    async def greeted(request: web.Request) -> web.Response:
        return web.Response(text=channel.greeting(_call(request, intake, b""), intake.deps.hooks))

    return greeted


def _call(request: web.Request, intake: Intake, body: bytes) -> Call:
    return Call(
        headers=request.headers,
        query=request.query,
        body=body,
        now=intake.deps.clock(),
        houses=intake.deps.maisons,
    )


def _asked(intake: Intake) -> Handler:
    """The block of the bot answers with its own words: ours say only that it was heard."""

    async def asked(request: web.Request) -> web.Response:
        presented = presented_key(request.headers.get("Authorization"))
        key = intake.key(presented)
        try:
            event = kakaotalk.event_of(told(await read_body(request)), uuid.uuid4().hex)
            taken = await intake.take(key, presented or "", [event])
            if taken.refusals:
                raise taken.refusals[0]
        except Refused as refused:
            _tell("/webhooks/kakaotalk", [refused])  # nobody calls again
            raise
        return reply(200, {"version": "2.0", "data": taken_of(taken)})

    return asked


def _pushed(intake: Intake) -> Handler:
    async def pushed(request: web.Request) -> web.Response:
        presented = presented_key(request.headers.get("Authorization"))
        key = intake.key(presented)
        name = request.match_info["name"]
        if (events_of := SYSTEMS.get(name)) is None:
            raise Refused(404, "name", f"is none of {', '.join(SYSTEMS)}")
        said = events_of(
            told(await read_body(request)), intake.deps.maisons.get(key.maison), intake.deps.clock()
        )
        taken = await intake.take(key, presented or "", [event for _, event in said])
        for refused in taken.rejected:
            refused["index"] = said[refused["index"]][0]
        _tell(f"/pms/{name}", taken.refusals)
        return reply(200, taken_of(taken))

    return pushed
