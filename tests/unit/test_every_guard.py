"""What each guard lets pass, as a table."""

from typing import Any

import pytest

from agents.guard import Guard
from agents.personalise import GUARDS
from agents.phrase import Phrase
from feature_store import record as records
from feature_store.features.attention import OVER, Proposed, coded, keep
from schemas.alerts import Recommendation
from tests import builders as a

INTIMATE, MANNERS = Phrase("Zoé is five today", "preferences.children"), Phrase("Speaks French", "language")
BY_NAME: dict[str, Guard] = {g.name: g for g in GUARDS}


def after(*said: Any, **alerts: Proposed) -> Any:
    record = a.record_of(*said)
    if alerts:
        keep(records.own(record, "attention"), alerts)
    return record


def welcomed(ago: float = 60, **changes: Any) -> Proposed:
    at = int(a.NOON - ago)
    given: dict[str, Any] = {"action": "boutique_welcome", "ref": "vendome", "place": "vendome"}
    given |= {"at": at, "until": at + 2_700} | changes
    return Proposed(coded(given.pop("action")), **given)


def said(purpose: str, state: str, **more: Any) -> Any:
    return a.consent(a.NOON - 60, purpose=purpose, state=state, card="c1", **more)


CASES: dict[str, tuple[str, Any, dict[str, Any], bool]] = {
    "service needs no consent": ("consent", after(), {"purpose": "service"}, True),
    "service refused": ("consent", after(said("service", "none")), {"purpose": "service"}, False),
    "one to one unasked": ("consent", after(), {"purpose": "one_to_one"}, False),
    "one to one given": ("consent", after(said("one_to_one", "all")), {"purpose": "one_to_one"}, True),
    "one to one limited": (
        "consent",
        after(said("one_to_one", "one_to_one")),
        {"purpose": "one_to_one"},
        True,
    ),
    "one to one refused": ("consent", after(said("one_to_one", "none")), {"purpose": "one_to_one"}, False),
    "consent for another": (
        "consent",
        after(said("profiling", "all")),
        {"purpose": "marketing"},
        False,
    ),
    "consent that expired": (
        "consent",
        after(said("marketing", "all", expires=a.iso(a.NOON - 1))),
        {"purpose": "marketing"},
        False,
    ),
    "intimate and worth it": ("intimacy", after(), {"title": INTIMATE, "value": 0.6}, True),
    "intimate and not worth it": ("intimacy", after(), {"title": INTIMATE, "value": 0.5}, False),
    "words that are intimate": (
        "intimacy",
        after(),
        {"title": MANNERS, "say": INTIMATE, "value": 0.5},
        False,
    ),
    "manners worth nothing": ("intimacy", after(), {"title": MANNERS, "value": 0.0}, True),
    "no reason left": ("intimacy", after(), {"title": MANNERS, "why": []}, False),
    "never said before": ("repetition", after(), {"silence": 3600.0}, True),
    "said a minute ago": ("repetition", after(x=welcomed()), {"silence": 3600.0}, False),
    "said a minute ago elsewhere": ("repetition", after(x=welcomed(ref="ginza")), {"silence": 3600.0}, True),
    "another action": ("repetition", after(x=welcomed(action="other")), {"silence": 3600.0}, True),
    "said long ago": ("repetition", after(x=welcomed(ago=3601)), {"silence": 3600.0}, True),
    "asks for no silence": ("repetition", after(x=welcomed()), {"silence": 0.0}, True),
    "said by a worker whose clock is ahead": ("repetition", after(x=welcomed(-5)), {"silence": 0.0}, True),
    "staff said never": (
        "repetition",
        after(x=welcomed(ago=9e6, ref="ginza", step=OVER, verdict="never")),
        {"silence": 0.0},
        False,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_a_guard_lets_pass(case: str) -> None:
    name, client, proposal, passes = CASES[case]
    moment = a.moment(client=client)
    reason = BY_NAME[name].check(moment, a.proposal(**proposal))
    assert (reason is None) == passes, reason
    assert reason is None or len(reason) > 10


@pytest.mark.parametrize("guard", GUARDS, ids=lambda g: g.name)
def test_every_guard_has_cases_both_ways(guard: Guard) -> None:
    assert {passes for name, _, _, passes in CASES.values() if name == guard.name} == {True, False}


@pytest.mark.parametrize("guard", GUARDS, ids=lambda g: g.name)
def test_a_guard_changes_nothing_and_says_the_same_twice(guard: Guard) -> None:
    client = after(said("one_to_one", "none"), x=welcomed())
    before = records.encode(client)
    moment, proposal = a.moment(client=client), a.proposal(purpose="one_to_one", silence=9.0)
    assert guard.check(moment, proposal) == guard.check(moment, proposal)
    assert records.encode(client) == before


def test_a_maison_may_deny_what_is_allowed_unasked_and_the_other_way_round() -> None:
    strict = a.lumiere(consent={"default": {"service": False, "profiling": True}})
    moment = a.moment(maison=strict)
    assert not moment.allows("service")
    assert moment.allows("profiling")


def test_a_channel_outranks_until_the_whole_purpose_is_refused() -> None:
    def allows(*said: Any) -> bool:
        return a.moment(client=a.record_of(*said)).allows("marketing", "email")

    email = a.consent(a.NOON - 90, "marketing", "all", channel="email", card="c1")
    before = a.consent(a.NOON - 99, "marketing", "none", card="c1")
    since = a.consent(a.NOON - 9, "marketing", "none", card="c1")
    assert allows(before, email)
    assert not allows(email, since)
    silent = a.consent(a.NOON - 9, "marketing", "none", channel="email", card="c1")
    assert not allows(silent, a.consent(a.NOON - 1, "marketing", "all", card="c1"))


def test_an_action_loses_what_it_is_not_worth_and_keeps_its_cautions() -> None:
    spare = BY_NAME["intimacy"].spare
    assert spare is not None
    cart = Recommendation(sku="bag-aurore", why=Phrase("in the cart", "session.cart"))
    said = a.proposal(
        value=0.2,
        why=[MANNERS, INTIMATE, "plain words"],
        avoid=[Phrase("Allergies: nuts", "preferences.allergies")],
        recommendations=[cart],
    )
    left = spare(a.moment(), said)
    assert (left.why, left.avoid, left.recommendations) == ([MANNERS], said.avoid, [])
    strict = a.moment(maison=a.lumiere(tiers={"language": 2}))
    assert spare(strict, said).why == []
    worth = a.proposal(value=1.0, why=[MANNERS, INTIMATE], recommendations=[cart])
    assert spare(a.moment(), worth) == worth
