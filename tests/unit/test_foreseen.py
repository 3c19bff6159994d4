"""What a reader of a record sees of forecasts: probabilities beside the facts they rest on, or nothing."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from agents.forecasts import repeat, second
from agents.foresee import FORECASTS
from agents.foreseen import foreseen
from agents.learn import learn
from feature_store.learning import Head
from schemas.messages import Example, Examples, Outcome, Snapshot
from streams.metrics import Metrics
from streams.snapshots import Snapshots
from tests import builders as a
from tests.builders import Line

DAY = 86_400.0


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A maison that has learned from a handful of clients may say something."""
    monkeypatch.setattr(repeat, "LEAST", 5)
    monkeypatch.setattr(second, "LEAST", 5)


async def lived(count: int) -> Line:
    """Clients who agreed to be profiled; every other one orders again after a month."""
    line = Line()
    for who in range(count):
        name = f"c{who}"
        await line.tell(a.consent(a.NOON - 60, client_id=name, purpose="profiling"))
        await line.tell(a.purchase(a.NOON + who, client_id=name))
    await line.until(a.NOON + 30 * DAY, step=DAY)
    for who in range(0, count, 2):
        await line.tell(a.purchase(a.NOON + 30 * DAY + who, client_id=f"c{who}"))
    await line.until(a.NOON + 280 * DAY, step=DAY)
    return line


def snapshots(taught: Mapping[str, list[Example | Outcome]]) -> Mapping[tuple[str, str], Any]:
    """What the learner makes of it, as a process that only shows it reads it."""
    read = Snapshots("nowhere", FORECASTS, "e", Metrics(CollectorRegistry()))
    for forecast in FORECASTS:
        message = Examples(maison="lumiere", model=forecast.name, items=taught.get(forecast.name, []))
        head = learn(forecast, Head("e"), [(0, message)], {}).head
        snapshot = Snapshot(
            maison="lumiere", model=forecast.name, epoch="e", offset=1, learned=head.learned, loss=head.loss,
            at=a.NOON, state=head.state or forecast.dump(forecast.new()),
        )  # fmt: skip
        read.take(msgspec.msgpack.encode(snapshot))
    return read.estimators


async def test_what_clients_lived_is_learned_published_and_shown_with_its_facts() -> None:
    line = await lived(24)
    estimators = snapshots(line.taught)
    assert {name for _, name in estimators} == {forecast.name for forecast in FORECASTS}
    client = await line.client(client_id="c0")
    moment = a.moment(client=client, now=line.now, estimators=estimators)
    said = foreseen(client, line.now, moment.priors)
    assert 0.0 < said["buys_within_273_days"] < 1.0
    assert 0.0 < said["lapses"] < 1.0
    assert said["because"] == "2 orders within 280 days, the last 8 months ago"


async def test_two_gaps_of_theirs_are_those_of_who_began_alike_as_on_a_card() -> None:
    priors = a.moment(client=agreed(), estimators=snapshots((await lived(24)).taught)).priors
    soon, late, unknown = (
        foreseen(agreed(), a.NOON + DAY, priors, alike)["lapses"] for alike in (30.0, 400.0, None)
    )
    assert soon > unknown > late
    assert late == pytest.approx(repeat.lapses(agreed(), a.NOON + DAY, priors, 400.0), abs=1e-3)


async def test_a_first_order_is_told_how_likely_a_second_is() -> None:
    priors = a.moment(client=agreed(), estimators=snapshots((await lived(24)).taught)).priors
    said = foreseen(agreed(), a.NOON + DAY, priors)
    assert 0.2 < said["second_within_90_days"] < 0.8
    assert said["because"] == "One order, 1 day ago"


def agreed() -> Any:
    return a.record_of(a.consent(client_id="c1", purpose="profiling"), a.purchase(client_id="c1"))


def test_of_who_is_not_known_well_enough_or_is_many_nothing_is_said() -> None:
    assert foreseen(agreed(), a.NOON, {}) == {}
    estimator = repeat.FORECAST.new()
    estimator.learned = 100
    agrees = a.consent(client_id="c1", purpose="profiling")
    bought = [a.purchase(a.NOON + n, client_id="c1") for n in range(40)]
    back = [a.returned(a.NOON + 60 + n, client_id="c1") for n in range(4)]
    for life, says in (([], True), (bought, False), ([*bought[:4], *back], False), (bought[:4], True)):
        client = a.record_of(agrees, a.purchase(client_id="c1"), *life)
        priors = a.moment(client=client, estimators={("lumiere", "repeat"): estimator}).priors
        assert bool(foreseen(client, a.NOON + DAY, priors)) == says
