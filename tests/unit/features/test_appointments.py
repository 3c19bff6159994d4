"""What was promised."""

from typing import Any

from feature_store import record as records
from feature_store.features.appointments import (
    FEATURE,
    KEPT,
    MISSED,
    PROPOSED,
    Appointment,
    Appointments,
    mark,
    promised,
)
from tests import builders as a

DAY = 86_400.0


def held(*events: Any) -> Appointments:
    slice: Appointments = records.slice_of(a.record_of(*events), "appointments")
    return slice


def test_a_visit_proposed_on_one_channel_and_accepted_on_another_is_one() -> None:
    proposed = a.appointment(a.NOON - DAY, "proposed", whatsapp="w")
    accepted = a.appointment(a.NOON, "accepted", staff="camille", card="c")
    for parts in ([held(proposed), held(accepted)], [held(accepted), held(proposed)]):
        merged = FEATURE.merge(parts)
        assert [one["status"] for one in FEATURE.values(merged, a.NOON)["known"]] == ["accepted"]
        [visit] = promised(merged, a.NOON)
        assert (visit.site, visit.staff, visit.at) == ("vendome", "camille", a.NOON + DAY)


def test_what_was_declined_or_is_past_is_not_promised() -> None:
    assert promised(held(a.appointment(status="declined", card="c")), a.NOON) == []
    assert promised(held(a.appointment(card="c")), a.NOON + 2 * DAY) == []


def test_a_visit_is_promised_until_six_hours_after_it_was_to_begin_the_next_one_first() -> None:
    told = [
        a.appointment(a.NOON, "proposed", "a1", a.NOON + DAY, card="c"),
        a.appointment(a.NOON + 1, "accepted", "a2", a.NOON - DAY / 4, card="c"),
        a.appointment(a.NOON + 2, "accepted", "a3", a.NOON - DAY / 4 + 1, card="c"),
    ]
    assert [one.at for one in promised(held(*told), a.NOON)] == [a.NOON - DAY / 4 + 1, a.NOON + DAY]


def test_what_is_known_reads_the_one_spoken_of_last_first() -> None:
    visit = a.appointment(a.NOON, "missed", "a1", a.NOON - DAY, staff="camille", card="c")
    evening = a.appointment(a.NOON + 9, "proposed", "a2", a.NOON + DAY, kind="event", card="c")
    assert FEATURE.values(held(visit, evening), a.NOON) == {
        "known": [
            {"at": a.NOON + DAY, "site": "vendome", "kind": "event", "status": "proposed", "staff": None},
            {"at": a.NOON - DAY, "site": "vendome", "kind": "visit", "status": "missed", "staff": "camille"},
        ]
    }
    assert held(visit, evening).kept == {
        mark("a1"): Appointment(int(a.NOON), int(a.NOON - DAY), "vendome", MISSED, "camille"),
        mark("a2"): Appointment(int(a.NOON + 9), int(a.NOON + DAY), "vendome", 16 + PROPOSED),
    }


def test_of_two_parts_those_spoken_of_last_are_kept_whatever_their_names() -> None:
    many = [a.appointment(a.NOON - n, appointment=f"a{n}", card="c") for n in range(KEPT + 2)]
    last = {mark(f"a{n}") for n in range(KEPT)}
    for order in (many, many[::-1]):
        assert held(*order).kept.keys() == last
        assert FEATURE.merge([held(one) for one in order]).kept.keys() == last
    at_once = [a.appointment(appointment=f"a{n}", card="c") for n in range(KEPT + 2)]
    largest = sorted(mark(f"a{n}") for n in range(KEPT + 2))[2:]
    for order in (at_once, at_once[::-1]):
        assert sorted(held(*order).kept) == largest


def test_an_invitation_is_no_visit() -> None:
    invited = held(a.appointment(kind="event", card="c"))
    assert promised(invited, a.NOON) == []
    assert len(promised(invited, a.NOON, event=True)) == 1


def test_of_several_those_spoken_of_last_are_kept() -> None:
    many = [
        a.appointment(a.NOON + n, appointment=f"a{n}", begins=a.NOON + n * DAY, card="c") for n in range(5)
    ]
    assert [one.at for one in promised(held(*many), a.NOON)] == [a.NOON + n * DAY for n in (2, 3, 4)]
    again = a.appointment(a.NOON + 9, "cancelled", "a0", card="c")
    assert {one["status"] for one in FEATURE.values(held(*many, again), a.NOON)["known"]} == {
        "accepted",
        "cancelled",
    }
