"""The benchmarks say what they measured in one shape; how fast it was is no test's business."""

import inspect
from collections import Counter

import msgspec
import pytest

from benchmarks.__main__ import BENCHMARKS, GLANCES, table
from benchmarks.figure import Figure, figure
from benchmarks.mix import SHARES, mixed
from schemas.codec import decode
from schemas.key import key_of_event
from tests.builders import NOON


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_benchmark_takes_its_figures_quick_or_whole(name: str) -> None:
    assert list(inspect.signature(BENCHMARKS[name]).parameters) == ["quick"]
    assert inspect.isgeneratorfunction(BENCHMARKS[name])


def test_a_glance_is_of_what_the_line_does_and_asks_nothing() -> None:
    assert GLANCES.keys() == {"throughput", "latency", "memory"}  # the gateway is that of `latency`
    for name, glance in GLANCES.items():
        assert name in BENCHMARKS
        assert not inspect.signature(glance).parameters


def test_a_figure_is_one_json_line_with_name_value_and_unit() -> None:
    told = msgspec.json.decode(msgspec.json.encode(figure("throughput.ratio", 4.56789, "x")))
    assert told.keys() == {"name", "value", "unit", "load"}
    assert (told["name"], told["value"], told["unit"]) == ("throughput.ratio", 4.568, "x")


def test_the_table_has_a_line_for_each_figure() -> None:
    lines = table([Figure(name="a", value=1.0, unit="ms", load=0.1)] * 3).splitlines()
    assert sum(line.startswith("a ") for line in lines) == 3


def test_the_mix_is_of_the_contract_keyed_as_the_gateway_would_and_alike_for_one_seed() -> None:
    events = list(mixed(500, 50, NOON))
    assert events == list(mixed(500, 50, NOON))
    for sent in events:
        event = decode(sent.value)
        key = key_of_event(event, b"a pepper for benchmarks")
        assert (event.topic, key) == (sent.topic, sent.key.decode())
    types = Counter(str(type(decode(sent.value)).__struct_config__.tag) for sent in events)
    assert types.keys() == {type_ for type_, _, _ in SHARES}
    assert sum(share for _, share, _ in SHARES) == pytest.approx(1.0)
