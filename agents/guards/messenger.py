"""Nothing intimate goes over a third party's messenger: a tier bounds the channel.

| by what the client is reached | a draft may tell facts of tier |
| --- | --- |
| WhatsApp, Messenger, Instagram, WeChat, Weibo, LINE, KakaoTalk | 0, 1 |
| SMS, e-mail | 0, 1, 2 |
| in person, by telephone, by post, in the house's own app or site | what whoever says it may mention |
| whatever the advisor chooses | as a messenger |

A card that answers a message takes the channel it came by. A draft that tells more is taken out, and the
card says why: the advisor finds words of their own, or calls.
"""

from msgspec.structs import replace

from agents.channels import WHERE
from agents.guard import Guard
from agents.moment import Moment, Proposal
from agents.phrase import Phrase, facts_of
from schemas.events.chat import ChatMessage
from schemas.tiers import tier_of

INTIMATE = 3
OURS = ("phone", "mail", "app", "web", "store")
CARRIES = {"sms": 2, "email": 2} | dict.fromkeys(OURS, INTIMATE)
"""The highest tier that a channel carries: in the house's own, whatever may be said at all."""
MESSENGER = 1
"""The same of any other: a messenger of a third party."""


def _carries(moment: Moment, proposal: Proposal) -> tuple[int, str]:
    """The highest tier of what may be written, and the channel in words."""
    channel: str | None = proposal.channel
    if channel is None and isinstance(moment.event, ChatMessage):
        channel = moment.event.data.channel
    if channel is not None:
        return CARRIES.get(channel, MESSENGER), WHERE[channel]
    return (MESSENGER, "on a messenger") if proposal.contact else (INTIMATE, "")


def _tells(moment: Moment, said: str) -> int:
    return max((tier_of(fact, moment.maison.tiers) for fact in facts_of(said)), default=0)


def _spare(moment: Moment, proposal: Proposal) -> Proposal:
    if proposal.say is None:
        return proposal
    carries, where = _carries(moment, proposal)
    if _tells(moment, proposal.say) <= carries:
        return proposal
    return replace(proposal, say=None, avoid=[*proposal.avoid, Phrase(f"Anything personal {where}: call")])


def _check(moment: Moment, proposal: Proposal) -> str | None:
    if proposal.say is None or _tells(moment, proposal.say) <= _carries(moment, proposal)[0]:
        return None
    return "its draft tells what its channel may not carry"


GUARD = Guard(
    name="messenger",
    version=1,
    says="Nothing intimate is written over a third party's messenger.",
    check=_check,
    spare=_spare,
)
