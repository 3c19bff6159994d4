"""Segment's routes: calls, and the settings their browser SDKs ask for before they send anything.

A rejected call is told in the answer, with 200: on 400 some of these SDKs drop their batch, some retry it ten
times, one takes its process down.
"""

from collections.abc import Callable, Sequence
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from streams.adapters import segment
from streams.auth import scheme_of
from streams.body import read_body
from streams.inbound import Refused
from streams.intake import Intake
from streams.replies import preflight, reply, taken_of
from streams.wire import told
from streams.write_keys import WriteKey, presented_key

KINDS = {
    "track": "track",
    "t": "track",
    "page": "page",
    "p": "page",
    "screen": "screen",
    "s": "screen",
    "identify": "identify",
    "i": "identify",
    "group": "group",
    "g": "group",
    "alias": "alias",
    "a": "alias",
    "batch": None,
    "b": None,
    "import": None,
    "import/": None,
}
"""Last part of the path -> kind of the call; None: a batch says it of each. The slash is of Segment's SDK for
Java, which appends it to whatever endpoint it is given."""
SETTINGS = "/v1/projects/{key}/settings"
BROWSERS, TELEPHONES = "/sourceConfig/", "/sourceConfig"
"""Where RudderStack's SDKs ask; one that is not answered sends nothing."""
BEACON = "/beacon/v1/batch"
"""Where RudderStack's SDK of browsers sends what is left as a page goes, if it is told to: nothing but the
address can hold the key then, and nobody reads the answer.
"""


def routes(intake: Intake, guarded: Callable[[Handler, str], Handler]) -> list[web.RouteDef]:
    """All of them; `guarded` wraps a handler of a route with what the whole gateway does for it."""
    calls: list[web.RouteDef] = []
    for name, kind in KINDS.items():
        calls.append(web.post(f"/v1/{name}", guarded(_calls(intake, kind), f"/v1/{name}")))
        calls.append(web.options(f"/v1/{name}", preflight))
    calls.append(web.post(BEACON, guarded(_calls(intake, None, key_of_beacon), BEACON)))
    asked = {SETTINGS: _settings(intake), **dict.fromkeys((BROWSERS, TELEPHONES), _source_config(intake))}
    for path, handler in asked.items():
        calls.append(web.get(path, guarded(handler, path)))
        calls.append(web.options(path, preflight))
    return calls


def key_of_call(request: web.Request) -> str | None:
    """The key in the header of a call; it may stand in its body instead."""
    return presented_key(request.headers.get("Authorization"))


def key_of_beacon(request: web.Request) -> str | None:
    """The key in the address of a beacon."""
    return request.query.get("writeKey")


def _calls(
    intake: Intake, kind: str | None, key_of: Callable[[web.Request], str | None] = key_of_call
) -> Handler:
    async def calls(request: web.Request) -> web.Response:
        presented = key_of(request)
        if presented is not None:
            intake.key(presented)
        body, unreadable = await _read(request)
        presented = presented or _key_within(body)
        key = intake.key(presented)
        events = [unreadable] if unreadable else _events(body, kind, key, intake)
        taken = await intake.take(key, presented or "", events, called=key.scope in ("server", "web"))
        return reply(200, taken_of(taken))

    return calls


async def _read(request: web.Request) -> tuple[Any, Refused | None]:
    try:
        return told(await read_body(request)), None
    except Refused as refused:
        if refused.status == 400:
            return None, refused
        raise


def _key_within(body: Any) -> str | None:
    key = body.get("writeKey") if isinstance(body, dict) else None
    return key if isinstance(key, str) else None


def _events(body: Any, kind: str | None, key: WriteKey, intake: Intake) -> Sequence[Any]:
    try:
        calls = segment.calls_of(body, kind)
    except Refused as refused:
        if refused.status == 413:
            raise
        return [refused]
    now, currency = intake.deps.clock(), intake.deps.currencies.get(key.maison)
    return [_event(call, lambda c: segment.event_of(c, now, currency)) for call in calls]


def _event(call: segment.Call | Refused, event_of: Callable[[segment.Call], dict[str, Any]]) -> Any:
    if isinstance(call, Refused):
        return call
    try:
        return event_of(call)
    except Refused as refused:
        refused.id = call.id
        return refused


def _settings(intake: Intake) -> Handler:
    """What @segment/analytics-next loads first: its one destination is this gateway."""

    async def settings(request: web.Request) -> web.Response:
        key = request.match_info["key"]
        intake.key(key)
        host = request.host.encode(errors="replace").decode()  # its bytes may be no text
        here = {"apiKey": key, "apiHost": f"{host}/v1", "protocol": scheme_of(request)}
        return reply(
            200, {"integrations": {"Segment.io": here}, "plan": {"track": {}, "identify": {}, "group": {}}}
        )

    return settings


def _source_config(intake: Intake) -> Handler:
    """What RudderStack's SDKs load first: an enabled source without destinations of its own."""

    async def source_config(request: web.Request) -> web.Response:
        key = intake.key(presented_key(request.headers.get("Authorization")) or request.query.get("writeKey"))
        source = {
            "id": f"prevenance-{key.maison}",
            "name": key.maison,
            "enabled": True,
            "config": {"statsCollection": {"errors": {"enabled": False}, "metrics": {"enabled": False}}},
            "destinations": [],
        }
        return reply(200, {"source": source})

    return source_config
