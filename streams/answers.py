"""Answers to people: JSON that nobody stores, and a sentence for everything that goes wrong."""

import logging
from collections.abc import Mapping

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from feature_store.record import NewerRecord
from feature_store.store import StoreAway
from streams.auth import Denied
from streams.body import read_body
from streams.inbound import Refused
from streams.metrics import Metrics
from streams.page_files import HEADERS
from streams.produce import KafkaAway

log = logging.getLogger(__name__)

METRICS = web.AppKey("METRICS", Metrics)
"""Of an application that serves people: what was away is counted there, or nobody but they would know."""

UNREAD = "What the house has stored cannot be read now: try again."
UNSTORED = "This could not be stored now: try again."
_UNSAID = {
    408: "The body did not arrive in time.",
    413: "The body is too large.",
    503: "Too much is on its way here: try again.",
}


class Away(Exception):
    """Something needed for an answer does not serve now; whoever asked is told to come again."""


def error(status: int, reason: str, **more: str) -> web.Response:
    """A JSON error; 503 asks to come again in a second."""
    headers = {"Retry-After": "1"} if status == 503 else {}
    return reply({"error": reason, **more}, status, headers)


def reply(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """A JSON response that nobody stores."""
    return web.Response(
        body=msgspec.json.encode(body),
        status=status,
        content_type="application/json",
        headers={**HEADERS, "Cache-Control": "no-store", **(headers or {})},
    )


@web.middleware
async def in_words(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A middleware: a path or a method that nobody serves is answered in JSON as well; one who hung up before
    their whole request had come is no fault of ours.
    """
    try:
        return await handler(request)
    except web.HTTPMethodNotAllowed as refused:
        return reply({"error": "This is not asked in that way."}, 405, {"Allow": refused.headers["Allow"]})
    except web.HTTPNotFound:
        return error(404, "There is nothing here by that name.")
    except ConnectionResetError:
        return error(400, "The connection was cut before the whole request had come.")


async def body_of(request: web.Request) -> bytes:
    """The body of a request. Raises `Refused`, which `guarded` tells: too large, too late, no gzip."""
    return await read_body(request, request.client_max_size)


def limit_of(request: web.Request, usual: int, most: int) -> int:
    """How many are asked for, `usual` where it is not said. Raises `Denied` 400."""
    limit = request.query.get("limit", str(usual))
    if not (limit.isascii() and limit.isdigit() and len(limit) <= len(str(most)) and 1 <= int(limit) <= most):
        raise Denied(400, f"limit: 1 to {most}")
    return int(limit)


def guarded(handler: Handler) -> Handler:
    """Every refusal and every dependency that is away becomes a JSON sentence."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except Denied as denied:
            return error(denied.status, str(denied))
        except Refused as refused:
            return error(refused.status, _UNSAID.get(refused.status, "The body cannot be unpacked."))
        except msgspec.DecodeError as bad:
            return error(400, f"The body cannot be read: {bad}")
        except (UnicodeDecodeError, RecursionError):
            return error(400, "The body cannot be read: not JSON, or nested too deeply.")
        except (KafkaAway, Away, StoreAway) as away:
            log.warning("nothing could be answered: %s", away)
            _count(request, away)
            writing = request.method not in ("GET", "HEAD") and not isinstance(away, StoreAway)
            return error(503, UNSTORED if writing else UNREAD)
        except NewerRecord as newer:  # workers are upgraded before consoles
            log.warning("%s", newer)
            return error(503, UNREAD)

    return answer


def _count(request: web.Request, away: Exception) -> None:
    metrics = request.config_dict.get(METRICS)
    if metrics is None:
        return
    if isinstance(away, KafkaAway):
        metrics.kafka_errors_total.labels("console").inc()
    elif isinstance(away, StoreAway):
        metrics.redis_errors_total.labels("console").inc()
