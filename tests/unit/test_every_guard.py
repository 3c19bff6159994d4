"""What each guard lets pass, as a table, and the faux pas it is there to stop.

A guard's cases and slips stand in a file of its name under `guards/`.
"""

import importlib
from random import Random
from typing import Any

import pytest

from agents.guard import Guard
from agents.phrase import Phrase
from agents.registry import GUARDS
from feature_store import record as records
from schemas.alerts import Recommendation
from tests import builders as a
from tests.guarding import Case, Slips, met, slipped
from tests.unit.guards.intimacy import INTIMATE, MANNERS

BY_NAME: dict[str, Guard] = {g.name: g for g in GUARDS}
TOLD: dict[str, Any] = {g.name: importlib.import_module(f"tests.unit.guards.{g.name}") for g in GUARDS}
EACH = pytest.mark.parametrize("guard", GUARDS, ids=lambda g: g.name)
DRAWN = 200
"""Faux pas of each kind; `make prove` draws a hundred thousand."""


@pytest.mark.parametrize(
    ("guard", "case"),
    [
        pytest.param(BY_NAME[name], case, id=f"{name}: {said}")
        for name, told in TOLD.items()
        for said, case in told.CASES.items()
    ],
)
def test_what_a_guard_lets_pass(guard: Guard, case: Case) -> None:
    moment, proposal = met(case)
    reason = guard.check(moment, proposal)
    assert (reason is None) == case.passes, reason
    assert reason is None or len(reason) > 10


@EACH
def test_every_guard_has_cases_both_ways(guard: Guard) -> None:
    passes = {case.passes for case in TOLD[guard.name].CASES.values()}
    assert passes == {True, False} or guard.spare is not None


@EACH
def test_no_faux_pas_of_its_kind_gets_past_and_without_the_guard_some_do(guard: Guard) -> None:
    slips: Slips = TOLD[guard.name].slips
    drawn = [slips(Random(f"{guard.name} {n}")) for n in range(DRAWN)]
    assert not [slip for slip in drawn if slipped(slip, GUARDS)]
    others = [other for other in GUARDS if other is not guard]
    assert [slip for slip in drawn if slipped(slip, others)]


@EACH
def test_a_guard_changes_nothing_and_says_the_same_twice(guard: Guard) -> None:
    for case in TOLD[guard.name].CASES.values():
        moment, proposal = met(case)
        before = records.encode(moment.client)
        assert guard.check(moment, proposal) == guard.check(moment, proposal)
        assert records.encode(moment.client) == before


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
