"""What was promised."""

from typing import Any

from feature_store import record as records
from feature_store.features.appointments import FEATURE, Appointments, promised
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
