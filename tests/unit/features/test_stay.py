"""Stays: booked, on the way, in the house."""

from itertools import permutations
from typing import Any

from feature_store import record as records
from feature_store.features.stay import FEATURE, KEPT
from tests import builders as a


def stays(*events: Any) -> dict[str, Any]:
    return dict(records.values(a.record_of(*events), a.NOON)["stay"])


BOOKED = a.booking(a.NOON - 9_000, guest_id="g1")
TAXI = a.arrival(a.NOON, a.NOON + a.HOUR, by="taxi", guest_id="g1")


def test_a_booking_and_a_taxi_give_one_stay_with_its_hour() -> None:
    assert stays(BOOKED, TAXI) == {
        "b1": {
            "site": "riviera",
            "status": "expected",
            "arrival": "2026-11-21",
            "departure": "2026-11-23",
            "adults": 2,
            "children": 0,
            "eta": a.NOON + a.HOUR,
            "by": "taxi",
            "checked_in_remotely": False,
            "room": None,
        }
    }


def test_a_cancelled_stay_has_no_hour() -> None:
    stay = stays(BOOKED, TAXI, a.booking(a.NOON + 1, "cancelled", guest_id="g1"))["b1"]
    assert (stay["status"], stay["eta"]) == ("cancelled", None)


def test_the_whole_story_reads_the_same_in_any_order() -> None:
    story = [
        a.booking(a.NOON - 9_000, room="9", guest_id="g1"),
        a.arrival(a.NOON, a.NOON + a.HOUR, by="taxi", room="11", guest_id="g1"),
        a.arrival(a.NOON + 60, a.NOON + 2 * a.HOUR, guest_id="g1"),
        a.hotel("checkin", a.NOON + 7_000, room="12", guest_id="g1"),
        a.hotel("checkin", a.NOON + 8_000, room="14", guest_id="g1"),
        a.hotel("checkout", a.NOON + 90_000, guest_id="g1"),
    ]
    told = [stays(*order)["b1"] for order in permutations(story)]
    assert all(one == told[0] for one in told)
    assert (told[0]["status"], told[0]["room"], told[0]["eta"]) == ("left", "14", a.NOON + 2 * a.HOUR)


def test_the_room_is_the_one_named_last_whoever_names_it() -> None:
    booked = a.booking(a.NOON - 9_000, room="9", guest_id="g1")
    assert stays(booked)["b1"]["room"] == "9"
    assert stays(booked, TAXI)["b1"]["room"] == "9", "who names none takes none back"
    moved = a.arrival(a.NOON, a.NOON + a.HOUR, room="Suite Azur", guest_id="g1")
    assert stays(moved, booked)["b1"]["room"] == "Suite Azur"
    desk = a.hotel("checkin", a.NOON + 9, guest_id="g1")
    assert stays(desk, moved, booked)["b1"]["room"] == "Suite Azur"


def test_the_stays_heard_of_longest_ago_go_first() -> None:
    booked = [a.booking(a.NOON + n, booking_id=f"b{n}", guest_id="g1") for n in range(KEPT + 2)]
    assert set(stays(*booked)) == {f"b{n}" for n in range(2, KEPT + 2)}


def test_two_parts_tell_one_stay_together() -> None:
    parts = [records.slice_of(a.record_of(*told), "stay") for told in ([BOOKED], [TAXI])]
    values = FEATURE.values(FEATURE.merge(parts), a.NOON)
    assert values == FEATURE.values(FEATURE.merge(parts[::-1]), a.NOON) == stays(BOOKED, TAXI)


def test_of_stays_that_are_over_the_last_is_kept_beside_those_to_come() -> None:
    told = [a.booking(a.NOON + n, booking_id=f"b{n}", guest_id="g1") for n in range(3)]
    told += [a.hotel("checkout", a.NOON + 9 + n, f"b{n}", guest_id="g1") for n in range(2)]
    assert {b: stay["status"] for b, stay in stays(*told).items()} == {"b1": "left", "b2": "expected"}


def test_how_late_a_guest_came_is_told_against_the_hour_announced_last_in_any_order() -> None:
    story = [
        TAXI,
        a.arrival(a.NOON + 60, a.NOON + 2 * a.HOUR, guest_id="g1"),
        a.hotel("checkin", a.NOON + 2 * a.HOUR + 900, guest_id="g1"),
        a.hotel("checkin", a.NOON + 3 * a.HOUR, guest_id="g1"),
        a.hotel("checkout", a.NOON + 90_000, guest_id="g1"),
    ]
    for order in permutations(story):
        slice = records.slice_of(a.record_of(*order), "stay")
        assert slice.stays["b1"].late == 900
    told = [records.slice_of(a.record_of(*some), "stay") for some in (story[:2], story[2:])]
    assert FEATURE.merge(told).stays["b1"].late == 900
    unannounced = records.slice_of(a.record_of(a.hotel("checkin", guest_id="g1")), "stay")
    assert unannounced.stays["b1"].late is None
