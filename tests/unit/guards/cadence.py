"""Cadence: so many days with a contact a week and a month, whoever makes it and wherever."""

from random import Random
from typing import Any

from feature_store import record as records
from feature_store.features.attention import Proposed, coded, keep, way_of
from tests import builders as a
from tests.guarding import Case, Slip

DAY = 86_400.0
ASKS = {"action": "lapsing", "contact": True}


def mailed(*days: float, channel: str = "email") -> Any:
    return a.record_of(*(a.contacted(a.NOON - ago * DAY, channel, email="e@example.com") for ago in days))


def elsewhere(*days: float, attention: bool = True) -> Any:
    """Contacts by another house of the group; the client grants that they count, or does not."""
    granted = a.grant(a.NOON - 40 * DAY, attention=attention, card="c1")
    told = {"grant": "g1", "card": "c1", "from": "orfevre"}
    return a.record_of(granted, *(a.contacted(a.NOON - ago * DAY, "email", **told) for ago in days))


def taken(*days: float, verdict: str = "done", **more: Any) -> Any:
    """Contact actions that staff answered so many days ago."""
    record = a.record_of()
    for n, ago in enumerate(days):
        at = a.NOON - ago * DAY
        entry = Proposed(
            coded("birthday"), f"r{n}", "vendome", int(at), int(at + 3 * DAY), way=way_of("whatsapp")
        )
        keep(records.own(record, "attention"), {f"a{n}": entry})
        if verdict:
            said = a.event(
                "staff.feedback", at, oid="q" * 16, alert=f"a{n}", staff="matteo", verdict=verdict, **more
            )
            records.touch(record, said, at, a.HOUSE)
    return record


CASES = {
    "never contacted": Case(proposal=ASKS, passes=True),
    "once this week": Case(client=mailed(2), proposal=ASKS, passes=True),
    "twice this week": Case(client=mailed(2, 4), proposal=ASKS, passes=False),
    "five mails of one day": Case(
        client=mailed(*(2 + n / 100 for n in range(5))), proposal=ASKS, passes=True
    ),
    "four times this month": Case(client=mailed(9, 12, 20, 28), proposal=ASKS, passes=False),
    "four times, long ago": Case(client=mailed(31, 32, 33, 34), proposal=ASKS, passes=True),
    "three times on that channel": Case(
        client=mailed(9, 14, 20), proposal=ASKS | {"channel": "email"}, passes=False
    ),
    "three times on another": Case(
        client=mailed(9, 14, 20), proposal=ASKS | {"channel": "whatsapp"}, passes=True
    ),
    "by two colleagues": Case(client=taken(1, 3), proposal=ASKS, passes=False),
    "what colleagues dismissed": Case(client=taken(1, 3, verdict="dismissed"), proposal=ASKS, passes=True),
    "what clients declined when colleagues asked": Case(
        client=taken(1, 3, verdict="dismissed", because="declined"), proposal=ASKS, passes=False
    ),
    "by another house, where that counts": Case(client=elsewhere(1, 3), proposal=ASKS, passes=False),
    "by another house, where it does not": Case(
        client=elsewhere(1, 3, attention=False), proposal=ASKS, passes=True
    ),
    "what waits before colleagues": Case(client=taken(0.1, 1.2, verdict=""), proposal=ASKS, passes=False),
    "who stands there": Case(client=mailed(1, 2, 3), proposal=ASKS | {"present": True}, passes=True),
    "what looks after them": Case(client=mailed(1, 2, 3), proposal=ASKS | {"care": True}, passes=True),
    "what writes to nobody": Case(client=mailed(1, 2, 3), proposal={"contact": False}, passes=True),
    "where a house allows less": Case(
        client=mailed(2),
        proposal=ASKS,
        moment={"maison": a.lumiere(guards={"cadence": {"week": 1}})},
        passes=False,
    ),
    "an answer to the client": Case(
        client=a.record_of(
            *(a.chat(a.NOON - n * DAY, way, whatsapp="w") for n in range(1, 6) for way in ("in", "out"))
        ),
        proposal=ASKS,
        passes=True,
    ),
}


def slips(random: Random) -> Slip:
    """One contact too many: after two days with one within the week, or four within the month."""
    most, span = random.choice([(2, 6), (4, 28)])
    days = random.sample(range(span), most)
    if most == 2 and random.random() < 0.3:
        client = elsewhere(*days)
    elif random.random() < 0.5:
        client = mailed(*days, channel=random.choice(["email", "sms", "whatsapp", "mail"]))
    else:
        client = taken(*days, verdict=random.choice(["done", "accepted", "edited"]))
    proposal = a.proposal(
        **ASKS, ref=f"slip {random.random()}", channel=random.choice([None, "email", "phone"]), value=0.9
    )
    return Slip(moment=a.moment(client=client), proposal=proposal)
