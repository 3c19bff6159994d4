"""Compares what a running application answers with what its description says it may."""

import json
from functools import cache
from typing import Any

from aiohttp import web
from jsonschema import Draft202012Validator

from streams.openapi import schema_of, schemas
from streams.operation import Answer
from streams.operations import OPERATIONS


def validator(schema: dict[str, Any]) -> Any:
    """Of a schema that may refer to those of the document."""
    return Draft202012Validator({**schema, "components": {"schemas": schemas()}})


@cache
def _validator_of(method: str, path: str, status: int) -> Any:
    return validator(schema_of(OPERATIONS[method, path].answers[status].body))


def watched(app: web.Application) -> list[str]:
    """A list that fills, while the application runs, with its answers that are not as they are described."""
    undescribed: list[str] = []

    async def look(request: web.Request, response: web.StreamResponse) -> None:
        resource = request.match_info.route.resource
        route = (request.method, resource.canonical if resource is not None else "")
        if route in OPERATIONS:
            answer = OPERATIONS[route].answers.get(response.status)
            why = "no such answer" if answer is None else _unlike(answer, route, response)
            if why:
                undescribed.append(f"{route[0]} {route[1]} {response.status}: {why}")

    app.on_response_prepare.append(look)
    return undescribed


def _unlike(answer: Answer, route: tuple[str, str], response: web.StreamResponse) -> str | None:
    if missing := [h for h in answer.headers if h not in response.headers and not response.cookies]:
        return f"no {', '.join(missing)}"
    if answer.body is None:
        return None
    if response.content_type not in answer.media:
        return f"{response.content_type} where there should be {' or '.join(answer.media)}"
    if response.content_type != "application/json" or not isinstance(response, web.Response):
        return None
    error = next(_validator_of(*route, response.status).iter_errors(json_of(response)), None)
    return f"{error.json_path}: {error.message}" if error is not None else None


def json_of(response: web.Response) -> Any:
    """The body of an answer."""
    assert isinstance(response.body, bytes)
    return json.loads(response.body)
