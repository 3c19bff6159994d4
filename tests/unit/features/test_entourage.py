"""Who matters to the client, and who is never mentioned."""

from base64 import urlsafe_b64decode

import pytest

from feature_store.features.entourage import FEATURE, KEPT, KINDS, Entourage, Relation, discreet
from feature_store.record import slice_of
from tests import builders as a


def entourage(*told: object) -> Entourage:
    slice: Entourage = slice_of(a.record_of(*told), "entourage")
    return slice


def test_a_relation_is_known_by_an_opaque_id_or_only_that_it_is() -> None:
    held = entourage(
        a.relation(kind="partner", with_={"client_id": "c2"}, card="c"), a.relation(kind="child", card="c")
    )
    assert {(one.of, one.oid) for one in held.known} == {
        ("partner", a.part_of(client_id="c2")[1]),
        ("child", None),
    }
    assert FEATURE.values(held, a.NOON) == {"child": 1, "partner": 1}


def test_what_was_said_last_of_its_discretion_holds_in_whatever_order_it_came() -> None:
    told = [
        a.relation(a.NOON - 60, "companion", discreet=False, card="c"),
        a.relation(a.NOON, "companion", discreet=True, card="c"),
        a.relation(a.NOON + 60, "companion", card="c"),
    ]
    for order in (told, told[::-1]):
        held = entourage(*order)
        assert discreet(held) == {"companion"}
        assert FEATURE.values(held, a.NOON) == {"discreet": {"companion": 1}}
    same = [a.relation(kind="friend", discreet=said, card="c") for said in (False, True)]
    assert discreet(entourage(*same)) == discreet(entourage(*same[::-1])) == {"friend"}


@pytest.mark.parametrize("order", [1, -1])
def test_what_two_parts_were_told_is_what_one_was_told(order: int) -> None:
    told = [
        a.relation(a.NOON, "friend", with_={"client_id": "c2"}, card="c"),
        a.relation(a.NOON + 9, "friend", with_={"client_id": "c2"}, discreet=True, card="c"),
        a.relation(a.NOON + 5, "friend", with_={"client_id": "c3"}, discreet=False, card="c"),
        a.relation(a.NOON, "child", card="c"),
        a.relation(a.NOON, "child", card="c"),
    ][::order]
    two, three = (urlsafe_b64decode(a.part_of(client_id=id)[1]) for id in ("c2", "c3"))
    friend, child = KINDS.index("friend"), KINDS.index("child")
    at = int(a.NOON)
    known = [
        Relation(friend, two, at + 9, 2 * (at + 9) + 1), Relation(friend, three, at + 5, 2 * (at + 5)),
        Relation(child, b"", at, 0),
    ]  # fmt: skip
    whole = entourage(*told)
    assert whole.known == sorted(known)
    assert FEATURE.merge([entourage(one) for one in told]) == whole
    assert FEATURE.values(whole, a.NOON) == {"child": 1, "friend": 1, "discreet": {"friend": 1}}
    assert [*FEATURE.values(whole, a.NOON)] == ["child", "friend", "discreet"]


def test_of_those_that_are_named_the_ones_stated_longest_ago_go_first() -> None:
    many = [a.relation(a.NOON - n, "friend", with_={"client_id": f"f{n}"}, card="c") for n in range(KEPT + 2)]
    last = {a.part_of(client_id=f"f{n}")[1] for n in range(KEPT)}
    assert {one.oid for one in entourage(*many).known} == last
    assert {one.oid for one in FEATURE.merge([entourage(one) for one in many]).known} == last


def test_of_many_the_discreet_ones_are_forgotten_last() -> None:
    hushed = a.relation(a.NOON - 900, "partner", with_={"client_id": "c0"}, discreet=True, card="c")
    many = [a.relation(a.NOON + n, "friend", with_={"client_id": f"f{n}"}, card="c") for n in range(12)]
    held = entourage(hushed, *many)
    assert len(held.known) == KEPT
    assert discreet(held) == {"partner"}
