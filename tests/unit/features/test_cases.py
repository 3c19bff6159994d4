"""What is open between the client and the house."""

import pytest

from feature_store.features.cases import FEATURE, GRIEVES, KEPT, LASTS, Cases, case_of, open_cases
from feature_store.record import slice_of
from tests import builders as a


def cases(*told: object) -> Cases:
    slice: Cases = slice_of(a.record_of(*told), "cases")
    return slice


def test_a_case_is_as_far_as_was_said_last_in_whatever_order_it_came() -> None:
    due = a.iso(a.NOON + 86_400)
    told = [
        a.case(a.NOON - 60, "repair", "waiting for a part", due=due, card="c"),
        a.case(a.NOON, "repair", "Closed ", card="c"),
    ]
    [waiting] = open_cases(cases(told[0]), a.NOON)
    assert (waiting.of, waiting.status, waiting.due) == ("repair", "waiting for a part", a.NOON + 86_400)
    for order in (told, told[::-1]):
        assert not [*open_cases(cases(*order), a.NOON)]
        assert FEATURE.values(cases(*order), a.NOON)["quiet"] is False


@pytest.mark.parametrize("status", ["nobody answers", "réglé", "wieder offen", "?"])
def test_a_status_nobody_knows_leaves_a_case_open(status: str) -> None:
    assert [*open_cases(cases(a.case(status=status, card="c")), a.NOON)]


def test_nobody_says_when_a_mourning_ends_so_it_does_after_half_a_year() -> None:
    held = cases(a.case(kind="mourning", status="told by the assistant", card="c"))
    assert [*open_cases(held, a.NOON + GRIEVES - 1)]
    assert not [*open_cases(held, a.NOON + GRIEVES + 1)]
    assert [*open_cases(cases(a.case(kind="dispute", card="c")), a.NOON + GRIEVES + 1)]
    assert not [*open_cases(cases(a.case(kind="dispute", card="c")), a.NOON + LASTS)]


def test_a_grief_is_not_pushed_out_by_complaints() -> None:
    grief = a.case(a.NOON - 9_000, "mourning", "open", "m", card="c")
    many = [a.case(a.NOON - n, "complaint", "open", f"k{n}", card="c") for n in range(9)]
    held = cases(grief, *many)
    assert len(held.said) == KEPT
    assert case_of(held, "m") is not None


def test_what_a_viewer_reads_stands_by_kind_so_that_each_has_its_tier() -> None:
    values = FEATURE.values(cases(a.case(kind="repair", case="REP-1", card="c")), a.NOON)
    at = int(a.NOON)
    assert values == {
        "repair": [{"case": "REP-1", "status": "open", "at": at, "due": None, "over": False}],
        "quiet": True,
    }
