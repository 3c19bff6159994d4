"""Whom a client brought."""

import msgspec

from feature_store.features.referral import FEATURE, KEPT, Referral, brought, people
from feature_store.record import slice_of
from tests import builders as a


def brings(*friends: str, at: float = a.NOON) -> Referral:
    told = [a.referral(at, client_id="c1", referred={"client_id": friend}) for friend in friends]
    found: Referral = slice_of(a.record_of(*told), "referral")
    return found


def test_a_friend_named_twice_is_one_friend() -> None:
    slice = brings("f1", "f2", "f1")
    assert FEATURE.values(slice, a.NOON + 86_400)["brought"] == 2
    assert set(people(slice)) == {a.part_of(client_id="f1")[1], a.part_of(client_id="f2")[1]}


def test_who_names_themself_brings_nobody() -> None:
    assert FEATURE.values(brings("c1"), a.NOON) == {"brought": 0, "days": None}


def test_days_since_somebody_was_brought_are_counted_by_reading() -> None:
    days = [FEATURE.values(brings("f1"), a.NOON + later)["days"] for later in (-9, 43_200, 86_400)]
    assert days == [0.0, 0.5, 1.0]


def test_up_to_fifteen_people_are_counted_exactly_and_a_thousand_within_a_half() -> None:
    assert [brought(brings(*(f"f{n}" for n in range(count)))) for count in range(KEPT)] == [*range(KEPT)]
    many = brings(*(f"f{n}" for n in range(1_000)))
    assert brought(many) == 1_158
    assert len(people(many)) == KEPT


def test_two_parts_who_brought_the_same_friend_brought_one() -> None:
    both = FEATURE.merge([brings("f1", "f2"), brings("f2", "f3")])
    assert brought(both) == 3


def test_no_name_of_a_person_brought_is_kept() -> None:
    stored = msgspec.msgpack.encode(brings("aline@martel.example"))
    assert b"aline" not in stored
