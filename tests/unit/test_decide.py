"""From proposals to what is said: guards, ranking, silence, one card per inbox."""

import gc
from collections.abc import Iterable
from itertools import permutations
from typing import Any

import msgspec
import pytest

from agents.choice import Scored
from agents.decide import Decision, decide
from agents.guard import Guard, Wait
from agents.model import Belief
from agents.moment import Moment, Proposal, Withdraw
from agents.registry import GUARDS, WAKES
from agents.rule import Rule
from feature_store import record as records
from feature_store.features.attention import Proposed, coded, keep
from feature_store.store import Timer, timer_of
from schemas.alerts import AlertChange, StatusChange
from schemas.events.client import PURPOSES
from schemas.messages import Example
from tests import builders as a


def rule(*said: Any) -> Rule:
    def propose(moment: Moment) -> Iterable[Any]:
        return said

    return Rule(name="given", propose=propose)


def decided(
    *said: Any, moment: Moment | None = None, guards: tuple[Guard, ...] = (), p: float = 0.5
) -> Decision:
    return decide(moment or a.moment(), [rule(*said)], guards, a.scored(p))


def guard(name: str, reason: str) -> Guard:
    return Guard(name=name, version=1, says="It says so", check=lambda moment, proposal: reason)


def alerts(decision: Decision) -> list[tuple[str, str]]:
    return [(inbox, c.alert.action) for inbox, c in decision.changes if isinstance(c, AlertChange)]


def test_the_worthiest_proposal_is_said_and_the_other_is_in_the_trace() -> None:
    decision = decided(a.proposal(action="small", value=0.3), a.proposal(action="great", value=0.9))
    assert alerts(decision) == [("lumiere/vendome", "great")]
    assert {line.action: line.outcome for line in decision.trace} == {"great": "said", "small": "outranked"}


def test_what_else_might_have_been_is_told_in_full_where_an_action_is_proposed_twice() -> None:
    unsure = Scored(x={"acceptance": {"x": 1.0}}, acceptance=Belief(0.5, 0.3))
    invited = [a.proposal(action="event_invitation", ref=ref, purpose="one_to_one") for ref in "abc"]
    decision = decide(a.moment(), [rule(*invited)], (), lambda moment, proposal: unsure)
    [(_, example)] = decision.examples
    assert isinstance(example, Example)
    assert example.chance + sum(example.others.values()) == pytest.approx(1.0)


def test_one_moment_may_speak_to_two_inboxes() -> None:
    decision = decided(a.proposal(site="vendome"), a.proposal(site=None, action="to_service"))
    assert {inbox for inbox, _ in alerts(decision)} == {"lumiere/vendome", "lumiere/client-service"}


def test_silence_wins_over_little_worth_unless_the_client_stands_there() -> None:
    little: dict[str, Any] = {"value": 0.1, "purpose": "one_to_one"}
    assert alerts(decided(a.proposal(**little), p=0.5)) == []
    assert alerts(decided(a.proposal(**little, present=True), p=0.5)) != []


def test_a_service_is_never_kept_back_nor_news_of_what_is_open() -> None:
    assert alerts(decided(a.proposal(purpose="service"), p=0.01)) != []
    news = a.proposal(purpose="one_to_one", updates=True)
    assert alerts(decided(news, p=0.01)) == []
    [(_, change)] = decided(news, moment=open_alert(), p=0.01).changes
    assert isinstance(change, AlertChange)
    assert (change.alert.id, change.alert.revision) == ("known", 2)


def test_a_veto_is_kept_with_its_guard_and_reason() -> None:
    decision = decided(a.proposal(), guards=(guard("never", "because"),))
    assert (decision.changes, decision.entries, decision.examples) == ([], {}, [])
    assert [(line.guard, line.outcome) for line in decision.trace] == [("never", "because")]


def broken(moment: Moment, proposal: Proposal) -> Any:
    raise ZeroDivisionError("Aline")


@pytest.mark.parametrize("fails", ["check", "spare"])
def test_a_guard_with_an_error_in_it_vetoes_and_what_else_is_decided_stands(fails: str) -> None:
    given: dict[str, Any] = {"check": lambda moment, proposal: None} | {fails: broken}
    faulty = Guard(name="faulty", version=1, says="It says so", **given)
    over = Withdraw(action="boutique_welcome", ref="vendome", status="done")
    decision = decided(a.proposal(), over, moment=open_alert(), guards=(faulty,))
    assert alerts(decision) == []
    assert [(line.guard, line.outcome) for line in decision.trace] == [
        ("faulty", "it could not tell: ZeroDivisionError"), (None, "done"),
    ]  # fmt: skip
    assert [(name, where.partition(":")[0]) for name, where in decision.broken] == [
        ("faulty", "ZeroDivisionError at test_decide.py")
    ]


