"""A client's attention is spent on what is worth most, not on what comes first."""

from random import Random
from statistics import fmean
from typing import Any

import pytest

from agents.choice import Scored, arm_of
from agents.model import Belief
from agents.reach import RESERVE, price_of
from tests import builders as a

DAY = 86_400.0
ASKS = {"action": "lapsing", "contact": True}


def moment(*days: float, **more: Any) -> Any:
    """Of a client who was written to so many days ago, each."""
    return a.moment(client=a.record_of(*(a.contacted(a.NOON - ago * DAY, card="c1") for ago in days)), **more)


@pytest.mark.parametrize(
    ("days", "share"),
    [((), 0), ((2,), 1 / 2), ((9,), 1 / 4), ((9, 12, 20), 3 / 4), ((2, 4), 1), ((31,), 0), ((2, 2.1), 1 / 2)],
)
def test_a_contact_costs_more_the_more_of_a_week_or_a_month_is_taken(
    days: tuple[float, ...], share: float
) -> None:
    assert price_of(moment(*days), a.proposal(**ASKS)) == pytest.approx(RESERVE * share**2)


def test_who_stands_there_and_care_cost_nothing_and_a_house_that_allows_more_asks_less() -> None:
    busy = moment(1, 3)
    for free in ({"present": True}, {"care": True}, {"contact": False}):
        assert price_of(busy, a.proposal(**ASKS | free)) == 0
    wide = moment(1, 3, maison=a.lumiere(guards={"cadence": {"week": 4, "month": 8}}))
    assert price_of(wide, a.proposal(**ASKS)) == pytest.approx(RESERVE / 4)


def test_what_it_costs_is_taken_from_what_it_is_worth() -> None:
    proposal, scored = (
        a.proposal(**ASKS, purpose="marketing", value=0.5),
        Scored(x={}, acceptance=Belief(0.8)),
    )
    fresh, busy = (arm_of(at, proposal, scored, must=False).worth for at in (moment(), moment(2)))
    assert fresh - busy == pytest.approx(RESERVE / 4)


def spent(random: Random, every: float, reserve: float) -> float:
    """What a client is told in ten years is worth; something comes up every so many days."""
    told: list[int] = []
    worth = 0.0
    for day in range(3_650):
        if random.random() >= 1 / every:
            continue
        week, month = (sum(at > day - span for at in told) for span in (7, 30))
        value = random.betavariate(2, 6)
        if week < 2 and month < 4 and value - reserve * max(week / 2, month / 4) ** 2 >= 0.1:
            told.append(day)
            worth += value
    return worth


@pytest.mark.parametrize(("every", "least"), [(3.0, 1.08), (10.0, 0.96)])
def test_a_price_that_rises_is_worth_more_than_first_come_first_served(every: float, least: float) -> None:
    by_price, by_turn = (
        fmean(spent(Random(seed), every, reserve) for seed in range(20)) for reserve in (RESERVE, 0.0)
    )
    assert by_price > least * by_turn
