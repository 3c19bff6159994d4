"""Something went wrong, or is being put right: one person answers for the house until it is over.

A complaint, a repair, a delivery or a dispute opens a card for the client's advisor: how far it is, by when
the client was promised to hear, what to say and what not to. Each later word of the case updates it, the
day that was promised brings it back, and the word that closes the case closes the card.
"""

from collections.abc import Iterable
from typing import Any

from agents.card import digest
from agents.channels import refused
from agents.drafts import draft, speaking
from agents.matters import matters
from agents.moment import Again, Moment, Proposal, Withdraw
from agents.phrase import Phrase
from agents.phrases import cautions, clock_at, history, reasons
from agents.rule import Rule
from agents.staying import lodging, seen_to_by
from feature_store.feature import short
from feature_store.features.cases import GRIEF, Case, Cases, case_of
from feature_store.record import slice_of
from schemas.events.client import ClientCase, ClientConsent, ClientProfile, ClientReview, ClientSurprise

ACTION = "service_recovery"
AGAIN, PROMISED = "recovery", "promised"
"""Timers: of a card that waited for the morning, and of the day that was promised."""
LASTS = 7 * 86_400.0
TITLES = {
    "complaint": "Complained: answer for the house",
    "repair": "Waits for a repair: give them news",
    "delivery": "Waits for a delivery: give them news",
    "dispute": "In dispute with the house: stay beside them",
}
AVOID = {
    "complaint": "Excuses, and any explanation before an apology",
    "repair": "A date the workshop has not confirmed",
    "delivery": "A date the carrier has not confirmed",
    "dispute": "Any word on who is right: whoever handles it answers that",
}


def ref_of(case: str) -> str:
    """What stands for a case where its id would be read: in a timer, in an alert's entry."""
    return digest(ACTION, short(case))


def _promise(record: Any, event: ClientCase, at: float) -> tuple[str, float] | None:
    """The timer of the day that was promised; 0 drops it."""
    case = case_of(slice_of(record, "cases"), event.data.case)
    if case is None or case.of in GRIEF:
        return None
    ahead = not case.over and case.due > at
    return f"{PROMISED}:{ref_of(event.data.case)}", float(case.due) if ahead else 0.0


def _propose(moment: Moment) -> Iterable[Proposal | Withdraw | Again]:
    cases: Cases = slice_of(moment.client, "cases")
    if moment.anew:
        for ref in map(ref_of, cases.said):
            if moment.is_to_tell_anew(ACTION, ref):
                yield Again(due=moment.now, name=f"{AGAIN}:{ref}")
        return
    if isinstance(moment.event, ClientSurprise):  # a delivery that turns out to be of a gift for them
        told = [*matters(moment)]
        for id, said in cases.said.items():
            if said not in told:
                yield Withdraw(action=ACTION, ref=ref_of(id), status="retracted")
        return
    if isinstance(moment.event, ClientCase):
        ref = ref_of(moment.event.data.case)
    elif moment.timer is not None:
        ref = moment.timer.name.partition(":")[2]
    else:
        return
    case = next((said for id, said in cases.said.items() if ref_of(id) == ref), None)
    if case is None or case.of in GRIEF:
        return
    if case.over:
        yield Withdraw(action=ACTION, ref=ref, status="done")
    elif case in matters(moment):
        yield _see_to(moment, ref, case)


def _see_to(moment: Moment, ref: str, case: Case) -> Proposal:
    site, staff = seen_to_by(moment)
    late = 0 < case.due <= moment.now
    return Proposal(
        action=ACTION,
        ref=ref,
        site=site,
        staff=staff,
        purpose="service",
        contact=True,
        care=True,
        title=speaking(moment, TITLES[case.of], f"cases.{case.of}"),
        why=reasons(_far(moment, case), lodging(moment), history(moment)),
        say=draft(moment, f"recovery_{case.of}", f"cases.{case.of}") if case.of != "dispute" else None,
        avoid=[
            Phrase(AVOID[case.of], f"cases.{case.of}"),
            Phrase("Anything to buy, until this is over", "cases.quiet"),
            *refused(moment, "service"),
            *cautions(moment),
        ],
        success="The client has heard from one person, before they had to ask, and the case is closed",
        urgency=5 if late else 4 if case.of == "complaint" else 3,
        valid_to=moment.at + LASTS,
        due=float(case.due) if case.due > moment.now else None,
        hold_or_drop="hold",
        timer=f"{AGAIN}:{ref}",
        value=1.0,
        escalate=4 * 3600.0,
        updates=True,
        silence=0.0,
    )


def _far(moment: Moment, case: Case) -> list[Phrase]:
    fact = f"cases.{case.of}"
    said = [Phrase(f"The {case.of} is at: {case.status}", fact, "words")] if case.status else []
    if not case.due:
        return [*said, Phrase(f"No date was promised for the {case.of}", fact)]
    when = clock_at(moment, seen_to_by(moment)[0], case.due)
    was = "were promised to hear by" if case.due > moment.now else "were to have heard by"
    return [*said, Phrase(f"They {was} {when.removeprefix('on ').removeprefix('at ')}", fact)]


RULE = Rule(
    name=ACTION,
    wakes=frozenset({ClientCase, ClientConsent, ClientProfile, ClientReview, ClientSurprise}),
    timers=frozenset({AGAIN, PROMISED}),
    propose=_propose,
    clocks={ClientCase: _promise},
)