def _half_said(moment: Moment) -> Iterable[Any]:
    yield a.proposal(action="small")
    raise ZeroDivisionError("Aline")


def test_a_rule_with_an_error_in_it_says_nothing_and_the_others_are_heard() -> None:
    rules = [Rule(name="faulty", propose=_half_said), rule(a.proposal(action="great"))]
    for given in (rules, rules[::-1]):
        decision = decide(a.moment(), given, (), a.scored())
        assert alerts(decision) == [("lumiere/vendome", "great")]
        assert [name for name, _ in decision.broken] == ["faulty"]
        outcomes = {line.action: line.outcome for line in decision.trace}
        assert outcomes["faulty"] == "had an error in it: ZeroDivisionError", "as a sentence about it ends"
        assert "Aline" not in str(decision.broken) + str(decision.trace)


def test_a_rule_that_is_there_to_take_back_and_has_an_error_in_it_takes_all_back() -> None:
    faulty = Rule(name="faulty", propose=_half_said, calls_off=True)
    decision = decide(open_alert(), [faulty], (), a.scored())
    [(_, change)] = decision.changes
    assert isinstance(change, StatusChange)
    assert (change.id, change.status) == ("known", "retracted")


@pytest.mark.parametrize(
    ("action", "purpose", "gone"),
    [
        ("during_stay", "personalisation", ["retracted"]),
        ("during_stay", "service", []),
        ("farewell", "personalisation", []),
    ],
)
def test_what_a_rule_with_an_error_in_it_has_offered_is_taken_back(
    action: str, purpose: Any, gone: list[str]
) -> None:
    """It may be there to take it back: a dish was offered on to whoever had just said what forbids it."""
    moment = open_alert(code=coded(action), purpose=PURPOSES.index(purpose))
    decision = decide(moment, [Rule(name="during_stay", propose=_half_said)], (), a.scored())
    assert [change.status for _, change in decision.changes if isinstance(change, StatusChange)] == gone


NIGHT = guard("night", Wait("it is night", a.NOON + 600))
WAITS: dict[str, Any] = {"hold_or_drop": "hold", "timer": "look:c"}


def test_what_may_wait_is_asked_again_when_its_guard_says() -> None:
    decision = decided(a.proposal(**WAITS), guards=(NIGHT,))
    assert [(t.name, t.due) for t in decision.timers] == [("look:c", a.NOON + 600)]
    assert (decision.changes, [line.outcome for line in decision.trace]) == ([], ["it is night"])


def test_what_a_timer_proposes_is_asked_again_by_that_timer() -> None:
    moment = a.moment(timer=Timer("lumiere", "part-of-a-client", "mine", a.NOON))
    decision = decided(a.proposal(hold_or_drop="hold"), moment=moment, guards=(NIGHT,))
    assert [(t.name, t.due) for t in decision.timers] == [("mine", a.NOON + 600)]


@pytest.mark.parametrize(
    "said",
    [
        a.proposal(**WAITS, valid_to=a.NOON + 600),
        a.proposal(**(WAITS | {"hold_or_drop": "drop"})),
        a.proposal(**(WAITS | {"timer": None})),
    ],
    ids=["too late by then", "may not wait", "nobody could ask again"],
)
def test_what_can_not_wait_is_dropped(said: Proposal) -> None:
    assert decided(said, guards=(NIGHT,)).timers == []


def test_what_is_vetoed_for_good_does_not_wait_and_of_two_nights_the_longer_counts() -> None:
    longer = guard("holiday", Wait("a holiday", a.NOON + 900))
    assert decided(a.proposal(**WAITS), guards=(NIGHT, guard("never", "because"))).timers == []
    [asked] = decided(a.proposal(**WAITS), guards=(NIGHT, longer)).timers
    assert asked.due == a.NOON + 900


def test_what_comes_too_late_is_not_said() -> None:
    decision = decided(a.proposal(valid_to=a.NOON))
    assert decision.changes == []
    assert [line.outcome for line in decision.trace] == ["too late"]


