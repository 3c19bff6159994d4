"""Mood: after "not today", or while a client is low, nothing is offered."""

from random import Random
from typing import Any

from agents.moment import Proposal
from agents.phrase import Phrase
from tests import builders as a
from tests.guarding import Case, Slip
from tests.unit.guards.open_case import OFFER, SHOWN, client


def felt(signal: str = "not_today", value: float = 1.0, by: str = "staff", ago: float = 3_600) -> Any:
    return a.emotion(a.NOON - ago, signal, value, by, card="c")


DEVICES = a.consent(a.NOON - 9e5, "emotion", "all", card="c")

CASES = {
    "nobody perceived anything": Case(client=client(), proposal=OFFER, passes=True),
    "not today": Case(client=client(felt()), proposal=OFFER, passes=False),
    "not today, of yesterday": Case(client=client(felt(ago=25 * 3_600)), proposal=OFFER, passes=True),
    "not today, in a house that waits two days": Case(
        client=client(felt(ago=25 * 3_600)),
        proposal=OFFER,
        moment={"maison": a.lumiere(guards={"mood": {"respected": 48}})},
        passes=False,
    ),
    "a welcome": Case(client=client(felt()), proposal={"purpose": "service"}, passes=True),
    "care": Case(client=client(felt("worry", 0.9)), proposal=OFFER | {"care": True}, passes=True),
    "worried": Case(client=client(felt("worry", 0.9)), proposal=OFFER, passes=False),
    "hardly worried": Case(client=client(felt("worry", 0.2)), proposal=OFFER, passes=True),
    "worried in a message an hour ago": Case(
        client=client(a.chat(a.NOON - 3_600, text="urgent, please help 😰", card="c")),
        proposal=OFFER,
        passes=False,
    ),
    "read as worried, seen to be well": Case(
        client=client(felt("worry", 0.9, "text"), felt("worry", 0.0)), proposal=OFFER, passes=True
    ),
    "a device, unasked": Case(client=client(felt("worry", 0.9, "device", 60)), proposal=OFFER, passes=True),
    "a device, allowed": Case(
        client=client(DEVICES, felt("worry", 0.9, "device", 60)), proposal=OFFER, passes=False
    ),
    "joy": Case(client=client(felt("joy", 1.0)), proposal=OFFER, passes=True),
}


def slips(random: Random) -> Slip:
    """An offer to somebody who said "not today", or who is low, by a person's eyes or their own words."""
    told = random.choice(
        [
            felt("not today", random.uniform(0.3, 5), ago=random.uniform(0, 23 * 3_600)),
            felt(
                random.choice(["worry", "anger", "Sadness"]),
                random.uniform(0.7, 1),
                ago=random.uniform(0, 4e4),
            ),
            a.chat(
                a.NOON - random.uniform(0, 1_200),
                text=random.choice(["C'est urgent", "非常に不安です", "걱정됩니다", "Ich bin wütend", "😡"]),
                card="c",
            ),
        ]
    )
    said = a.proposal(
        action=random.choice(["lapsing", "wish_elsewhere", "boutique_welcome", "event_invitation"]),
        purpose=random.choice(["service", "one_to_one"]),
        contact=random.random() < 0.5,
        hold_or_drop=random.choice(["hold", "drop"]),
        recommendations=SHOWN,
        title=Phrase("A client to see"),
        why=[Phrase("Known", "facts.visits")],
    )

    def wrong(left: Proposal) -> bool:
        return left.contact or left.purpose != "service" or bool(left.recommendations)

    return Slip(moment=a.moment(client=client(told)), proposal=said, wrong=wrong)
