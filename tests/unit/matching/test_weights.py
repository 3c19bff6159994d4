"""What people's verdicts teach the model."""

from itertools import permutations

import pytest

from agents.matching.traits import FIELDS
from agents.matching.weights import LEVELS, M, U, Verdict, bits, learned, weigh

ALIKE, HOUSEHOLD = "~~.....", "-.==..="


@pytest.mark.parametrize("table", [M, U])
def test_levels_are_a_distribution(table: dict[str, tuple[float, ...]]) -> None:
    assert tuple(table) == FIELDS
    for row in table.values():
        assert len(row) == len(LEVELS)
        assert sum(row) == pytest.approx(1.0)


def test_before_any_verdict_the_model_is_as_it_was() -> None:
    assert weigh(ALIKE, learned([])) == bits(ALIKE)


def test_verdicts_move_the_weights_their_way_and_not_at_once() -> None:
    before = bits(HOUSEHOLD)
    families = learned([Verdict(HOUSEHOLD, same=False)] * 20)
    assert weigh(HOUSEHOLD, families) < before - 5
    assert weigh(HOUSEHOLD, learned([Verdict(HOUSEHOLD, same=False)])) > weigh(HOUSEHOLD, families)
    assert weigh("-......", learned([Verdict("-......", same=True)] * 20)) > bits("-......")
    assert weigh("=......", families) == pytest.approx(bits("=......"), abs=0.5)


def test_the_order_of_verdicts_does_not_matter() -> None:
    said = [Verdict(ALIKE, True), Verdict(HOUSEHOLD, False), Verdict(HOUSEHOLD, True)]
    assert len({str(learned(order)) for order in permutations(said)}) == 1
