"""Webhooks: what messaging channels and hotel systems call us with.

A channel that signs is known by its signature (`PREVENANCE_WEBHOOKS`); who signs nothing brings a write key.
The answer is 200 once Kafka has what was accepted. What is refused of a call is told in the answer and, for
most channels read no answer, in the log: by field and reason.
"""

import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import web

from streams.adapters.channels import Call, Heard, Signed, kakaotalk, line, meta, wechat
from streams.adapters.pms import opera
from streams.body import parsed, read_body
from streams.inbound import Refused
from streams.intake import Intake, Taken
from streams.replies import reply, taken_of
from streams.write_keys import WriteKey, presented_key

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SIGNED: Mapping[str, Signed] = {"meta": meta, "line": line, "wechat": wechat}
"""Last part of the path -> the channel."""
GREETED = ("meta", "wechat")
"""Channels that ask whether we are there before they call."""
SYSTEMS = {"opera": opera.events_of}
"""Hotel systems: last part of the path -> what it becomes."""


def routes(intake: Intake, guarded: Callable[[Handler, str], Handler]) -> list[web.RouteDef]:
    """All of them; `guarded` wraps a handler of a route with what the whole gateway does for it."""
    skill, systems = "/webhooks/kakaotalk", "/webhooks/pms/{name}"
    return [
        *(
            web.post(f"/webhooks/{n}", guarded(_called(intake, s), f"/webhooks/{n}"))
            for n, s in SIGNED.items()
        ),
        *(web.get(f"/webhooks/{n}", guarded(_greeted(intake, n), f"/webhooks/{n}")) for n in GREETED),
        web.post(skill, guarded(_asked(intake), skill)),
        web.post(systems, guarded(_pushed(intake), systems)),
    ]


def _called(intake: Intake, channel: Signed) -> Handler:
    async def called(request: web.Request) -> web.Response:
        said = channel.heard(_call(request, intake, await read_body(request)), intake.deps.hooks)
        taken = [await _take(intake, one) for one in said]
        return web.Response(text=channel.ANSWER) if channel.ANSWER else reply(200, taken_of(_all(taken)))

    return called


async def _take(intake: Intake, heard: Heard) -> Taken:
    key = WriteKey(maison=heard.hook.maison)
    taken = await intake.take(key, heard.hook.source, heard.events)
    _tell(heard.hook.source, taken)
    return taken


def _tell(source: str, taken: Taken) -> None:
    if taken.refusals:
        first = taken.refusals[0]
        log.warning("%s: %d events refused, the first for: %s", source, len(taken.refusals), first)


def _all(taken: Sequence[Taken]) -> Taken:
    return Taken(
        accepted=sum(one.accepted for one in taken),
        quarantined=sum(one.quarantined for one in taken),
        rejected=[refused for one in taken for refused in one.rejected],
        refusals=[refused for one in taken for refused in one.refusals],
    )


def _greeted(intake: Intake, name: str) -> Handler:
    async def greeted(request: web.Request) -> web.Response:
        return web.Response(text=SIGNED[name].greeting(_call(request, intake, b""), intake.deps.hooks))

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
        event = kakaotalk.event_of(parsed(await read_body(request)), uuid.uuid4().hex)
        taken = await intake.take(key, presented or "", [event])
        if taken.refusals:
            raise taken.refusals[0]
        return reply(200, {"version": "2.0", "data": taken_of(taken)})

    return asked


def _pushed(intake: Intake) -> Handler:
    async def pushed(request: web.Request) -> web.Response:
        presented = presented_key(request.headers.get("Authorization"))
        key = intake.key(presented)
        name = request.match_info["name"]
        if (events_of := SYSTEMS.get(name)) is None:
            raise Refused(404, "name", f"is none of {', '.join(SYSTEMS)}")
        events = events_of(parsed(await read_body(request)), intake.deps.maisons.get(key.maison))
        taken = await intake.take(key, presented or "", events)
        _tell(f"/pms/{name}", taken)
        return reply(200, taken_of(taken))

    return pushed
