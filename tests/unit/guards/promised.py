"""Promised: nobody is bidden to come who has said that they will."""

from random import Random
from typing import Any

from tests import builders as a
from tests.guarding import Case, Slip

DAY = 86_400.0
EVENT = {"id": "foire", "name": "Soirée", "site": "vendome", "at": a.iso(a.NOON + 9 * DAY), "capacity": 20}
HOUSE = a.lumiere(events=[EVENT])
BID = {"action": "appointment", "ref": "visit"}
INVITE = {"action": "event_invitation", "ref": "foire"}


def visit(status: str = "accepted", ahead: float = 2, said: float = 1, **more: Any) -> Any:
    begins = a.NOON + ahead * DAY
    return a.record_of(a.appointment(a.NOON - said * DAY, status, begins=begins, card="c", **more))


CASES = {
    "nothing promised": Case(proposal=BID, passes=True),
    "a visit accepted": Case(client=visit(), proposal=BID, passes=False),
    "a visit not answered yet": Case(client=visit("proposed"), proposal=BID, passes=False),
    "a word to come back": Case(client=visit(), proposal={"action": "lapsing"}, passes=False),
    "a visit declined": Case(client=visit("declined"), proposal=BID, passes=True),
    "a visit that is past": Case(client=visit(ahead=-2), proposal=BID, passes=True),
    "a birthday before a visit": Case(client=visit(), proposal={"action": "birthday"}, passes=True),
    "an invitation": Case(proposal=INVITE, moment={"maison": HOUSE}, passes=True),
    "invited already": Case(
        client=visit("proposed", 9, kind="event"), proposal=INVITE, moment={"maison": HOUSE}, passes=False
    ),
    "invited to another": Case(
        client=visit("accepted", 5, kind="event"), proposal=INVITE, moment={"maison": HOUSE}, passes=True
    ),
    "an event the file no longer has": Case(proposal=INVITE, passes=False),
}


def slips(random: Random) -> Slip:
    """A client is bidden to come who will, or invited to where they are."""
    if random.random() < 0.3:
        status = random.choice(["proposed", "accepted", "declined", "cancelled"])
        client, bid = visit(status, 9, random.uniform(0, 20), kind="event"), INVITE
    else:
        status = random.choice(["proposed", "accepted"])
        client = visit(
            status, random.uniform(0, 60), random.uniform(0, 90), site=random.choice(["vendome", "ginza"])
        )
        bid = {"action": random.choice(["appointment", "lapsing", "second_purchase"]), "ref": "any"}
    return Slip(moment=a.moment(client=client, maison=HOUSE), proposal=a.proposal(**bid, value=0.9))
