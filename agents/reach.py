"""What is left of a client's attention: how often the house reached out, and what doing so again costs. Pure.

A house allows so many days with a contact a week and a month (guard `cadence`). Nobody knows what will be
worth a word tomorrow, so the more of them are taken the more a contact must be worth: what is left is kept
for what is worth most, whichever comes first.
"""

from collections.abc import Iterable, Iterator

from agents.granted import reached_by_others
from agents.guard import Threshold
from agents.moment import Moment, Proposal
from feature_store.days import day_of
from feature_store.features.attention import reached as taken
from feature_store.features.contacts import reached
from feature_store.record import slice_of
from schemas.envelope import CHANNELS

WEEK = Threshold(
    guard="cadence", name="week", default=2, least=1, most=4, says="days with a contact within seven days"
)
MONTH = Threshold(
    guard="cadence", name="month", default=4, least=1, most=8, says="days with a contact within thirty days"
)
RESERVE = 0.2
"""What a contact must be worth beside all else when every day that is allowed is taken, 0 to 1."""


def asks_for(proposal: Proposal) -> bool:
    """Whether it takes of a client's attention: not who stands there, nor what looks after them."""
    return proposal.contact and not proposal.present and not proposal.care


def contacts_of(moment: Moment) -> Iterator[tuple[int, str | None]]:
    """Days since 1970 and channels: what was sent, what staff took upon them, what waits before them, and
    what other houses sent under a grant.
    """
    for contact in reached(slice_of(moment.client, "contacts")):
        yield contact.day, CHANNELS[contact.channel]
    yield from taken(slice_of(moment.client, "attention"))
    yield from reached_by_others(moment.client, moment.now)
    for entry in moment.open_alerts().values():
        if entry.way:
            yield day_of(entry.at), entry.channel


def days_within(days: Iterable[int], span: int, now: float) -> list[int]:
    """Those of the last so many days, today among them, the latest first."""
    today = day_of(now)
    return sorted({day for day in days if day > today - span}, reverse=True)


def price_of(moment: Moment, proposal: Proposal) -> float:
    """What reaching out costs, 0 to `RESERVE`: by the square of the share of the week, or month, taken.

    After one of two days of this week, 0.2 x (1 / 2)^2 = 0.05; after three of four of this month, 0.2 x
    (3 / 4)^2 = 0.1125.
    """
    return RESERVE * moment.once(_taken) ** 2 if asks_for(proposal) else 0.0


def _taken(moment: Moment) -> float:
    days = [day for day, _ in contacts_of(moment)]
    if not days:
        return 0.0
    spans = ((7, WEEK.of(moment.maison)), (30, MONTH.of(moment.maison)))
    return min(1.0, max(len(days_within(days, span, moment.now)) / most for span, most in spans))
