"""Consent: what was not said yes to is not done."""

from random import Random
from typing import Any

from tests import builders as a
from tests.guarding import Case, Slip


def _said(purpose: str, state: str, **more: Any) -> Any:
    return a.record_of(a.consent(a.NOON - 60, purpose=purpose, state=state, card="c1", **more))


CASES = {
    "service needs no consent": Case(proposal={"purpose": "service"}, passes=True),
    "service refused": Case(client=_said("service", "none"), proposal={"purpose": "service"}, passes=False),
    "one to one unasked": Case(proposal={"purpose": "one_to_one"}, passes=False),
    "one to one given": Case(
        client=_said("one_to_one", "all"), proposal={"purpose": "one_to_one"}, passes=True
    ),
    "one to one limited": Case(
        client=_said("one_to_one", "one_to_one"), proposal={"purpose": "one_to_one"}, passes=True
    ),
    "one to one refused": Case(
        client=_said("one_to_one", "none"), proposal={"purpose": "one_to_one"}, passes=False
    ),
    "consent for another": Case(
        client=_said("profiling", "all"), proposal={"purpose": "marketing"}, passes=False
    ),
    "the telephone refused": Case(
        client=_said("service", "none", channel="phone"),
        proposal={"purpose": "service", "channel": "phone"},
        passes=False,
    ),
    "another channel refused": Case(
        client=_said("service", "none", channel="phone"),
        proposal={"purpose": "service", "channel": "mail"},
        passes=True,
    ),
    "consent that expired": Case(
        client=_said("marketing", "all", expires=a.iso(a.NOON - 1)),
        proposal={"purpose": "marketing"},
        passes=False,
    ),
}


def slips(random: Random) -> Slip:
    """An action under a purpose that was refused, has expired or was never asked for, or that outlives it."""
    purpose = random.choice(["profiling", "marketing", "one_to_one"])
    if random.random() < 0.25:
        end = a.NOON + random.randrange(1, int(a.HOUR))
        return Slip(
            moment=a.moment(client=_said(purpose, "all", expires=a.iso(end))),
            proposal=a.proposal(purpose=purpose),
            wrong=lambda left: left.valid_to > end,
        )
    if random.random() < 0.25:
        channel = random.choice(["phone", "mail", "whatsapp"])
        client = a.record_of(
            a.consent(a.NOON - 90, purpose=purpose, card="c1"),
            a.consent(a.NOON - 60, purpose=purpose, state="none", channel=channel, card="c1"),
        )
        return Slip(moment=a.moment(client=client), proposal=a.proposal(purpose=purpose, channel=channel))
    client = random.choice(
        [a.record_of(), _said(purpose, "none"), _said(purpose, "all", expires=a.iso(a.NOON - 1))]
    )
    asked = random.choice([{"purpose": purpose}, {"purpose": "service", "also": (purpose,)}])
    return Slip(moment=a.moment(client=client), proposal=a.proposal(**asked))
