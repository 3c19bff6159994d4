"""B1: a known client enters a boutique; whoever is on duty learns who it is and how to welcome them.

Who is heard of only after they came in, and is with nobody yet, is welcomed then. When the client leaves,
buys there or comes into another boutique, the card goes. When a case or a mood changes the tone, or a
profile what is known of them, what would be said now stands: who is in mourning is shown nothing and greeted
by no draft.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from agents import elsewhere, visits
from agents.drafts import draft, speaking
from agents.moment import Again, Moment, Proposal, Withdraw
from agents.phrase import Phrase
from agents.phrases import awaited, cautions, gladdened, history, looked_after, noted, reasons, sizes
from agents.recommend import recommend
from agents.rule import Rule
from feature_store.features.attention import STEPS
from feature_store.record import slice_of
from schemas.events.client import ClientCase, ClientEmotion, ClientProfile, ClientReview
from schemas.events.store import StoreCheckin, StoreLeave, StorePurchase

ACTION = "boutique_welcome"
OF_A_VISIT = (ACTION, elsewhere.ACTION)
LASTS = 45 * 60.0
TONE = "tone"
"""The timer at which a welcome that stands is said anew."""


def _propose(moment: Moment) -> Iterable[Proposal | Withdraw | Again]:
    event = moment.event
    yield from visits.over(moment, *OF_A_VISIT)
    if moment.told_more or isinstance(event, ClientCase | ClientEmotion):
        for entry in moment.open_of(ACTION):  # by itself, lest what looks after them outrank it
            yield Again(due=moment.now, name=f"{TONE}:{entry.ref}")
    elif moment.timer is not None:
        for entry in moment.open_of(ACTION):
            if entry.ref == moment.timer.name.partition(":")[2]:
                yield replace(_welcome(moment, entry.ref, entry.until), updates=True, silence=0.0)
    elif isinstance(event, StoreCheckin) and moment.known and not visits.earlier(moment):
        yield _welcome(moment, event.data.site, moment.at + LASTS)
    if moment.told_more and moment.known:
        for entry in moment.to_tell_anew().values():
            taken = entry.step >= STEPS["claimed"]
            if entry.action == visits.UNKNOWN and not taken:  # what is known came after them
                yield _welcome(moment, entry.ref, entry.at + LASTS)


def _welcome(moment: Moment, site: str, until: float) -> Proposal:
    avoid = cautions(moment)
    if not moment.allows("profiling"):
        avoid.append(Phrase("Any word of what was seen online: no consent", "consent.profiling"))
    return Proposal(
        action=ACTION,
        ref=site,
        site=site,
        purpose="service",
        present=True,
        title=speaking(moment, "Just came in"),
        why=reasons(
            awaited(moment, site),
            history(moment, site),
            noted(moment),
            looked_after(moment),
            sizes(moment),
            gladdened(moment),
        ),
        say=draft(moment, "welcome_back", "facts.visits") if _met(moment) else draft(moment, "welcome"),
        avoid=avoid,
        success="Somebody greets the client and stays with them",
        recommendations=recommend(moment),
        urgency=5,
        valid_to=until,
        value=1.0,
        escalate=180.0,
        silence=visits.quiet_for(moment, ACTION, site),
    )


def _met(moment: Moment) -> bool:
    """Whether the client knows that the house has seen them: an order may have been placed online, and of a
    stay a boutique does not speak."""
    facts = slice_of(moment.client, "facts")
    return bool(facts.visits > 1 or (facts.stays and moment.allows("sharing")))


RULE = Rule(
    name=ACTION,
    wakes=frozenset(
        {ClientCase, ClientEmotion, ClientProfile, ClientReview, StoreCheckin, StoreLeave, StorePurchase}
    ),
    timers=frozenset({TONE}),
    propose=_propose,
)
