"""Will a first order be followed by a second within 90 days? Rates of first orders alike.

A case is opened by the first order a client is known by, with what it tells, and closed 90 days later; where
these are over when it is told of, there is none. One order tells little: the figures stand in docs/models.md.
"""

from collections.abc import Iterable
from typing import Any

from agents.forecast import Awaited, Closed, Forecast, Lesson, Opened, Priors
from agents.moment import Moment
from agents.pooled import Pooled, learn, loaded, path_of, predict
from feature_store.features.frequency import Frequency
from feature_store.features.orders import First
from feature_store.record import slice_of
from feature_store.tally import WIDTH, bucket, main_currency
from schemas.events.store import StorePurchase

NAME = "second"
DAY = 86_400.0
WITHIN = 90 * DAY
LEAST = 200
"""Labels below which nothing is said."""
_MOST = 8


def follows(client: Any, now: float, priors: Priors) -> float | None:
    """Probability that a merged record's only order is followed by another within 90 days of it.

    None where they ordered never or more than once, where those days are over, or where the maison has not
    learned enough.
    """
    estimator, first = priors.get(NAME), slice_of(client, "frequency").first
    known = features(client)
    if estimator is None or estimator.seen[""] < LEAST or known is None or now > first + WITHIN:
        return None
    return predict(estimator, known)


def features(client: Any) -> dict[str, float] | None:
    """The paths of a first order; None where there is none, or no longer only one."""
    rhythm, currency = slice_of(client, "frequency"), main_currency(client)
    if rhythm.orders != 1 or currency is None:
        return None
    size = bucket(slice_of(client, "monetary").currencies[currency].bought) // (WIDTH // 2)
    first = slice_of(client, "orders").first or First(rhythm.first)
    taste = slice_of(client, "taste").weights
    category = max(taste, key=lambda c: (taste[c], c), default=None)
    came = bool(slice_of(client, "facts").visits)
    return {
        **path_of("worth", currency, size),
        **path_of("articles", min(_MOST, first.articles), size // 2),
        **path_of("taste", category, size),
        **path_of("how", first.web, first.gift, came),
    }


def _watch(moment: Moment) -> Iterable[Lesson]:
    rhythm = slice_of(moment.client, "frequency")
    if moment.timer is not None:
        yield Closed("", _followed(rhythm, moment.timer.due))
        return
    known = features(moment.client)
    if known is not None and moment.now < rhythm.first + WITHIN:
        yield Opened("", known)
        yield Awaited("", rhythm.first + WITHIN)


def _followed(rhythm: Frequency, due: float) -> int | None:
    """Whether a second order came by then, however late one looks; None where nobody can tell, or another
    order has turned out to be the first.
    """
    if not rhythm.orders or rhythm.first + WITHIN != due:
        return None
    if rhythm.orders > 1 and rhythm.last <= due:
        return 1
    return 0 if rhythm.orders <= 2 else None


FORECAST = Forecast(
    name=NAME,
    wakes=frozenset({StorePurchase}),
    watch=_watch,
    new=Pooled,
    predict=predict,
    learn=learn,
    dump=Pooled.dump,
    load=loaded,
    unsettle=Pooled.unsettle,
)
