"""What a client is likely to buy: parameters found again, facts beside every figure, nothing from too few."""

from collections import Counter

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
from feature_store.tally import cells_of
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


def test_counts_stand_for_as_many_clients() -> None:
    rows = simulated(300)
    once, thrice = (fit_rhythm(np.array([(*row, n) for row in rows])) for n in (1, 3))
    assert once.r == pytest.approx(thrice.r, rel=0.02)


def test_of_orders_worth_what_the_model_says_the_worth_is_found_again() -> None:
    random = np.random.default_rng(5)
    rows = []
    for _ in range(4_000):
        orders, scale = random.integers(1, 8), random.gamma(5.0, 1 / 20_000)
        rows.append((float(orders), random.gamma(6.0 * orders, 1 / (scale * orders)), 1))
    found = fit_worth(np.array(rows))
    mean = found.p * found.v / (found.q - 1)
    assert mean == pytest.approx(6.0 * 20_000 / 4.0, rel=0.1)


def test_what_is_foretold_of_the_papers_clients_is_what_the_paper_foretells() -> None:
    """Two repeats, the last after 30.43 of 38.86 weeks: 1.226 orders in the 39 weeks after."""
    assert RHYTHM.orders(2, 30.43 * 7, 38.86 * 7, 39 * 7) == pytest.approx(1.226, abs=0.01)


def test_who_has_long_been_silent_for_their_rhythm_is_likely_gone_and_who_ordered_once_counts_as_alive() -> (
    None
):
    assert RHYTHM.alive(10, 200, 210) > 0.9 > 0.1 > RHYTHM.alive(10, 200, 900)
    assert RHYTHM.alive(0, 0, 900) == 1.0
    assert RHYTHM.orders(10, 200, 210) > 10 * RHYTHM.orders(10, 200, 900)


def test_one_order_says_little_of_what_the_next_is_worth_and_ten_say_much() -> None:
    worth = Worth(6.25, 3.74, 15.44 * 100)
    everybody = worth.order(0, 0)
    assert everybody < worth.order(1, 50_000) < worth.order(10, 50_000) < 50_000


def test_the_year_ahead_stands_beside_the_facts_it_rests_on() -> None:
    bought = [
        a.purchase(a.NOON - n * 30 * DAY, client_id="c1", lines=[a.line(amount=100_000)]) for n in (4, 3, 1)
    ]
    likely = expected(a.record_of(*bought), Lifetime(RHYTHM, {"EUR": Worth(6.0, 4.0, 50_000.0)}), a.NOON)
    assert likely["because"] == (
        "3 orders in 120 days, the last 30 days ago, 100000 EUR minor units each on average"
    )
    assert 0 < likely["returns"] <= 1
    assert likely["next_year"] == pytest.approx(likely["orders_next_year"] * 100_000, rel=0.1)


def test_nothing_is_foretold_from_too_few_clients_or_of_who_has_bought_nothing() -> None:
    cells = Counter({"c|740|740|1": LEAST - 1, "g:EUR|1|120": LEAST - 1})
    assert lifetime_of(cells.items(), a.NOON) == Lifetime()
    buyer, looker = a.record_of(a.purchase(client_id="c1")), a.record_of(a.view(client_id="c1"))
    assert expected(buyer, Lifetime(), a.NOON) == {}
    assert expected(looker, Lifetime(RHYTHM), a.NOON) == {}


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
