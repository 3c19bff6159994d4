"""What every way in shares: whose key, how much, is Kafka there; and that the answer is true.

An answer of 2xx is given when Kafka has acknowledged every event it counts as accepted. The number of
requests that wait for Kafka is capped: when it is slow, senders hear 503 at once and don't queue in memory.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from feature_store.denials import Denial
from feature_store.store import PartKey, StoreAway
from schemas.maison import Maison
from schemas.sealing import Key
from streams.consent_gate import GUARDED, ConsentGate
from streams.doubt import doubting
from streams.granting import bridged
from streams.hooks import Hook
from streams.inbound import Checked, Refused, check
from streams.keys import Keys
from streams.licensing import check_licence
from streams.metrics import Metrics
from streams.plausible import Plausible
from streams.produce import KafkaAway, Message, Publish
from streams.quarantine import Admission, aside
from streams.rate import Rate
from streams.source_health import Heard
from streams.spans import Spans
from streams.unfold import unfolded
from streams.write_keys import WriteKey, WriteKeys

log = logging.getLogger(__name__)

MAX_UNDER_WAY = 512
AWAY_FOR = 1
"""Seconds after which a sender may try again: `Retry-After` of a 503."""


class Deps(msgspec.Struct, frozen=True, kw_only=True):
    """What the composition root hands to the gateway.

    `publish` returns when Kafka has all messages and raises `KafkaAway` otherwise, within seconds: it is
    `Producer.send` of a producer whose delivery timeout a sender can wait for. `clock` gives the time in
    UTC. `currencies` maps a maison to the currency of a sale that states none; `maisons` says whose sources
    are declared. `hooks`: accounts of messaging channels whose calls are taken.
    """

    keys: WriteKeys
    seals: Keys
    publish: Publish
    gate: ConsentGate
    pepper: bytes
    clock: Callable[[], datetime]
    metrics: Metrics
    rate: Rate
    currencies: Mapping[str, str]
    maisons: Mapping[str, Maison] = {}
    max_under_way: int = MAX_UNDER_WAY
    heard: Heard = msgspec.field(default_factory=Heard)
    spans: Spans | None = None
    hooks: Sequence[Hook] = ()

    def __repr__(self) -> str:
        return "Deps(***)"


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the events of one request, in the order they were sent."""

    accepted: int
    quarantined: int
    rejected: list[dict[str, Any]]
    refusals: list[Refused]


async def publish_sealed(taken: Sequence[Checked], seals: Keys, publish: Publish) -> None:
    """Seals and stores; a key that is new is stored before what it seals. Raises what `publish` raises.

    Of whoever may have been erased and comes back the key is looked up again: what the one at hand seals,
    nobody may be able to open any more.
    """
    returning = {one.part for one in taken if one.returning}
    seals.forget(returning)
    wanted: dict[PartKey, tuple[str, str] | None] = {}
    for one in taken:
        for part, named in one.keys.items():
            wanted[part] = wanted.get(part) or named
    with suppress(StoreAway):  # a salt too many harms nobody: of who was erased it is not kept
        await seals.look_up(wanted)
    fresh = seals.draw(wanted, returning)
    messages = [_message(one, fresh.keys.get(one.part) or seals.known.get(one.part)) for one in taken]
    if fresh.messages:
        await publish(fresh.messages)
    await publish(messages)
    seals.settle(fresh)


def _message(one: Checked, key: Key | None) -> Message:
    message = one.message(key)
    return aside(message, one.part[0], one.split.clear) if one.aside else message


