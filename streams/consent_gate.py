"""What the gateway does about consent before anything is stored.

Staff allow nothing for a client without proof. A mood that a device measured is not taken from a client who
has not allowed that; what a person perceives of somebody before them needs no leave. A consent that is
limited or withdrawn is in force before it is acknowledged: its deny markers are set first.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from agents.plan import AHEAD
from feature_store.denials import Denial, denials_of
from feature_store.store import PartKey
from schemas.consent import lacks_proof
from schemas.events.client import ConsentData
from streams.consents import Consents
from streams.inbound import Refused
from streams.write_keys import WriteKey

MEASURED = "emotion"
"""What a client must allow before what a device measures of their mood is even stored."""
GUARDED = frozenset({"client.consent", "client.emotion"})
"""Types of events that are shown to the gate."""


class ConsentGate:
    """`check` each event, then `close` before the request is stored. Both raise `StoreAway`."""

    def __init__(self, consents: Consents, pepper: bytes) -> None:
        self._consents, self._pepper = consents, pepper

    async def check(
        self, event: Mapping[str, Any], key: WriteKey, part: PartKey, now: datetime
    ) -> list[Denial]:
        """What a `GUARDED` event of a sound form withdraws. Raises `Refused` where it may not be taken.

        `part` is whom it is about.
        """
        if event["type"] == "client.emotion":
            if event["data"]["by"] == "device" and not await self._consents.allows(part, MEASURED):
                raise Refused(403, "data.who", f"has not consented to {MEASURED}: this is not stored")
            return []
        data = msgspec.convert(event["data"], ConsentData)
        if lacks_proof(event["source"], key.scope, data):
            raise Refused(400, "data.proof", "is required: staff allow nothing for a client without it")
        return denials_of(part, data, _time(event, now), self._pepper)

    async def close(self, denials: list[Denial]) -> None:
        """Returns when all of them are in force."""
        await self._consents.denials.deny(denials)


def _time(event: Mapping[str, Any], now: datetime) -> float:
    """As `personalise` will read it: one that lies far ahead is now."""
    stated = event.get("time")
    if stated is None:
        return now.timestamp()
    at = msgspec.convert(stated, datetime).timestamp()
    return now.timestamp() if at > now.timestamp() + AHEAD else at
