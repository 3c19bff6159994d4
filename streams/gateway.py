"""HTTP in: CloudEvents, Segment calls, webhooks, from a write key to Kafka's acknowledgement."""

import time

from aiohttp import web
from aiohttp.typedefs import Handler

from streams import segment_api, webhooks
from streams.adapters import cloudevents
from streams.body import read_body
from streams.inbound import Refused
from streams.intake import Deps, Intake
from streams.replies import cors, preflight, refusal, reply, taken_of
from streams.spanning import serving
from streams.write_keys import presented_key


def create_gateway(deps: Deps) -> list[web.RouteDef]:
    """The routes of the gateway, to be added to an application: alone, or beside the console.

    They bring their limits, their CORS and their error answers with them and need no middleware.
    """
    intake = Intake(deps)

    def served(handler: Handler, route: str) -> Handler:
        return serving(_guarded(handler, deps, route), deps.spans, route, lambda asked: _vouched(asked, deps))

    return [
        web.post("/v1/events", served(_events(intake), "/v1/events")),
        web.options("/v1/events", preflight),
        *segment_api.routes(intake, served),
        *webhooks.routes(intake, served),
    ]


def _events(intake: Intake) -> Handler:
    async def events(request: web.Request) -> web.Response:
        presented = presented_key(request.headers.get("Authorization"))
        key = intake.key(presented)
        body = await read_body(request)
        sent, single = cloudevents.events_of(request.headers, request.headers.get("Content-Type", ""), body)
        taken = await intake.take(key, presented or "", sent)
        if not single:
            return reply(200, taken_of(taken))
        if taken.refusals:
            raise taken.refusals[0]
        return reply(202, taken_of(taken))

    return events


def _vouched(request: web.Request, deps: Deps) -> bool:
    """Whether the sender is the house's own: by a key that sits in a page anybody could have all traced."""
    key = deps.keys.find(presented_key(request.headers.get("Authorization")) or "")
    return key is not None and key.scope != "web"


def _guarded(handler: Handler, deps: Deps, route: str) -> Handler:
    """Every refusal becomes its answer, is counted, and may be read by the page that asked."""
    requests = deps.metrics.http_requests_total
    seconds = deps.metrics.http_request_seconds.labels(route)

    async def guarded(request: web.Request) -> web.StreamResponse:
        began = time.perf_counter()
        try:
            response = await handler(request)
        except Refused as refused:
            response = refusal(refused)
        except ConnectionResetError:  # nobody waits for an answer
            raise
        except Exception:  # an error of ours, which aiohttp answers
            requests.labels(route, "500").inc()
            raise
        seconds.observe(time.perf_counter() - began)
        requests.labels(route, str(response.status)).inc()
        return cors(request, response)

    return guarded
