"""Answers of the gateway: JSON, refusals, and what a browser on another origin needs to read them."""

from typing import Any

import orjson
from aiohttp import web

from streams.inbound import Refused
from streams.intake import Taken


def reply(status: int, content: Any) -> web.Response:
    """A JSON answer."""
    return web.Response(status=status, body=orjson.dumps(content), content_type="application/json")


def refusal(refused: Refused) -> web.Response:
    """`{"error": reason, "field": field or null}`, with `Retry-After` where another try makes sense.

    Of a wrong key with `code` and `message` too: Segment's SDK for Python takes an answer without them for an
    outage, and tries ten times, for minutes, without a word.
    """
    said = {"error": refused.reason, "field": refused.field}
    if refused.status == 401:
        said |= {"code": "unauthorized", "message": refused.reason}
    response = reply(refused.status, said)
    if refused.retry_after is not None:
        response.headers["Retry-After"] = str(refused.retry_after)
    if refused.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="write key"'
    return response


def taken_of(taken: Taken) -> dict[str, Any]:
    """What became of the events of a request."""
    told = {"accepted": taken.accepted, "rejected": taken.rejected}
    return told | {"quarantined": taken.quarantined} if taken.quarantined else told


def cors(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """Lets a page of any origin read the answer, without its cookies: the write key is what counts."""
    if (origin := request.headers.get("Origin")) is not None:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "Retry-After"
        response.headers["Vary"] = "Origin"
    return response


async def preflight(request: web.Request) -> web.StreamResponse:
    """The question a browser asks before it sends a header of its own."""
    headers = {
        "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
        "Access-Control-Allow-Headers": request.headers.get("Access-Control-Request-Headers", "Content-Type"),
        "Access-Control-Max-Age": "600",
    }
    return cors(request, web.Response(status=204, headers=headers))
