"""What cannot be kept up with while Redis or Kafka is away: told when it begins and when it is over."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from feature_store.store import StoreAway
from streams.produce import KafkaAway

log = logging.getLogger(__name__)


class Outages:
    """For all that looks again and again in one process: one line for all of them, and one for its end."""

    def __init__(self) -> None:
        self._blind: set[str] = set()
        self._told = False

    @contextmanager
    def met_by(self, who: str) -> Iterator[None]:
        """One look of `who`. Where a store is away the block ends, and whoever looks goes on."""
        try:
            yield
        except (StoreAway, KafkaAway) as away:
            self._blind.add(who)
            if not self._told:
                self._told = True
                log.warning("%s cannot be kept up with (what else cannot is not told): %s", who, away)
        else:
            self.left_by(who)
            if self._told and not self._blind:
                self._told = False
                log.warning("all can be kept up with again")

    def left_by(self, who: str) -> None:
        """`who` looks no more."""
        self._blind.discard(who)
