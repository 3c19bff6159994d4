"""A stated field is read where the contract has it, also by whoever names it by its path."""

from typing import Any

import pytest

from schemas.codec import decode, encode
from streams.inbound import Refused
from streams.unfold import unfolded
from tests import builders as a


def sent(fields: Any) -> dict[str, Any]:
    return a.raw_event("client.profile", {"who": {"card": "c-1"}, "fields": fields})


def test_an_allergy_that_is_named_by_its_path_reaches_the_record() -> None:
    flat = {
        "name": "Aline",
        "preferences.allergies": ["nuts"],
        "preferences.wine": "Sancerre",
        "sizes.ring": 54,
    }
    read: Any = decode(encode(unfolded(sent(flat))))
    fields = read.data.fields
    assert fields.preferences == {"allergies": ["nuts"], "wine": "Sancerre"}
    assert (fields.sizes, fields.name) == ({"ring": 54}, "Aline")


def test_paths_go_beside_what_is_nested_already_and_nothing_that_was_sent_changes() -> None:
    event = sent(
        {"preferences.allergies": ["nuts"], "preferences": {"wine": "Sancerre", "allergies": ["nuts"]}}
    )
    before = encode(event)
    assert unfolded(event)["data"]["fields"] == {"preferences": {"wine": "Sancerre", "allergies": ["nuts"]}}
    assert encode(event) == before


@pytest.mark.parametrize("nested", [{"allergies": ["fish"]}, {"allergies": None}, "nuts", ["nuts"]])
def test_a_field_that_is_stated_twice_and_not_alike_is_refused_by_its_name(nested: Any) -> None:
    with pytest.raises(Refused) as refused:
        unfolded(sent({"preferences": nested, "preferences.allergies": ["nuts"]}))
    assert (refused.value.status, refused.value.field) == (400, "data.fields.preferences")
    assert str(refused.value).endswith("says something else than `preferences.allergies`: state it once")


@pytest.mark.parametrize(
    "event",
    [
        7,
        None,
        {},
        {"data": None},
        {"data": {"fields": [1]}},
        sent({"name": "A", "preferences": {"wine": "Sancerre"}}),
        sent({"loyalty.tier": "gold", "preference.wine": "Sancerre"}),
    ],
)
def test_whatever_names_no_such_path_is_left_as_it_is(event: Any) -> None:
    assert unfolded(event) is event
