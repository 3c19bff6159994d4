"""Whom of the house a client knows."""

from typing import Any

from feature_store import record as records
from feature_store.features.relation import FEATURE, known_best
from tests import builders as a

DAY = 86_400.0


def relation(*events: Any) -> dict[str, Any]:
    return dict(records.values(a.record_of(*events), a.NOON)["relation"])


def test_who_met_the_client_most_is_known_best() -> None:
    seen = [a.checkin(a.NOON - n * DAY, staff="camille", card="c") for n in range(2, 8)]
    served = [a.purchase(a.NOON - n * DAY, staff="matteo", card="c") for n in (1, 9)]
    told = relation(*seen, *served)
    assert told == {"met": {"camille": 6, "matteo": 2}, "last_days": 1}
    assert [*told["met"]] == ["camille", "matteo"]


def test_of_two_known_alike_the_one_met_last_is_known_better() -> None:
    days = {"camille": (9, 8, 0), "matteo": (5, 4, 1)}
    seen = [a.checkin(a.NOON - n * DAY, staff=staff, card="c") for staff, ago in days.items() for n in ago]
    told = relation(*seen)
    assert [*told["met"]] == ["camille", "matteo"]
    assert repr(told["met"]["camille"]) == "3"
    assert told["last_days"] == 0


def test_who_noted_something_of_a_client_has_met_them_in_any_century() -> None:
    late = 3.2e9
    slice = records.slice_of(a.record_of(a.note(late, by="haruka", card="c")), "relation")
    assert FEATURE.values(slice, late + DAY) == {"met": {"haruka": 1}, "last_days": 1}
    assert FEATURE.merge([slice, slice]) == slice


def test_a_day_counts_once_whatever_was_done_on_it() -> None:
    day = [a.checkin(staff="camille", card="c"), a.purchase(staff="camille", card="c"), a.note(card="c")]
    assert relation(*day)["met"] == {"camille": 1}


def test_a_visit_that_was_kept_counts_and_one_that_was_missed_does_not() -> None:
    kept = a.appointment(a.NOON, "attended", begins=a.NOON - DAY, staff="haruka", card="c")
    missed = a.appointment(a.NOON, "missed", "a2", staff="matteo", card="c")
    assert relation(kept, missed)["met"] == {"haruka": 1}


def test_who_is_known_today_and_not_who_was_known_once() -> None:
    old = [a.checkin(a.NOON - n * DAY, staff="matteo", card="c") for n in range(100, 110)]
    new = [a.checkin(a.NOON - n * DAY, staff="camille", card="c") for n in range(8)]
    assert known_best(records.slice_of(a.record_of(*new, *old), "relation")) == ["camille"]
