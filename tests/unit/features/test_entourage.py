"""Who matters to the client, and who is never mentioned."""

from feature_store.features.entourage import FEATURE, KEPT, Entourage, discreet
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


def test_of_many_the_discreet_ones_are_forgotten_last() -> None:
    hushed = a.relation(a.NOON - 900, "partner", with_={"client_id": "c0"}, discreet=True, card="c")
    many = [a.relation(a.NOON + n, "friend", with_={"client_id": f"f{n}"}, card="c") for n in range(12)]
    held = entourage(hushed, *many)
    assert len(held.known) == KEPT
    assert discreet(held) == {"partner"}
