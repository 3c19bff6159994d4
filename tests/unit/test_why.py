"""Why and why not: what is logged of a decision, what each reader is told, what would have changed it."""

from functools import partial
from typing import Any

import msgspec
import pytest

from agents.decide import decide
from agents.guard import Guard
from agents.laplace import FOLLOWED
from agents.moment import Moment
from agents.phrase import Phrase
from agents.registry import BY_MODEL, GUARDS
from agents.rule import Rule
from agents.sides import may_tell
from agents.tracing import traced
from agents.why import changes, sentence
from schemas.sealing import Key, Lost
from schemas.traces import Candidate, Trace, Traced, trace_of
from streams.decisions import opened
from streams.telling import messages_of
from streams.topics import DECISIONS
from streams.why import full, plain
from streams.why_command import text_of
from tests import builders as a
from tests.builders import Line

BY_NAME: dict[str, Guard] = {g.name: g for g in GUARDS}
BOUGHT, CHILD = (
    Phrase("she has bought twice", "facts.purchases"),
    Phrase("Zoé is five", "preferences.children"),
)
PART = ("lumiere", "part-of-a-client")


def adds(maison: str, model: str, x: dict[str, float]) -> dict[str, float]:
    return BY_MODEL[model].adds(None, x)


def logged(*proposals: Any, guards: Any = (), key: Key | None = None, **moment: Any) -> Any:
    from agents.choice import scored

    def score(at: Moment, proposal: Any) -> Any:
        return scored(at, proposal, BY_MODEL, {})

    rule = Rule(name="any", propose=lambda _: proposals)
    at = a.moment(a.checkin(card="c1"), **moment)
    return traced(at, decide(at, [rule], guards, score), adds, key)


def candidates(*proposals: Any, **more: Any) -> dict[str, Candidate]:
    return {c.action: c for c in trace_of(logged(*proposals, **more).body).candidates}


def quiet(value: float = 0.05, **changes: Any) -> Any:
    return a.proposal(purpose="marketing", value=value, **changes)


def test_what_was_said_what_gave_way_and_what_was_not_worth_it_are_all_logged() -> None:
    best = a.proposal(action="best", purpose="service", why=[BOUGHT])
    second = a.proposal(action="second", purpose="service", value=0.4, ref="x")
    late = a.proposal(action="late", valid_to=a.NOON - 1)
    found = candidates(best, second, late)
    assert {name: c.outcome for name, c in found.items()} == {
        "best": "said", "second": "outranked", "late": "too late",
    }  # fmt: skip
    assert found["best"].why == [("she has bought twice", ("facts.purchases",))]
    assert found["best"].adds["acceptance"]["always"] == FOLLOWED
    assert found["best"].x["acceptance"].keys() >= {"always", "urgency"}
    assert candidates(quiet(0.0))["boutique_welcome"].outcome == "silence was worth more"


def test_what_the_clients_attention_cost_is_logged_and_told_to_the_platform() -> None:
    client = a.record_of(a.contacted(a.NOON - 2 * 86_400, card="c1"))
    one = logged(quiet(0.5, contact=True), client=client)
    [candidate] = trace_of(one.body).candidates
    assert candidate.attention == 0.05
    [told] = full(one, trace_of(one.body)).candidates
    assert told.attention == 0.05
    assert any("attention 0.05" in line for line in text_of(full(one, trace_of(one.body))))


def test_a_decision_at_which_nothing_was_considered_is_not_logged() -> None:
    assert logged() is None


def test_what_is_logged_can_be_read_with_the_clients_key_alone() -> None:
    key, other = (Key(bytes(32), PART, [bytes([n]) * 16]) for n in (1, 2))
    one = logged(a.proposal(why=[BOUGHT]), key=key)
    assert b"bought" not in one.body
    [(_, trace)] = opened([one], {PART: key})
    assert trace.candidates[0].why[0][0] == "she has bought twice"
    assert opened([one], {PART: None}) == opened([one], {}) == opened([one], {PART: other}) == []
    with pytest.raises(Lost):
        other.open(one.body)


def test_staff_read_the_facts_they_may_know_in_one_sentence_and_never_a_number() -> None:
    trace = trace_of(logged(a.proposal(why=[BOUGHT, CHILD]), quiet(0.0, action="abandoned_cart")).body)
    hers = sentence(trace, "assigned", {}, BY_NAME)
    assert hers.text == (
        "Boutique welcome was proposed because she has bought twice, Zoé is five; "
        "abandoned cart gave way to what mattered more."
    )
    assert hers.withheld == set()
    theirs = sentence(trace, "serving", {}, BY_NAME)
    assert "Zoé" not in theirs.text
    assert theirs.withheld == {"preferences.children"}
    assert not any(digit.isdigit() for digit in hers.text)


def test_at_a_boutique_nothing_is_told_of_what_a_stay_led_to() -> None:
    leaving = a.proposal(action="farewell", title=Phrase("Leaves tomorrow", "stay.known"), why=[])
    trace = trace_of(logged(leaving).body)
    called_off = msgspec.structs.replace(
        trace, candidates=[Candidate(action="hotel_arrival", outcome="done")]
    )
    at = a.moment(a.checkin(card="c"))
    for site, told in (("riviera", True), ("vendome", False), ("", False)):
        found = sentence(trace, "assigned", {}, BY_NAME, partial(may_tell, at, site=site))
        assert (bool(found.candidates), "arewell" in found.text) == (told, told), site
        off = sentence(called_off, "assigned", {}, BY_NAME, partial(may_tell, at, site=site))
        assert off.text == "What was considered is not for you to know."
    assert "otel arrival was over" in sentence(called_off, "assigned", {}, BY_NAME).text


