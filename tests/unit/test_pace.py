"""A slice keeps the loop as long as anybody may wait: as many records as that is of their topic."""

import pytest

from streams.pace import FEWEST, FIRST, MOST, TURN, Pace, steady


def told(*seconds_each: float, topic: str = "web.clicks") -> Pace:
    """After full slices whose records took so long each."""
    pace = Pace()
    for each in seconds_each:
        records = pace.size(topic)
        pace.computed(topic, records, records * each)
    return pace


def test_a_topic_that_was_not_met_begins_as_any_other_agent_s() -> None:
    assert Pace().size("web.clicks") == steady("alerts") == FIRST


def test_a_slice_has_as_many_records_as_a_turn_computes() -> None:
    assert told(20e-6).size("web.clicks") == 750


def test_each_topic_has_its_own() -> None:
    pace = told(10e-6)
    pace.computed("store.checkins", 400, 400 * 80e-6)
    assert (pace.size("web.clicks"), pace.size("store.checkins")) == (1_500, 187)
    assert pace.size("chat.messages") == FIRST


@pytest.mark.parametrize(("each", "size"), [(1e-7, MOST), (0.0, MOST), (5e-3, FEWEST)])
def test_there_are_never_too_many_nor_so_few_that_a_slice_costs_more_than_its_records(
    each: float, size: int
) -> None:
    assert told(each).size("web.clicks") == size


def test_a_slice_far_from_full_says_nothing_of_what_a_record_costs() -> None:
    pace = told(20e-6)
    pace.computed("web.clicks", 374, 1.0)
    assert pace.size("web.clicks") == 750
    pace.computed("web.clicks", 375, 375 * 40e-6)
    assert pace.size("web.clicks") < 750


def test_one_slow_slice_counts_little_and_a_slow_hour_in_full() -> None:
    assert told(20e-6, 60e-6).size("web.clicks") == 625
    assert told(20e-6, *[60e-6] * 60).size("web.clicks") == pytest.approx(TURN / 60e-6, rel=0.02)


def test_a_slow_start_is_forgotten() -> None:
    assert told(*[2e-3] * 5, *[12e-6] * 90).size("web.clicks") == pytest.approx(1_250, rel=0.02)
