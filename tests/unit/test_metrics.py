"""What a process tells about itself."""

import re
import timeit

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from streams.metrics import LATENCY, Labelled, Metrics

PERSONAL = re.compile(r"client|oid|staff|email|phone|card|guest|user|session|event_id|alert_id|name")


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> Metrics:
    return Metrics(registry)


def families(metrics: Metrics) -> dict[str, object]:
    return {n: v for n, v in vars(metrics).items() if not n.startswith("_") and n != "registry"}


def label_names(value: object) -> tuple[str, ...]:
    metric = value._metric if isinstance(value, Labelled) else value
    return tuple(metric._labelnames)  # type: ignore[attr-defined]


def test_two_sets_in_one_process_do_not_meet(metrics: Metrics, registry: CollectorRegistry) -> None:
    other = CollectorRegistry()
    Metrics(other).slices.inc(3)
    metrics.slices.inc()
    assert registry.get_sample_value("prevenance_slices_total") == 1
    assert other.get_sample_value("prevenance_slices_total") == 3


def test_every_metric_says_what_it_counts_and_who_writes_it(registry: CollectorRegistry) -> None:
    Metrics(registry)
    ours = [f for f in registry.collect() if f.name.startswith("prevenance_")]
    assert len(ours) >= 28
    for family in ours:
        assert re.search(r"(Worker|Gateway|console|Console|Every process)\.$", family.documentation), (
            family.name
        )


def test_an_attribute_is_named_as_its_metric(metrics: Metrics, registry: CollectorRegistry) -> None:
    shown = {f.name for f in registry.collect()} | {f.name + "_total" for f in registry.collect()}
    for name in families(metrics):
        assert f"prevenance_{name.removesuffix('_info')}" in shown


def test_times_are_in_seconds(registry: CollectorRegistry) -> None:
    Metrics(registry)
    for family in registry.collect():
        if family.type == "histogram":
            assert family.name.endswith("_seconds")
        assert not re.search(r"_ms$|milli|micro", family.name)


def test_no_label_could_hold_a_person(metrics: Metrics) -> None:
    for name, value in families(metrics).items():
        labels = label_names(value)
        assert len(labels) <= 3, name
        for label in labels:
            assert not PERSONAL.search(label), (name, label)


def test_a_child_is_made_once_and_found_again(metrics: Metrics, registry: CollectorRegistry) -> None:
    first = metrics.events_total.labels("store.checkins", "applied")
    first.inc(480)
    assert metrics.events_total.labels("store.checkins", "applied") is first
    metrics.events_total.labels("store.checkins", "applied").inc(20)
    labels = {"topic": "store.checkins", "outcome": "applied"}
    assert registry.get_sample_value("prevenance_events_total", labels) == 500


def test_labels_of_the_wrong_number_are_refused(metrics: Metrics) -> None:
    with pytest.raises(ValueError, match="label"):
        metrics.events_total.labels("store.checkins")


def test_the_lag_of_a_revoked_partition_disappears(metrics: Metrics, registry: CollectorRegistry) -> None:
    metrics.lag.labels("web.clicks", "3").set(7)
    metrics.lag.remove("web.clicks", "3")
    metrics.lag.remove("web.clicks", "3")
    assert "web.clicks" not in generate_latest(registry).decode()
    metrics.lag.labels("web.clicks", "3").set(9)
    labels = {"topic": "web.clicks", "partition": "3"}
    assert registry.get_sample_value("prevenance_lag", labels) == 9


def test_the_promised_latencies_are_bucket_bounds(metrics: Metrics, registry: CollectorRegistry) -> None:
    assert {0.012, 0.035, 0.25} <= set(LATENCY)
    assert (LATENCY[0], LATENCY[-1]) == (0.001, 60.0)
    assert list(LATENCY) == sorted(LATENCY)
    metrics.event_to_alert_seconds.labels("shown").observe(0.0119)

    def within(bound: str) -> float | None:
        return registry.get_sample_value(
            "prevenance_event_to_alert_seconds_bucket", {"stage": "shown", "le": bound}
        )

    assert (within("0.008"), within("0.012")) == (0, 1)


def test_counting_a_slice_costs_microseconds_not_milliseconds(metrics: Metrics) -> None:
    """Six increments and five timings a slice of 500 events must vanish beside 8 us an event."""

    def one_slice() -> None:
        metrics.slices.inc()
        for outcome in ("applied", "duplicate", "skipped", "dead", "rekeyed"):
            metrics.events_total.labels("web.clicks", outcome).inc(100)
        for stage in ("decode", "read", "decide", "produce", "apply"):
            metrics.slice_seconds.labels(stage).observe(0.001)

    best = min(timeit.repeat(one_slice, number=100, repeat=5)) / 100
    assert best < 0.0004  # 0.8 us an event, with room for a busy machine


def test_a_process_tells_its_versions(registry: CollectorRegistry) -> None:
    Metrics(registry)
    assert re.search(
        r'prevenance_build_info\{python="3\.\d+\.\d+",version="\d', generate_latest(registry).decode()
    )
