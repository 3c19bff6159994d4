"""Nothing to eat or drink is proposed that an allergy, a diet or a faith forbids.

| an offer of the house's card, by its id or its name | |
| --- | --- |
| that holds what the client is allergic to, as they state it or a kitchen was told | vetoed |
| of which nobody has said what it holds, to a client with an allergy | vetoed |
| anything to eat or drink, where an allergy is stated that nobody here can read, or not to what | vetoed |
| that holds, or may, what a diet, a faith, health or a dislike rules out: wine, or milk to a vegan | vetoed |
| that holds something else, or a table or a treatment | passes |
| to a client who is allergic to lilies, wool or cats | passes |
"""

from agents.allergens import kept_off, shunned
from agents.guard import Guard
from agents.moment import Moment, Proposal
from agents.names import offered


def _check(moment: Moment, proposal: Proposal) -> str | None:
    if not (moment.maison.menu and any(moment.once(shunned))):
        return None
    reasons = (kept_off(moment, offer) for offer in offered(moment, proposal))
    return next((reason for reason in reasons if reason is not None), None)


GUARD = Guard(
    name="allergens",
    version=5,
    says="Nothing is proposed to eat or drink that an allergy, a diet or a faith forbids, or may.",
    check=_check,
)
