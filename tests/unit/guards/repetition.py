"""Repetition: the same is not said again before the silence it asks for is over."""

from random import Random
from typing import Any

from feature_store import record as records
from feature_store.features.attention import OVER, Proposed, coded, keep
from tests import builders as a
from tests.guarding import Case, Slip


def after(**alerts: Proposed) -> Any:
    """A client about whom that was proposed."""
    record = a.record_of()
    keep(records.own(record, "attention"), alerts)
    return record


def welcomed(ago: float = 60, **changes: Any) -> Proposed:
    """A welcome at Place Vendôme, `ago` seconds before noon."""
    at = int(a.NOON - ago)
    given: dict[str, Any] = {"action": "boutique_welcome", "ref": "vendome", "place": "vendome"}
    given |= {"at": at, "until": at + 2_700} | changes
    return Proposed(coded(given.pop("action")), **given)


NEVER = welcomed(ago=9e6, ref="ginza", step=OVER, verdict="never")

CASES = {
    "never said before": Case(proposal={"silence": 3600.0}, passes=True),
    "said a minute ago": Case(client=after(x=welcomed()), proposal={"silence": 3600.0}, passes=False),
    "said a minute ago elsewhere": Case(
        client=after(x=welcomed(ref="ginza")), proposal={"silence": 3600.0}, passes=True
    ),
    "another action": Case(
        client=after(x=welcomed(action="other")), proposal={"silence": 3600.0}, passes=True
    ),
    "said long ago": Case(client=after(x=welcomed(ago=3601)), proposal={"silence": 3600.0}, passes=True),
    "asks for no silence": Case(client=after(x=welcomed()), proposal={"silence": 0.0}, passes=True),
    "said by a worker whose clock is ahead": Case(
        client=after(x=welcomed(-5)), proposal={"silence": 0.0}, passes=True
    ),
    "staff said never": Case(client=after(x=NEVER), proposal={"silence": 0.0}, passes=False),
}


def slips(random: Random) -> Slip:
    """What was said within its silence, or what staff asked never to hear of again."""
    silence = random.uniform(60, 9e5)
    client = random.choice([after(x=welcomed(ago=random.uniform(0, silence - 2))), after(x=NEVER)])
    return Slip(moment=a.moment(client=client), proposal=a.proposal(silence=silence))
