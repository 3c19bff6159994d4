"""What a client is likely to buy: parameters found again, facts beside every figure, nothing from too few."""

from collections import Counter
from collections.abc import Callable
from math import log
from typing import Any

import msgspec
import numpy as np
import pytest

from feature_store.lifetime import (
    DAY,
    LEAST,
    Lifetime,
    Rhythm,
    Worth,
    expected,
    fit_rhythm,
    fit_worth,
    lifetime_of,
)
from feature_store.tally import PERIOD, bucket, cells_of, middle
from tests import builders as a

RHYTHM = Rhythm(0.243, 30.9, 0.793, 2.426)
"""Fader, Hardie and Lee's own of CDNOW's sample, alpha in days."""


def simulated(clients: int, seed: int = 3) -> list[tuple[float, float, float]]:
    """Repeats, days to the last and days since the first, of clients who live as the model says."""
    random = np.random.default_rng(seed)
    told = []
    for _ in range(clients):
        rate, gone = random.gamma(0.8, 1 / 30.0), random.beta(0.8, 2.5)
        age = random.uniform(200, 700)
        at, last, repeats = 0.0, 0.0, 0
        while (at := at + random.exponential(1 / rate)) < age:
            last, repeats = at, repeats + 1
            if random.random() < gone:
                break
        told.append((float(repeats), last, age))
    return told


def test_parameters_of_simulated_clients_are_found_again() -> None:
    found = fit_rhythm(np.array([(*row, 1) for row in simulated(4_000)]))
    assert found.r == pytest.approx(0.8, rel=0.2)
    assert found.alpha == pytest.approx(30.0, rel=0.25)
    assert found.a / (found.a + found.b) == pytest.approx(0.8 / 3.3, rel=0.2)


RATES = np.geomspace(1e-9, 10, 4_000)
CHANCES = 1 / (1 + np.exp(-np.linspace(-30, 30, 4_000)))


def mean(values: Any, where: Any, spread: Any) -> float:
    """Of a value that depends on what varies over clients, by how that is spread."""
    return float(np.trapezoid(values * spread.pdf(where), where))


def likelihood_of_rhythm(found: Rhythm, rows: list[tuple[float, float, float]]) -> float:
    """Its logarithm as the model is told, not as it is solved: over all rates, and all chances to leave."""
    from scipy.stats import beta, gamma  # half a second to load, which each worker of `-n` would take

    rates, leave = gamma(found.r, scale=1 / found.alpha), beta(found.a, found.b)

    def of(repeats: float, last: float, age: float) -> float:
        bought, stayed = RATES**repeats, (1 - CHANCES) ** repeats
        here = mean(bought * np.exp(-RATES * age), RATES, rates) * mean(stayed, CHANCES, leave)
        gone = mean(bought * np.exp(-RATES * last), RATES, rates)
        return log(here + gone * mean(stayed / (1 - CHANCES) * CHANCES, CHANCES, leave) if repeats else here)

    return sum(of(*row) for row in rows)


def likelihood_of_worth(found: Worth, rows: list[tuple[float, float]]) -> float:
    """Its logarithm as the model is told: over all that the orders of a client may be worth."""
    from scipy.stats import gamma

    scales = gamma(found.q, scale=1 / found.v)
    return sum(
        log(mean(gamma(found.p * orders, scale=1 / (RATES * orders)).pdf(average), RATES, scales))
        for orders, average in rows
    )


def nothing_is_likelier(found: Any, likelihood: Callable[[Any], float]) -> bool:
    """Whether no parameter that is a twentieth more or less makes what has happened likelier."""
    best = likelihood(found)
    for name in found.__struct_fields__:
        for other in (0.95, 1.05):
            beside = msgspec.structs.replace(found, **{name: getattr(found, name) * other})
            if likelihood(beside) >= best:
                return False
    return True


def test_no_other_parameters_make_likelier_how_often_clients_came() -> None:
    rows = simulated(40)
    found = fit_rhythm(np.array([(*row, 1_000) for row in rows]))
    assert nothing_is_likelier(found, lambda other: likelihood_of_rhythm(other, rows))


def test_parameters_that_clients_do_not_fix_stay_within_bounds() -> None:
    """Two hundred who are all alike: that nobody ever leaves and all buy at one rate would fit best."""
    found = fit_rhythm(np.array([(3.0, 200.0, 300.0, 200)]))
    assert found.r / found.alpha == pytest.approx(0.01, rel=0.05)
    assert found.r < 2_000
    assert found.a > 0.01


def test_counts_stand_for_as_many_clients() -> None:
    rows = simulated(300)
    once, thrice = (fit_rhythm(np.array([(*row, n) for row in rows])) for n in (1, 3))
    assert once.r == pytest.approx(thrice.r, rel=0.02)


