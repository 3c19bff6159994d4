"""What the client licenses, and that nothing of it is left when it is taken back or has run out."""

from itertools import permutations
from typing import Any

import msgspec
import pytest

from feature_store import record as records
from feature_store.features.licences import BYTES, FEATURE, KEPT, PURPOSES, Licence, Licences, holding
from tests import builders as a

DAY = 86_400.0


def held(*told: Any, now: float = a.NOON) -> dict[str, list[str]]:
    """Licence -> the interests it holds now, whatever the order in which all was told."""
    found = [
        {id: said["data"].get("interests", []) for id, said in FEATURE.values(slice_of(*order), now).items()}
        for order in permutations(told)
    ]
    assert all(one == found[0] for one in found)
    return found[0]


def slice_of(*told: Any) -> Licences:
    record = records.decode(records.encode(a.record_of(*told)))
    slice: Licences = records.slice_of(record, "licences")
    return slice


def given(days: float, id: str = "l1", **data: Any) -> Any:
    return a.licence(
        a.NOON + days * DAY, id, interests=data.pop("interests", ["watches"]), client_id="c", **data
    )


def revoked(days: float, id: str = "l1") -> Any:
    return a.licence(a.NOON + days * DAY, id, revoked=True, client_id="c")


def test_it_reads_with_its_purpose_its_end_and_what_was_given_in_return() -> None:
    slice = slice_of(given(-1, sizes={"ring": 52}, benefit="a private view", expires=a.iso(a.NOON + 9)))
    assert FEATURE.values(slice, a.NOON) == {
        "l1": {
            "purpose": "personalisation",
            "since": int(a.NOON - DAY),
            "expires": int(a.NOON + 9),
            "benefit": "a private view",
            "data": {"interests": ["watches"], "sizes": {"ring": 52}},
        }
    }
    (plain,) = FEATURE.values(slice_of(given(-1)), a.NOON).values()
    assert (plain["benefit"], type(plain["since"])) == (None, int)


def test_taken_back_it_says_nothing_though_the_taking_back_arrived_first() -> None:
    assert held(given(-9), revoked(-1)) == {}
    assert held(given(-9), given(-9), revoked(-1), revoked(-1)) == {}
    assert held(given(-1), revoked(-1)) == {}  # at one instant


def test_given_again_it_holds_again_and_the_last_giving_is_what_it_says() -> None:
    again = given(-1, interests=["bags"])
    assert held(given(-9), revoked(-5), again) == {"l1": ["bags"]}
    assert held(given(-9), again) == {"l1": ["bags"]}


def test_of_two_licences_for_one_interest_the_other_still_holds() -> None:
    assert held(given(-9), given(-8, "l2"), revoked(-1)) == {"l2": ["watches"]}


def test_expired_it_says_nothing_and_a_later_one_that_ran_out_is_not_followed_by_an_older() -> None:
    ends = a.iso(a.NOON - DAY)
    assert held(given(-9, expires=ends)) == {}
    assert held(given(-9, expires=ends), now=a.NOON - 2 * DAY) == {"l1": ["watches"]}
    assert held(given(-9), given(-5, expires=ends)) == {}


@pytest.mark.parametrize(
    ("ends", "over"),
    [(None, revoked(-1)), (a.iso(a.NOON - 2 * DAY), given(-1, "l9", interests=["x"]))],
    ids=["taken back", "run out"],
)
def test_what_is_over_leaves_no_word_of_the_client_in_the_record(ends: str | None, over: Any) -> None:
    licence = given(-9, interests=["ORCHIDS"], benefit="SECRET", expires=ends)
    assert b"ORCHIDS" in records.encode(a.record_of(licence))
    after = records.encode(a.record_of(licence, over))
    assert b"ORCHIDS" not in after
    assert b"SECRET" not in after


def test_at_the_second_at_which_it_runs_out_it_is_over() -> None:
    licence = given(-9, interests=["ORCHIDS"], expires=a.iso(a.NOON))
    assert [held(licence, now=a.NOON + n) for n in (-1, 0)] == [{"l1": ["ORCHIDS"]}, {}]
    assert b"ORCHIDS" not in records.encode(a.record_of(licence, given(0, "l9")))
    at_once = records.encode(a.record_of(given(-1, interests=["ORCHIDS"]), revoked(-1)))
    assert b"ORCHIDS" not in at_once


