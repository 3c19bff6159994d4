"""The topics: their names, urgency and settings."""

from collections.abc import Mapping

import msgspec
from aiokafka.partitioner import murmur2

_DAY = 24 * 3600 * 1000


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """One topic and its settings.

    `tier`: urgency, 0 is read first; None for a topic that no event comes in by. `keep_days`: retention,
    None for ever. `partitions`: None for as many as the inbound topics have. `max_bytes`: the largest
    record, None for the broker's own limit. `forget_days`: of a compacted topic, after how long even the
    newest record of a key goes; None for never.
    """

    name: str
    tier: int | None = None
    keep_days: int | None = 30
    compacted: bool = False
    partitions: int | None = None
    max_bytes: int | None = None
    forget_days: int | None = None

    def settings(self, replication: int) -> dict[str, str]:
        """The topic's configuration as Kafka spells it."""
        config = {"min.insync.replicas": "2" if replication >= 3 else "1"}
        if self.compacted:
            config["cleanup.policy"] = "compact"
            if self.forget_days is not None:
                config["cleanup.policy"] = "compact,delete"
                config["retention.ms"] = str(self.forget_days * _DAY)
                config["max.compaction.lag.ms"] = str(_DAY)  # what was replaced or erased is gone in a day
        else:
            config["cleanup.policy"] = "delete"
            config["retention.ms"] = "-1" if self.keep_days is None else str(self.keep_days * _DAY)
        if self.max_bytes is not None:
            config["max.message.bytes"] = str(self.max_bytes)
        return config


CHECKINS = "store.checkins"
CHATS = "chat.messages"
FEEDBACK = "staff.feedback"
DECLARATIONS = "client.declarations"
BOOKINGS = "hotel.bookings"
PURCHASES = "store.purchases"
CLICKS = "web.clicks"
REPLAY = "replay.events"
LINKS = "identity.links"
LEDGER = "consent.ledger"
KEYS = "client.keys"
ALERTS = "alerts"
SEGMENTS = "segments"
EXAMPLES = "model.examples"
SNAPSHOTS = "model.snapshots"
STANDING = "staff.standing"
SILENCES = "silences"
DECISIONS = "decisions"
CHECKPOINT = "records.checkpoint"
DEAD_LETTERS = "dead.letters"
AUDIT = "access.audit"
QUARANTINE = "quarantine"

TOPICS = (
    Topic(name=CHECKINS, tier=0),
    Topic(name=CHATS, tier=0),
    Topic(name=FEEDBACK, tier=0),
    Topic(name=DECLARATIONS, tier=1),
    Topic(name=BOOKINGS, tier=1),
    Topic(name=PURCHASES, tier=1),
    Topic(name=CLICKS, tier=2),
    Topic(name=REPLAY, tier=3, keep_days=1),
    Topic(name=LINKS, keep_days=None),  # the only log of who is who
    Topic(name=LEDGER, keep_days=None),
    Topic(name=KEYS, compacted=True, partitions=1),  # what is destroyed here is unreadable everywhere
    Topic(name=ALERTS, keep_days=7),
    Topic(name=SEGMENTS),
    Topic(name=DECISIONS),  # why and why not, sealed; as long as the labels by which they are judged
    Topic(name=EXAMPLES),
    Topic(name=SNAPSHOTS, compacted=True, partitions=1),
    Topic(name=STANDING, compacted=True, partitions=1),  # who has left, and who has their book
    Topic(name=SILENCES, keep_days=None, partitions=1),  # what is silenced, and who ever silenced what
    Topic(name=CHECKPOINT, compacted=True, forget_days=401, max_bytes=1024 * 1024),  # a record lives 400
    Topic(name=QUARANTINE),
    Topic(name=DEAD_LETTERS, keep_days=14, max_bytes=16 * 1024 * 1024),
    Topic(name=AUDIT, keep_days=3 * 365),
)
"""Every topic there is, most urgent first."""

TIERS: Mapping[str, int] = {t.name: t.tier for t in TOPICS if t.tier is not None}
"""Urgency of the seven inbound topics and of `replay.events`, which are co-partitioned; 0 is read first."""

INBOUND = tuple(name for name in TIERS if name != REPLAY)
"""The seven topics by which events come in, most urgent first."""


def partition_of(key: bytes, partitions: int) -> int:
    """Where Kafka's default partitioner (murmur2) puts `key`: the shard of a client.

    >>> partition_of(b"lumiere", 32)
    22
    """
    return int((murmur2(key) & 0x7FFFFFFF) % partitions)
