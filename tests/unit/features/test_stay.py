"""Stays: booked, on the way, in the house."""

from collections.abc import Sequence
from itertools import permutations, product
from typing import Any

import pytest

from feature_store import record as records
from feature_store.days import DAY
from feature_store.features.stay import FEATURE, KEPT, OVERSTAYS, Stays, lodges
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
    assert stays(*story[:-1])["b1"]["status"] == "here"
    assert (told[0]["status"], told[0]["room"], told[0]["eta"]) == ("left", "14", a.NOON + 2 * a.HOUR)


def test_a_guest_of_whom_no_check_out_is_told_is_not_there_for_ever() -> None:
    came = a.hotel("checkin", a.NOON, guest_id="g1")
    kept: Stays = records.slice_of(a.record_of(BOOKED, came), "stay")
    stay, leaves = kept.stays["b1"], a.NOON + 1.5 * DAY
    assert lodges(stay, leaves + OVERSTAYS - 1)
    assert not lodges(stay, leaves + OVERSTAYS)
    longer = a.booking(a.NOON + 60, "changed", departure="2026-12-23", guest_id="g1")
    kept = records.slice_of(a.record_of(BOOKED, came, longer), "stay")
    assert lodges(kept.stays["b1"], leaves + OVERSTAYS)
    unbooked: Stays = records.slice_of(a.record_of(came), "stay")
    assert lodges(unbooked.stays["b1"], leaves + OVERSTAYS), "until when is not known"


def test_the_room_is_the_one_named_last_whoever_names_it() -> None:
    booked = a.booking(a.NOON - 9_000, room="9", guest_id="g1")
    assert stays(booked)["b1"]["room"] == "9"
    assert stays(booked, TAXI)["b1"]["room"] == "9", "who names none takes none back"
    moved = a.arrival(a.NOON, a.NOON + a.HOUR, room="Suite Azur", guest_id="g1")
    assert stays(moved, booked)["b1"]["room"] == "Suite Azur"
    desk = a.hotel("checkin", a.NOON + 9, guest_id="g1")
    assert stays(desk, moved, booked)["b1"]["room"] == "Suite Azur"
    for at, room in ((a.NOON - 60, "9"), (a.NOON, None), (a.NOON + 60, "9")):
        story = [booked, a.booking(a.NOON - 30, "changed", room="", guest_id="g1"), desk]
        story.append(a.booking(at, "changed", room=room, guest_id="g1") if room else TAXI)
        named = "9" if at > a.NOON else None
        assert {stays(*order)["b1"]["room"] for order in permutations(story)} == {named}, "taken back"


def test_the_stays_heard_of_longest_ago_go_first() -> None:
    booked = [a.booking(a.NOON + n, booking_id=f"b{n}", guest_id="g1") for n in range(KEPT + 2)]
    assert set(stays(*booked)) == {f"b{n}" for n in range(2, KEPT + 2)}
    backwards = [a.booking(a.NOON - n, booking_id=f"b{n}", guest_id="g1") for n in range(KEPT)]
    oldest, more = f"b{KEPT - 1}", a.booking(a.NOON + 9, booking_id="more", guest_id="g1")
    assert oldest not in stays(*backwards, more)
    way, here = (
        a.arrival(a.NOON + 1, booking_id=oldest, guest_id="g1"),
        a.hotel("checkin", a.NOON + 1, oldest, guest_id="g1"),
    )
    for heard in (way, here):
        assert set(stays(*backwards, heard, more)) == {"more", "b0", "b1", oldest}


