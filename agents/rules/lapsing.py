"""B2: a client who usually comes back is overdue by their own rhythm, and somebody who knows them writes.

Half a gap beyond the day on which they were to be expected (three weeks at least), and again one and two gaps
later; then the house lets them be. A visit counts as much as a purchase: who was here is not lost. Where the
forecast `repeat` has learned enough, whoever is likelier to come back by themselves is left in peace.
"""

from collections.abc import Iterable, Iterator, Sequence

from agents.book import BOOK, DAY, Window, first_of, habits, known_to, reaching
from agents.drafts import draft, speaking
from agents.forecasts.repeat import GAPS, away
from agents.moment import Again, Moment, Proposal, Withdraw
from agents.phrase import Phrase
from agents.phrases import noted, on_day, reasons
from agents.rule import Rule
from feature_store.record import slice_of
from feature_store.tempo import Tempo, tempo_of
from schemas.events.client import ClientReview
from schemas.events.store import StoreCheckin, StorePurchase

ORDERS = 2
"""Orders from which on somebody has a rhythm of their own."""
LATE, LEAST = 0.5, 21 * DAY
TIMES = 3
LASTS = 14 * DAY
LIKELY = 0.5
"""Probability that they stay away from which on somebody writes."""


def _alike(moment: Moment) -> float | None:
    """Days between orders of clients who began alike."""
    return moment.scale.gap_of(slice_of(moment.client, "orders").first)


def _tempo(moment: Moment) -> Tempo | None:
    rhythm = slice_of(moment.client, "frequency")
    return tempo_of(rhythm, _alike(moment)) if rhythm.orders >= ORDERS else None


def _windows(moment: Moment) -> Iterator[Window]:
    tempo = _tempo(moment)
    if tempo is None:
        return
    last = max(slice_of(moment.client, "frequency").last, slice_of(moment.client, "recency").visit)
    late = last + tempo.gap * DAY + max(LATE * tempo.gap * DAY, LEAST)
    for n in range(TIMES):
        begins = late + n * max(tempo.gap * DAY, 2 * LASTS)
        yield Window(begins, begins + LASTS)


def _due(moment: Moment) -> float | None:
    return first_of(moment, _windows(moment))


def _propose(moment: Moment) -> Iterable[Proposal | Withdraw | Again]:
    if isinstance(moment.event, StoreCheckin | StorePurchase):
        yield Withdraw(action="lapsing", ref="rhythm", status="done")
        return
    tempo = _tempo(moment)
    window = next((window for window in _windows(moment) if window.open(moment.now)), None)
    if moment.timer is None:
        if window is None:
            yield Withdraw(action="lapsing", ref="rhythm", status="retracted")
        return
    if tempo is None or window is None:
        return
    gone = away(moment.client, moment.now, moment.priors, _alike(moment))
    if gone is None or gone >= LIKELY:
        yield _write(moment, window, tempo, gone)


def _write(moment: Moment, window: Window, tempo: Tempo, gone: float | None) -> Proposal:
    rhythm, facts = slice_of(moment.client, "frequency"), slice_of(moment.client, "facts")
    usual = _months(tempo.gap)
    rests = ("facts.purchases", "frequency.days_between", "recency.purchase")
    fact = f"{facts.purchases} purchases, usually every {usual}; the last {on_day(moment, rhythm.last)}"
    return reaching(
        moment,
        window,
        action="lapsing",
        ref="rhythm",
        title=speaking(moment, "Not seen for longer than usual", "frequency.days_between"),
        why=reasons(
            [Phrase(fact, *rests)],
            _foretold(tempo, gone, rests),
            noted(moment),
            known_to(moment),
            habits(moment),
        ),
        say=draft(moment, "asking_after"),
        avoid=[Phrase("Any reproach, or a word of how long it has been", "recency.purchase")],
        success="The client answers, or is seen again within a month",
        value=0.5,
    )


def _foretold(tempo: Tempo, gone: float | None, rests: Sequence[str]) -> list[Phrase]:
    """What is made of those facts, in one phrase; none where nothing is."""
    if gone is None:
        return []
    ahead = _months(GAPS * tempo.gap)
    many = round(100 * gone)  # a percentage reads as a discount: the guard `price` would take it out
    return [Phrase(f"By what such clients did, {many} of 100 stay away for {ahead} more", *rests)]


def _months(days: float) -> str:
    """
    >>> _months(132), _months(20)
    ('4 months', '20 days')
    """
    return f"{round(days / 30.4)} months" if days >= 46 else f"{round(days)} days"


RULE = Rule(
    name="lapsing",
    wakes=frozenset({ClientReview, StorePurchase, StoreCheckin}),
    timers=frozenset({BOOK}),
    propose=_propose,
    due=_due,
    moves=frozenset({StorePurchase}),
)
