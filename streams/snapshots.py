"""The newest model of each maison in this process, read from the compacted topic as it grows."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec

from agents.experiments import clients_of, uneven
from agents.learn import Taught
from agents.rates import NAME
from feature_store.learning import LAYOUT
from schemas.maison import Maison
from schemas.messages import Snapshot
from streams import topics
from streams.compacted import Compacted
from streams.gaps import end_of
from streams.metrics import Metrics
from streams.stored import stored

NO_HOUSES: Mapping[str, Maison] = MappingProxyType({})
Newest = Mapping[tuple[str, str], Snapshot]
"""By maison and model."""

log = logging.getLogger(__name__)
_decoder = msgspec.msgpack.Decoder(Snapshot)


class Snapshots:
    """Reads every partition of `model.snapshots` in a thread of its own, without a group.

    `estimators` is replaced, never changed: whoever holds it goes on with what it had. `maisons`: houses of
    whose experiments it is told whether their arms are even.
    """

    def __init__(
        self,
        brokers: str,
        models: Sequence[Taught],
        epoch: str,
        metrics: Metrics,
        maisons: Mapping[str, Maison] = NO_HOUSES,
    ) -> None:
        self.estimators: Mapping[tuple[str, str], Any] = {}
        self._models = {m.name: m for m in models}
        self._epoch, self._metrics, self._maisons = epoch, metrics, maisons
        self._newest: dict[tuple[str, str], int] = {}
        self._topic = Compacted(brokers, topics.SNAPSHOTS, self.take)

    def start(self) -> None:
        """Begins to read."""
        self._topic.start()

    def stop(self) -> None:
        """Ends the thread."""
        self._topic.stop()

    def take(self, value: bytes) -> None:
        """Swaps a newer model in; an older one, one of another log or an unknown one is left alone."""
        snapshot = _usable(value, self._models, self._epoch)
        if snapshot is None:
            return
        key = (snapshot.maison, snapshot.model)
        if snapshot.offset <= self._newest.get(key, -1):
            return
        if (estimator := _loaded(snapshot, self._models)) is None:
            return
        self._newest[key] = snapshot.offset
        self.estimators = {**self.estimators, key: estimator}
        if snapshot.model == NAME and (maison := self._maisons.get(snapshot.maison)) is not None:
            for one in maison.experiments:
                found = uneven(one, clients_of(one, estimator))
                self._metrics.experiments_uneven.labels(maison.id, one.name).set(found)
        made = snapshot.at
        self._metrics.model_loss.labels(*key).set(snapshot.loss)
        self._metrics.model_age_seconds.labels(*key).set_function(lambda: time.time() - made)


class Published:
    """What was last published of each maison's models, for lanes whose store has lost it.

    `read` is `last_published`: once for all lanes that begin together, for it reads hundreds of thousands.
    """

    def __init__(self, read: Callable[[], Newest]) -> None:
        self._read, self._reading = read, asyncio.Lock()
        self._found: Newest = {}
        self._at = float("-inf")

    async def as_of(self, at: float) -> Newest:
        """What was published until `at` (as `time.monotonic` tells it), or later. Raises `KafkaAway`."""
        async with self._reading:
            if self._at < at:
                now = time.monotonic()
                self._found = await asyncio.to_thread(self._read)
                self._at = now
        return self._found


def last_published(brokers: str, models: Mapping[str, Taught], epoch: str) -> Newest:
    """What was last published of each maison's models. Blocks. Raises `KafkaAway`."""
    found: dict[tuple[str, str], Snapshot] = {}
    for message in stored(brokers, topics.SNAPSHOTS, {0: (0, end_of(brokers, topics.SNAPSHOTS, 0))}):
        snapshot = _usable(message.value() or b"", models, epoch)
        if snapshot is not None:
            key = (snapshot.maison, snapshot.model)
            if key not in found or snapshot.offset > found[key].offset:
                found[key] = snapshot
    return {key: one for key, one in found.items() if _loaded(one, models) is not None}


def _usable(value: bytes, models: Mapping[str, Taught], epoch: str) -> Snapshot | None:
    """None for one that is unreadable, of another layout or log, or of a model that nobody knows here."""
    try:
        snapshot = _decoder.decode(value)
    except msgspec.DecodeError as error:
        log.warning("a snapshot is unreadable and is left alone: %s", error)
        return None
    if snapshot.layout != LAYOUT:
        log.warning("a snapshot of %s is of layout %d: left alone", snapshot.model, snapshot.layout)
        return None
    return snapshot if snapshot.model in models and snapshot.epoch == epoch else None


def _loaded(snapshot: Snapshot, models: Mapping[str, Taught]) -> Any:
    """Its estimator; None for a state of another shape."""
    try:
        return models[snapshot.model].load(snapshot.state)
    except Exception as error:
        log.warning("a snapshot of %s does not load: %s", snapshot.model, type(error).__name__)
        return None
