"""CloudEvents 1.0 over HTTP: structured, batch and binary mode.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
"""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import orjson

from streams.body import MAX_BATCH, parsed
from streams.inbound import Refused

BINARY = ("ce-type", "ce-specversion")
"""Headers of the binary mode: either tells it, so that who forgets the other is told what is missing."""


def events_of(headers: Mapping[str, str], content_type: str, body: bytes) -> tuple[list[Any], bool]:
    """The events of a request, and whether it was a single one. Raises `Refused`.

    >>> events_of({"ce-type": "web.view", "ce-id": "%C3%A9"}, "application/json", b'{"session": "s"}')
    ([{'type': 'web.view', 'id': 'é', 'datacontenttype': 'application/json', 'data': {'session': 's'}}], True)
    """
    if content_type.startswith("application/cloudevents-batch"):
        events = parsed(body)
        if not isinstance(events, list):
            raise Refused(400, None, "a batch is a JSON array of events")
        return _sized(events), False
    if not content_type.startswith("application/cloudevents") and any(name in headers for name in BINARY):
        return [_binary(headers, content_type, body)], True
    events = parsed(body)
    if isinstance(events, list):
        return _sized(events), False
    return [_with_data(events)], True


def _sized(events: list[Any]) -> list[Any]:
    if len(events) > MAX_BATCH:
        raise Refused(413, None, f"{len(events)} events in one batch: at most {MAX_BATCH}")
    return [_with_data(event) for event in events]


def _binary(headers: Mapping[str, str], content_type: str, body: bytes) -> dict[str, Any]:
    event: dict[str, Any] = {
        name[3:].lower(): _attribute(name[3:].lower(), value)
        for name, value in headers.items()
        if name[:3].lower() == "ce-" and name[3:].lower() != "data"
    }
    if content_type:
        event["datacontenttype"] = _text("datacontenttype", content_type)
    event["data"] = parsed(body, field="data")
    return event


def _attribute(name: str, value: str) -> str:
    value = _text(name, value)
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = value[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return unquote(value)


def _text(name: str, header: str) -> str:
    """A header whose bytes were UTF-8. Others come as halves of characters, which nothing can write again."""
    if any("\ud800" <= c <= "\udfff" for c in header):
        raise Refused(400, name, "is no UTF-8: percent-encode the header")
    return header


def _with_data(event: Any) -> Any:
    """Some SDKs send data they hold as bytes as `data_base64`; it is JSON all the same."""
    if not isinstance(event, dict) or "data" in event or not isinstance(event.get("data_base64"), str):
        return event
    try:
        data = orjson.loads(base64.b64decode(event["data_base64"], validate=True))
    except ValueError:
        return event  # without `data`, which the check of the event will say
    return {**{k: v for k, v in event.items() if k != "data_base64"}, "data": data}
