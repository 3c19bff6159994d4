"""Whom a client follows or is."""

from feature_store.features.influence import FEATURE, KEPT, Influence
from feature_store.record import slice_of
from tests import builders as a


def test_an_influencer_is_followed_or_is_the_client_as_said_last() -> None:
    told = [
        a.referral(a.NOON, client_id="c1", influencer="@ana"),
        a.referral(a.NOON, client_id="c1", influencer="@bo"),
        a.referral(a.NOON + 60, client_id="c1", influencer="@bo", own=True),
    ]
    for order in (told, told[::-1]):
        values = FEATURE.values(slice_of(a.record_of(*order), "influence"), a.NOON)
        assert (values["follows"], values["is"]) == (["@ana"], ["@bo"])


def test_of_many_the_last_named_are_remembered_in_whatever_order_they_came() -> None:
    told = [a.referral(a.NOON + n, client_id="c1", influencer=f"@{n}") for n in range(9)]
    for order in (told, told[::-1]):
        held: Influence = slice_of(a.record_of(*order), "influence")
        assert sorted(held.named) == [f"@{n}" for n in range(9 - KEPT, 9)]
