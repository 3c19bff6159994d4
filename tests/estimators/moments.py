"""Moments at which forecasts open a case, drawn from worlds in which something can be learned."""

from collections.abc import Callable
from math import exp
from random import Random

from agents.forecast import Forecast, Opened, timer_of
from agents.moment import Moment
from feature_store.store import Timer
from tests import builders as a
from tests.estimators.contract import Case

DAY = 86_400.0
YES = a.consent(a.NOON - 900 * DAY, "profiling", "all", card="c1")
MIDDLE = 13.0
"""Of the logarithms of amounts."""
CHOSEN = {"bags": 0.7, "watches": 0.1, "jewellery": 0.1, "silk": 0.1}
MOMENTS: dict[str, Callable[[Random], Moment]] = {}
"""Forecast -> a moment at which it opens a case, drawn."""


def opened(forecast: Forecast, random: Random) -> Case:
    """A case as the forecast opens it at a moment that is drawn."""
    moment = MOMENTS[forecast.name](random)
    x = next(said.x for said in forecast.watch(moment) if isinstance(said, Opened))
    return Case(x, int(random.random() < 0.8), moment)


def _of(name: str) -> Callable[[Callable[[Random], Moment]], Callable[[Random], Moment]]:
    def kept(make: Callable[[Random], Moment]) -> Callable[[Random], Moment]:
        MOMENTS[name] = make
        return make

    return kept


@_of("repeat")
def _look(random: Random) -> Moment:
    bought = [
        a.purchase(a.NOON - random.uniform(1, 400) * DAY, card="c1") for _ in range(random.randint(1, 6))
    ]
    timer = Timer("lumiere", "part", timer_of("repeat", ""), a.NOON)
    return a.moment(timer=timer, client=a.record_of(YES, *bought))


@_of("second")
def _first_order(random: Random) -> Moment:
    amount = random.choice([9_000, 345_000, 2_000_000])
    return a.moment(a.purchase(lines=[a.line(amount=amount)], card="c1"))


@_of("amount")
def _any_order(random: Random) -> Moment:
    return a.moment(a.purchase(lines=[a.line(amount=int(exp(random.gauss(MIDDLE, 1.0))))], card="c1"))


@_of("cancellation")
def _booking(random: Random) -> Moment:
    site, market = random.choice(["riviera", "alpes"]), random.choice(["direct", "groups"])
    return a.moment(a.booking(site=site, market=market, adults=random.randint(1, 4), guest_id="g1"))


@_of("next_category")
def _order(random: Random) -> Moment:
    """Of whoever has chosen before, one in five chooses so again; the others choose as all do."""
    before, now = random.choices([*CHOSEN], [*CHOSEN.values()], k=2)
    if again := random.random() < 0.5:
        now = before if random.random() < 0.2 else now
    event = a.purchase(lines=[a.line(_skus(now)[-1])], card="c1")
    earlier = a.purchase(a.NOON - DAY, lines=[a.line(_skus(before)[0])], card="c1")
    return a.moment(event, client=a.record_of(YES, *[earlier] * again, event))


def _skus(category: str) -> list[str]:
    return [sku for sku, article in a.HOUSE.articles.items() if article.category == category]


@_of("stay_preference")
def _wish(random: Random) -> Moment:
    pillow = "goose down" if random.random() < 0.7 else random.choice(["feathers", "memory foam", "latex"])
    degrees = random.choices(range(18, 23), (1, 2, 4, 2, 1))[0]
    service, item = random.choice([("temperature", f"{degrees} °C"), ("pillow", pillow)])
    event = a.hotel("service", booking="b1", service=service, item=item, guest_id="g1")
    booked = a.booking(a.NOON - DAY, booking="b1", adults=random.randint(1, 4), guest_id="g1")
    return a.moment(event, client=a.record_of(booked, event))
