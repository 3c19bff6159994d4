"""What the choice drew, as lines by which another policy is judged."""

from random import Random
from typing import Any

import msgspec
import pytest

from agents.attention import WITHIN
from agents.choice import ACCEPTANCE, RESPONSE, Scored
from agents.decide import decide
from agents.drawn import SILENCE, Labels, drawn
from agents.evaluate import Evaluation
from agents.laplace import believe
from agents.model import Belief
from agents.moment import Moment, Proposal
from agents.rule import Rule
from agents.tracing import traced
from schemas.decisions import Logged, logged
from schemas.messages import Outcome
from schemas.traces import Trace, trace_of
from tests import builders as a
from tests.builders import Line

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


PRICE = a.LUMIERE.interruption
LATER = a.NOON + 30 * 86_400
DAY = 86_400.0
CART = 0.5
"""What a cart that is followed and answered is worth."""


def lines(trace: Trace, labels: Labels | None = None, now: float = LATER) -> list[Logged]:
    """As the command writes them and the evaluation reads them."""
    return [logged(msgspec.json.encode(line)) for line in drawn("d1", trace, labels or {}, now, PRICE)]


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
        [line] = lines(trace, {(ACCEPTANCE, alert): y})
        assert line.reward == (None if reward is None else pytest.approx(reward))
        assert line.labels == {ACCEPTANCE: y}
    assert lines(trace)[0].reward is None
    quiet = next(
        trace
        for trace in (decided(nth, *offers()) for nth in range(500))
        if lines(trace)[0].action == SILENCE
    )
    [silent] = lines(quiet)
    assert silent.reward == 0.0
    assert silent.propensity == pytest.approx(1 - sum(one.chance or 0.0 for one in quiet.candidates))


def test_what_an_interruption_costs_is_the_same_in_each_arm_of_an_experiment() -> None:
    """An arm that holds silence to be worth less says more readily; what it says costs the house as much."""
    bold = a.lumiere(interruption=0.0)
    said = next(
        t for t in (decided(n, *offers(), maison=bold) for n in range(99)) if lines(t)[0].action == "call"
    )
    [alert] = [one.alert for one in said.candidates if one.alert]
    [line] = lines(said, {(ACCEPTANCE, alert): 0})
    assert said.candidates[0].silence == 0.0
    assert line.reward == pytest.approx(-PRICE)
    assert line.q == pytest.approx([0.5 * WORTH[name] - PRICE for name in line.actions[:-1]] + [0.0])
    tired = decided(0, a.proposal(action="card", purpose="marketing", value=0.1, ref="card"), maison=bold)
    assert [lines(tired)[0].policies[name] for name in ("rules", "best")] == [[1.0, 0.0], [0.0, 1.0]]


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
        followed = int(random.random() < FOLLOWED[said.action]) if said is not None else 0
        labels = {} if said is None else {(ACCEPTANCE, said.alert): followed}
        for line in drawn(f"d{nth}", trace, labels, LATER, PRICE):
            evaluation.add(line)
    found = evaluation.policies
    truth = {"rules": 0.2 * 0.8 - 0.1, SILENCE: 0.0}
    for policy, value in truth.items():
        for estimate in (found[policy].ips, found[policy].dr):
            assert estimate is not None
            assert estimate.low - 0.01 <= value <= estimate.high + 0.01, policy


async def told_of_a_cart(*then: Any, verdict: str = "accepted", **data: Any) -> tuple[Line, float]:
    """A line on which staff gave a verdict on a cart that was left, and this then came; when they gave it."""
    line, alert = await a.cart_left()
    followed = line.now
    await line.tell(a.feedback(alert, "delivered", at=followed), a.feedback(alert, verdict, followed, **data))
    for event in then:
        await line.until(event.time.timestamp(), step=DAY / 2)
        await line.tell(event)
    return line, followed


