"""What the choice drew, as lines by which another policy is judged."""

from random import Random
from typing import Any

import msgspec
import pytest

from agents.choice import Scored
from agents.decide import decide
from agents.drawn import SILENCE, drawn
from agents.evaluate import Evaluation
from agents.model import Belief
from agents.moment import Moment, Proposal
from agents.rule import Rule
from agents.tracing import traced
from schemas.decisions import Logged, logged
from schemas.traces import Trace, trace_of
from tests import builders as a

WORTH = {"card": 0.4, "call": 0.8}
FOLLOWED = {"card": 0.9, "call": 0.2}
"""How often staff follow each, which no model was told."""


def unsure(moment: Moment, proposal: Proposal) -> Scored:
    """A model that holds every card for as likely to be followed, and knows that it knows little."""
    return Scored(x={"acceptance": {"always": 1.0}}, acceptance=Belief(0.5, 0.25))


def decided(nth: int, *proposals: Proposal, **moment: Any) -> Trace:
    at = a.moment(a.checkin(a.NOON + nth, card="c1"), **moment)
    at = msgspec.structs.replace(at, id=f"moment {nth}")  # what is drawn is seeded by it
    rule = Rule(name="any", propose=lambda _: proposals)
    made = traced(at, decide(at, [rule], (), unsure), lambda *_: {}, None)
    assert made is not None
    return trace_of(made.body)


def offers(site: str = "vendome") -> list[Proposal]:
    return [
        a.proposal(action=name, purpose="marketing", value=value, site=site, ref=name)
        for name, value in WORTH.items()
    ]


def lines(trace: Trace, labels: Any = None) -> list[Logged]:
    """As the command writes them and the evaluation reads them."""
    return [logged(msgspec.json.encode(line)) for line in drawn("d1", trace, labels or {})]


def test_a_line_has_what_competed_what_was_taken_and_with_which_chance() -> None:
    for nth in range(20):
        trace = decided(nth, *offers())
        [line] = lines(trace)
        said = {one.action: one for one in trace.candidates}
        assert set(line.actions) == {"card", "call", SILENCE}
        assert line.context == "d1/vendome"
        taken = said.get(line.action)
        assert (taken is None) == (line.action == SILENCE)
        silent = 1 - sum(one.chance or 0.0 for one in said.values())
        assert line.propensity == pytest.approx(silent if taken is None else taken.chance)
        assert line.x["card"] == {"acceptance": {"always": 1.0}}
        assert line.q == pytest.approx([0.5 * WORTH[name] - 0.1 for name in line.actions[:-1]] + [0.0])


def test_the_reward_is_what_came_of_it_less_what_an_interruption_costs_and_unknown_until_it_is_known() -> (
    None
):
    trace = next(
        trace for trace in (decided(nth, *offers()) for nth in range(500)) if lines(trace)[0].action == "call"
    )
    [alert] = [one.alert for one in trace.candidates if one.alert]
    for y, reward in ((1, 0.7), (0, -0.1), (None, None)):
        assert lines(trace, {alert: y})[0].reward == (None if reward is None else pytest.approx(reward))
    assert lines(trace)[0].reward is None
    quiet = next(
        trace
        for trace in (decided(nth, *offers()) for nth in range(500))
        if lines(trace)[0].action == SILENCE
    )
    [silent] = lines(quiet)
    assert silent.reward == 0.0
    assert silent.propensity == pytest.approx(1 - sum(one.chance or 0.0 for one in quiet.candidates))


def test_of_what_had_to_be_said_there_is_no_line_and_each_inbox_draws_for_itself() -> None:
    must = a.proposal(action="must", purpose="service", ref="m")
    assert lines(decided(0, must, *offers())) == []
    both = lines(decided(0, *offers(), *offers("ginza")))
    assert {line.context for line in both} == {"d1/vendome", "d1/ginza"}
    twice = lines(decided(0, *offers(), a.proposal(action="card", purpose="marketing", ref="other")))
    assert sorted(twice[0].actions) == ["call", "card", "card 2", SILENCE]


def test_policies_that_were_not_in_force_are_judged_by_what_the_choice_drew() -> None:
    """3,000 moments of a choice that knows nothing; the truth of each yardstick is known here alone."""
    random, evaluation = Random(1), Evaluation()
    for nth in range(3_000):
        trace = decided(nth, *offers())
        said = next((one for one in trace.candidates if one.alert), None)
        labels = {} if said is None else {said.alert: int(random.random() < FOLLOWED[said.action])}
        for line in drawn(f"d{nth}", trace, labels):
            evaluation.add(line)
    found = evaluation.policies
    truth = {"rules": 0.2 * 0.8 - 0.1, SILENCE: 0.0}
    for policy, value in truth.items():
        for estimate in (found[policy].ips, found[policy].dr):
            assert estimate is not None
            assert estimate.low - 0.01 <= value <= estimate.high + 0.01, policy
