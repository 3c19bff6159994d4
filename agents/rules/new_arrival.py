"""B2: an article that has just arrived is to a client's taste; their advisor hears of it.

The book of whoever bought something is opened once a week for as long as they are heard of: a catalogue that
changes wakes nobody by itself. An arrival is news for four weeks, and is proposed once.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import takewhile

from agents.book import BOOK, Window
from agents.channels import refused
from agents.drafts import draft, speaking
from agents.moment import Moment, Proposal
from agents.phrase import Phrase, facts_of
from agents.phrases import cautions, history, reasons, sizes
from agents.recommend import Ranked, ranked
from agents.rule import Rule
from feature_store.record import slice_of
from schemas.alerts import Recommendation
from schemas.article import Article
from schemas.events.store import StorePurchase
from schemas.maison import Person

WEEK = 7 * 86_400.0
NEWS = timedelta(days=28)
HEARD = 390 * 86_400.0
"""Seconds of silence after which a client is not looked at any more, until they buy again."""
MATCHES = 0.6
"""Score from which an article is to somebody's taste: about that of a category they have bought from."""
MOST = 3


def _window(moment: Moment) -> Window | None:
    rhythm = slice_of(moment.client, "frequency")
    if not rhythm.orders:
        return None
    return Window(rhythm.last + WEEK, slice_of(moment.client, "recency").touch + HEARD, WEEK)


def _due(moment: Moment) -> float | None:
    window = _window(moment)
    return None if window is None else window.next(moment)


def _propose(moment: Moment) -> Iterable[Proposal]:
    window = _window(moment)
    if moment.timer is None or window is None or not window.open(moment.now):
        return
    matching = [one for one in ranked(moment, _arrived(moment)) if one[0] >= MATCHES]
    if matching and moment.advisor:
        yield _tell(moment, matching[:MOST], moment.advisor)


def _arrived(moment: Moment) -> list[Article]:
    today = datetime.fromtimestamp(moment.now, UTC).date()
    news = takewhile(lambda a: a.since is not None and a.since > today - NEWS, moment.house.arrivals)
    return [article for article in news if article.since is not None and article.since <= today]


def _tell(moment: Moment, matching: list[Ranked], advisor: Person) -> Proposal:
    _, first, why = matching[0]
    return Proposal(
        action="new_arrival",
        ref=first.sku,
        site=advisor.sites[0] if advisor.sites else None,
        staff=advisor.id,
        purpose="one_to_one",
        contact=True,
        title=speaking(moment, f"{first.name} has arrived, to their taste", *facts_of(why)),
        why=reasons([Phrase(f"{first.name}: {why}", *facts_of(why))], history(moment), sizes(moment)),
        say=draft(moment, "new_arrival"),
        avoid=[
            Phrase("Saying how their taste is known: speak of the piece"),
            *refused(moment, "one_to_one"),
            *cautions(moment),
        ],
        success="The client comes to see it, or answers, within three weeks",
        recommendations=[Recommendation(sku=article.sku, why=reason) for _, article, reason in matching],
        subject=tuple(article.sku for _, article, _ in matching),
        urgency=1,
        valid_to=moment.at + WEEK,
        hold_or_drop="hold",
        value=0.45,
        silence=NEWS.total_seconds() * 3,
    )


RULE = Rule(
    name="new_arrival",
    timers=frozenset({BOOK}),
    propose=_propose,
    due=_due,
    moves=frozenset({StorePurchase}),
)
