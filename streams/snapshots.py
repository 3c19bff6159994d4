"""The newest model of each maison in this process, read from the compacted topic as it grows."""

import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from agents.learn import Taught
from feature_store.learning import LAYOUT
from schemas.messages import Snapshot
from streams import topics
from streams.compacted import Compacted
from streams.metrics import Metrics

log = logging.getLogger(__name__)
_decoder = msgspec.msgpack.Decoder(Snapshot)


class Snapshots:
    """Reads every partition of `model.snapshots` in a thread of its own, without a group.

    `estimators` is replaced, never changed: whoever holds it goes on with what it had.
    """

    def __init__(self, brokers: str, models: Sequence[Taught], epoch: str, metrics: Metrics) -> None:
        self.estimators: Mapping[tuple[str, str], Any] = {}
        self._models = {m.name: m for m in models}
        self._epoch, self._metrics = epoch, metrics
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
        try:
            snapshot = _decoder.decode(value)
        except msgspec.DecodeError as error:
            log.warning("a snapshot is unreadable and is left alone: %s", error)
            return
        key = (snapshot.maison, snapshot.model)
        if snapshot.layout != LAYOUT:
            log.warning("a snapshot of %s is of layout %d: left alone", snapshot.model, snapshot.layout)
            return
        model = self._models.get(snapshot.model)
        if model is None or snapshot.epoch != self._epoch or snapshot.offset <= self._newest.get(key, -1):
            return
        try:
            estimator = model.load(snapshot.state)
        except Exception as error:  # a state of another shape: the model in use goes on
            log.warning("a snapshot of %s does not load: %s", snapshot.model, type(error).__name__)
            return
        self._newest[key] = snapshot.offset
        self.estimators = {**self.estimators, key: estimator}
        made = snapshot.at
        self._metrics.model_loss.labels(*key).set(snapshot.loss)
        self._metrics.model_age_seconds.labels(*key).set_function(lambda: time.time() - made)