def test_the_order_of_rules_does_not_matter() -> None:
    many = [rule(a.proposal(action=name, ref=name, value=0.9)) for name in ("x", "y", "z")]
    said = {tuple(alerts(decide(a.moment(), order, [], a.scored()))) for order in permutations(many)}
    assert said == {(("lumiere/vendome", "x"),)}


def test_an_alert_is_named_by_its_event_and_audience_not_by_its_action() -> None:
    [one], [other] = (list(decided(a.proposal(action=action)).entries) for action in ("x", "y"))
    assert one == other
    [elsewhere] = decided(a.proposal(site="ginza")).entries
    assert elsewhere != one


def test_what_is_said_expires_escalates_and_becomes_an_example() -> None:
    decision = decided(a.proposal(escalate=180.0))
    [id] = decision.entries
    assert {t.name: t.due for t in decision.timers} == {
        f"expire:{id}": a.NOON + a.HOUR,
        f"escalate1:{id}": a.NOON + 180,
    }
    assert [(model, e.decision, e.at) for model, e in decision.examples] == [("acceptance", id, a.NOON)]


def open_alert(place: str = "vendome", **changes: Any) -> Moment:
    client = a.record_of()
    given: dict[str, Any] = {"code": coded("boutique_welcome"), "ref": "vendome", "place": place}
    entry = Proposed(**(given | {"at": int(a.NOON) - 60, "until": int(a.NOON) + 60} | changes))
    records.own(client, "attention").alerts["known"] = entry
    return a.moment(client=client)


def test_an_update_keeps_the_alerts_id_and_what_staff_made_of_it() -> None:
    moment = open_alert(step=3, verdict="claimed", staff="camille", accepted=True)
    decision = decided(a.proposal(updates=True), moment=moment)
    [(_, change)] = decision.changes
    assert isinstance(change, AlertChange)
    assert (change.alert.id, change.alert.revision) == ("known", 2)
    entry = decision.entries["known"]
    assert (entry.step, entry.verdict, entry.staff, entry.accepted) == (3, "claimed", "camille", True)
    assert entry.at == int(a.NOON) - 60
    assert decision.examples == []


def test_an_update_that_is_for_another_inbox_is_taken_back_from_the_first() -> None:
    decision = decided(a.proposal(updates=True, site="ginza"), moment=open_alert())
    (first, taken), (second, said) = decision.changes
    assert isinstance(taken, StatusChange)
    assert (first, taken.id, taken.status) == ("lumiere/vendome", "known", "retracted")
    assert isinstance(said, AlertChange)
    assert (second, said.alert.revision) == ("lumiere/ginza", 1)
    assert said.alert.id != "known"


def test_what_is_withdrawn_is_over_and_its_timers_are_dropped() -> None:
    withdraw = Withdraw(action="boutique_welcome", ref="vendome", status="done")
    decision = decided(withdraw, moment=open_alert())
    [(_, change)] = decision.changes
    assert isinstance(change, StatusChange)
    assert (change.id, change.revision, change.status) == ("known", 2, "done")
    assert {timer_of(m, 0.0).name.split(":")[0] for m in decision.dropped} == {
        "expire",
        "escalate1",
        "escalate2",
        "snooze",
    }


def with_twins() -> Moment:
    """Two parts of a client had a card of the same arrival each; somebody has claimed the later one."""
    record = records.Record()
    one = Proposed(coded("hotel_arrival"), "b1", "riviera", int(a.NOON) - 60, int(a.NOON) + 3600)
    other = msgspec.structs.replace(one, at=int(a.NOON) - 30, step=3, verdict="claimed", staff="louis")
    keep(records.own(record, "attention"), {"one": one, "other": other})
    return a.moment(client=record)


def test_all_that_is_open_about_a_thing_is_called_off_whichever_part_it_was_said_of() -> None:
    decision = decided(Withdraw(action="hotel_arrival", ref="b1", status="retracted"), moment=with_twins())
    told = {c.id: c.status for _, c in decision.changes if isinstance(c, StatusChange)}
    assert told == {"one": "retracted", "other": "retracted"}


