"""What is open between the client and the house."""

import pytest

from feature_store.features.cases import (
    FEATURE,
    GRIEVES,
    KEPT,
    KINDS,
    LASTS,
    Case,
    Cases,
    case_of,
    open_cases,
)
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


@pytest.mark.parametrize(
    "status",
    ["nobody answers", "not resolved", "non résolu", "wieder offen", "fertig", "ready", "?", "未完了"],
)
def test_a_status_nobody_knows_leaves_a_case_open(status: str) -> None:
    assert [*open_cases(cases(a.case(status=status, card="c")), a.NOON)]


@pytest.mark.parametrize(
    "status",
    [
        *("Closed - Resolved", "closed complete", "résolu", "RESOLU", "Clôturée", "chiuso", "Risolta"),
        *("erledigt", "Gelöst / geschlossen", "cerrado", "Resuelta", "已解决", "完了", "완료"),
    ],
)
def test_a_case_is_over_in_whichever_language_a_system_says_so(status: str) -> None:
    assert not [*open_cases(cases(a.case(status=status, card="c")), a.NOON)]


def test_nobody_says_when_a_mourning_ends_so_it_does_after_half_a_year() -> None:
    held = cases(a.case(kind="mourning", status="told by the assistant", card="c"))
    assert [*open_cases(held, a.NOON + GRIEVES - 1)]
    assert not [*open_cases(held, a.NOON + GRIEVES + 1)]
    assert [*open_cases(cases(a.case(kind="dispute", card="c")), a.NOON + GRIEVES + 1)]
    assert not [*open_cases(cases(a.case(kind="dispute", card="c")), a.NOON + LASTS)]


def test_the_last_moment_at_which_a_case_is_open_is_before_it_lasted_that_long() -> None:
    for kind, lasts in (("mourning", GRIEVES), ("illness", GRIEVES), ("dispute", LASTS)):
        held = cases(a.case(kind=kind, card="c"))
        assert [len([*open_cases(held, a.NOON + lasts - n)]) for n in (1, 0)] == [1, 0]
        assert [len([*open_cases(held, a.NOON + n, 9, 9)]) for n in (8, 9)] == [1, 0]


def test_what_two_parts_were_told_is_what_one_was_told_and_reads_the_newest_first() -> None:
    told = [
        a.case(a.NOON, "repair", " sent off ", "r1", due=a.iso(a.NOON + 60), card="c"),
        a.case(a.NOON + 1.5, "repair", "closed", "r1", card="c"),
        a.case(a.NOON + 2, "repair", "é" * 30, "r0", card="c"),
        a.case(a.NOON + 2, "repair", "open", "r2", card="c"),
    ]
    at = int(a.NOON)
    for order in (told, told[::-1]):
        whole = cases(*order)
        assert FEATURE.values(whole, a.NOON + 9) == {
            "repair": [
                {"case": "r0", "status": "é" * 20, "at": at + 2, "due": None, "over": False},
                {"case": "r2", "status": "open", "at": at + 2, "due": None, "over": False},
                {"case": "r1", "status": "closed", "at": at + 1, "due": None, "over": True},
            ],
            "quiet": True,
        }
        assert whole.said["r1"] == Case(int(a.NOON * 1000) + 1500, True, KINDS.index("repair"), "closed")
        assert FEATURE.merge([cases(one) for one in order]) == whole
    (cut,) = cases(a.case(a.NOON, "repair", "x" + "é" * 30, card="c")).said.values()
    assert cut.status == "x" + "é" * 19
    (kept,) = FEATURE.values(cases(told[0]), a.NOON)["repair"]
    assert (kept["due"], type(kept["at"])) == (a.NOON + 60, int)


def test_what_is_over_goes_first_then_what_weighs_least_then_the_longest_unheard_of() -> None:
    told = [
        a.case(a.NOON + 99, "repair", "closed", "over", card="c"),
        a.case(a.NOON - 99, "illness", "open", "grief", card="c"),
        *(a.case(a.NOON - n, "repair", "open", f"k{n}", card="c") for n in range(3)),
    ]
    for order in (told, told[::-1]):
        assert cases(*order).said.keys() == {"grief", "k0", "k1", "k2"}
    more = a.case(a.NOON + 1, "repair", "open", "a-first-by-name", card="c")
    assert cases(*told, more).said.keys() == {"grief", "k0", "k1", "a-first-by-name"}


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
