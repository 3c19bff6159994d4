"""What a client shares of their own accord: how recently, how often, how much."""

from math import log
from typing import Any

import pytest

from feature_store.features.sharing import BITS, FEATURE, LICENCES, Sharing, amount, licensed, told
from feature_store.record import slice_of
from tests import builders as a

OWN = {"source": "/web"}
PAGE = {"scope": "web"}
PROVEN = {"scope": "web", "proven": True}


def shared(*events: Any) -> dict[str, Any]:
    return FEATURE.values(slice_of(a.record_of(*events), "sharing"), a.NOON + 86_400)


def test_a_form_two_consents_and_a_licence() -> None:
    fields = {"name": "Aline", "sizes": {"ring": 52, "shoe": 38}}
    assert shared(
        a.profile(a.NOON - 60, fields, card="c1", envelope=OWN),
        a.consent(a.NOON - 30, card="c1"),
        a.consent(a.NOON - 20, "marketing", "none", card="c1"),
        a.consent(a.NOON - 10, "profiling", "none", card="c1"),
        a.licence(card="c1", data={"liked": ["silk"]}),
    ) == {"days": 1.0, "times": 3, "told": 3, "licences": 1}


@pytest.mark.parametrize(
    ("envelope", "times"), [({"source": "/crm"}, 0), ({"source": "/x"}, 0), (OWN, 1), (PAGE, 0), (PROVEN, 1)]
)
def test_only_what_the_client_says_is_sharing(envelope: dict[str, Any], times: int) -> None:
    assert shared(a.profile(session="s1", client_id="c1", envelope=envelope))["times"] == times


def test_what_is_told_again_is_not_more() -> None:
    again = [a.profile(a.NOON + n, {"name": f"Aline {n}"}, card="c1", envelope=OWN) for n in range(9)]
    assert (shared(*again)["told"], shared(*again)["times"]) == (1, 9)


@pytest.mark.parametrize(("count", "off"), [(1, 0), (5, 1), (10, 2), (30, 4)])
def test_how_much_was_told_is_within_two_of_ten_and_four_of_thirty(count: int, off: int) -> None:
    for client in "abcdefgh":
        fields = {"preferences": {f"{client} wishes {n}": 1 for n in range(count)}}
        told = shared(a.profile(a.NOON, fields, card="c1", envelope=OWN))["told"]
        assert abs(told - count) <= off, client


@pytest.mark.parametrize("order", [1, -1])
def test_a_licence_that_was_taken_back_stands_no_more_whichever_came_first(order: int) -> None:
    told = [a.licence(a.NOON, card="c1"), a.licence(a.NOON + 60, card="c1", revoked=True)]
    assert shared(*told[::order])["licences"] == 0
    at_once = [a.licence(card="c1"), a.licence(card="c1", revoked=True)]
    assert shared(*at_once[::order])["licences"] == 0
    parts = [slice_of(a.record_of(one), "sharing") for one in told]
    assert licensed(FEATURE.merge(parts[::order])) == 0


def test_a_licence_stands_in_whichever_second_it_was_given() -> None:
    assert [shared(a.licence(a.NOON + n, card="c1"))["licences"] for n in range(6)] == [1] * 6


def test_of_many_licences_those_spoken_of_last_are_remembered_in_any_order() -> None:
    def remembered(*events: Any) -> set[int]:
        return set(slice_of(a.record_of(*events), "sharing").licences)

    names = [f"l{n}" for n in range(LICENCES + 3)]
    spoken = [a.licence(a.NOON + n, name, card="c1") for n, name in enumerate(names)]
    assert remembered(*spoken) == remembered(*spoken[::-1]) == remembered(*spoken[-LICENCES:])
    at_once = [a.licence(a.NOON, name, card="c1") for name in names]
    assert remembered(*at_once) == remembered(*at_once[::-1])


def test_who_says_whom_they_follow_has_told_one_thing_and_of_a_referral_nothing_else_is_one() -> None:
    brought, follows = (
        slice_of(a.record_of(a.referral(card="c1", **more)), "sharing") for more in ({}, {"influencer": "@x"})
    )
    stored = (1 << 94).to_bytes(BITS // 8)  # a bit of its own, as records have it
    assert [(brought.times, brought.told), (follows.times, follows.told)] == [(1, b""), (1, stored)]


def test_how_much_was_shared_is_what_was_told_and_the_licences_that_stand() -> None:
    form = a.profile(a.NOON, {"name": "Aline", "country": "FR"}, card="c1", envelope=OWN)
    given = [a.licence(a.NOON, "l1", card="c1"), a.licence(a.NOON, "l2", card="c1")]
    back = a.licence(a.NOON, "l3", card="c1", revoked=True)
    assert amount(slice_of(a.record_of(form, *given, given[0], back), "sharing")) == 4


def test_how_long_ago_is_told_in_days_and_of_who_never_shared_it_is_not_known() -> None:
    slice = slice_of(a.record_of(a.consent(card="c1")), "sharing")
    assert [FEATURE.values(slice, a.NOON + n)["days"] for n in (-9, 43_200)] == [0.0, 0.5]
    assert FEATURE.values(Sharing(), a.NOON)["days"] is None


def test_two_parts_that_told_nothing_keep_no_bitmap() -> None:
    assert FEATURE.merge([Sharing(7, 1), Sharing(9, 2)]) == Sharing(9, 3)


def test_a_full_bitmap_is_a_number_still() -> None:
    assert told(Sharing(told=b"\xff" * 16)) == round(BITS * log(BITS))