def test_more_bookings_push_out_neither_who_is_here_nor_who_comes_next() -> None:
    def booked(n: int, day: int, status: str = "booked") -> Any:
        days = {"arrival": f"2026-12-{day:02}", "departure": f"2026-12-{day + 1:02}"}
        return a.booking(a.NOON + n, status, f"b{day}", guest_id="g1", **days)

    here = [a.booking(guest_id="g1"), a.hotel("checkin", guest_id="g1")]
    told = [*here, booked(1, 2), *(booked(day, day) for day in range(10, 20))]
    assert {"b1", "b2", "b19"} < stays(*told).keys(), "here, next, and the one just heard of"
    parts = [records.slice_of(a.record_of(*some), "stay") for some in (told[:4], told[4:])]
    assert {"b1", "b2"} < FEATURE.merge(parts).stays.keys()
    assert len(FEATURE.merge(parts).stays) == KEPT
    live = {f"b{day}" for day in range(2, 2 + KEPT)}
    told = [booked(day, day) for day in range(2, 2 + KEPT)]
    told += [booked(30 + n, 20 + n, "cancelled") for n in range(3)]
    assert stays(*told).keys() == live | {"b22"}, "what is called off pushes out nothing"


def test_who_never_came_makes_room_for_who_will() -> None:
    def booked(n: int, at: float) -> Any:
        days = {"arrival": a.iso(at)[:10], "departure": a.iso(at + DAY)[:10]}
        return a.booking(at - 9 * DAY, booking_id=f"b{n}", guest_id="g1", **days)

    told = [booked(n, a.NOON + n * 20 * DAY) for n in range(KEPT + 2)]
    assert stays(*told).keys() == {f"b{n}" for n in range(2, KEPT + 2)}


def test_of_what_is_stated_twice_in_one_second_the_statement_heard_later_stands() -> None:
    told = stays(
        a.booking(room="9", guest_id="g1"), a.booking(adults=1, children=2, room="11", guest_id="g1"),
        TAXI, a.arrival(a.NOON, a.NOON + a.HOUR + 60, checked_in_remotely=True, guest_id="g1"),
    )["b1"]  # fmt: skip
    assert (told["adults"], told["children"], told["room"]) == (1, 2, "11")
    assert (told["eta"], told["by"], told["checked_in_remotely"]) == (a.NOON + a.HOUR + 60, None, True)


def test_of_a_stay_that_nobody_booked_no_day_is_known() -> None:
    told = stays(TAXI)["b1"]
    assert [told[key] for key in ("arrival", "departure", "adults", "children")] == [None] * 4


def test_a_check_in_that_was_an_error_is_taken_back_and_so_is_a_check_out() -> None:
    came, went = (
        a.hotel("checkin", a.NOON + 60, guest_id="g1"),
        a.hotel("checkout", a.NOON + 180, guest_id="g1"),
    )
    not_yet = a.booking(a.NOON + 120, "changed", in_house=False, guest_id="g1")
    still = a.booking(a.NOON + 240, "changed", in_house=True, guest_id="g1")
    for story, status in (
        ([TAXI, came, not_yet], "expected"),
        ([TAXI, came, not_yet, went, still], "here"),
        ([TAXI, came, a.booking(a.NOON + 120, "changed", guest_id="g1")], "here"),
    ):
        told = [stays(*order)["b1"] for order in permutations(story)]
        assert all(one == told[0] for one in told)
        assert told[0]["status"] == status
    (stay,) = records.slice_of(a.record_of(TAXI, came, not_yet), "stay").stays.values()
    assert stay.came == 0, "who has not come has come at no hour"


TOLD = {
    "taken back": [
        TAXI,
        a.hotel("checkin", a.NOON + 7_200, room="12", guest_id="g1"),
        a.booking(a.NOON + 7_260, "changed", in_house=False, guest_id="g1"),
    ],
    "left": [
        a.booking(a.NOON - 9_000, room="9", guest_id="g1"),
        a.arrival(a.NOON, a.NOON + a.HOUR, checked_in_remotely=True, room="11", guest_id="g1"),
        a.hotel("checkin", a.NOON + 7_260, room="12", guest_id="g1"),
        a.hotel("checkout", a.NOON + 90_000, guest_id="g1"),
    ],
    "here": [
        a.booking(a.NOON - 9_000, children=1, guest_id="g1"),
        TAXI,
        a.hotel("checkin", a.NOON + 7_200, room="12", guest_id="g1"),
        a.hotel("checkin", a.NOON + 7_260, guest_id="g1"),
    ],
    "no room any more": [
        a.booking(a.NOON - 60, room="9", guest_id="g1"),
        a.booking(a.NOON, "changed", room="", guest_id="g1"),
        a.hotel("checkin", a.NOON, guest_id="g1"),
    ],
    "room at the door": [TAXI, a.hotel("checkin", a.NOON + 7_200, room="12", guest_id="g1")],
    "cancelled": [TAXI, BOOKED, a.booking(a.NOON - 60, "cancelled", room="11", guest_id="g1")],
}


