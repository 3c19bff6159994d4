"""What a guest asked for with a booking: the last that was said of it, as long as it stands."""

from typing import Any

from feature_store import record as records
from feature_store.features.requests import KEPT, LONGEST, asked_with
from tests import builders as a


def asked(*events: Any, booking: str = "b1") -> str:
    return asked_with(records.slice_of(a.record_of(*events), "requests"), booking)


def booked(at: float, *words: str, booking: str = "b1", status: str = "booked") -> Any:
    return a.booking(at, status, booking, requests=[*words], guest_id="g1")


def test_it_is_of_that_booking_alone() -> None:
    both = booked(a.NOON, "a cot", "late  check-out\n"), booked(a.NOON, booking="b2")
    assert (asked(*both), asked(*both, booking="b2")) == ("a cot; late check-out", "")


def test_the_last_word_of_a_booking_holds_in_whatever_order_it_is_heard() -> None:
    first, then = booked(a.NOON - 9, "a cot"), booked(a.NOON, "two cots", status="changed")
    none, over = booked(a.NOON, status="changed"), booked(a.NOON, "a cot", status="cancelled")
    assert asked(first, then) == asked(then, first) == "two cots"
    assert asked(first, none) == asked(none, first) == asked(first, over) == asked(over, first) == ""


def test_a_change_that_says_nothing_of_it_leaves_what_was_asked_for() -> None:
    """OPERA tells that a room was given, and not what the guest wrote to the web shop."""
    first, moved = booked(a.NOON - 9, "a cot"), a.booking(a.NOON, "changed", room="214", guest_id="g1")
    assert asked(first, moved) == asked(moved, first) == "a cot"
    gone = a.booking(a.NOON + 9, "cancelled", guest_id="g1")
    assert asked(first, moved, gone) == asked(gone, moved, first) == ""


def test_what_is_long_is_cut_where_one_sees_it_and_old_bookings_go() -> None:
    told = asked(booked(a.NOON, "é" * 300))
    assert told.endswith("…")
    assert len(told.encode()) <= LONGEST
    many = [booked(a.NOON + n, "a cot", booking=f"b{n}") for n in range(KEPT + 1)]
    assert [asked(*many, booking=f"b{n}") for n in range(KEPT + 1)] == ["", *["a cot"] * KEPT]


def test_bookings_with_which_nothing_was_asked_for_push_out_none_with_which_something_was() -> None:
    """Two more rooms of the family, and nobody heard of the cot."""
    rooms = [booked(a.NOON + n, *["a cot"][n:], booking=f"b{n}") for n in range(KEPT + 2)]
    for several in (rooms, rooms[::-1]):
        assert (asked(*several, booking="b0"), asked(*several, booking="b1")) == ("a cot", "")
    parts = [records.slice_of(a.record_of(*some), "requests") for some in (rooms[:1], rooms[1:])]
    assert asked_with(records.BY_NAME["requests"].merge(parts), "b0") == "a cot"


def test_what_is_shown_of_a_record_is_what_is_still_asked_for() -> None:
    kept = a.record_of(booked(a.NOON, "a cot"), booked(a.NOON, booking="b2"))
    assert records.values(kept, a.NOON)["requests"] == {"asked": [{"booking": "b1", "text": "a cot"}]}
    assert records.values(a.record_of(booked(a.NOON)), a.NOON)["requests"] == {}
