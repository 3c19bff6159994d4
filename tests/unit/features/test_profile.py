"""What is stated of the client."""

from typing import Any

from feature_store import record as records
from feature_store.features.profile import FEATURE, KEPT, LONGEST
from tests import builders as a


def stated(*said: Any) -> dict[str, Any]:
    record = records.decode(records.encode(a.record_of(*said)))
    return dict(records.values(record, a.NOON).get("profile", {}))


def test_a_field_reads_as_stated_last_whichever_arrived_first() -> None:
    may = a.profile(a.NOON - 9e6, {"language": "it", "name": "Aline"}, card="c1")
    june = a.profile(a.NOON - 6e6, {"language": "fr"}, card="c1")
    assert stated(may, june) == stated(june, may) == {"language": "fr", "name": "Aline"}


def test_a_page_is_heard_only_where_nobody_else_has_said_anything() -> None:
    crm = a.profile(a.NOON - 90, {"name": "Aline"}, client_id="k1")
    page = a.profile(a.NOON, {"name": "Mickey", "language": "ja"}, session="s", envelope={"scope": "web"})
    later = a.profile(a.NOON + 9, {"language": "it"}, session="s", envelope={"scope": "web"})
    whole = {"name": "Aline", "language": "it"}
    assert stated(crm, page, later) == stated(later, page, crm) == whole
    left, right = (records.slice_of(a.record_of(*said), "profile") for said in ([crm], [later, page]))
    for parts in ([left, right], [right, left]):
        assert FEATURE.values(FEATURE.merge(parts), a.NOON) == whole


def test_preferences_and_sizes_are_fields_of_their_own() -> None:
    fields = {"preferences": {"wine": "Chablis", "avoid": ["fur", "oud"]}, "sizes": {"shoe": 38}}
    assert stated(a.profile(fields=fields | {"birth_date": "1980-04-02"}, card="c1")) == {
        "preferences.wine": "Chablis",
        "preferences.avoid": ["fur", "oud"],
        "sizes.shoe": 38,
        "birth_date": "1980-04-02",
    }


def test_the_fields_stated_longest_ago_go_first() -> None:
    many = [a.profile(a.NOON + n, {"preferences": {f"p{n}": n}}, card="c1") for n in range(KEPT + 8)]
    kept = {f"preferences.p{n}": n for n in range(8, KEPT + 8)}
    assert stated(*many) == stated(*reversed(many)) == kept


def test_what_a_record_can_not_hold_is_left_out_and_the_rest_is_kept() -> None:
    deep: Any = []
    for _ in range(900):
        deep = [deep]
    odd = {"deep": deep, "huge": 10**40, "long": "x" * (LONGEST + 1), "wine": "Chablis"}
    assert stated(a.profile(fields={"preferences": odd}, card="c1")) == {"preferences.wine": "Chablis"}


def test_a_profile_has_an_end_and_what_a_page_stated_goes_first() -> None:
    page = a.profile(a.NOON, {"profession": "x" * 250}, session="s", envelope={"scope": "web"})
    many = [a.profile(a.NOON - n, {"preferences": {f"p{n}": "y" * 300}}, card="c1") for n in range(9)]
    assert set(stated(page, *many)) == {f"preferences.p{n}" for n in range(6)}
