"""The client's attention is not endless: so many days with a contact a week and a month, whoever makes it.

| days on which the house reached out | |
| --- | --- |
| fewer than the house allows a week, a month, and a month on that channel | passes |
| as many: by mail, by another advisor, in a chat that answered nothing, or proposed and still open | waits |
| as many, some of them by another house of the group, where the client granted that these count | waits |
| two contacts of one day | count once |
| who stands there, and what looks after a client and offers nothing | passes |
"""

from collections.abc import Iterable

from agents.guard import Guard, Threshold, Wait
from agents.moment import Moment, Proposal
from agents.reach import MONTH, WEEK, asks_for, contacts_of, days_within
from feature_store.days import DAY

CHANNEL = Threshold(
    guard="cadence", name="channel", default=3, least=1, most=8, says="of these, on one and the same channel"
)


def _check(moment: Moment, proposal: Proposal) -> str | None:
    if not asks_for(proposal):
        return None
    made, maison = [*contacts_of(moment)], moment.maison
    days = {day for day, _ in made}
    same = {day for day, channel in made if channel is not None and channel == proposal.channel}
    waits = (
        _full(days, 7, WEEK.of(maison), moment.now),
        _full(days, 30, MONTH.of(maison), moment.now),
        _full(same, 30, CHANNEL.of(maison), moment.now, f" by {proposal.channel}"),
    )
    return max((wait for wait in waits if wait is not None), key=lambda wait: wait.until, default=None)


def _full(days: Iterable[int], span: int, most: float, now: float, where: str = "") -> Wait | None:
    """Whether so many days within the span are taken, and until when."""
    within = days_within(days, span, now)
    if len(within) < most:
        return None
    until = (within[int(most) - 1] + span) * DAY
    return Wait(f"contacted on {len(within)} of the last {span} days{where}", until)


GUARD = Guard(
    name="cadence",
    version=2,
    says="Nobody is written to more often than the house allows, by however many advisors, houses, channels.",
    check=_check,
    thresholds=(WEEK, MONTH, CHANNEL),
)
