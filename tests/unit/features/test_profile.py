"""What is stated of the client."""

from typing import Any

import msgspec
import pytest

from feature_store import record as records
from feature_store.features.profile import (
    BYTES,
    FEATURE,
    KEPT,
    LONGEST,
    believed,
    claims,
    doubted,
    outranked,
    stated,
)
from tests import builders as a


def fields_of(*said: Any) -> dict[str, Any]:
    record = records.decode(records.encode(a.record_of(*said)))
    return dict(records.values(record, a.NOON).get("profile", {}))


def test_a_field_reads_as_stated_last_whichever_arrived_first() -> None:
    may = a.profile(a.NOON - 9e6, {"language": "it", "name": "Aline"}, card="c1")
    june = a.profile(a.NOON - 6e6, {"language": "fr"}, card="c1")
    assert fields_of(may, june) == fields_of(june, may) == {"language": "fr", "name": "Aline"}


def test_what_an_export_leaves_blank_takes_nothing_away_but_a_person_may() -> None:
    known = {
        "name": "Aline",
        "preferences": {"wine": "Chablis", "allergies": ["nuts"]},
        "sizes": {"ring": 52},
    }
    told = a.profile(a.NOON - 90, known, card="c1")
    blank = {"name": " ", "preferences": {"wine": None, "allergies": ""}, "sizes": {"ring": "", "shoe": ""}}
    read = {
        "name": "Aline", "preferences.wine": "Chablis", "preferences.allergies": ["nuts"], "sizes.ring": 52,
    }  # fmt: skip
    empty = a.profile(a.NOON, blank, card="c1")
    assert fields_of(told, empty) == fields_of(empty, told) == read
    none = a.profile(a.NOON + 9, {"preferences": {"allergies": []}}, card="c1")
    cleared = a.profile(a.NOON + 9, {"sizes": {"ring": ""}}, card="c1", verified=["sizes"])
    assert fields_of(told, none, cleared) == read | {"preferences.allergies": [], "sizes.ring": ""}


@pytest.mark.parametrize(
    "none", ["undefined", "undefined undefined", " NULL", "(null)", "[object Object]", "-", " ? ", "…"]
)
def test_what_a_page_has_no_word_for_is_not_the_clients_name(none: str) -> None:
    first = a.profile(a.NOON - 60, {"name": "Aline Martel", "preferences": {"wine": "Sancerre"}}, card="c1")
    then = a.profile(a.NOON, {"name": none, "preferences": {"wine": none}}, card="c1")
    assert fields_of(first, then) == fields_of(then, first) == fields_of(first)
    assert (
        fields_of(then, a.profile(a.NOON, {"name": "Christopher Null"}, card="c1"))["name"]
        == "Christopher Null"
    )
    among = a.profile(a.NOON, {"preferences": {"wine": [none, "Barolo", None]}}, card="c1")
    assert fields_of(among)["preferences.wine"] == ["Barolo"]
    form = {
        "preferences": {"allergies": {"nuts": none, "milk": None}, "avoid": {"lilies": True, "fur": none}}
    }
    assert fields_of(a.profile(a.NOON, form, card="c1")) == {"preferences.avoid": {"lilies": True}}
    allergies = {"preferences": {"allergies": "none"}}
    assert fields_of(a.profile(a.NOON, allergies, card="c1")) == {"preferences.allergies": "none"}


def test_a_page_is_heard_only_where_nobody_else_has_said_anything() -> None:
    crm = a.profile(a.NOON - 90, {"name": "Aline"}, client_id="k1")
    page = a.profile(a.NOON, {"name": "Mickey", "language": "ja"}, session="s", envelope={"scope": "web"})
    later = a.profile(a.NOON + 9, {"language": "it"}, session="s", envelope={"scope": "web"})
    whole = {"name": "Aline", "language": "it"}
    assert fields_of(crm, page, later) == fields_of(later, page, crm) == whole
    left, right = (records.slice_of(a.record_of(*said), "profile") for said in ([crm], [later, page]))
    for parts in ([left, right], [right, left]):
        assert FEATURE.values(FEATURE.merge(parts), a.NOON) == whole


def test_preferences_and_sizes_are_fields_of_their_own() -> None:
    fields = {"preferences": {"wine": "Chablis", "avoid": ["fur", "oud"]}, "sizes": {"shoe": 38}}
    assert fields_of(a.profile(fields=fields | {"birth_date": "1980-04-02"}, card="c1")) == {
        "preferences.wine": "Chablis",
        "preferences.avoid": ["fur", "oud"],
        "sizes.shoe": 38,
        "birth_date": "1980-04-02",
    }


def test_the_fields_stated_longest_ago_go_first() -> None:
    many = [a.profile(a.NOON + n, {"preferences": {f"p{n}": n}}, card="c1") for n in range(KEPT + 8)]
    kept = {f"preferences.p{n}": n for n in range(8, KEPT + 8)}
    assert fields_of(*many) == fields_of(*reversed(many)) == kept


