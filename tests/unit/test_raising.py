"""Whatever is plugged in may have an error in it: nothing that happened is lost for it, and the line goes on.

Of rules and guards see `test_decide.py`, of an event that raises in a record `test_isolate.py`.
"""

from typing import Any

import pytest

from agents.forecast import Forecast
from agents.foresee import FORECASTS, WATCHED
from agents.learn import learn
from agents.model import Model
from agents.registry import BY_MODEL
from feature_store import record as records
from feature_store.feature import Feature
from feature_store.learning import Head
from schemas.events.store import StorePurchase
from schemas.messages import Example, Examples, Outcome
from tests import builders as a
from tests.builders import Line

WHO = {"client_id": "k1", "card": "c1"}


def raises(*given: Any) -> Any:
    raise ZeroDivisionError("Aline")


def faulty(of: Model, **fails: Any) -> Model:
    return Model(**{field: getattr(of, field) for field in Model.__struct_fields__} | fails)


def named(line: Line) -> list[str]:
    assert "Aline" not in str(line.broken)
    return [name for name, _ in line.broken]


async def known() -> Line:
    line = Line()
    agreed = [a.consent(a.NOON - 50, purpose, "all", **WHO) for purpose in ("one_to_one", "profiling")]
    fields = {"name": "Aline", "language": "fr", "advisor": "camille"}
    await line.tell(a.profile(a.NOON - 60, fields, **WHO), *agreed)
    return line


async def test_a_forecast_with_an_error_in_it_learns_nothing_and_what_happened_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watched = [Forecast(**_but(one, watch=raises)) for one in FORECASTS if StorePurchase in one.wakes]
    monkeypatch.setitem(WATCHED, StorePurchase, [*watched[:1], *WATCHED[StorePurchase][1:]])
    line = await known()
    await line.tell(a.purchase(a.NOON, **WHO))
    assert (await line.facts(client_id="k1"))["purchases"] == 1
    assert named(line) == [watched[0].name]
    assert line.taught.keys() - {watched[0].name}, "the others learn"


async def test_a_feature_that_cannot_say_its_values_loses_no_event_and_moves_nobody_between_segments(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    segment = {"id": "often", "name": "Often", "when": {"field": "frequency.orders", "op": ">=", "value": 1}}
    line = Line(a.lumiere(segments=[segment | {"team": "client-service", "purpose": "service"}]))
    await line.tell(a.purchase(a.NOON - 60, **WHO))
    assert [change.change for change in line.changes] == ["entered"]
    monkeypatch.setitem(
        records.BY_NAME, "frequency", Feature(**_but(records.BY_NAME["frequency"], values=raises))
    )
    await line.tell(a.purchase(a.NOON, **WHO))
    assert (await line.facts(client_id="k1"))["purchases"] == 2
    assert named(line) == ["segments"]
    assert len(line.changes) == 1


def _but(one: Any, **changed: Any) -> dict[str, Any]:
    return {field: getattr(one, field) for field in type(one).__struct_fields__} | changed


@pytest.mark.parametrize(("field", "confidence"), [("x", None), ("believe", None), ("adds", 0.615)])
async def test_a_model_with_an_error_in_it_keeps_nobody_from_being_welcomed(
    monkeypatch: pytest.MonkeyPatch, field: str, confidence: float | None
) -> None:
    line = await known()
    monkeypatch.setitem(BY_MODEL, "acceptance", faulty(BY_MODEL["acceptance"], **{field: raises}))
    [change] = await line.tell(a.checkin(a.NOON, **WHO))
    assert (change.alert.action, change.alert.confidence) == ("boutique_welcome", confidence)
    assert (await line.facts(client_id="k1"))["visits"] == 1
    assert named(line) == ["acceptance"]


@pytest.mark.parametrize("said", [True, False])
async def test_what_may_wait_is_not_said_on_the_word_of_a_model_with_an_error_in_it(
    monkeypatch: pytest.MonkeyPatch, said: bool
) -> None:
    if not said:
        monkeypatch.setitem(BY_MODEL, "acceptance", faulty(BY_MODEL["acceptance"], believe=raises))
    line = await known()
    await line.tell(a.cart(a.NOON, **WHO))
    await line.until(a.NOON + 7_200, step=60)
    assert [change.alert.action for _, change in line.alerts] == ["abandoned_cart"] * said
    assert set(named(line)) == {"acceptance"} - ({"acceptance"} if said else set())


@pytest.mark.parametrize("field", ["learn", "predict", "new"])
def test_a_label_that_a_model_cannot_learn_is_passed_over_and_the_next_is_learned(field: str) -> None:
    of = BY_MODEL["acceptance"]
    fail = {"times": 1}

    def once(*given: Any) -> Any:
        if fail["times"]:
            fail["times"] -= 1
            raise ZeroDivisionError("Aline")
        return getattr(of, field)(*given)

    told = Examples(
        maison="lumiere", model="acceptance",
        items=[
            item
            for n in "ab"
            for item in (
                Example(decision=n, x={"x": 1.0}, at=a.NOON), Outcome(decision=n, y=1, at=a.NOON)
            )
        ],
    )  # fmt: skip
    taught = learn(faulty(of, **{field: once}), Head("e"), [(0, told)], {})
    assert (taught.head.learned, taught.head.offset) == (1, 1)
    assert [name for name, _ in taught.broken] == ["acceptance"]
    assert "Aline" not in str(taught.broken)
    assert taught.drop == ["a", "b"], "nothing waits for what nobody can learn"
    kept = learn(faulty(of, dump=raises), taught.head, [(1, told)], {})
    assert (kept.head.state, kept.head.offset) == (taught.head.state, 2), (
        "what cannot be written stays as it was"
    )
