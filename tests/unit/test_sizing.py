"""`prevenance size`: more load never needs less, and every figure comes from a benchmark that exists."""

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.__main__ import BENCHMARKS, kept
from benchmarks.figure import Figure
from benchmarks.latency import ALERTS, PER_SECOND
from streams.cli import main
from streams.sizing import COSTS, MEASURED, USED, Load, bytes_of_client, costs_in, needs

KNOWN = costs_in(COSTS.read_text().splitlines())
COST = {
    "gateway.single.cpu": 300.0,
    "gateway.batch.cpu": 100.0,
    "throughput.cpu": 50.0,
    "throughput.redis": 10.0,
    "latency.cpu.deliver": 0.1,
    "latency.cpu.console": 0.2,
    "memory.client_of_30_events": 800.0,
    "memory.client_of_300_events": 2_150.0,
    "memory.client_of_any_age": 3_500.0,
    "disk.kept_7_days": 50.0,
    "disk.kept_30_days": 500.0,
}
loads = st.builds(
    Load,
    events=st.floats(0.01, 1e7),
    clients=st.integers(1, 10**9),
    events_each=st.floats(0.1, 1e5),
    mean=st.none() | st.floats(0.01, 1e7),
    alerts=st.none() | st.floats(0.01, 1e5),
    alone=st.floats(0, 1),
    days=st.floats(0.1, 1000),
    copies=st.integers(1, 5),
    headroom=st.floats(1, 10),
)


def counts(load: Load) -> dict[str, int]:
    return {need.what: need.count for need in needs(load, COST)}


@given(
    loads,
    st.sampled_from(
        ["events", "clients", "events_each", "mean", "alerts", "alone", "days", "copies", "headroom"]
    ),
    st.integers(2, 9),
)
def test_more_of_anything_never_needs_less(load: Load, what: str, times: int) -> None:
    given = getattr(load, what)
    more = 1.0 if what == "alone" else None if given is None else given * times
    before, after = counts(load), counts(msgspec.structs.replace(load, **{what: more}))
    assert all(after[name] >= count for name, count in before.items())


@given(loads)
def test_nothing_is_ever_needed_less_than_once_and_no_process_stands_alone(load: Load) -> None:
    found = counts(load)
    assert min(found.values()) >= 1
    assert all(
        count >= 2 for what, count in found.items() if what.startswith(("gateway", "worker", "console"))
    )


@given(loads)
def test_partitions_are_a_power_of_two_that_feeds_every_worker_and_every_redis(load: Load) -> None:
    found = counts(load)
    partitions = found["partitions (shards)"]
    assert partitions & (partitions - 1) == 0
    assert partitions >= 4 * found["worker --agents keys,personalise,identify,learn"]
    assert partitions >= 16 * found["Redis primaries"]


def test_the_arithmetic_of_a_house_is_what_a_person_would_do() -> None:
    load = Load(events=10_000, clients=1_000_000, events_each=165, mean=2_000, alerts=5, alone=0.5)
    assert counts(load) == {
        "partitions (shards)": 32,
        "gateway": 4,  # 10,000 x (0.5 x 300 + 0.5 x 100) us x 2
        "worker --agents keys,personalise,identify,learn": 2,  # 10,000 x 50 us x 2 = 1
        "worker --agents deliver": 2,
        "console": 2,
        "Redis primaries": 1,  # 10,000 x 10 us x 2 = 0.2; 2.95 GB of 16
        "Redis memory": 2_950_000_000,  # 1,000,000 x (800 + half of 1,350) x 2
        "Kafka disk, events": 172_800_000 * (500 * 30 + 50 * 7) * 3 * 2,
        "Kafka disk, checkpoints": 1_000_000 * 1_475 * 3 * 2,
    }


def test_a_client_never_takes_more_than_a_record_can_hold() -> None:
    assert bytes_of_client(1, COST) == bytes_of_client(30, COST) == 800
    assert bytes_of_client(300, COST) == 2_150
    assert bytes_of_client(1e9, COST) == 3_500


def test_more_partitions_than_kafka_is_asked_for_are_told() -> None:
    said = {need.what: need.how for need in needs(Load(events=1e7, clients=1), COST)}
    assert "divide the maisons over several lines" in said["partitions (shards)"]


def test_what_is_reckoned_with_was_measured_by_a_benchmark_that_exists() -> None:
    assert set(KNOWN) == set(USED)
    assert {name.partition(".")[0] for name in USED} <= set(BENCHMARKS)
    assert PER_SECOND / ALERTS == MEASURED


def test_a_figure_taken_anew_replaces_its_own_line_alone() -> None:
    lines = COSTS.read_text().splitlines()
    taken = [Figure(name=name, value=1.5, unit="x", load=0) for name in ("throughput.redis", "unmerge.p50")]
    after = kept(lines, taken).splitlines()
    assert [msgspec.json.decode(line)["name"] for line in after] == list(USED)
    assert {a for a, b in zip(after, lines, strict=True) if a != b} == {
        msgspec.json.encode(taken[0]).decode()
    }


def test_a_figure_that_is_missing_is_named() -> None:
    with pytest.raises(KeyError, match=r"gateway\.single\.cpu"):
        costs_in([])


def test_the_command_shows_what_and_how() -> None:
    told = CliRunner().invoke(main, ["size", "--events", "1000000", "--clients", "50000000"])
    assert told.exit_code == 0, told.output
    lines = told.output.splitlines()
    assert len(lines) == 9
    assert all(" x " in line for line in lines)


def test_the_page_of_deployment_shows_a_million_events_as_the_command_does() -> None:
    page = (Path(__file__).parents[2] / "docs/deploy.md").read_text()
    argv = [
        "size",
        "--events",
        "1000000",
        "--mean",
        "250000",
        "--clients",
        "50000000",
        "--events-each",
        "300",
    ]
    assert f"\nprevenance {' '.join(argv)}\n" in page
    told = CliRunner().invoke(main, argv).output.strip()
    assert told in page, f"docs/deploy.md should show:\n{told}"
