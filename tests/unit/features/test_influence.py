"""Whom a client follows or is."""

import pytest

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


@pytest.mark.parametrize("order", [1, -1])
def test_what_two_parts_were_told_is_what_one_was_told(order: int) -> None:
    told = [
        a.referral(a.NOON + 1, client_id="c1", influencer="@zoe"),
        a.referral(a.NOON + 1, client_id="c1", influencer="@bo"),
        a.referral(a.NOON + 1, client_id="c1", influencer="@bo", own=True),
        a.referral(a.NOON + 2, client_id="c1", influencer="@ana"),
        a.referral(a.NOON + 3, client_id="c1", influencer="@ana", own=False),
        a.referral(a.NOON + 3, client_id="c1"),
    ][::order]
    whole: Influence = slice_of(a.record_of(*told), "influence")
    assert whole.named == {
        "@bo": 2 * int(a.NOON + 1) + 1,
        "@zoe": 2 * int(a.NOON + 1),
        "@ana": 2 * int(a.NOON + 3),
    }
    assert FEATURE.values(whole, a.NOON) == {"follows": ["@ana", "@zoe"], "is": ["@bo"]}
    parts = [slice_of(a.record_of(one), "influence") for one in told]
    assert FEATURE.merge(parts) == whole
    at_once = [a.referral(client_id="c1", influencer=name) for name in ("@d", "@a", "@c", "@b")][::order]
    assert sorted(slice_of(a.record_of(*at_once), "influence").named) == ["@b", "@c", "@d"]


def test_of_many_the_last_named_are_remembered_in_whatever_order_they_came() -> None:
    told = [a.referral(a.NOON + n, client_id="c1", influencer=f"@{n}") for n in range(9)]
    for order in (told, told[::-1]):
        held: Influence = slice_of(a.record_of(*order), "influence")
        assert sorted(held.named) == [f"@{n}" for n in range(9 - KEPT, 9)]
    backwards = [a.referral(a.NOON - n, client_id="c1", influencer=f"@{n}") for n in range(9)]
    held = slice_of(a.record_of(*backwards), "influence")
    assert sorted(held.named) == [f"@{n}" for n in range(KEPT)], "whatever their names"
