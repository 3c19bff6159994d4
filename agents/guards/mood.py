"""What a person perceives outranks every model: after "not today" nothing is asked of a client that day.

| what was perceived | a card that offers something, or asks to write or call | a service before them | care |
| --- | --- | --- | --- |
| "not today", by a person | waits for the hours it is respected | without recommendations | passes |
| worry, anger or sadness, strong enough | waits until it has faded | without recommendations | passes |
| any of these, fainter, or faded | passes | whole | passes |

What an advisor or a concierge perceived outranks what was read in a message; what a device measured counts
only with the client's consent to that, and never against a person. Joy holds nothing back.
"""

from math import log2

from msgspec.structs import replace

from agents.guard import Guard, Threshold, Wait
from agents.moment import Moment, Proposal
from agents.phrase import Phrase
from feature_store.features.mood import HALF_LIVES, felt
from feature_store.record import slice_of

HOUR = 3600.0
RESPECTED = Threshold(
    guard="mood", name="respected", default=24, least=8, most=168, says='hours for which "not today" holds'
)
STRONG = Threshold(
    guard="mood", name="strong", default=0.4, least=0.1, most=0.6,
    says="how strong worry, anger or sadness must be, 0 to 1",
)  # fmt: skip
LOW = ("worry", "anger", "sadness")
NOT_TODAY = Phrase("Offers and questions: not today", "mood.not_today")
GENTLY = Phrase("Offers: listen first", "mood.worry")


def _until(moment: Moment) -> tuple[float, Phrase] | None:
    """Until when nothing is asked of the client, and what is said of it; None: nothing stands against it."""
    mood, now = slice_of(moment.client, "mood"), moment.now
    asked = felt(mood, "not_today", now)
    if asked is not None and asked.by == "staff" and asked.strength > 0:
        until = asked.at + RESPECTED.of(moment.maison) * HOUR
        if until > now:
            return until, NOT_TODAY
    devices = bool(mood.felt) and moment.allows("emotion")
    strong = STRONG.of(moment.maison)
    low = [one for signal in LOW if (one := felt(mood, signal, now, devices)) and one.strength >= strong]
    if not low:
        return None
    fading = (HALF_LIVES[one.by] * log2(one.strength / strong) for one in low)
    return now + max(fading) + 1.0, GENTLY


def _spare(moment: Moment, proposal: Proposal) -> Proposal:
    held = _until(moment)
    if held is None or proposal.care:
        return proposal
    avoid = proposal.avoid if held[1] in proposal.avoid else [*proposal.avoid, held[1]]
    return replace(proposal, recommendations=[], avoid=avoid)


def _check(moment: Moment, proposal: Proposal) -> str | None:
    if proposal.care or not proposal.asks or (held := _until(moment)) is None:
        return None
    return Wait("a person saw, or their words say, that now is not the moment", held[0])


GUARD = Guard(
    name="mood",
    version=1,
    says='After "not today", or while a client is worried, angry or sad, nothing is offered.',
    check=_check,
    spare=_spare,
    thresholds=(RESPECTED, STRONG),
)
