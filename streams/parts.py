"""What a process of the line is made of."""

from collections.abc import Mapping
from typing import Any

import msgspec

from feature_store.redis_store import RedisStore
from feature_store.store import Store
from schemas.maison import Maison
from streams import topics
from streams.kill_switch import KillSwitch
from streams.metrics import Metrics
from streams.push_settings import Push
from streams.spans import Spans
from streams.staff import Roll


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What a process is made of. `maisons`: as their files say, and as `roll` says of books handed over.
    `switch`: what is silenced. `spans`: None where none are recorded;
    `push`: where no telephone is rung."""

    brokers: str
    redis: Any
    maisons: Mapping[str, Maison]
    roll: Roll
    switch: KillSwitch
    pepper: bytes
    master: bytes
    metrics: Metrics
    session_timeout: float = 10.0
    checkpoint_seconds: float = 60.0
    spans: Spans | None = None
    push: Push | None = None

    def store(self, shards: int) -> Store:
        """Its records, of a log with so many shards."""
        return RedisStore(self.redis, lambda key: topics.partition_of(key, shards))