@pytest.mark.parametrize("story", TOLD.values(), ids=TOLD)
def test_what_two_parts_have_heard_is_kept_as_if_one_had_heard_all(story: list[Any]) -> None:
    def kept(events: Sequence[Any]) -> Stays:
        slice: Stays = records.slice_of(a.record_of(*events), "stay")
        return slice

    for side in product((False, True), repeat=len(story)):
        parts = [kept([e for e, its in zip(story, side, strict=True) if its is one]) for one in (True, False)]
        assert FEATURE.merge(parts) == kept(story)


def test_a_room_that_is_named_at_the_door_takes_no_second_time() -> None:
    (stay,) = records.slice_of(a.record_of(*TOLD["room at the door"]), "stay").stays.values()
    assert (stay.step_at, stay.room_at) == (a.NOON + 7_200, 0)


def test_two_parts_tell_one_stay_together() -> None:
    parts = [records.slice_of(a.record_of(*told), "stay") for told in ([BOOKED], [TAXI])]
    values = FEATURE.values(FEATURE.merge(parts), a.NOON)
    assert values == FEATURE.values(FEATURE.merge(parts[::-1]), a.NOON) == stays(BOOKED, TAXI)


def test_of_stays_that_are_over_the_last_is_kept_beside_those_to_come() -> None:
    told = [a.booking(a.NOON + n, booking_id=f"b{n}", guest_id="g1") for n in range(3)]
    told += [a.hotel("checkout", a.NOON + 9 + n, f"b{n}", guest_id="g1") for n in range(2)]
    assert {b: stay["status"] for b, stay in stays(*told).items()} == {"b1": "left", "b2": "expected"}


def test_a_stay_of_which_it_is_heard_late_that_it_is_over_is_not_forgotten_with_that() -> None:
    told = [a.booking(a.NOON - n, booking_id=f"b{n}", guest_id="g1") for n in range(2)]
    told.append(a.hotel("checkout", a.NOON + 9, "b0", guest_id="g1"))
    left = a.hotel("checkout", a.NOON + 8, "b1", guest_id="g1")
    off = a.booking(a.NOON + 8, "cancelled", booking_id="b1", guest_id="g1")
    assert [set(stays(*told, over)) for over in (left, off)] == [{"b1"}, {"b1"}]


def test_how_late_a_guest_came_is_told_against_the_hour_announced_last_in_any_order() -> None:
    story = [
        TAXI,
        a.arrival(a.NOON + 60, a.NOON + 2 * a.HOUR, guest_id="g1"),
        a.hotel("checkin", a.NOON + 2 * a.HOUR + 840, guest_id="g1"),
        a.hotel("checkin", a.NOON + 3 * a.HOUR + 60, guest_id="g1"),
        a.hotel("checkout", a.NOON + 90_000, guest_id="g1"),
    ]
    for order in permutations(story):
        slice = records.slice_of(a.record_of(*order), "stay")
        assert slice.stays["b1"].late == 840
    told = [records.slice_of(a.record_of(*some), "stay") for some in (story[:2], story[2:])]
    assert FEATURE.merge(told).stays["b1"].late == 840
    for some in ([a.hotel("checkin", guest_id="g1")], [TAXI, story[-1]]):
        assert records.slice_of(a.record_of(*some), "stay").stays["b1"].late is None
