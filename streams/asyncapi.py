"""AsyncAPI 3.0 of the stream: each topic a channel, with its settings, its key and its messages."""

from typing import Any

from schemas.export import COMPONENT, name_of, travelling
from streams.carried import BYTES, CARRIED, Carried
from streams.topics import INBOUND, TOPICS, Topic

_ABOUT = (
    "What stands in Kafka, for whoever reads it or writes to it. Anything personal is sealed with the key of "
    "the client it is about, and identifiers are opaque ids: the schemas are of events as they travel. What "
    "a sender says to the gateway is in its OpenAPI document, and in `prevenance schemas TYPE`."
)
_RENAMED = str.maketrans("./ ", "___")


def asyncapi() -> dict[str, Any]:
    """The document. Its schemas refer to one another and to nothing outside."""
    kinds = dict.fromkeys(kind for carried in CARRIED.values() for kind in carried.messages)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Prévenance", "version": "1", "description": _ABOUT},
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic, CARRIED[topic.name]) for topic in TOPICS},
        "operations": {_operation_of(topic): _operation(topic) for topic in TOPICS},
        "components": {
            "schemas": travelling(kinds),
            "messages": {
                _message_of(topic.name, name): message
                for topic in TOPICS
                for name, message in _messages(topic.name, CARRIED[topic.name]).items()
            },
        },
    }


def _channel(topic: Topic, carried: Carried) -> dict[str, Any]:
    settings: dict[str, Any] = {"cleanup.policy": topic.settings(1)["cleanup.policy"].split(",")}
    retention = topic.settings(1).get("retention.ms")
    if retention is not None:
        settings["retention.ms"] = int(retention)
    if topic.max_bytes is not None:
        settings["max.message.bytes"] = topic.max_bytes
    bound: dict[str, Any] = {"topicConfiguration": settings}
    if topic.partitions is not None:
        bound["partitions"] = topic.partitions
    return {
        "address": topic.name,
        "description": carried.says,
        "messages": {
            name: {"$ref": f"#/components/messages/{_message_of(topic.name, name)}"}
            for name in _messages(topic.name, carried)
        },
        "bindings": {"kafka": bound},
    }


def _operation_of(topic: Topic) -> str:
    return f"{'take' if topic.name in INBOUND else 'tell'}_{topic.name.translate(_RENAMED)}"


def _operation(topic: Topic) -> dict[str, Any]:
    return {
        "action": "receive" if topic.name in INBOUND else "send",
        "channel": {"$ref": f"#/channels/{topic.name}"},
        "summary": CARRIED[topic.name].says,
    }


def _message_of(topic: str, name: str) -> str:
    return f"{topic}.{name}" if name != topic else name


def _messages(topic: str, carried: Carried) -> dict[str, dict[str, Any]]:
    said: dict[str, Any] = {
        "contentType": carried.media,
        "bindings": {"kafka": {"key": {"type": "string", "description": carried.key}}},
    }
    if carried.headers:
        headers = {name: {"type": "string", "description": says} for name, says in carried.headers.items()}
        said["headers"] = {"type": "object", "properties": headers}
    if carried.media == BYTES:
        payload = {"type": "string", "format": "binary", "description": carried.says}
        return {"bytes": {**said, "name": topic, "payload": payload}}
    return {name_of(kind): {**said, **_message(kind, carried)} for kind in carried.messages}


def _message(kind: type, carried: Carried) -> dict[str, Any]:
    one = {"$ref": COMPONENT.format(name=kind.__name__)}
    return {
        "name": name_of(kind),
        "summary": (kind.__doc__ or "").partition("\n")[0],
        "payload": {"type": "array", "items": one} if carried.many else one,
    }
