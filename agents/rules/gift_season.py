"""B2: someone the client buys for: a year after a gift, in time to choose the next one.

Four weeks to ten days before the day comes round. Who receives it is nobody's to say, and the draft does not
even say that the house remembers: it offers help with the season. The card is for their own advisor alone.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime

from agents.book import BOOK, DAY, Window, earliest, habits, keeper_of, reaching
from agents.drafts import draft, speaking
from agents.moment import Again, Moment, Proposal, Withdraw
from agents.phrase import Phrase
from agents.phrases import reasons
from agents.rule import Rule
from feature_store.anniversaries import coming
from feature_store.days import date_of
from feature_store.features.gifts import Gift, given
from feature_store.record import slice_of
from schemas.events.store import StorePurchase

BEFORE, UNTIL = 28 * DAY, 10 * DAY
AGO = 200
"""Days since a gift before it is thought of as last year's."""
MISSES = ("Saying for whom, or that the house remembers", "Writing where somebody else may read it")


def _windows(moment: Moment) -> Iterator[tuple[Window, Gift]]:
    today = datetime.fromtimestamp(moment.now, UTC).date()
    for gift in given(slice_of(moment.client, "gifts")):
        day = date_of(gift.day)
        next_at = _seconds(coming(day, date_of(gift.day + 1) if (today - day).days < AGO else today))
        for year in (0, 365):  # this one may be too near already
            at = next_at + year * DAY
            yield Window(at - BEFORE, at - UNTIL, every=6 * DAY), gift


def _seconds(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


def _due(moment: Moment) -> float | None:
    return earliest(moment, (window for window, _ in _windows(moment)))


def _propose(moment: Moment) -> Iterable[Proposal | Withdraw | Again]:
    if moment.timer is None or keeper_of(moment) is None:
        return
    for window, gift in _windows(moment):
        if window.open(moment.now):
            yield _season(moment, window, gift)
            return


def _season(moment: Moment, window: Window, gift: Gift) -> Proposal:
    article = moment.house.coded.get(gift.article)
    name = article.name if article else "A piece"
    fact = Phrase(f"{name}, bought as a gift on {date_of(gift.day):%-d %B %Y}", "gifts.given")
    before = len({g.day for g in given(slice_of(moment.client, "gifts"))})
    often = [Phrase(f"{before} gifts on record", "gifts.given")] if before > 1 else []
    return reaching(
        moment,
        window,
        action="gift_season",
        ref="season",
        title=speaking(moment, "Bought a gift around this time last year", "gifts.given"),
        why=reasons([fact], often, habits(moment)),
        say=draft(moment, "gift_season"),
        avoid=[Phrase(text, "gifts.given") for text in MISSES],
        success="The client asks for help with a gift, or chooses one",
        value=0.6,
    )


RULE = Rule(
    name="gift_season",
    timers=frozenset({BOOK}),
    propose=_propose,
    due=_due,
    moves=frozenset({StorePurchase}),
)
