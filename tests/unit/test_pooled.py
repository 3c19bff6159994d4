"""Rates of nested groups: little evidence is lent from what lies around it, much stands for itself."""

from math import log
from random import Random

import pytest

from agents.pooled import CELLS, K, Pooled, loaded, path_of

BOUTIQUE, CLIENT = "who/vendome", "who/vendome/c1"


def taught(*cases: tuple[str, int, int]) -> Pooled:
    pooled = Pooled()
    for path, came, stayed in cases:
        for y in [True] * came + [False] * stayed:
            pooled.learn_one({path: 1.0}, y)
    return pooled


def test_a_group_nobody_has_seen_says_what_lies_around_it() -> None:
    pooled = taught((CLIENT, 80, 20))
    assert pooled.rate("who/vendome/new") == pooled.rate(BOUTIQUE)
    assert pooled.rate("who/ginza/new") == pytest.approx(0.8, abs=0.01)


def test_three_cases_are_drawn_to_the_boutique_and_three_hundred_stand_for_themselves() -> None:
    few = taught(("who/vendome/others", 50, 150), (CLIENT, 3, 0))
    many = taught(("who/vendome/others", 50, 150), (CLIENT, 300, 0))
    around = few.rate(BOUTIQUE)
    assert few.rate(CLIENT) == pytest.approx((3 + K * around) / (3 + K))
    assert few.rate(CLIENT) < 0.4 < 0.9 < many.rate(CLIENT)


def test_what_overlaps_is_not_counted_twice() -> None:
    random, pooled = Random(1), Pooled()
    for _ in range(4_000):
        good = random.random() < 0.5
        x = {**path_of("a", good), **path_of("b", good), **path_of("c", good)}
        pooled.learn_one(x, random.random() < (0.7 if good else 0.3))
    x = {**path_of("a", True), **path_of("b", True), **path_of("c", True)}
    assert pooled.predict_proba_one(x)[True] == pytest.approx(0.7, abs=0.05)


def test_whatever_partners_write_memory_is_bounded_and_the_maison_is_never_forgotten() -> None:
    pooled = Pooled()
    for number in range(3 * CELLS):
        pooled.learn_one(path_of("agent", "riviera", number), number % 4 == 0)
    assert len(pooled.seen) <= CELLS
    assert pooled.came.keys() == pooled.seen.keys()
    assert pooled.rate("agent/riviera") == pytest.approx(0.25, abs=0.03)
    assert len(next(iter(path_of("agent", "x" * 10_000)))) < 80


def test_what_each_path_adds_comes_to_the_odds_beside_those_of_all() -> None:
    pooled = taught((CLIENT, 300, 20), ("how/nfc", 40, 160), ("how/card", 100, 100))
    x = {CLIENT: 1.0, "how/nfc": 1.0, "what/unheard-of": 1.0}
    of, of_all = (pooled.predict_proba_one(asked)[True] for asked in (x, {}))
    added = pooled.adds(x)
    assert added[CLIENT] > 0 > added["how/nfc"]
    assert added.keys() == {CLIENT, "how/nfc"}, "what adds nothing is left out"
    assert sum(added.values()) == pytest.approx(log(of / (1 - of)) - log(of_all / (1 - of_all)), abs=1e-3)


def test_unsettled_it_follows_sooner() -> None:
    calm, unsettled = taught((CLIENT, 400, 0)), loaded(taught((CLIENT, 400, 0)).dump())
    unsettled.unsettle()
    for pooled in (calm, unsettled):
        for _ in range(100):
            pooled.learn_one({CLIENT: 1.0}, False)
    x = {CLIENT: 1.0}
    assert unsettled.predict_proba_one(x)[True] < calm.predict_proba_one(x)[True]
