"""A hundred thousand adversarial moments and not one faux pas: each guard's own, and all at once."""

import importlib
from random import Random

import pytest

from agents.registry import GUARDS
from tests.faux_pas import judged
from tests.guarding import Slips, slipped

pytestmark = pytest.mark.prove
EACH = 50_000
"""Moments of either kind: drawn by the guards' own generators, and of lives in which all may hold at once."""


def test_no_guard_lets_a_faux_pas_of_its_kind_past() -> None:
    drawn = 0
    for guard in GUARDS:
        slips: Slips = importlib.import_module(f"tests.unit.guards.{guard.name}").slips
        for n in range(EACH // len(GUARDS) + 1):
            slip = slips(Random(f"prove {guard.name} {n}"))
            assert not slipped(slip, GUARDS), f"prove {guard.name} {n}"
            drawn += 1
    print(f"{drawn} faux pas drawn by {len(GUARDS)} guards, none got past")


def test_no_card_is_one_by_what_is_true_of_its_client() -> None:
    drawn, cards, found = judged(EACH // 20, "prove")
    print(f"{drawn} moments, {cards} cards, {len(found)} faux pas")
    assert drawn >= EACH
    assert found == []
