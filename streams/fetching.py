"""What of aiokafka's fetching is done otherwise here, and why. All that touches its insides is in this file.

It is made for a consumer that takes record by record. Ours takes slices of many topics, and some cannot wait.
"""

import sys
from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Any

from aiokafka.consumer import fetcher as aiokafka_fetcher
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.errors import CorruptRecordException, KafkaError

from streams.fetch_session import Gone, SessionClient

UNREAD_WAIT = 0.005
"""Seconds that unread records hold back the next fetch from their broker: mostly one then serves all."""
BUSY_FETCH_WAIT = 0.01
"""Seconds the broker waits while records lie unread: the next fetch of a busy partition queues behind it."""
SESSIONLESS_WAIT = 0.1
"""Seconds a broker waits that keeps no session for us. The embedded one is such, and answers a fetch that
waits when its wait is over, whatever comes meanwhile: with more, alerts of the demo take seconds."""


class _Records(aiokafka_fetcher.PartitionRecords):
    """The records of a fetch, taken by the slice and as they were parsed.

    aiokafka hands them out one by one, each wrapped in eleven fields: two thirds of what reading one costs.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._batch: Any = None
        self._unread: Iterator[Any] | None = None
        self.next_fetch_offset: int

    def take(self, most: int | None) -> list[Any]:
        """Up to `most` records in order of offset; fewer only at the end. Raises `CorruptRecordException`."""
        most = sys.maxsize if most is None else most
        taken: list[Any] = []
        while (room := most - len(taken)) and (unread := self._unread or self._next_batch()):
            more = list(islice(unread, room))
            if len(more) < room:
                self._unread = None  # a batch may not be asked again after its end
            if more and more[0].offset < self.next_fetch_offset:  # it began before what was asked for
                more = [record for record in more if record.offset >= self.next_fetch_offset]
            if more:
                self.next_fetch_offset = more[-1].offset + 1
                taken += more
        return taken

    def _next_batch(self) -> Iterator[Any] | None:
        """The records of the next batch that is not Kafka's own; None when there is none."""
        while True:
            if self._batch is not None:
                self.next_fetch_offset = self._batch.next_offset  # past what was compacted away
                self._batch = None
            if not self._records.has_next():
                return None
            self._batch = batch = self._records.next_batch()
            if self._check_crcs and not batch.validate_crc():
                raise CorruptRecordException(f"Invalid CRC - {self._tp}")
            if not batch.is_control_batch:
                self._unread = chain(batch)  # a batch itself can be iterated but once
                return self._unread


class _Result(aiokafka_fetcher.FetchResult):
    """One partition's part of a fetch, as `_Records`."""

    _partition_records: _Records | None

    def getall(self, max_records: int | None = None) -> list[Any]:
        records = self._partition_records
        if records is None or not self.check_assignment(self._topic_partition):
            return []
        try:
            taken = records.take(max_records)
        except BaseException:
            self._partition_records = None  # fetched again from where the last slice ended
            raise
        self._update_position()
        if max_records is None or len(taken) < max_records:
            self._partition_records = None
        return taken


aiokafka_fetcher.PartitionRecords = _Records  # aiokafka asks nobody which classes to use
aiokafka_fetcher.FetchResult = _Result


def note_answers(client: Any, note: Callable[[int, bool], None]) -> None:
    """`note` is told of each question to a broker, by its number, whether it was answered: aiokafka asks for
    ever, also who will never let it in again, and says so to its log alone."""
    send = client.send

    async def noted(node: int, *args: Any, **options: Any) -> Any:
        try:
            answer = await send(node, *args, **options)
        except KafkaError:
            note(node, False)
            raise
        note(node, True)
        return answer

    client.send = noted


def fetch_lean(fetcher: Fetcher, wait: float, gone: Gone) -> None:
    """Let fetches go in sessions, and a flood that waits to be read not hold back the fetch of all else.

    `wait`: seconds a broker that keeps our session waits for a first record. `gone`: see `SessionClient`.
    aiokafka sends a broker no fetch for a tenth of a second while records of any of its partitions lie
    unread: an urgent record would wait for that flood. Here the fetch goes out soon. The drained partition of
    the flood then waits behind the fetch of idle ones, so that fetch waits but shortly at the broker.
    """
    leader_of = fetcher._client.cluster.leader_for_partition
    fetcher._client = client = SessionClient(fetcher._client, gone)
    fetcher._prefetch_backoff = UNREAD_WAIT
    fetcher._select_read_replica = leader_of  # no rack is set, and this is asked of every partition each time
    plan = fetcher._get_actions_per_node

    def plan_if_any(assignment: Any) -> Any:
        if fetcher._in_flight and fetcher._in_flight.issuperset(map(leader_of, assignment.tps)):
            return [], {}, wait, False, []  # every broker is at work for us: an answer wakes us
        if unread := max((r.calculate_backoff() for r in fetcher._records.values()), default=0.0):
            return [], {}, unread, False, []  # being read wakes us; other brokers wait with it, shortly
        idle = wait if client.in_session else SESSIONLESS_WAIT
        fetcher._fetch_max_wait_ms = int((BUSY_FETCH_WAIT if fetcher._records else idle) * 1000)
        return plan(assignment)

    fetcher._get_actions_per_node = plan_if_any
