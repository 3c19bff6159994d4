"""What a client shares of their own accord: how recently, how often, how much."""

from typing import Any

import pytest

from feature_store.features.sharing import FEATURE, Sharing, told
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


def test_a_full_bitmap_is_a_number_still() -> None:
    assert told(Sharing(told=b"\xff" * 16)) > 500