class Intake:
    """The narrow part of the gateway, one per process."""

    def __init__(self, deps: Deps) -> None:
        self.deps = deps
        self._under_way = 0
        self._admission = Admission(deps.maisons)
        self._plausible = Plausible(deps.maisons)
        for maison in deps.currencies:
            deps.metrics.ingest_accepted_total.labels(maison)  # from the start, so that silence shows

    def key(self, presented: str | None) -> WriteKey:
        """The write key that was presented. Raises `Refused` 401."""
        key = self.deps.keys.find(presented) if presented else None
        if key is None:
            raise Refused(401, None, "no such write key: send it as the user of Basic, or as Bearer")
        return key

    async def take(
        self, key: WriteKey, presented: str, events: Sequence[Any], *, called: bool = False
    ) -> Taken:
        """Checks, seals and stores. An event may itself be a `Refused`, where an adapter made nothing of it.

        Raises `Refused` 429 or 503, when nothing, something or everything is stored: send all again.
        """
        if (wait := self.deps.rate.wait(presented, len(events) or 1)) is not None:
            self.deps.metrics.rate_limited_total.inc()
            raise Refused(429, None, "too many events for this write key", wait)
        try:
            return await self._take(key, events, called)
        except StoreAway:
            self.deps.metrics.redis_errors_total.labels("gateway").inc()
            raise Refused(503, None, "Redis did not answer: send it all again", AWAY_FOR) from None

    async def _take(self, key: WriteKey, events: Sequence[Any], called: bool) -> Taken:
        now = self.deps.clock()
        taken: list[Checked] = []
        crossing: list[Checked] = []
        denials: list[Denial] = []
        stored: list[Any] = []
        rejected: list[dict[str, Any]] = []
        refusals: list[Refused] = []
        for index, event in enumerate(events):
            try:
                if isinstance(event, Refused):
                    raise event
                check_licence(event)
                event = doubting(unfolded(event))
                known = self._admission.admits(event, key.maison)
                bridge = bridged(event, key, self.deps.maisons) if known else None
                if bridge is not None:
                    event = bridge.kept
                one = check(event, key, now, self.deps.pepper, called=called)
                self._plausible.check(event, key.maison, now)
                if bridge is not None:
                    crossing.append(check(bridge.told, bridge.key, now, self.deps.pepper))
                if event["type"] in GUARDED:
                    said = await self.deps.gate.check(event, key, one.part, now)
                    denials += said if known else ()
                taken.append(one if known else replace(one, aside=True))
                stored.append(event)
            except Refused as refused:
                refusals.append(refused)
                rejected.append({"index": index, "id": _id(event), "reason": str(refused)})
        if denials:
            await self.deps.gate.close(denials)
        if taken:
            await self._store([*taken, *crossing])
            self.deps.heard.note(key, stored, now.timestamp())
        quarantined = sum(one.aside for one in taken)
        self._count(key, len(taken), quarantined, refusals)
        return Taken(accepted=len(taken), quarantined=quarantined, rejected=rejected, refusals=refusals)

    async def _store(self, taken: Sequence[Checked]) -> None:
        if self._under_way >= self.deps.max_under_way:
            raise Refused(503, None, "too many requests wait for Kafka: send it all again", AWAY_FOR)
        self._under_way += 1
        try:
            await publish_sealed(taken, self.deps.seals, self.deps.publish)
        except KafkaAway as away:
            log.warning("nothing could be taken: %s", away)
            self.deps.metrics.kafka_errors_total.labels("produce").inc()
            raise Refused(503, None, "Kafka did not take it: send it all again", AWAY_FOR) from None
        finally:
            self._under_way -= 1

    def _count(self, key: WriteKey, accepted: int, quarantined: int, refusals: list[Refused]) -> None:
        if accepted:
            self.deps.metrics.ingest_accepted_total.labels(key.maison).inc(accepted)
        if quarantined:
            self.deps.metrics.quarantined_total.labels(key.maison).inc(quarantined)
        for refused in refusals:
            self.deps.metrics.ingest_rejected_total.labels(_CLASS.get(refused.status, "invalid")).inc()


_CLASS = {403: "not_allowed", 413: "too_large"}


def _id(event: Any) -> str | None:
    """The id the sender gave, so that it finds its event again; None where there is none worth repeating."""
    id_ = event.get("id") if isinstance(event, dict) else getattr(event, "id", None)
    return id_ if isinstance(id_, str) and len(id_) <= 256 else None
