"""Thompson sampling with silence as an arm: what is taken, with what chance, and what intimacy costs."""

from random import Random
from statistics import NormalDist, fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.choice import LOT, Arm, Scored, arm_of, choose
from agents.laplace import ENOUGH
from agents.model import Belief
from agents.models.acceptance import MODEL
from agents.phrase import Phrase
from tests import builders as a

ARMS = st.lists(
    st.builds(Arm, st.floats(-0.2, 1.0), st.one_of(st.just(0.0), st.floats(0.01, 0.4))),
    min_size=1,
    max_size=5,
)


def taken(arms: list[Arm], silence: float | None, draws: int = 4_000) -> list[float]:
    """The share in which each arm was taken, and silence last."""
    took = [choose(arms, silence, str(seed)).taken for seed in range(draws)]
    return [fmean(t == arm for t in took) for arm in (*range(len(arms)), None)]


def test_what_is_surely_worth_less_than_silence_is_never_said() -> None:
    assert choose([Arm(0.09)], 0.1, "m").taken is None
    assert choose([Arm(0.11)], 0.1, "m").taken == 0


def test_where_something_must_be_said_the_best_is_whatever_silence_is_worth() -> None:
    choice = choose([Arm(0.01), Arm(0.02)], None, "m")
    assert (choice.taken, choice.chances, choice.silence) == (1, (0.0, 1.0), 0.0)


def test_the_same_moment_takes_the_same_arm_again() -> None:
    arms = [Arm(0.3, 0.2), Arm(0.3, 0.2)]
    assert choose(arms, 0.1, "lumiere|web|7") == choose(arms, 0.1, "lumiere|web|7")
    assert len({choose(arms, 0.1, f"lumiere|web|{n}").taken for n in range(50)}) == 3


@pytest.mark.parametrize(
    ("arms", "silence"),
    [
        ([Arm(0.2, 0.1)], 0.1),
        ([Arm(0.3, 0.05), Arm(0.25, 0.2)], 0.1),
        ([Arm(0.2), Arm(0.1, 0.3), Arm(0.15, 0.1)], 0.15),
        ([Arm(0.3, 0.1), Arm(0.3, 0.1)], None),
    ],
)
def test_chances_are_those_with_which_arms_are_taken(arms: list[Arm], silence: float | None) -> None:
    choice = choose(arms, silence, "m")
    assert taken(arms, silence) == pytest.approx([*choice.chances, choice.silence], abs=0.03)


@given(worth=st.floats(-0.2, 0.6), spread=st.floats(0.02, 0.4), certain=st.booleans())
def test_the_chance_of_an_arm_is_that_of_the_normal_it_is_drawn_from(
    worth: float, spread: float, certain: bool
) -> None:
    """Beside silence, or something certain that is worth more: a weight of one over it errs by as much."""
    arms, beaten = [Arm(worth, spread), Arm(0.15 if certain else 0.05)], 0.15 if certain else 0.1
    likely = NormalDist(worth, spread)
    expected = LOT + (1 - LOT) * (1 - likely.cdf(beaten))
    assert choose(arms, 0.1, "m").chances[0] == pytest.approx(expected, rel=0.01)


@settings(max_examples=200, deadline=None)
@given(arms=ARMS, silence=st.one_of(st.none(), st.floats(0.0, 0.5)))
def test_chances_are_a_distribution_and_what_was_taken_has_one(
    arms: list[Arm], silence: float | None
) -> None:
    choice = choose(arms, silence, "m")
    assert sum(choice.chances) + choice.silence == pytest.approx(1.0)
    assert all(0.0 <= chance <= 1.0 for chance in (*choice.chances, choice.silence))
    assert (choice.silence if choice.taken is None else choice.chances[choice.taken]) > 0.0


def test_what_is_little_known_is_tried_though_it_is_held_to_be_worth_less() -> None:
    assert taken([Arm(0.05, 0.1)], 0.1)[0] > 0.2
    assert taken([Arm(0.05, 0.01)], 0.1)[0] == pytest.approx(LOT, abs=0.01)


def test_half_of_an_action_that_hopes_for_an_answer_is_worth_nothing_without_one() -> None:
    asked = a.proposal(value=0.8, title=Phrase("Write"), why=[Phrase("Known")])

    def worth(answer: float) -> float:
        scored = Scored(x={}, acceptance=Belief(0.5), response=Belief(answer))
        return arm_of(a.moment(), asked, scored, must=False).worth

    assert (worth(0.0), worth(1.0)) == (pytest.approx(0.2), pytest.approx(0.4))


def test_of_two_actions_worth_the_same_the_less_intimate_is_said() -> None:
    scored = Scored(x={}, acceptance=Belief(0.5))
    plain, intimate = (
        arm_of(a.moment(), a.proposal(title=Phrase("Write"), why=[why]), scored, must=False)
        for why in (Phrase("Ring 52", "sizes.ring"), Phrase("Zoé is five", "preferences.children"))
    )
    assert plain.worth > intimate.worth


def test_nothing_is_tried_where_something_must_be_said() -> None:
    unsure = Scored(x={}, acceptance=Belief(0.5, 0.3))
    assert arm_of(a.moment(), a.proposal(), unsure, must=True).spread == 0.0
    assert arm_of(a.moment(), a.proposal(), unsure, must=False).spread > 0.0


def test_a_log_of_choices_tells_what_another_policy_would_have_earned() -> None:
    arms, paid, earned = [Arm(0.3, 0.2), Arm(0.3, 0.2)], (0.2, 0.6), []
    for seed in range(4_000):
        choice = choose(arms, None, str(seed))
        assert choice.taken is not None
        reward = float(Random(seed).random() < paid[choice.taken])
        earned.append(reward * (choice.taken == 1) / choice.chances[choice.taken])
    assert fmean(earned) == pytest.approx(0.6, abs=0.05)


def test_a_house_that_has_just_begun_follows_its_rules_and_tries_nothing() -> None:
    model, x = MODEL.new(), MODEL.x(a.moment(), a.proposal())
    spreads = [MODEL.believe(None, x).spread, MODEL.believe(model, x).spread]
    for _ in range(ENOUGH):
        MODEL.learn(model, x, 1)
    assert spreads == [0.0, 0.0]
    assert MODEL.believe(model, x).spread > 0.0


def test_what_is_taught_makes_surer() -> None:
    model, x = MODEL.new(), MODEL.x(a.moment(), a.proposal())
    for n in range(2 * ENOUGH):
        MODEL.learn(model, x, n % 2)
    before = MODEL.believe(model, x).spread
    for n in range(4 * ENOUGH):
        MODEL.learn(model, x, n % 2)
    assert MODEL.believe(model, x).spread < before


def test_what_staff_always_refused_is_still_tried_by_lot() -> None:
    """Held impossible it would have no doubt, and who has none is out of the lot for good."""
    model = MODEL.new()
    liked, refused = (MODEL.x(a.moment(), a.proposal(action=action)) for action in ("liked", "refused"))
    random, arms = Random(3), []
    for _ in range(400):
        MODEL.learn(model, liked, int(random.random() < 0.9))
        MODEL.learn(model, refused, 0)
        belief = MODEL.believe(model, refused)
        arms.append(Arm(belief.p, belief.spread))
    assert min(choose([arm], 0.1, "m").chances[0] for arm in arms[ENOUGH:]) >= LOT