def test_of_what_is_over_is_known_only_when_for_what_and_whether_it_said_anything() -> None:
    ends = int(a.NOON - DAY)
    licence = given(-9, benefit="a private view", expires=a.iso(a.NOON - DAY))
    (over,) = slice_of(licence, revoked(-1)).given.values()
    then, back = int(a.NOON - 9 * DAY) * 1000, int(a.NOON - DAY) * 1000
    assert over == Licence(then, back, PURPOSES.index("personalisation"), ends, told=True)
    (empty,) = slice_of(a.licence(client_id="c")).given.values()
    assert (empty.told, empty.benefit) == (False, "")


def test_two_givings_of_one_instant_say_the_same_in_any_order() -> None:
    assert held(given(-1, interests=["bags"]), given(-1)) == {"l1": ["watches"]}


def test_what_holds_for_a_purpose_is_told_the_one_given_last_first() -> None:
    told = [
        given(-9, "l2", interests=["last"], expires=a.iso(a.NOON + 1)),
        given(-1),
        given(-9, "l0", interests=["bags"]),
    ]
    told.append(given(-2, "l4", purpose="marketing"))
    slice = slice_of(*told)
    found = [one.data["interests"] for one in holding(slice, a.NOON, frozenset({"personalisation"}))]
    assert found == [["watches"], ["bags"], ["last"]]
    (other,) = holding(slice, a.NOON, frozenset({"marketing"}))
    assert other.use == "marketing"
    assert [*holding(slice, a.NOON - 99 * DAY, frozenset())] == []
    assert [*holding(slice_of(given(-9), revoked(-1)), a.NOON, frozenset({"personalisation"}))] == []


def test_a_benefit_is_cut_between_letters_and_data_is_kept_to_the_last_byte_there_is_room_for() -> None:
    (cut,) = slice_of(given(-1, benefit="x" + "é" * 30)).given.values()
    assert cut.benefit == "x" + "é" * 23
    sizes = [
        len(msgspec.msgpack.encode(one.data))
        for n in range(1, 60)
        for one in slice_of(given(-1, interests=[*("y" * 50 for _ in range(5)), "z" * n])).given.values()
    ]
    assert max(sizes) == BYTES


def test_data_in_no_known_form_is_a_licence_that_says_nothing() -> None:
    odd = a.event("client.licence", licence="l1", purpose="service", data={"wardrobe": ["navy"]}, card="c")
    assert held(odd, now=a.NOON + 1) == {"l1": []}


def test_parts_of_one_client_know_together_what_was_taken_back() -> None:
    there, here = slice_of(given(-9), given(-8, "l2")), slice_of(revoked(-1))
    for parts in ([there, here], [here, there]):
        assert list(FEATURE.values(FEATURE.merge(parts), a.NOON)) == ["l2"]


def test_the_licences_heard_of_last_are_kept_and_of_a_large_one_what_matters_most() -> None:
    many = [given(n - 20, f"l{n}") for n in range(KEPT + 3)]
    assert (
        list(held_in_order(many)) == list(held_in_order(many[::-1])) == [f"l{n}" for n in range(3, KEPT + 3)]
    )
    backwards = [given(-n, f"l{n}") for n in range(KEPT + 3)]
    assert list(held_in_order(backwards[::-1])) == [f"l{n}" for n in range(KEPT)]
    wide = [f"interest {n}" for n in range(50)]
    (kept,) = held(given(-1, interests=wide)).values()
    assert 10 < len(kept) < 50
    assert kept == wide[: len(kept)]


def held_in_order(told: list[Any]) -> dict[str, Any]:
    return FEATURE.values(slice_of(*told), a.NOON)


def test_a_licence_of_three_interests_costs_less_than_a_hundred_bytes() -> None:
    slice = slice_of(given(-1, interests=["watches", "Kyoto", "opera"], benefit="an early look"))
    assert len(msgspec.msgpack.encode(slice)) < 100