def test_why_a_guard_held_back_is_told_to_who_may_know_what_it_may_give_away() -> None:
    mourning = Guard(
        name="mourning", version=1, says="Nobody in mourning is greeted.", check=lambda m, p: "died"
    )
    came = a.proposal(title=Phrase("Just came in"), why=[])
    trace = trace_of(logged(came, guards=[mourning]).body)
    guards = {"mourning": mourning}
    assert sentence(trace, "assigned", {}, guards).text == (
        "Boutique welcome was held back by discretion: nobody in mourning is greeted."
    )
    for circle in ("serving", "team", "house", "manager"):
        told = sentence(trace, circle, {}, guards)  # type: ignore[arg-type]
        assert told.text == "Boutique welcome was held back by discretion."
        assert "died" not in told.text


def test_an_action_is_named_to_whoever_may_know_what_its_name_gives_away_and_so_is_what_woke_it() -> None:
    came = a.proposal(title=Phrase("Just came in"), why=[Phrase("Third visit", "facts.visits")])
    worried = a.proposal(action="worried", title=Phrase("Is worried", "mood.worry"), why=[])
    vip = a.proposal(action="very_important", title=Phrase("Is here"), why=[Phrase("VIP", "preferences.vip")])
    called_off = Candidate(action="birthday", outcome="retracted")
    trace = trace_of(logged(came).body)
    moved = Trace(
        woke="client.emotion",
        candidates=[*trace_of(logged(worried).body).candidates, *trace_of(logged(vip).body).candidates],
    )
    both = msgspec.structs.replace(trace, candidates=[*trace.candidates, *moved.candidates, called_off])

    def told(trace: Trace, circle: Any) -> tuple[str, list[str], str]:
        said = sentence(trace, circle, {}, BY_NAME)
        made = plain(Traced(maison="m", oid="o", id="d", at=a.NOON, body=b""), trace, said)
        return made.woke, [one.action for one in made.candidates], made.sentence or ""

    assert told(both, "house") == (
        "store.checkin",
        ["boutique_welcome"],
        "Boutique welcome was proposed because Third visit; the rest is not for you to know.",
    )
    assert told(moved, "house") == ("withheld", [], "What was considered is not for you to know.")
    assert told(moved, "team")[:2] == ("client.emotion", ["worried"])
    assert told(moved, "manager")[:2] == ("client.emotion", ["worried", "very_important"])
    everything = ["boutique_welcome", "worried", "very_important", "birthday"]
    assert told(both, "assigned")[:2] == ("store.checkin", everything)
    assert "not for you" not in told(both, "assigned")[2]


def test_the_platform_reads_numbers_and_names_of_facts_and_no_word_of_the_clients() -> None:
    one = logged(a.proposal(why=[BOUGHT, CHILD], title=Phrase("Aline is here", "name")), key=None)
    told = full(one, trace_of(one.body))
    assert told.candidates[0].facts == ["facts.purchases", "preferences.children"]
    assert told.candidates[0].probability is not None
    for word in ("Aline", "Zoé", "bought"):
        assert word not in repr(told)


def test_what_would_have_changed_it_is_told_in_numbers() -> None:
    quiet = Candidate(
        action="cart", outcome="silence was worth more", probability=0.2, worth=0.05, silence=0.1,
        adds={"acceptance": {"always": 1.0, "dismissed": -0.75}},
    )  # fmt: skip
    said = Candidate(action="welcome", outcome="said", probability=0.8, worth=0.8)
    ranked = Candidate(action="cart", outcome="outranked", probability=0.4, worth=0.2)
    vetoed = Candidate(action="cart", outcome="x", guard="consent")
    trace = Trace(woke="store.checkin", candidates=[quiet, said, ranked, vetoed])
    assert changes(quiet, trace) == [
        "a worth of 0.10, that of silence, instead of 0.05",
        "acceptance of 0.40 instead of 0.20",
        "dismissed, which took 0.75 from the log-odds of acceptance",
    ]
    reached = msgspec.structs.replace(quiet, adds={}, worth=0.03, intimacy=0.02, attention=0.05)
    assert changes(reached, trace) == [
        "a worth of 0.10, that of silence, instead of 0.03",
        "acceptance of 0.34 instead of 0.20",  # 0.20 x (0.10 + 0.07) / (0.03 + 0.07)
        "fewer contacts lately, which cost 0.05",
    ]
    assert changes(ranked, trace) == ["a worth of 0.80, that of welcome, instead of 0.20"]
    assert changes(vetoed, trace) == ["the guard consent letting it pass"]
    assert changes(said, trace) == []


async def test_a_slice_logs_its_decisions_as_one_message_on_the_shard_of_its_clients() -> None:
    line = Line()
    await line.tell(a.profile(a.NOON - 60, {"name": "Aline"}, card="c1"), a.checkin(card="c1"))
    [trace] = line.traces
    assert trace_of(trace.body).woke == "store.checkin"
    sent = messages_of(line.last, {})
    assert [m.key for m in sent if m.topic == DECISIONS] == [trace.oid.encode()]
