"""Which of several kinds is chosen."""

from math import nan

import pytest

from agents.shares import COUNTS, OWN, K, Shares, case_of, cell_of, dump, learn, load, predict


def chosen(**often: int) -> Shares:
    """A house of which couples at the Riviera chose these."""
    shares = Shares()
    for kind, times in often.items():
        for _ in range(times):
            shares.count(cell_of("pillow", "riviera", "couples"), kind)
    return shares


def test_a_cell_that_saw_nothing_says_what_lies_around_it_and_one_that_saw_much_what_it_saw() -> None:
    shares = chosen(down=300, foam=100)
    there = shares.shares("pillow/riviera/couples")
    assert there["down"] == pytest.approx(0.75, abs=0.01)
    assert shares.shares("pillow/riviera/families") == shares.shares("pillow/riviera")
    for _ in range(1000):
        shares.count("pillow/riviera/families", "foam")
    assert shares.shares("pillow/riviera/families")["foam"] > 0.98
    assert shares.shares("pillow/riviera/couples")["down"] == pytest.approx(0.75, abs=0.02)


def test_a_worked_number() -> None:
    """Three of four chose down: 10 stand for an even choice, once a cell; then one own choice of foam."""
    shares, around = chosen(down=3, foam=1), 0.5
    for _ in range(3):
        around = (3 + K * around) / (4 + K)
    assert shares.shares("pillow/riviera/couples")["down"] == pytest.approx(around)
    own = shares.shares("pillow/riviera/couples", {"foam": 1})
    assert own["down"] == pytest.approx(OWN * around / (1 + OWN))
    assert sum(own.values()) == pytest.approx(1)


def test_wishes_of_one_kind_say_nothing_of_another() -> None:
    assert chosen(down=3).shares("floor/riviera/couples") == {}


def test_what_was_not_chosen_or_makes_no_sense_teaches_nothing() -> None:
    shares = chosen(down=3)
    before = dump(shares)
    case = case_of("pillow/riviera", {"down": 1}, "foam")
    learn(shares, case, 0)
    learn(shares, case | {"own/down": nan}, 1)
    learn(shares, {"chose/foam": 1.0}, 1)
    assert dump(shares) == before
    learn(shares, case, 1)
    assert dump(shares) != before


def test_what_is_likely_is_held_for_likely_and_what_nobody_ever_chose_is_not() -> None:
    shares = chosen(down=30, foam=10)
    likely, less, never = (
        predict(shares, case_of("pillow/riviera/couples", {}, kind)) for kind in ("down", "foam", "straw")
    )
    assert likely > less > never == 0.0
    assert predict(load(dump(shares)), case_of("pillow/riviera/couples", {}, "down")) == likely


def test_it_never_grows_beyond_its_bound_and_forgets_what_is_rare_first() -> None:
    shares = chosen(down=300)
    for n in range(2 * COUNTS):
        shares.count("pillow/riviera", f"word {n}")
    assert sum(map(len, shares.counts.values())) <= COUNTS
    assert shares.counts["pillow/riviera/couples"]["down"] > 10
