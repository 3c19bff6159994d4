"""What was served: each thing once per stay, the last few days, whatever a hotel's system writes."""

from itertools import permutations
from typing import Any
from zlib import crc32

from feature_store import record as records
from feature_store.features.served import FEATURE, KEPT, LASTS, LONGEST, Had, Served, had, stands_for
from tests import builders as a

DAY = 86_400.0


def serve(item: str | None, at: float = a.NOON, service: str | None = "bar", **more: Any) -> Any:
    return a.hotel("service", at, service=service, item=item, guest_id="g1", **more)


def lately(*events: Any) -> list[Any]:
    values = records.values(a.record_of(*events), a.NOON).get("served", {})
    return [(one["service"], one["item"]) for one in values.get("lately", [])]


def test_what_was_served_is_kept_with_its_service_and_its_hour() -> None:
    record = a.record_of(serve("verbena tea", service="Breakfast"))
    assert records.values(record, a.NOON)["served"] == {
        "lately": [{"at": int(a.NOON), "service": "breakfast", "item": "verbena tea"}]
    }


def test_the_same_thing_of_one_stay_is_one_entry_with_its_last_hour() -> None:
    told = [serve("verbena tea", a.NOON - 9), serve("Sancerre", a.NOON - 5), serve("Verbena  Tea")]
    for order in permutations(told):
        slice = records.slice_of(a.record_of(*order), "served")
        assert [one.item for one in had(slice, "b1")] == ["Sancerre", "Verbena Tea"]


def test_what_is_not_named_is_known_to_be_unknown() -> None:
    assert lately(serve(None)) == [("bar", None)]
    assert lately(serve(None, service=None)) == []
    assert FEATURE.values(Served(), a.NOON) == {}


def test_a_pillow_is_not_served_and_a_wine_is() -> None:
    told = [serve("goose down", service="pillow"), serve("19", service="Thermostat")]
    assert lately(*told, serve("Sancerre", service="wine")) == [("wine", "Sancerre")]


def test_days_later_the_first_breakfast_is_forgotten_in_any_order() -> None:
    told = [serve("coffee", a.NOON - 5 * DAY), serve("tea", a.NOON - DAY), serve("juice")]
    assert {tuple(lately(*order)) for order in permutations(told)} == {(("bar", "tea"), ("bar", "juice"))}


def test_the_things_served_longest_ago_go_first() -> None:
    told = [serve(f"dish {n}", a.NOON - n) for n in range(KEPT + 3)]
    assert [item for _, item in lately(*told)] == [f"dish {n}" for n in range(KEPT - 1, -1, -1)]


def test_how_long_ago_things_of_a_few_days_were_served_is_asked_of_the_last_of_them() -> None:
    first, last = serve("coffee", a.NOON - LASTS), serve("tea")
    for order in ((first, last), (last, first)):
        assert [item for _, item in lately(*order)] == ["coffee", "tea"]
        assert [item for _, item in lately(serve("juice", a.NOON - LASTS - 1), *order)] == ["coffee", "tea"]


def test_a_thing_is_kept_in_a_few_bytes() -> None:
    told = [
        serve("x" * LONGEST, a.NOON, "Spa "),
        serve(None, a.NOON + 1, "karaoke"),
        serve("tea", a.NOON + 2, None),
    ]
    slice = records.slice_of(a.record_of(*told), "served")
    stay = stands_for("b1")
    assert stay == crc32(b"b1") % 2**16
    assert slice.had == [
        Had(int(a.NOON), stay, 10, "x" * LONGEST), Had(int(a.NOON + 1), stay, 0, ""),
        Had(int(a.NOON + 2), stay, 0, "tea"),
    ]  # fmt: skip
    assert lately(*told) == [("spa", "x" * LONGEST), (None, None), (None, "tea")]
    again = [serve("tea", booking_id="b1"), serve("tea", booking_id="b2")]
    assert len(lately(*again)) == 2, "each once per stay"


def test_a_long_name_is_cut_and_says_so() -> None:
    [(_, item)] = lately(serve("𝒜" * 99))
    assert item.endswith("…")
    assert len(item.encode()) <= LONGEST


def test_two_parts_tell_one_stay() -> None:
    told = [serve("tea", a.NOON - 9), serve("juice")]
    parts = [records.slice_of(a.record_of(one), "served") for one in told]
    whole = records.slice_of(a.record_of(*told), "served")
    assert FEATURE.merge(parts) == FEATURE.merge(parts[::-1]) == whole
    assert had(whole, "another") == []
