"""A telephone that is rung while it is locked."""

from typing import Annotated

import msgspec
from msgspec import Meta


class SealedWith(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser gives to seal its messages with."""

    p256dh: Annotated[str, Meta(max_length=128, description="its public key, base64url")]
    auth: Annotated[str, Meta(max_length=64, description="its secret, base64url")]


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """Body of a telephone: a `PushSubscription` of its browser, as JSON."""

    endpoint: Annotated[
        str, Meta(max_length=1024, description="https address of the browser's push service; of no other")
    ]
    keys: Annotated[SealedWith, Meta(description="what messages are sealed with")]


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """A telephone that is rung."""

    id: Annotated[str, Meta(description="of the telephone, to say that it is to be rung no more")]
    until: Annotated[str, Meta(description="when this person's token ends, and the ringing, ISO 8601 UTC")]
