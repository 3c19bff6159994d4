"""`/docs` and `/openapi.json`: what a port serves, in words, for people and for machines."""

import base64
import hashlib
import re
from collections.abc import Iterator
from functools import cache
from html import escape
from inspect import getdoc
from typing import Any

from aiohttp import web

from schemas.events import EVENTS
from streams.openapi import Served, openapi, schemas, served_by
from streams.operation import GROUPS, SCHEMES, Operation, Route
from streams.operations import OPERATIONS
from streams.page_files import HEADERS
from streams.plausible import HOURS
from streams.replies import reply

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 ui-serif, Georgia, serif }
body { max-width: 60rem; margin: 3rem auto; padding: 0 1.5rem }
h1, h2, h3 { font-weight: 500 } h3 { margin: 2rem 0 .2rem } code { font-size: .9em }
table { border-collapse: collapse; width: 100% }
td { vertical-align: top; padding: .3rem 1rem .3rem 0; border-bottom: 1px solid #8884 }
td:first-child { white-space: nowrap }
"""
_CSP = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    + "'"
)
_EVENTS = (
    "Every event is a CloudEvent: <code>specversion</code> 1.0, <code>type</code>, <code>source</code>, "
    "<code>id</code>; <code>time</code> unless it is now; <code>data</code> as below, <code>?</code> after "
    "what may be left out. Types and fields that do not stand here are kept, not refused. "
    f"A <code>time</code> more than {HOURS} hours ahead of ours is refused, and so is a "
    "<code>site</code> the maison does not have, but that of a sale or a return."
)
_NESTED = ("Who", "Line", "Fields")
"""Structs within the data of events."""


def docs_routes(app: web.Application) -> None:
    """Adds `GET /docs` and `GET /openapi.json`, which describe the application; neither asks for a key."""

    async def document(_: web.Request) -> web.Response:
        return reply(200, openapi(served_by(app)))

    async def show(_: web.Request) -> web.Response:
        headers = {**HEADERS, "Content-Security-Policy": _CSP}
        return web.Response(text=page(served_by(app)), content_type="text/html", headers=headers)

    app.router.add_get("/docs", show)
    app.router.add_get("/openapi.json", document)


@cache
def page(served: Served) -> str:
    """The page at `/docs` of these routes: plain HTML, nothing from other hosts."""
    operations = {route: said for route, said in OPERATIONS.items() if route in served}
    groups = dict.fromkeys(said.group for said in operations.values())
    keys = dict.fromkeys(key for said in operations.values() for key in said.keys)
    doors = "".join(_row(_code(key), escape(SCHEMES[key]["description"])) for key in keys)
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>Prévenance</title>",
        f"<style>{_STYLE}</style></head><body><h1>What this port serves</h1>",
        "<p>As a machine reads it: <a href='/openapi.json'>openapi.json</a>.</p>",
        f"<h2>Keys</h2><table>{doors}</table>" if doors else "",
        *(_group(group, operations) for group in groups),
    ]
    if "people" in groups:
        parts += [
            "<h2>An alert</h2>",
            _table("Alert"),
            *map(_nested, ("Addressee", "ClientRef", "Recommendation")),
        ]
    if "in" in groups:
        parts += [f"<h2>Events</h2><p>{_EVENTS}</p>", *map(_nested, _NESTED), *map(_event, EVENTS)]
    return "".join(parts) + "</body></html>"


def _group(group: str, operations: dict[Route, Operation]) -> str:
    """Routes that do the same stand together."""
    alike: dict[int, list[Route]] = {}
    for route, said in operations.items():
        if said.group == group:
            alike.setdefault(id(said), []).append(route)
    return f"<h2>{escape(GROUPS[group])}</h2>" + "".join(
        _operation(routes, operations[routes[0]]) for routes in alike.values()
    )


def _operation(routes: list[Route], said: Operation) -> str:
    head = ", ".join(_code(f"{method} {path}") for method, path in routes)
    asked = "".join(
        _row(_code(p.name + ("" if p.required else "?")), escape(f"{p.within}: {p.says}"))
        for p in said.parameters
    )
    answers = "".join(
        _row(str(status), _words(answer.says + "".join(f"; `{name}`" for name in answer.headers)))
        for status, answer in sorted(said.answers.items())
    )
    keys = f" <br>Opened by {' or '.join(map(_code, said.keys))}." if said.keys else ""
    return f"<h3>{head}</h3><p>{_words(said.says)}{keys}</p><table>{asked}{answers}</table>"


def _event(type_: str) -> str:
    kind = EVENTS[type_]
    about = f"{_words(getdoc(kind) or '')} Travels on {_code(kind.topic)}."
    return f"<h3>{_code(type_)}</h3><p>{about}</p>{_rows(fields_of(type_))}"


def _nested(name: str) -> str:
    return f"<h3>{_code(name)}</h3><p>{_words(schemas()[name].get('description', ''))}</p>{_table(name)}"


def _table(name: str) -> str:
    return _rows(rows_of(schemas()[name]))


def _rows(fields: Iterator[tuple[str, str, str]]) -> str:
    rows = (_row(_code(name), escape(shape), _words(says)) for name, shape, says in fields)
    return f"<table>{''.join(rows)}</table>"


def _row(*cells: str) -> str:
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _words(text: str) -> str:
    """HTML of a sentence in which `names` stand between backticks."""
    return re.sub("`([^`]*)`", r"<code>\1</code>", escape(text))


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def fields_of(type_: str) -> Iterator[tuple[str, str, str]]:
    """Name, shape and meaning of each field of `data`, the optional ones marked with `?`."""
    data = schemas()[EVENTS[type_].__name__]["properties"]["data"]
    return rows_of(schemas()[data["$ref"].rpartition("/")[2]])


def rows_of(schema: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The same of the fields of any struct."""
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