def test_a_field_can_be_asked_for_alone_with_what_is_not_believed_of_it() -> None:
    told = [
        a.profile(a.NOON + n, {"language": language}, card="c1") for n, language in enumerate(("it", "fr"))
    ]
    born = a.profile(a.NOON, {"birth_date": "1980-04-02", "sizes": {"ring": 52, "left ring": 53}}, card="c1")
    slice = records.slice_of(a.record_of(*told, born), "profile")
    one, other = stated(slice, "language"), outranked(slice, "language")
    assert one is not None
    assert other is not None
    assert [(claim.value, claim.at, claim.source) for claim in (one, other)] == [
        ("fr", int(a.NOON + 1) * 1000, "/test"),
        ("it", int(a.NOON) * 1000, "/test"),
    ]
    fields = {"language": "fr", "birth_date": "1980-04-02", "sizes.ring": 52, "sizes.left ring": 53}
    assert {field: claim.value for field, claim in believed(slice).items()} == fields
    assert {field: stated(slice, field) for field in fields} == believed(slice)
    nothing = ("name", "preferences.wine", "country club", "sizes.left", "")
    assert [ask(slice, field) for ask in (stated, outranked) for field in nothing] == [None] * 10
    assert outranked(slice, "sizes.ring") is None


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("parts", [1, 2])
def test_an_identifier_looks_wrong_until_somebody_but_a_page_says_that_it_is_right(
    order: int, parts: int
) -> None:
    def doubts(*told: Any) -> list[str]:
        heard = [told] if parts == 1 else [[one] for one in told]
        return doubted(
            FEATURE.merge([records.slice_of(a.record_of(*some), "profile") for some in heard[::order]])
        )

    wrong = a.profile(a.NOON, {}, card="c1", doubtful=["email", "phone"])
    other = a.profile(a.NOON + 0.002, {}, card="c1", doubtful=["phone"])
    before, at_once, after = (
        a.profile(a.NOON + seconds, {}, card="c1", verified=["email", "name"])
        for seconds in (-0.001, 0, 0.001)
    )
    page = a.profile(a.NOON + 9, {}, session="s", envelope={"scope": "web"}, verified=["email", "phone"])
    assert doubts(after, page) == []
    assert doubts(wrong, before, page) == doubts(page, wrong) == ["email", "phone"]
    assert doubts(wrong, after) == doubts(wrong, at_once, other) == ["phone"]
    assert doubts(a.profile(a.NOON + 0.001, {}, card="c1", verified=["phone"]), other, wrong) == [
        "email",
        "phone",
    ]


def test_when_an_identifier_looked_wrong_and_was_said_to_be_right_is_kept_in_milliseconds() -> None:
    told = [
        a.profile(a.NOON, {}, card="c1", doubtful=["email"]),
        a.profile(a.NOON + 0.5, {}, card="c1", verified=["email"]),
    ]
    slice = records.slice_of(a.record_of(*told), "profile")
    assert slice.doubts == {"email": (int(a.NOON) * 1000, int(a.NOON) * 1000 + 500)}
    assert FEATURE.merge([slice, slice]).doubts == slice.doubts


def test_the_longest_field_that_is_kept_and_the_first_that_is_not() -> None:
    room = LONGEST - len(msgspec.msgpack.encode(("pa", "x" * 300))) + 300
    for more, kept in ((0, 1), (1, 0)):
        said = {"preferences": {"a": "x" * (room + more)}}
        assert len(fields_of(a.profile(fields=said, card="c1"))) == kept


def test_what_a_record_can_not_hold_is_left_out_and_the_rest_is_kept() -> None:
    deep: Any = []
    for _ in range(900):
        deep = [deep]
    odd = {"deep": deep, "huge": 10**40, "long": "x" * (LONGEST + 1), "wine": "Chablis"}
    assert fields_of(a.profile(fields={"preferences": odd}, card="c1")) == {"preferences.wine": "Chablis"}


def test_a_profile_has_an_end_and_what_a_page_stated_goes_first() -> None:
    page = a.profile(a.NOON, {"profession": "x" * 250}, session="s", envelope={"scope": "web"})
    many = [a.profile(a.NOON - n, {"preferences": {f"p{n}": "y" * 300}}, card="c1") for n in range(9)]
    assert set(fields_of(page, *many)) == {f"preferences.p{n}" for n in range(6)}
    filled = [
        records.slice_of(
            a.record_of(*many[:6], a.profile(fields={"preferences": {"other": "z" * n}}, card="c1")),
            "profile",
        )
        for n in range(1, 32)
    ]
    assert max(len(msgspec.msgpack.encode(slice)) for slice in filled) == BYTES, "to the last byte"


def test_a_field_that_is_forgotten_leaves_nothing_of_what_was_said_against_it() -> None:
    contested = [a.profile(a.NOON - 9, {"language": tag}, client_id="k1") for tag in ("it", "fr")]
    many = [a.profile(a.NOON + n, {"preferences": {f"p{n}": n}}, card="c1") for n in range(KEPT)]
    slice = records.slice_of(a.record_of(*contested, *many), "profile")
    assert set(claims(slice)) == {f"preferences.p{n}" for n in range(KEPT)}
    assert slice.lost == []


def test_a_group_of_fields_is_verified_whatever_their_names() -> None:
    told = [
        a.profile(a.NOON, {"preferences": {"no. 5": "yes"}}, card="c1", verified=["preferences"]),
        a.profile(a.NOON + 9, {"preferences": {"no. 5": "no"}}, card="c1"),
    ]
    assert fields_of(*told) == {"preferences.no. 5": "yes"}
