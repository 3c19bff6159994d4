"""Messenger: nothing intimate over a third party's."""

from random import Random
from typing import Any

from agents.moment import Proposal
from agents.phrase import Phrase
from schemas.envelope import CHANNELS
from tests import builders as a
from tests.guarding import Case, Slip
from tests.unit.guards.open_case import client

THIRD_PARTIES = sorted({*CHANNELS} - {"sms", "email", "phone", "mail", "app", "web", "store"})
MANNERS = Phrase("Bonjour", "language", "sizes.ring", language="fr")
PERSONAL = Phrase("Bon anniversaire", "language", "birth_date", language="fr")
INTIMATE = Phrase("Et les enfants ?", "language", "preferences.children", language="fr")

CASES = {
    "manners on WhatsApp": Case(proposal={"say": MANNERS, "channel": "whatsapp"}, passes=True),
    "a birthday on WhatsApp": Case(proposal={"say": PERSONAL, "channel": "whatsapp"}, passes=False),
    "a birthday by e-mail": Case(proposal={"say": PERSONAL, "channel": "email"}, passes=True),
    "children by e-mail": Case(proposal={"say": INTIMATE, "channel": "email"}, passes=False),
    "children in a letter": Case(proposal={"say": INTIMATE, "channel": "mail"}, passes=True),
    "wherever the advisor likes": Case(proposal={"say": PERSONAL, "contact": True}, passes=False),
    "in the boutique": Case(proposal={"say": PERSONAL}, passes=True),
    "an answer on WeChat": Case(
        proposal={"say": PERSONAL}, moment={"event": a.chat(channel="wechat", client_id="c")}, passes=False
    ),
    "a size in a house that raised it": Case(
        proposal={"say": MANNERS, "channel": "line"},
        moment={"maison": a.lumiere(tiers={"sizes.ring": 2})},
        passes=False,
    ),
}


def slips(random: Random) -> Slip:
    """A draft of facts of tier 2 or 3 that would be written on a messenger, said or chosen or answered."""
    fact = random.choice(["birth_date", "name", "stay.party", "preferences.children", "notes.2", "aura.blue"])
    said = Phrase("Quelques mots", "language", fact, language="fr")
    channel = random.choice(THIRD_PARTIES)
    given: dict[str, Any] = {"say": said, "title": Phrase("Write"), "why": [Phrase("Known", "facts.visits")]}
    way = random.choice([{"channel": channel, "contact": True}, {"channel": channel}, {"contact": True}, {}])
    event = None if way else a.chat(channel=channel, client_id="c")

    def wrong(left: Proposal) -> bool:
        return left.say is not None

    moment = a.moment(event, client=client())
    return Slip(moment=moment, proposal=a.proposal(**(given | way)), wrong=wrong)