def worths(clients: int, q: float) -> list[tuple[float, float]]:
    """Orders and what they are worth on average, of clients who buy as the model says."""
    random = np.random.default_rng(5)
    told = []
    for _ in range(clients):
        orders, scale = random.integers(1, 8), random.gamma(q, 1 / 20_000)
        told.append((float(orders), float(random.gamma(6.0 * orders, 1 / (scale * orders)))))
    return told


def test_of_orders_worth_what_the_model_says_the_worth_is_found_again() -> None:
    found = fit_worth(np.array([(*row, 1) for row in worths(4_000, 5.0)]))
    assert found.p * found.v / (found.q - 1) == pytest.approx(6.0 * 20_000 / 4.0, rel=0.1)


def test_no_other_parameters_make_likelier_what_orders_were_worth() -> None:
    rows = worths(150, 2.0)
    found = fit_worth(np.array([(*row, 7) for row in rows]))
    assert nothing_is_likelier(found, lambda other: likelihood_of_worth(other, rows))


@pytest.mark.parametrize("q", [0.7, 1.6])
def test_where_a_few_buy_for_most_of_the_money_a_client_is_worth_what_they_spend(q: float) -> None:
    """Of worths without a mean, and of such without a variance."""
    found = fit_worth(np.array([(*row, 1) for row in worths(3_000, q)]))
    assert found.q == pytest.approx(max(q, 1.0), rel=0.1)
    assert found.q > 1
    assert 50_000 < found.order(5, 50_000) < found.order(1, 50_000) < 80_000


def test_what_is_foretold_of_the_papers_clients_is_what_the_paper_foretells() -> None:
    """Two repeats, the last after 30.43 of 38.86 weeks: 1.226 orders in the 39 weeks after."""
    assert RHYTHM.orders(2, 30.43 * 7, 38.86 * 7, 39 * 7) == pytest.approx(1.226, abs=0.01)


def test_who_has_long_been_silent_for_their_rhythm_is_likely_gone_and_who_ordered_once_counts_as_alive() -> (
    None
):
    assert RHYTHM.alive(10, 200, 210) > 0.9 > 0.1 > RHYTHM.alive(10, 200, 900)
    assert RHYTHM.alive(0, 0, 900) == 1.0 > RHYTHM.alive(1, 10, 900)
    assert RHYTHM.orders(10, 200, 210) > 10 * RHYTHM.orders(10, 200, 900)


def test_a_card_by_which_a_whole_shop_is_served_is_foretold_as_well() -> None:
    """Twenty orders a day for a month: still at it, silent for a day, silent for a year."""
    at_it, yesterday, year = (RHYTHM.orders(600, 30, age) for age in (30, 31, 395))
    assert 365 * 20 > at_it > 365 > yesterday > 1 > year >= 0
    assert RHYTHM.alive(2_000, 1, 4_000) < 1e-300
    many = [a.purchase(a.NOON - 3 * DAY + n, client_id="c1") for n in range(300)]
    assert expected(a.record_of(*many), Lifetime(RHYTHM), a.NOON)["next_year"] >= 0


def test_what_an_order_of_the_papers_clients_is_worth_is_what_the_paper_says() -> None:
    """35.22 dollars on average; who spent 50 on each of two is worth 46.93: (v + x m) p / (p x + q - 1)."""
    worth = Worth(6.25, 3.74, 15.44)
    assert worth.order(0, 0) == pytest.approx(35.22, abs=0.005)
    assert worth.order(2, 50) == pytest.approx((15.44 + 100) * 6.25 / (12.5 + 2.74))


def test_one_order_says_little_of_what_the_next_is_worth_and_ten_say_much() -> None:
    worth = Worth(6.25, 3.74, 15.44 * 100)
    everybody = worth.order(0, 0)
    assert everybody < worth.order(1, 50_000) < worth.order(10, 50_000) < 50_000


WORTH = Worth(6.0, 4.0, 50_000.0)


def foretold(now: float, *events: Any, worth: Worth | None = WORTH) -> dict[str, Any]:
    return expected(a.record_of(*events), Lifetime(RHYTHM, {"EUR": worth} if worth else {}), now)


def bought(days_ago: float, amount: int = 100_000) -> Any:
    return a.purchase(a.NOON - days_ago * DAY, client_id="c1", lines=[a.line(amount=amount)])


def test_the_year_ahead_stands_beside_the_facts_it_rests_on() -> None:
    likely = foretold(a.NOON, *(bought(days) for days in (120, 90, 30)))
    orders = RHYTHM.orders(2, 90, 120)
    assert likely == {
        "orders_next_year": round(orders, 2),
        "returns": round(RHYTHM.alive(2, 90, 120), 3),
        "next_year": round(orders * WORTH.order(3, 100_000)),
        "because": "3 orders in 120 days, the last 30 days ago, 100000 EUR minor units each on average",
    }
    assert (likely["orders_next_year"], likely["returns"]) == (2.67, 0.724)


