"""Habits: what was asked for during stays, counted."""

from itertools import permutations
from typing import Any

import pytest

from feature_store import record as records
from feature_store.feature import CUT
from feature_store.features.habits import FEATURE, KEPT, LONGEST, degrees
from tests import builders as a


def ask(service: str, item: str, at: float = a.NOON) -> Any:
    return a.hotel("service", at, service=service, item=item, guest_id="g1")


def habits(*events: Any) -> dict[str, Any]:
    return dict(records.values(a.record_of(*events), a.NOON).get("habits", {}))


def test_three_rooms_have_a_mean_and_a_last_in_any_order() -> None:
    told = [ask("temperature", f"{19 + n} °C", a.NOON + n) for n in range(3)]
    for order in permutations(told):
        assert habits(*order) == {"temperature": {"times": 3, "mean": 20.0, "last": 21.0}}


def test_words_are_counted_whatever_their_letters() -> None:
    told = habits(ask("Pillow menu", "Goose Down", a.NOON - 9), ask("pillow", "goose  down"))
    assert told == {"pillow": [{"word": "goose down", "times": 2, "last": int(a.NOON)}]}


def test_a_mean_is_told_to_a_hundredth_of_a_degree() -> None:
    told = [ask("temperature", item, a.NOON + n) for n, item in enumerate(("19", "20,5", "20 °C"))]
    assert habits(*told) == {"temperature": {"times": 3, "mean": 19.83, "last": 20.0}}


def test_degrees_are_read_to_a_tenth_from_the_coldest_room_to_the_warmest() -> None:
    read = [degrees(text) for text in ("70F", "14", "13.9", "28", "28.1")]
    assert read == [21.1, 14.0, None, 28.0, None]


@pytest.mark.parametrize("kind", ["wine", "allergies"])
def test_what_a_system_fills_in_for_want_of_a_word_was_not_asked_for(kind: str) -> None:
    assert habits(ask(kind, "-")) == habits(ask(kind, " ? ")) == {}


@pytest.mark.parametrize("item", ["99", "cool", "-3", "1e9", "21 or so", "2" * 40])
def test_a_thermostat_that_reports_something_else_teaches_nothing(item: str) -> None:
    assert habits(ask("temperature", item)) == {}


@pytest.mark.parametrize("order", [1, -1])
def test_a_word_is_kept_as_it_was_written_last_and_the_longest_one_is_kept(order: int) -> None:
    told = [ask("pillow", "goose down"), ask("pillow", "Goose Down", a.NOON + 9)]
    assert habits(*told[::order])["pillow"] == [{"word": "Goose Down", "times": 2, "last": int(a.NOON + 9)}]
    long = "x" * LONGEST
    assert [one["word"] for one in habits(ask("wine", long), ask("wine", f"{long}x"))["wine"]] == [long]


def test_an_allergy_is_never_too_long_to_be_kept() -> None:
    def kept(item: str) -> list[str]:
        return sorted(one["word"] for one in habits(ask("allergies", item))["allergies"])

    assert kept("peanuts, tree nuts; sesame seeds") == ["peanuts, tree nuts", "sesame seeds"]
    assert kept("anaphylaxis after any shellfish") == ["anaphylaxis after any…"]
    many = kept(", ".join(f"{letter * 20}" for letter in "abcdefgh"))
    assert len(many) < KEPT
    assert sum(word.endswith(CUT) for word in many) == 1


def test_what_was_asked_for_longest_ago_goes_first_whatever_it_is() -> None:
    told = [ask("wine", f"w{n}", a.NOON - n) for n in range(KEPT)] + [ask("pillow", "down", a.NOON + 9)]
    seen = habits(*told)
    assert [one["word"] for one in seen["pillow"]] == ["down"]
    assert [one["word"] for one in seen["wine"]] == [f"w{n}" for n in range(KEPT - 1)]


def test_what_only_serves_is_no_habit() -> None:
    assert habits(ask("bar", "verbena tea"), a.hotel("service", service="pillow", guest_id="g1")) == {}


def test_an_allergy_is_kept_when_wines_come_and_go() -> None:
    told = [ask("allergies", "nuts", a.NOON - 99)] + [ask("wine", f"w{n}", a.NOON + n) for n in range(9)]
    seen = habits(*told)
    assert [one["word"] for one in seen["allergies"]] == ["nuts"]
    assert [one["word"] for one in seen["wine"]] == [f"w{n}" for n in range(8, 9 - KEPT, -1)]


def test_two_parts_add_up() -> None:
    told = [ask("wine", "Sancerre"), ask("temperature", "20"), ask("wine", "sancerre", a.NOON + 9)]
    parts = [records.slice_of(a.record_of(one), "habits") for one in told]
    assert FEATURE.merge(parts) == FEATURE.merge(parts[::-1])
    assert FEATURE.merge(parts) == records.slice_of(a.record_of(*told), "habits")
    assert FEATURE.values(FEATURE.merge(parts), a.NOON) == habits(*told)
