"""A seeded slice of `make prove`: nothing a client would wince at reaches staff."""

from random import Random

from agents.decide import decide
from agents.rule import Rule
from schemas.alerts import AlertChange
from tests import builders as a
from tests.faux_pas import a_life, a_proposal, faux_pas, judged

LIVES = 60


def test_of_a_thousand_moments_none_comes_to_a_faux_pas() -> None:
    drawn, cards, found = judged(LIVES, "a seeded slice")
    assert drawn == 20 * LIVES
    assert cards > drawn / 20, "silence proves nothing"
    assert found == []


def test_without_guards_the_same_moments_are_full_of_them() -> None:
    random = Random("a seeded slice")
    reasons = set()
    for _ in range(LIVES * 5):
        life = a_life(random)
        said = a_proposal(random, life, a.NOON)
        rule = Rule(name="wrong", propose=lambda moment, said=said: [said])
        decision = decide(a.moment(client=life.client), [rule], [], a.scored(0.9))
        for _, change in decision.changes:
            assert isinstance(change, AlertChange)
            reasons |= set(faux_pas(change.alert, life, a.NOON, False, said.contact))
    assert len(reasons) == 11, sorted(reasons)
