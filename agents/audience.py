"""H3: whom e-commerce may speak to after a stay, and how: an action that a segment tells. Pure.

No person is asked to write, so it is no card. It goes by the same tact: nobody is in such a segment while
they grieve, while something is open with them, after "not today", or under age; which of these it is, the
team does not learn.
"""

from collections.abc import Mapping

import msgspec

from agents.drafts import spoken
from agents.guard import vetoed
from agents.guards import minors, mood, open_case
from agents.moment import Moment, Proposal
from agents.onward import onward
from agents.segments import AGAIN, Verdict
from schemas.segments import Segment
from schemas.times import iso

ACTION = "post_stay"
TACT = (minors.GUARD, mood.GUARD, open_case.GUARD)
HELD = "held back by discretion"
AVOID = (
    "A word of the stay, of the hotel or of when it was: others read what is sent",
    "A price, or that there are few left",
    "A second reminder: who does not answer is left in peace",
)
SUCCESS = "The client looks at one of these places, or asks about it, within a month"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a segment's team is told of a client: what to show, to say in each language, to avoid, till when,
    and what would count as success.
    """

    shows: list[str]
    say: Mapping[str, str]
    avoid: list[str]
    until: str | None
    success: str


def tactful(segment: Segment, moment: Moment, verdict: Verdict) -> Verdict:
    """Whether a client of whom the segment's conditions hold is in it, as far as tact goes."""
    veto = vetoed(moment, _proposal(segment, moment), TACT)
    if veto is None:
        return verdict
    again = moment.now + AGAIN if veto.until is None else veto.until
    return Verdict(False, (HELD,), min(again, verdict.look or again))


def told(moment: Moment, verdict: Verdict) -> Told:
    """With somebody who has come into such a segment."""
    return Told(
        shows=[one.sku for one in onward(moment)],
        say=spoken(ACTION, moment.maison.tone),
        avoid=[*AVOID],
        until=None if verdict.look is None else iso(verdict.look),
        success=SUCCESS,
    )


def _proposal(segment: Segment, moment: Moment) -> Proposal:
    return Proposal(
        action=ACTION,
        ref=segment.id,
        site=None,
        purpose=segment.purpose,
        also=tuple(segment.also),
        contact=True,
        title=segment.name,
        why=[],
        success=SUCCESS,
        urgency=1,
        valid_to=moment.now + AGAIN,
        value=0.2,
    )
