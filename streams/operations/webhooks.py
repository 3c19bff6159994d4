"""HTTP in: what messaging channels and hotel systems call with."""

import msgspec

from streams.operation import OBJECT, TEXT, Answer, Operation, Parameter, Route
from streams.operations.inbound import BATCH, TAKEN, WRITE
from streams.shapes.inbound import Refusal

_SIGNED = {
    **TAKEN,
    400: Answer("not what this channel sends", Refusal),
    403: Answer("signed by no account in PREVENANCE_WEBHOOKS, or for another", Refusal),
}
del _SIGNED[401]
META_CALL = Operation(
    group="in",
    says="What WhatsApp, Messenger, Instagram call with. Signed in X-Hub-Signature-256, by the app.",
    body=OBJECT,
    answers=_SIGNED,
)
LINE_CALL = Operation(
    group="in",
    says="What LINE calls with. Signed in X-Line-Signature with the channel's secret.",
    body=OBJECT,
    answers=_SIGNED,
)
_STAMP = (
    Parameter("timestamp", "query", "Unix seconds, within ten minutes of now"),
    Parameter("nonce", "query", "drawn by WeChat"),
)
_SIGNATURE = Parameter("signature", "query", "SHA-1 of token, timestamp and nonce, sorted")
_GREETED = {
    200: Answer("what was to be said", TEXT, media=("text/plain",)),
    403: Answer("nobody we know asks", Refusal),
}
WECHAT_CALL = Operation(
    group="in",
    says="What WeChat calls with: XML, in safe mode encrypted.",
    parameters=(
        *_STAMP,
        msgspec.structs.replace(_SIGNATURE, required=False),
        Parameter(
            "msg_signature", "query", "the same of the encrypted text too, in safe mode", required=False
        ),
    ),
    other={"text/xml": TEXT},
    answers={**_SIGNED, 200: Answer("success: Kafka has it", TEXT, media=("text/plain",))},
)
META_GREETING = Operation(
    group="in",
    says="Meta's question whether we are there.",
    parameters=(
        Parameter("hub.mode", "query", "subscribe"),
        Parameter("hub.verify_token", "query", "the verify token of one of our accounts"),
        Parameter("hub.challenge", "query", "what is to be said"),
    ),
    answers=_GREETED,
)
WECHAT_GREETING = Operation(
    group="in",
    says="WeChat's question whether we are there.",
    parameters=(*_STAMP, _SIGNATURE, Parameter("echostr", "query", "what is to be said")),
    answers=_GREETED,
)
KAKAOTALK_CALL = Operation(
    group="in",
    says="What a KakaoTalk bot's skill calls with. It signs nothing: the skill sends a write key.",
    keys=WRITE,
    body=OBJECT,
    answers={
        **TAKEN,
        200: Answer("Kafka has it; the block answers with its own words", OBJECT),
        400: Answer("not what a skill sends", Refusal),
        403: Answer("not for this key: its scope", Refusal),
    },
)
PMS_CALL = Operation(
    group="in",
    says="What a hotel system pushes: opera, its business events, one or a list.",
    keys=WRITE,
    parameters=(Parameter("name", "path", "the system", schema={"type": "string", "enum": ["opera"]}),),
    body={"anyOf": [OBJECT, BATCH]},
    answers={
        **TAKEN,
        400: Answer("not what this system sends", Refusal),
        404: Answer("no such system", Refusal),
    },
)


OPERATIONS: dict[Route, Operation] = {
    ("POST", "/webhooks/meta"): META_CALL,
    ("POST", "/webhooks/line"): LINE_CALL,
    ("POST", "/webhooks/wechat"): WECHAT_CALL,
    ("GET", "/webhooks/meta"): META_GREETING,
    ("GET", "/webhooks/wechat"): WECHAT_GREETING,
    ("POST", "/webhooks/kakaotalk"): KAKAOTALK_CALL,
    ("POST", "/webhooks/pms/{name}"): PMS_CALL,
}
