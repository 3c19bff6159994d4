"""OpenAPI 3.1 of what an application serves: paths from its routes, schemas from the structs themselves."""

from functools import cache
from typing import Any

import msgspec
from aiohttp import web

from schemas.events import EVENTS
from schemas.export import COMPONENT
from streams.operation import GROUPS, SCHEMES, TEXT, Answer, Operation, Parameter, Route
from streams.operations import OPERATIONS

Served = frozenset[Route]
"""The described routes of an application."""

_BODIES = dict.fromkeys(
    body
    for said in OPERATIONS.values()
    for body in (said.body, *(answer.body for answer in said.answers.values()))
    if isinstance(body, type)
)
_STAMPED = ("maison", "time")
"""Required in Kafka, and put there by the gateway where the sender says nothing, or null."""
_WRITTEN = ("scope", "proven")
"""Written by the gateway, whatever the sender says."""
_PROOF = {
    "type": "string",
    "description": "from a page: hex HMAC-SHA256 of session|client_id under the key's proof secret",
}


def served_by(app: web.Application) -> Served:
    """The described routes of an application."""
    resources = ((route.method, route.resource) for route in app.router.routes())
    return frozenset(
        route
        for method, resource in resources
        if resource is not None and (route := (method, resource.canonical)) in OPERATIONS
    )


@cache
def openapi(served: Served) -> dict[str, Any]:
    """The document of these routes, with the schemas and the keys that they need and no others."""
    paths: dict[str, dict[str, Any]] = {}
    operations = {route: said for route, said in OPERATIONS.items() if route in served}
    for (method, path), said in operations.items():
        paths.setdefault(path, {})[method.lower()] = _operation(method, path, said)
    groups = dict.fromkeys(said.group for said in operations.values())
    keys = dict.fromkeys(key for said in operations.values() for key in said.keys)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Prévenance",
            "version": "1",
            "description": "Every GET answers HEAD too; HTTP in answers OPTIONS, from any origin. "
            "Whole numbers are written without a fraction: 2, and not 2.0.",
        },
        "tags": [{"name": group, "description": GROUPS[group]} for group in groups],
        "paths": paths,
        "components": {
            "securitySchemes": {key: SCHEMES[key] for key in keys},
            "schemas": _reached(paths),
        },
    }


def _operation(method: str, path: str, said: Operation) -> dict[str, Any]:
    words = [word.strip("{}") for word in path.split("/") if word]
    name = said.name or "_".join([method.lower(), *words]).replace(".", "_").replace("-", "_")
    operation: dict[str, Any] = {
        "operationId": name,
        "tags": [said.group],
        "summary": said.says.partition(". ")[0].removesuffix("."),
        "description": said.says,
        "security": [{key: []} for key in said.keys],
        "responses": {str(status): _answer(answer) for status, answer in said.answers.items()},
    }
    if said.parameters:
        operation["parameters"] = [_parameter(parameter) for parameter in said.parameters]
    bodies = {**said.other, "application/json": said.body} if said.body is not None else said.other
    if bodies:
        content = {media: {"schema": schema_of(body)} for media, body in bodies.items()}
        operation["requestBody"] = {"required": said.body_required, "content": content}
    return operation


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.within,
        "required": parameter.required,
        "description": parameter.says,
        "schema": parameter.schema or TEXT,
    }


def _answer(answer: Answer) -> dict[str, Any]:
    said: dict[str, Any] = {"description": answer.says}
    if answer.headers:
        said["headers"] = {name: {"schema": {"type": "string"}} for name in answer.headers}
    if answer.body is not None:
        said["content"] = {media: {"schema": schema_of(answer.body)} for media in answer.media}
    return said


def schema_of(body: Any) -> dict[str, Any]:
    """A reference to a struct's schema, or the schema that was given."""
    return body if isinstance(body, dict) else {"$ref": COMPONENT.format(name=body.__name__)}


@cache
def schemas() -> dict[str, Any]:
    """Every schema by name. `Event` is any event of the contract, `Sent` is what a sender may send."""
    kinds = list(EVENTS.values())
    _, components = msgspec.json.schema_components([*kinds, *_BODIES], ref_template=COMPONENT)
    for kind in kinds:
        components[kind.__name__] = _as_sent(components[kind.__name__])
    mapping = {type_: COMPONENT.format(name=kind.__name__) for type_, kind in EVENTS.items()}
    components["Event"] = {
        "oneOf": [{"$ref": ref} for ref in mapping.values()],
        "discriminator": {"propertyName": "type", "mapping": mapping},
    }
    components["Other"] = _other(components)
    components["Sent"] = {"anyOf": [{"$ref": COMPONENT.format(name=name)} for name in ("Event", "Other")]}
    return dict(components)


def _as_sent(event: dict[str, Any]) -> dict[str, Any]:
    """The schema of an event in Kafka, as a sender sees it."""
    properties = {name: field for name, field in event["properties"].items() if name not in _WRITTEN}
    for name in _STAMPED:
        properties[name] = {"anyOf": [properties[name], {"type": "null"}]}
    required = [name for name in event["required"] if name not in _STAMPED]
    return {**event, "properties": {**properties, "proof": _PROOF}, "required": required}


def _other(components: dict[str, Any]) -> dict[str, Any]:
    """An event of a type that is not of the contract: kept, not refused."""
    envelope = components[next(iter(EVENTS.values())).__name__]
    who = {"$ref": COMPONENT.format(name="Who")}
    return {
        **envelope,
        "title": "Other",
        "description": "An event of a type that does not stand here: kept, not read.",
        "properties": {
            **envelope["properties"],
            "type": {"type": "string", "minLength": 1, "maxLength": 256, "not": {"enum": list(EVENTS)}},
            "data": {"type": "object", "required": ["who"], "properties": {"who": who}},
        },
    }


def _reached(paths: dict[str, Any]) -> dict[str, Any]:
    """The schemas that these paths refer to, directly or through another."""
    reached: dict[str, Any] = {}
    ahead = sorted(_references(paths))
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached[name] = schemas()[name]
            ahead += sorted(_references(reached[name]))
    return dict(sorted(reached.items()))


def _references(value: Any) -> set[str]:
    if isinstance(value, list):
        return {name for one in value for name in _references(one)}
    if not isinstance(value, dict):
        return set()
    found = {name for one in value.values() for name in _references(one)}
    ref = value.get("$ref")
    return found | {ref.rpartition("/")[2]} if isinstance(ref, str) else found
