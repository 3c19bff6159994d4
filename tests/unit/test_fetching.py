"""Slices of a fetch hold what aiokafka hands out record by record, whatever the batches are like."""

import struct
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from aiokafka.errors import CorruptRecordException
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c
from aiokafka.structs import TopicPartition
from cramjam import DecompressionError
from hypothesis import given
from hypothesis import strategies as st

from streams.fetching import SESSIONLESS_WAIT, _Records, _Result, fetch_lean

CLICKS = TopicPartition("clicks", 0)
ONE_BY_ONE = _Result.__base__, _Records.__base__
BY_THE_SLICE = _Result, _Records
CONTROL = 0x20
LZ4 = 3


class Batch(NamedTuple):
    """`kept`: for each offset of the batch, whether compaction has left its record."""

    first: int
    kept: list[bool]
    control: bool = False
    compression: int = 0

    @property
    def end(self) -> int:
        return self.first + len(self.kept)

    def encode(self) -> bytes:
        builder = DefaultRecordBatchBuilder(2, self.compression, 0, -1, -1, -1, 1 << 20)
        for n, kept in enumerate(self.kept):
            if kept:
                builder.append(n, 1000, b"\0\0\0\1", b"%d" % (self.first + n), [])
        data = bytearray(builder.build())
        struct.pack_into(">q", data, 0, self.first)
        data[22] |= CONTROL * self.control
        struct.pack_into(">i", data, 23, len(self.kept) - 1)
        struct.pack_into(">I", data, 17, calc_crc32c(bytes(data[21:])))
        return bytes(data)


class Assignment:
    """One partition: its own state."""

    active, paused, has_valid_position = True, False, True

    def __init__(self, position: int) -> None:
        self.position = position

    def state_value(self, _: TopicPartition) -> "Assignment":
        return self

    def consumed_to(self, position: int) -> None:
        self.position = position


def fetched(how: Any, log: list[bytes], assignment: Assignment) -> Any:
    result, records = how
    parsed = records(CLICKS, MemoryRecords(b"".join(log)), None, assignment.position, None, None, True, 0)
    return result(CLICKS, assignment=assignment, partition_records=parsed, backoff=0)


def drained(how: Any, log: list[Batch], position: int, sizes: list[int | None]) -> tuple[list[Any], int]:
    assignment, slices = Assignment(position), []
    answer = fetched(how, [batch.encode() for batch in log if batch.end > position], assignment)
    for size in sizes:
        if answer.has_more():
            slices.append([(r.offset, r.value) for r in answer.getall(size)])
    return slices, assignment.position


Kept = st.one_of(st.lists(st.booleans(), min_size=1, max_size=9), st.integers(1, 9).map(lambda n: [True] * n))


@st.composite
def logs(draw: Any) -> list[Batch]:
    log: list[Batch] = []
    for _ in range(draw(st.integers(1, 5))):
        first = (log[-1].end if log else 0) + draw(st.sampled_from([0, 0, 3]))
        control = draw(st.integers(0, 4)) == 0
        kept = [True] if control else draw(Kept)
        log.append(Batch(first, kept, control, draw(st.sampled_from([0, LZ4]))))
    return log


Sizes = st.lists(st.one_of(st.none(), st.integers(1, 12)), min_size=1, max_size=20)


@given(logs(), st.integers(0, 60), Sizes)
def test_slices_are_what_aiokafka_hands_out_one_by_one(log: list[Batch], at: int, sizes: list) -> None:
    position = min(at, log[-1].end - 1)
    assert drained(BY_THE_SLICE, log, position, sizes) == drained(ONE_BY_ONE, log, position, sizes)


def damaged(batch: Batch) -> bytes:
    data = batch.encode()
    return data[:-1] + bytes([data[-1] ^ 1])


def unreadable(batch: Batch) -> bytes:
    data = bytearray(batch._replace(compression=LZ4).encode())
    data[61:] = b"?" * len(data[61:])
    struct.pack_into(">I", data, 17, calc_crc32c(bytes(data[21:])))
    return bytes(data)


@pytest.mark.parametrize("spoil", [damaged, unreadable])
@pytest.mark.parametrize("before", [0, 3])
def test_a_batch_that_cannot_be_read_is_fetched_again_and_never_passed_over(spoil: Any, before: int) -> None:
    good = [Batch(0, [True] * before).encode()] if before else []
    log = [*good, spoil(Batch(before, [True] * 3)), Batch(before + 3, [True]).encode()]
    assignment = Assignment(0)
    answer = fetched(BY_THE_SLICE, log, assignment)
    if before:
        assert len(answer.getall(before)) == before
    with pytest.raises((CorruptRecordException, DecompressionError)):
        answer.getall(50)
    assert answer.getall(50) == []
    assert not answer.has_more()
    assert assignment.position == before


@pytest.mark.parametrize(("session", "waits"), [(7, 0.5), (0, SESSIONLESS_WAIT)])
async def test_only_who_keeps_a_session_is_let_wait_for_long(session: int, waits: float) -> None:
    """The embedded broker keeps none, and tells what has come only at the end of a wait."""

    class Client:
        cluster = SimpleNamespace(leader_for_partition=lambda tp: 1)

        async def send(self, node: int, request: Any) -> Any:
            return SimpleNamespace(API_VERSION=11, error_code=0, session_id=session, topics=[])

    fetcher: Any = SimpleNamespace(
        _client=Client(), _in_flight=set(), _records={}, _get_actions_per_node=lambda assignment: None
    )
    fetch_lean(fetcher, 0.5, lambda *_: None)
    fetcher._get_actions_per_node(None)
    assert fetcher._fetch_max_wait_ms == SESSIONLESS_WAIT * 1000  # nobody has said yet
    await fetcher._client.send(1, FetchRequest(100, 1, 1024, 0, [("clicks", [(0, 5, 1024)])]))
    fetcher._get_actions_per_node(None)
    assert fetcher._fetch_max_wait_ms == waits * 1000