def written(line: Line) -> Logged:
    """The line of what was drawn about the cart, as the log stands now."""
    labels = {
        (model, one.decision): one.y
        for model in (ACCEPTANCE, RESPONSE)
        for one in line.taught[model]
        if isinstance(one, Outcome)
    }
    found = [one for trace in line.traces for one in lines(trace_of(trace.body), labels, line.now)]
    [cart] = [one for one in found if "abandoned_cart" in one.actions]
    return cart


@pytest.mark.parametrize("step", ["bought", "came back", "replied"])
async def test_an_answer_twelve_days_after_the_card_is_in_the_reward_and_nothing_is_before_its_time(
    step: str,
) -> None:
    at = a.NOON + 12 * DAY
    answer = {
        "bought": a.purchase(at, client_id="k1"),
        "came back": a.checkin(at, client_id="k1"),
        "replied": a.chat(at, client_id="k1"),
    }[step]
    line, followed = await told_of_a_cart(answer)
    early = written(line)
    assert (early.reward, early.labels) == (None, {ACCEPTANCE: 1}), "what is not known yet is no zero"
    await line.until(followed + WITHIN + DAY, step=DAY / 2)
    assert written(line).labels == {ACCEPTANCE: 1, RESPONSE: 1}
    assert written(line).reward is None, "somebody may have followed it to the end of its second day"
    await line.until(followed + WITHIN + 2 * DAY, step=DAY / 2)
    silent, _ = await told_of_a_cart()
    await silent.until(followed + WITHIN + 2 * DAY, step=DAY / 2)
    value, price = CART, a.LUMIERE.interruption
    assert written(line).reward == pytest.approx(value - price)
    assert written(silent).labels == {ACCEPTANCE: 1, RESPONSE: 0}
    assert written(silent).reward == pytest.approx(value / 2 - price)
    staff, client = (believe(None, early.x["abandoned_cart"][model]).p for model in (ACCEPTANCE, RESPONSE))
    expected = staff * (0.5 + 0.5 * client) * value - price
    assert early.q == pytest.approx([expected, 0.0], abs=2e-4), "what models expect of the same"


async def test_a_refusal_waits_as_long_as_an_answer_would_have_and_so_does_silence() -> None:
    """Else the newest weeks of a log would have refusals and silences, and no sale."""
    line, followed = await told_of_a_cart(verdict="dismissed")
    assert (written(line).reward, written(line).labels) == (None, {RESPONSE: None})
    await line.until(followed + 2 * DAY, step=DAY / 2)
    assert (written(line).reward, written(line).labels) == (None, {ACCEPTANCE: 0, RESPONSE: None})
    await line.until(followed + WITHIN + 2 * DAY, step=DAY / 2)
    assert written(line).reward == pytest.approx(-a.LUMIERE.interruption)
    until = a.NOON + 5 * DAY
    card, call = offers()
    competed = (card, msgspec.structs.replace(call, valid_to=until))
    trace = next(t for t in (decided(n, *competed) for n in range(500)) if lines(t)[0].action == SILENCE)
    assert [lines(trace, now=until + past)[0].reward for past in (-1, 0)] == [None, 0.0]


async def test_where_nobody_will_know_whether_the_client_answered_there_is_no_reward() -> None:
    line, followed = await told_of_a_cart()
    later = followed + WITHIN + 3 * DAY
    await line.tell(a.checkin(later, client_id="k1"))  # and only then it is looked
    await line.until(later + DAY, step=DAY)
    assert (written(line).reward, written(line).labels) == (None, {ACCEPTANCE: 1, RESPONSE: None})


async def test_who_declined_had_been_asked_and_half_the_value_is_for_the_asking() -> None:
    line, followed = await told_of_a_cart(verdict="dismissed", because="declined")
    await line.until(followed + WITHIN + 2 * DAY, step=DAY / 2)
    assert written(line).reward == pytest.approx(CART / 2 - a.LUMIERE.interruption)
