"""A client we know writes to the house, or telephones: their advisor hears of it, or the team that answers.

The words themselves stay in the conversation: the card says that there is something to answer. A message
waits for its advisor, one of the night for the next day; a call is for the advisor if they are on duty, and
else for whoever can answer now.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from agents.channels import WHERE
from agents.drafts import NAMES, named, speaking
from agents.hours import after_open
from agents.moment import Moment, Proposal, Withdraw
from agents.phrase import Phrase
from agents.phrases import awaited, cautions, history, reasons, sizes
from agents.rule import Rule
from feature_store.record import slice_of
from schemas.events.chat import CallIncoming, ChatMessage
from schemas.events.client import ClientProfile, ClientReview

WRITES, CALLS = "client_writes", "client_calls"
TITLES = {WRITES: "Wrote to the house", CALLS: "Is calling now"}
LASTS = 4
"""Hours in which somebody is there to answer a message."""
RINGS = 120.0
SLACK = 60.0
"""Seconds by which the clock of whoever tells an answer may be behind the channel's."""
NOTHING = Phrase("Known to the house, nothing bought yet", "facts.purchases")


def _propose(moment: Moment) -> Iterable[Proposal | Withdraw]:
    event = moment.event
    if isinstance(event, ChatMessage) and event.data.direction == "out":
        if moment.at + SLACK >= slice_of(moment.client, "recency").word:  # else they have written again since
            yield Withdraw(action=WRITES, ref=event.data.conversation, status="done")
    elif isinstance(event, ChatMessage | CallIncoming) and moment.known:
        call = isinstance(event, CallIncoming)
        yield _answer(moment, call, event.data.conversation, _title(moment, event))
    elif moment.anew:
        for entry in moment.open_of(*TITLES):
            title, call = speaking(moment, TITLES[entry.action]), entry.action == CALLS
            yield replace(_answer(moment, call, entry.ref, title), valid_to=entry.until)


def _answer(moment: Moment, call: bool, conversation: str, title: str) -> Proposal:
    advisor = moment.advisor
    site = advisor.sites[0] if advisor and advisor.sites else None
    return Proposal(
        action=CALLS if call else WRITES,
        ref=conversation,
        site=site,
        staff=advisor.id if advisor and not call else None,
        purpose="service",
        present=True,
        title=title,
        why=reasons(awaited(moment), history(moment), sizes(moment)) or [NOTHING],
        success="The client has an answer from a person of the house",
        avoid=cautions(moment),
        urgency=5 if call else 4,
        valid_to=moment.at + RINGS if call else after_open(moment, site, LASTS),
        value=1.0,
        hold_or_drop="drop" if call else "hold",
        escalate=None if call else 900.0,
        updates=True,
        silence=0.0,
    )


def _title(moment: Moment, event: ChatMessage | CallIncoming) -> str:
    if isinstance(event, CallIncoming):
        return speaking(moment, TITLES[CALLS])
    title = f"Wrote {WHERE[event.data.channel]}"
    language = named(event.data.language)
    return Phrase(f"{title}, in {NAMES[language]}", "language") if language else speaking(moment, title)


RULE = Rule(
    name=WRITES, wakes=frozenset({ChatMessage, CallIncoming, ClientProfile, ClientReview}), propose=_propose
)