def test_an_update_leaves_one_card_that_which_somebody_holds() -> None:
    moved = a.proposal(action="hotel_arrival", ref="b1", site="riviera", updates=True)
    decision = decided(moved, moment=with_twins())
    [update] = [change for _, change in decision.changes if isinstance(change, AlertChange)]
    [gone] = [change for _, change in decision.changes if isinstance(change, StatusChange)]
    assert (update.alert.id, update.alert.revision) == ("other", 2)
    assert (gone.id, gone.status) == ("one", "retracted")


def test_withdrawing_what_is_not_open_does_nothing() -> None:
    decision = decided(
        Withdraw(action="boutique_welcome", ref="elsewhere", status="done"), moment=open_alert()
    )
    assert (decision.changes, decision.dropped) == ([], [])


def test_the_assigned_advisor_hears_that_their_client_is_in_another_boutique() -> None:
    fields = {"name": "Aline", "advisor": "camille"}
    client = a.record_of(a.profile(fields=fields, card="c"))

    def told(site: str) -> list[tuple[str, str]]:
        return alerts(decided(a.proposal(site=site), moment=a.moment(client=client)))

    assert told("ginza") == [("lumiere/ginza", "boutique_welcome"), ("lumiere/vendome", "client_elsewhere")]
    assert told("vendome") == [("lumiere/vendome", "boutique_welcome")]
    assert told("riviera") == [("lumiere/riviera", "boutique_welcome")]


def test_word_of_a_visit_elsewhere_lives_like_any_alert_but_teaches_nothing() -> None:
    fields = {"name": "Aline", "advisor": "camille"}
    client = a.record_of(a.profile(fields=fields, card="c"))
    given = a.proposal(
        site="ginza",
        ref="ginza",
        say="Bonjour",
        avoid=["Words of your own in French, if you do not speak it: nobody here does"],
        why=["Client of Camille Roux", "3 visits"],
    )
    decision = decided(given, moment=a.moment(client=client))
    told = next(c.alert for _, c in decision.changes if isinstance(c, AlertChange) and c.alert.urgency == 1)
    entry = decision.entries[told.id]
    assert (entry.action, entry.ref, entry.place) == ("client_elsewhere", "ginza", "vendome")
    assert (PURPOSES[entry.purpose], entry.until, entry.revision) == ("service", int(given.valid_to), 1)
    assert {t.name: t.due for t in decision.timers}[f"expire:{told.id}"] == given.valid_to
    assert (told.say, told.language, told.confidence, told.model) == (None, None, None, None)
    assert (told.for_.staff, told.why, told.avoid) == ("camille", ["3 visits"], [])
    assert told.id not in [e.decision for _, e in decision.examples]
    keep(records.own(client, "attention"), decision.entries)
    again = decided(given, moment=a.moment(client=client, now=a.NOON + 60), guards=tuple(GUARDS))
    assert alerts(again) == []


def test_what_two_rules_call_off_is_called_off_once() -> None:
    withdraw = Withdraw(action="boutique_welcome", ref="vendome", status="retracted")
    assert len(decided(withdraw, withdraw, moment=open_alert()).changes) == 1


def test_a_proposal_to_nobody_in_particular_is_for_the_team_of_the_site() -> None:
    [(_, change)] = decided(a.proposal()).changes
    assert isinstance(change, AlertChange)
    assert (change.alert.for_.team, change.alert.for_.staff) == ("vendome-team", None)
    proposal: Proposal = a.proposal(staff="camille")
    [(_, change)] = decided(proposal).changes
    assert isinstance(change, AlertChange)
    assert (change.alert.for_.staff, change.assigned) == ("camille", "camille")


def test_what_is_for_a_site_nobody_knows_is_heard_by_the_maisons_own_team() -> None:
    decision = decided(a.proposal(site="atlantis"))
    assert alerts(decision) == [("lumiere/client-service", "boutique_welcome")]
    assert decision.changes[0][1].alert.for_.team == "client-service"


def test_what_a_moment_works_out_once_holds_no_moment_so_nothing_is_left_to_the_collector() -> None:
    who: Any = {"client_id": "c1"}
    here = a.checkin(a.NOON, **who)
    known = a.record_of(
        a.consent(purpose="profiling", **who), a.profile(**who), a.view(**who), a.purchase(**who), here
    )
    gc.collect()
    gc.disable()
    try:
        moment = a.moment(here, client=known)
        decision = decide(moment, WAKES[type(here)], GUARDS, a.scored(0.5))
        assert alerts(decision)
        del moment, decision
        assert gc.collect() == 0
    finally:
        gc.enable()
