"""What was proposed, and what became of it."""

from typing import Any
from zlib import crc32

import pytest

from feature_store import record as records
from feature_store.feature import code_of
from feature_store.features.fatigue import (
    FEATURE,
    FOLLOWED,
    KEPT,
    REFUSED,
    SEEN,
    Fatigue,
    propose,
    proposed,
)
from tests import builders as a

BAG = code_of("bag-aurore")
DAY = 86_400.0


def after(verdict: str, alert: str = "a1", because: str | None = None) -> Any:
    record = a.record_of()
    propose(records.own(record, "fatigue"), ["bag-aurore"], "a1", a.NOON)
    who = {"oid": "qjGJ8m2C0b1xYz_A"}
    event = a.event("staff.feedback", who=who, alert=alert, staff="camille", verdict=verdict, because=because)
    records.touch(record, event, a.NOON, a.HOUSE)
    return proposed(records.slice_of(record, "fatigue"))[BAG]


@pytest.mark.parametrize(
    ("verdict", "marks"),
    [("seen", SEEN), ("accepted", FOLLOWED), ("dismissed", REFUSED), ("never", REFUSED), ("delivered", 0)],
)
def test_a_verdict_on_a_card_marks_the_articles_it_proposed(verdict: str, marks: int) -> None:
    assert after(verdict).marks == marks
    assert after(verdict, "another").marks == 0


@pytest.mark.parametrize(
    ("because", "marks"),
    [("looked_after", SEEN), ("not_now", SEEN), ("not_for_them", REFUSED), ("declined", REFUSED)],
)
def test_articles_are_refused_only_by_a_reason_that_is_about_them(because: str, marks: int) -> None:
    assert after("dismissed", because=because).marks == marks


def test_what_nobody_was_shown_was_not_proposed() -> None:
    assert (after("withheld").times, after("withheld", "another").times) == (0, 1)


def test_what_was_withheld_from_a_part_that_knows_the_article_is_of_no_alert_and_counts_once_less() -> None:
    record = a.record_of()
    for alert in ("a0", "a1"):
        propose(records.own(record, "fatigue"), ["bag-aurore"], alert, a.NOON)
    last = proposed(records.slice_of(record, "fatigue"))[BAG].alert
    alert = next(alert for alert in ("a0", "a1") if crc32(alert.encode()) == last)
    said = {"alert": alert, "staff": "camille", "verdict": "withheld"}
    records.touch(record, a.event("staff.feedback", oid="q" * 16, **said), a.NOON, a.HOUSE)
    bag = proposed(records.slice_of(record, "fatigue"))[BAG]
    assert (bag.alert, bag.times) == (0, 1)


@pytest.mark.parametrize("order", [1, -1])
def test_the_alert_that_proposed_an_article_on_the_last_day_is_the_one_that_is_asked(order: int) -> None:
    for alerts in (("a1", "a2"), ("a2", "a1")):
        slice = Fatigue()
        for day, alert in [*enumerate(alerts)][::order]:
            propose(slice, ["bag-aurore"], alert, a.NOON + day * DAY)
        assert proposed(slice)[BAG].alert == crc32(alerts[1].encode())


def test_days_before_and_beyond_those_that_can_be_kept_are_the_first_and_the_last() -> None:
    slice = Fatigue()
    propose(slice, ["ancient"], "a1", 0.0)
    propose(slice, ["distant"], "a1", 9e9)
    assert sorted(p.day for p in proposed(slice).values()) == [0, 2**16 - 1]


def test_articles_are_counted_by_what_became_of_them() -> None:
    record = a.record_of()
    verdicts = ["seen", "accepted", "done", "dismissed", "never", "dismissed"]
    for n, verdict in enumerate(verdicts):
        propose(records.own(record, "fatigue"), [f"sku-{n}"], f"a{n}", a.NOON)
        said = a.event("staff.feedback", oid="q" * 16, alert=f"a{n}", staff="camille", verdict=verdict)
        records.touch(record, said, a.NOON, a.HOUSE)
    assert FEATURE.values(records.slice_of(record, "fatigue"), 0.0) == {
        "proposed": 6, "seen": 1, "followed": 2, "refused": 3, "last_days": 0.0,
    }  # fmt: skip


def test_a_bag_proposed_twice_counts_twice_from_the_last_day_on() -> None:
    slice = Fatigue()
    propose(slice, ["bag-aurore"], "a1", a.NOON - 3 * DAY)
    propose(slice, ["bag-aurore"], "a2", a.NOON)
    bag = proposed(slice)[BAG]
    assert (bag.times, a.NOON - DAY < bag.at <= a.NOON) == (2, True)
    values = FEATURE.values(slice, a.NOON + DAY)
    assert values | {"last_days": 0} == {
        "proposed": 1, "seen": 0, "followed": 0, "refused": 0, "last_days": 0,
    }  # fmt: skip
    assert values["last_days"] == pytest.approx(1.5)


def test_what_an_advisor_shows_counts_and_what_is_put_back_was_refused() -> None:
    told = [
        a.event("store.item", card="c1", site="vendome", sku="bag-aurore", action=action)
        for action in ("shown", "back", "tried")
    ]
    bag = proposed(records.slice_of(a.record_of(*told), "fatigue"))[BAG]
    assert (bag.times, bag.marks) == (1, SEEN | REFUSED)
    for one, times, marks in zip(told, (1, 0, None), (SEEN, REFUSED, None), strict=True):
        known = proposed(records.slice_of(a.record_of(one), "fatigue"))
        assert [(p.alert, p.times, p.marks) for p in known.values()] == ([(0, times, marks)] if marks else [])


def test_parts_add_up_and_the_last_eight_stay() -> None:
    one, other = Fatigue(), Fatigue()
    for n in range(KEPT + 3):
        propose(one, [f"sku-{n}"], "a1", a.NOON - n * DAY)
    propose(other, ["sku-0"], "a2", a.NOON - DAY)
    merged = proposed(FEATURE.merge([one, other]))
    assert set(merged) == {code_of(f"sku-{n}") for n in range(KEPT)}
    assert merged[code_of("sku-0")].times == 2
    assert len(one.articles) == 11 * KEPT
