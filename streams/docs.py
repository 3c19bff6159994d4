"""`/openapi.json` and `/docs`: the ways in and every event type, generated from the structs themselves."""

import base64
import hashlib
from collections.abc import Iterator
from functools import cache
from html import escape
from inspect import getdoc
from typing import Any

import msgspec
from aiohttp import web

from schemas.events import EVENTS
from schemas.who import RANK
from streams.replies import reply

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 ui-serif, Georgia, serif }
body { max-width: 60rem; margin: 3rem auto; padding: 0 1.5rem }
h1, h2, h3 { font-weight: 500 } h3 { margin: 2rem 0 .2rem } code { font-size: .9em }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; vertical-align: top; padding: .3rem 1rem .3rem 0; border-bottom: 1px solid #8884 }
"""
_CSP = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    + "'"
)
_ANSWERS = {
    "400": "the event is bad: `error` says why, `field` where",
    "401": "no such write key",
    "403": "not for this key: its scope, or its maison",
    "413": "too large, or too many events",
    "429": "too many events for this key; come back after `Retry-After` seconds",
    "503": "Kafka is away; come back after `Retry-After` seconds with all of it",
}
_WAYS = {
    "/v1/events": ("post", "CloudEvents 1.0: one (structured or binary mode), or a batch", "202"),
    "/v1/batch": ("post", "Segment: a batch of calls (also /v1/b and /v1/import)", "200"),
    "/v1/track": ("post", "Segment: track (also /v1/t)", "200"),
    "/v1/page": ("post", "Segment: page (also /v1/p)", "200"),
    "/v1/screen": ("post", "Segment: screen (also /v1/s)", "200"),
    "/v1/identify": ("post", "Segment: identify (also /v1/i)", "200"),
    "/v1/group": ("post", "Segment: group (also /v1/g)", "200"),
    "/v1/alias": ("post", "Segment: alias (also /v1/a)", "200"),
}


def routes() -> list[web.RouteDef]:
    """`GET /docs` and `GET /openapi.json`; neither asks for a key."""
    return [web.get("/docs", _page), web.get("/openapi.json", _openapi)]


async def _openapi(request: web.Request) -> web.Response:
    return reply(200, openapi())


async def _page(request: web.Request) -> web.Response:
    headers = {"Content-Security-Policy": _CSP, "X-Content-Type-Options": "nosniff"}
    return web.Response(text=page(), content_type="text/html", headers=headers)


@cache
def openapi() -> dict[str, Any]:
    """OpenAPI 3.1 of the ways in. `components.schemas.Event` is any event of the contract."""
    refs, components = _components()
    event = {"oneOf": refs, "discriminator": {"propertyName": "type"}}
    one_or_many = {"anyOf": [{"$ref": "#/components/schemas/Event"}, {"type": "array"}]}
    call = {"type": "object", "description": "as https://segment.com/docs/connections/spec/ says"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Prévenance: HTTP in", "version": "1"},
        "security": [{"basic": []}, {"bearer": []}],
        "paths": {
            path: {verb: _operation(says, one_or_many if path == "/v1/events" else call, status)}
            for path, (verb, says, status) in _WAYS.items()
        },
        "components": {
            "securitySchemes": {
                "basic": {"type": "http", "scheme": "basic", "description": "the write key as user"},
                "bearer": {"type": "http", "scheme": "bearer", "description": "the write key"},
            },
            "schemas": {**components, "Event": event, "Taken": _TAKEN},
        },
    }


_TAKEN: dict[str, Any] = {
    "type": "object",
    "properties": {
        "accepted": {"type": "integer", "description": "events that Kafka has"},
        "rejected": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "index": {"type": "integer"},
                    "id": {"type": ["string", "null"]},
                    "reason": {"type": "string"},
                },
            },
        },
    },
}


def _operation(says: str, body: dict[str, Any], status: str) -> dict[str, Any]:
    taken = {"application/json": {"schema": {"$ref": "#/components/schemas/Taken"}}}
    refused = {code: {"description": why} for code, why in _ANSWERS.items()}
    if status == "200":
        refused = {code: why for code, why in refused.items() if code not in ("400", "403")}
    return {
        "summary": says,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            status: {"description": "Kafka has what was accepted", "content": taken},
            **refused,
        },
    }


@cache
def _components() -> tuple[list[dict[str, Any]], dict[str, Any]]:
    refs, components = msgspec.json.schema_components(
        list(EVENTS.values()), ref_template="#/components/schemas/{name}"
    )
    return list(refs), components


@cache
def page() -> str:
    """The page at `/docs`: plain HTML, nothing from other hosts."""
    ways = "".join(
        f"<tr><td><code>{verb.upper()} {path}</code></td><td>{escape(says)}</td></tr>"
        for path, (verb, says, _) in _WAYS.items()
    )
    answers = "".join(f"<tr><td>{code}</td><td>{escape(why)}</td></tr>" for code, why in _ANSWERS.items())
    kinds = ", ".join(f"<code>{kind}</code>" for kind in RANK)
    types = "".join(_type_section(type_) for type_ in EVENTS)
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>Prévenance: HTTP in</title>"
        f"<style>{_STYLE}</style></head><body><h1>HTTP in</h1>"
        "<p>The write key is the user of Basic, or the Bearer token. As a machine reads it: "
        f"<a href='/openapi.json'>openapi.json</a>.</p><table>{ways}</table>"
        f"<h2>Answers</h2><table>{answers}</table><h2>Events</h2>"
        "<p>Every event is a CloudEvent: <code>specversion</code> 1.0, <code>type</code>, "
        "<code>source</code>, <code>id</code>; <code>time</code> where it is not now; <code>data</code> as "
        "below. Types and fields that do not stand here are kept, not refused.</p>"
        f"<p><code>who</code> is an object with one or more of {kinds}. The first of them that is there is "
        f"whom the event is kept under.</p>{types}</body></html>"
    )


def _type_section(type_: str) -> str:
    kind = EVENTS[type_]
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(shape)}</td><td>{escape(says)}</td></tr>"
        for name, shape, says in fields_of(type_)
    )
    return (
        f"<h3><code>{escape(type_)}</code></h3><p>{escape(getdoc(kind) or '')} Travels on "
        f"<code>{escape(kind.topic)}</code>.</p><table>{rows}</table>"
    )


def fields_of(type_: str) -> Iterator[tuple[str, str, str]]:
    """Name, shape and meaning of each field of `data`, the optional ones marked with `?`."""
    _, components = _components()
    data = components[EVENTS[type_].__name__]["properties"]["data"]
    schema = components[data["$ref"].rpartition("/")[2]]
    for name, field in schema["properties"].items():
        mark = "" if name in schema.get("required", ()) else "?"
        yield name + mark, _shape(field), _says(field)


def _says(field: dict[str, Any]) -> str:
    if "description" in field:
        return str(field["description"])
    return next((_says(one) for one in field.get("anyOf", ()) if _says(one)), "")


def _shape(field: dict[str, Any]) -> str:
    if "$ref" in field:
        return str(field["$ref"].rpartition("/")[2])
    if "enum" in field:
        return ", ".join(map(str, field["enum"]))
    if "anyOf" in field:
        return " or ".join(_shape(one) for one in field["anyOf"] if one.get("type") != "null")
    if field.get("type") == "array":
        return f"list of {_shape(field.get('items', {}))}"
    return str(field.get("format") or field.get("type") or "anything")
