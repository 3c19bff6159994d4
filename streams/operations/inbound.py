"""HTTP in: CloudEvents, Segment's calls, and what Segment's and RudderStack's SDKs load first."""

import msgspec

from schemas.export import COMPONENT
from streams.operation import LATER, OBJECT, Answer, Operation, Parameter, Route
from streams.segment_api import BEACON, BROWSERS, KINDS, SETTINGS, TELEPHONES
from streams.shapes.inbound import Refusal, Taken

_ONE = {"$ref": COMPONENT.format(name="Sent")}
BATCH = {"type": "array", "items": OBJECT, "maxItems": 500}
WRITE = ("writeKey", "writeKeyAsUser")
REFUSED = {
    401: Answer("no such write key", Refusal, headers=("WWW-Authenticate",)),
    408: Answer("the body did not arrive in time", Refusal),
    413: Answer("too large, or too many events in one batch", Refusal),
    429: Answer("too many events for this key: come back later, with all of it", Refusal, headers=LATER),
    503: Answer("Kafka is away, or too much is on its way: come back with all of it; what was stored is "
                "dropped by its id", Refusal, headers=LATER),
}  # fmt: skip

EVENTS_IN = Operation(
    group="in",
    says="CloudEvents 1.0: one (structured, or binary with ce- headers), or a batch.",
    keys=WRITE,
    body={"anyOf": [_ONE, BATCH]},
    other={"application/cloudevents+json": _ONE, "application/cloudevents-batch+json": BATCH},
    answers={
        202: Answer("Kafka has the one event", Taken),
        200: Answer("a batch: Kafka has what was accepted; the rest says why not", Taken),
        400: Answer("the one event is bad: a field, its site, its time; or the body is", Refusal),
        403: Answer("not for this key: its scope, its maison, or a source that sells data", Refusal),
        **REFUSED,
    },
)
_CALL = "as https://segment.com/docs/connections/spec/ says; the key may stand in it as writeKey"
TAKEN = {200: Answer("Kafka has what was accepted; the rest says why not", Taken), **REFUSED}
SEGMENT_CALL = Operation(
    group="in",
    says="Segment: one call of the kind the path names; of one letter, its short form.",
    keys=WRITE,
    body={**OBJECT, "description": _CALL},
    answers=TAKEN,
)
SEGMENTBATCH = Operation(
    group="in",
    says="Segment: a batch of calls, each with its type.",
    keys=WRITE,
    body={**OBJECT, "description": _CALL},
    answers=TAKEN,
)
RUDDER_BEACON = Operation(
    group="in",
    says="What RudderStack's SDK of browsers sends as a page goes, with useBeacon: a batch of calls.",
    parameters=(Parameter("writeKey", "query", "the write key, which is public in a page"),),
    body={**OBJECT, "description": _CALL},
    answers=TAKEN,
)
SEGMENT_SETTINGS = Operation(
    group="in",
    says="What Segment's browser SDK loads before it sends.",
    parameters=(Parameter("key", "path", "the write key, which is public in a page"),),
    answers={200: Answer("its one destination is this gateway", OBJECT), 401: REFUSED[401]},
)
RUDDER_SETTINGS = Operation(
    group="in",
    says="What RudderStack's SDKs of browsers and telephones load before they send.",
    keys=WRITE,
    parameters=(Parameter("writeKey", "query", "the write key, where no header holds it", required=False),),
    answers={200: Answer("an enabled source without destinations of its own", OBJECT), 401: REFUSED[401]},
)


OPERATIONS: dict[Route, Operation] = {
    ("POST", "/v1/events"): EVENTS_IN,
    **{("POST", f"/v1/{name}"): SEGMENT_CALL if kind else SEGMENTBATCH for name, kind in KINDS.items()},
    ("POST", "/v1/import/"): msgspec.structs.replace(SEGMENTBATCH, name="post_v1_import_of_java"),
    ("POST", BEACON): RUDDER_BEACON,
    ("GET", SETTINGS): SEGMENT_SETTINGS,
    ("GET", BROWSERS): RUDDER_SETTINGS,
    ("GET", TELEPHONES): msgspec.structs.replace(RUDDER_SETTINGS, name="get_sourceConfig_of_telephones"),
}
