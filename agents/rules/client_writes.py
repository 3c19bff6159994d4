"""A client we know writes to the house, or telephones: their advisor hears of it, or the team that answers.

The words themselves stay in the conversation: the card says that there is something to answer.
"""

from collections.abc import Iterable

from agents.moment import Moment, Proposal, Withdraw
from agents.phrases import cautions, history, speaks
from agents.rule import Rule
from schemas.events.chat import CallIncoming, ChatMessage

LASTS = 4 * 3600.0
RINGS = 120.0


def _propose(moment: Moment) -> Iterable[Proposal | Withdraw]:
    event = moment.event
    if isinstance(event, ChatMessage) and event.data.direction == "out":
        yield Withdraw(action="client_writes", ref=event.data.conversation, status="done")
    elif isinstance(event, ChatMessage | CallIncoming) and moment.known:
        yield _answer(moment, event)


def _answer(moment: Moment, event: ChatMessage | CallIncoming) -> Proposal:
    call = isinstance(event, CallIncoming)
    advisor = moment.advisor
    where = "telephone" if isinstance(event, CallIncoming) else event.data.channel
    return Proposal(
        action="client_calls" if call else "client_writes",
        ref=event.data.conversation,
        site=advisor.sites[0] if advisor and advisor.sites else None,
        staff=advisor.id if advisor else None,
        purpose="service",
        present=True,
        title="Your client is calling" if call else "A message to answer",
        why=[f"By {where}.", *speaks(moment), *history(moment)],
        avoid=cautions(moment),
        urgency=5 if call else 4,
        valid_to=moment.at + (RINGS if call else LASTS),
        value=1.0,
        hold_or_drop="drop" if call else "hold",
        escalate=None if call else 900.0,
        updates=True,
        silence=0.0,
    )


RULE = Rule(name="client_writes", wakes=frozenset({ChatMessage, CallIncoming}), propose=_propose)
