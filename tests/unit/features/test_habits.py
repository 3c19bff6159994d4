"""Habits: what was asked for during stays, counted."""

from itertools import permutations
from typing import Any

import pytest

from feature_store import record as records
from feature_store.features.habits import FEATURE, KEPT
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


@pytest.mark.parametrize("item", ["99", "cool", "-3", "1e9", "21 or so", "2" * 40])
def test_a_thermostat_that_reports_something_else_teaches_nothing(item: str) -> None:
    assert habits(ask("temperature", item)) == {}


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
    assert FEATURE.values(FEATURE.merge(parts), a.NOON) == habits(*told)