def test_what_was_returned_is_not_what_an_order_is_worth() -> None:
    back = a.returned(a.NOON - DAY, client_id="c1", lines=[a.line(amount=50_000)])
    likely = foretold(a.NOON, bought(2.5), back)
    assert likely["next_year"] == round(RHYTHM.orders(0, 0, 2.5) * WORTH.order(1, 50_000))
    assert (
        likely["because"] == "1 orders in 2 days, the last 2 days ago, 50000 EUR minor units each on average"
    )
    all_of_it = a.returned(a.NOON - DAY, client_id="c1", lines=[a.line(amount=200_000)])
    assert foretold(a.NOON, bought(2), all_of_it) == foretold(a.NOON, bought(2), all_of_it, all_of_it) | {
        "next_year": 0
    }


def test_a_cent_is_worth_something_and_where_no_worth_is_known_the_clients_own_is_taken() -> None:
    orders = RHYTHM.orders(1, 3, 4)
    once, again = bought(4, amount=1), bought(1, amount=1)
    assert foretold(a.NOON, once, again)["next_year"] == round(orders * WORTH.order(2, 1)) > 1_000
    assert foretold(a.NOON, once, again, worth=None)["next_year"] == round(orders)


def test_who_has_just_bought_for_the_first_time_is_a_day_old() -> None:
    likely = foretold(a.NOON, bought(0.25))
    assert likely["orders_next_year"] == round(RHYTHM.orders(0, 0, 1), 2)
    assert foretold(a.NOON, bought(1.5))["orders_next_year"] == round(RHYTHM.orders(0, 0, 1.5), 2)


def test_nothing_is_foretold_from_too_few_clients_or_of_who_has_bought_nothing() -> None:
    cells = Counter({"c|740|740|1": LEAST - 1, "g:EUR|1|120": LEAST - 1})
    assert lifetime_of(cells.items(), a.NOON) == Lifetime()
    buyer, looker = a.record_of(a.purchase(client_id="c1")), a.record_of(a.view(client_id="c1"))
    assert expected(buyer, Lifetime(), a.NOON) == {}
    assert expected(looker, Lifetime(RHYTHM), a.NOON) == {}


def test_a_cell_stands_for_clients_in_the_middle_of_it() -> None:
    """Three repeats in four periods; two within one; one order; one that came back before a day was over."""
    now = 740 * PERIOD + DAY / 4
    cells = {"c:1|738|734|4": 90, "c:3|736|736|3": 60, "c:1|730|730|1": 140, "c:2|740|740|2": 30}
    ages = [(now - (first + 0.5) * PERIOD) / DAY for first in (734, 736, 730)]
    rows = [
        (3.0, 4 * PERIOD / DAY, ages[0], 90),
        (2.0, PERIOD / DAY / 3, ages[1], 60),
        (0.0, 0.0, ages[2], 140),
        (1.0, 1.0, 1.0, 30),
    ]
    assert lifetime_of(cells.items(), now).rhythm == fit_rhythm(np.array(rows))
    assert lifetime_of([*cells.items(), ("c:1|700|690|9", 0)], now).rhythm == fit_rhythm(np.array(rows))


def test_what_orders_are_worth_is_fitted_by_currency_to_all_who_kept_something() -> None:
    euros = [(1 + n % 3, 8_000 + 700 * n) for n in range(LEAST - 1)]
    cells = {f"g:EUR|{bucket(orders)}|{bucket(worth)}": 1 for orders, worth in euros}
    assert len(cells) < LEAST - 1
    cells = dict.fromkeys(cells, 1) | {"g:EUR|1|1": LEAST - len(cells)}
    rows = [(*(middle(int(place)) for place in name.split("|")[1:]), count) for name, count in cells.items()]
    too_few = {"g:JPY|1|90": LEAST - 1, "g:EUR|2|0": 40, "g:EUR|2|-7": 3, "k|regulars": 900, "r|20770": 900}
    found = lifetime_of((cells | too_few).items(), a.NOON)
    assert (found.rhythm, found.worth) == (None, {"EUR": fit_worth(np.array(rows))})


def test_cells_of_many_records_give_what_the_records_themselves_give() -> None:
    rows = [(x, between, age) for x, between, age in simulated(1_500)]
    cells: Counter[str] = Counter()
    for x, between, age in rows:
        first = a.NOON - age * DAY
        times = [first, *(first + between * DAY * n / x for n in range(1, int(x) + 1))]
        cells.update(cells_of(a.record_of(*(a.purchase(at, client_id="c1") for at in times))))
    coarse, exact = (
        lifetime_of(cells.items(), a.NOON).rhythm,
        fit_rhythm(np.array([(*row, 1) for row in rows])),
    )
    assert coarse is not None
    foretold = [(coarse.orders(*row), exact.orders(*row)) for row in rows]
    assert sum(c for c, _ in foretold) == pytest.approx(sum(e for _, e in foretold), rel=0.08)
