"""Will this stay be called off? Rates of groups of bookings, each drawn to the one around it.

A case is opened when a stay is booked, with what the booking says, and closed when it is known: by the
cancellation, by the check-in, or, a day after the arrival, by what the record says then. Nobody is told apart
by country, deposit or rate.
"""

from collections.abc import Iterable
from math import log1p
from typing import Any

import msgspec

from agents.forecast import Awaited, Closed, Forecast, Lesson, Opened, Priors, word_of
from agents.moment import Moment
from agents.pooled import Pooled, learn, loaded, path_of, predict
from feature_store.days import EPOCH
from feature_store.feature import short
from feature_store.features.stay import stay_of
from feature_store.record import slice_of
from schemas.events.hotel import BookingData, HotelBooking, HotelCheckin

NAME = "cancellation"
DAY = 86_400.0
LEAST = 200
"""Labels below which nothing is said."""
_MOST = 8


class History(msgspec.Struct, frozen=True):
    """What the guest's earlier bookings came to, as far as it is known."""

    cancelled: int = 0
    stayed: int = 0


def cancels(booking: BookingData, client: Any, booked: float, priors: Priors) -> float | None:
    """Probability that a stay, booked at `booked` (Unix seconds) by a merged record's client, is called off.

    None where the maison has not learned enough.
    """
    estimator = priors.get(NAME)
    if estimator is None or estimator.seen[""] < LEAST:
        return None
    return predict(estimator, features(booking, history_of(client), booked))


def history_of(client: Any) -> History:
    """What a record knows of earlier stays: it keeps one that was cancelled, and counts all that were had."""
    stays = slice_of(client, "stay").stays.values()
    return History(sum(stay.cancelled for stay in stays), slice_of(client, "facts").stays)


def features(booking: BookingData, history: History, booked: float) -> dict[str, float]:
    """The paths of a booking, each from what many share to what few do."""
    site, seg, party = booking.site, booking.market, booking.party
    lead = max(0.0, booking.arrival.toordinal() - EPOCH - booked / DAY)
    far = min(12, int(log1p(lead) * 2))
    nights = min(_MOST, max(0, (booking.departure - booking.arrival).days))
    children = bool(booking.children)
    gone, had = min(2, history.cancelled), min(2, history.stayed)
    x: dict[str, float] = {}
    for words in (
        ("lead", site, far, nights),
        ("market", site, seg, far),
        ("agent", site, booking.agent, far // 2),
        ("company", site, booking.company),
        ("party", site, party, seg, nights),
        ("channel", site, booking.channel, party),
        ("history", site, gone, had),
        ("room", site, booking.room_type, booking.board),
        ("heads", site, min(4, booking.adults), children),
        ("month", site, booking.arrival.month),
        ("weekday", site, booking.arrival.weekday(), nights),
    ):
        x |= path_of(*words)
    return x


def _watch(moment: Moment) -> Iterable[Lesson]:
    event = moment.event
    if isinstance(event, HotelCheckin):
        yield from _known(short(event.data.booking_id), 0)
    elif isinstance(event, HotelBooking):
        data, ref = event.data, short(event.data.booking_id)
        if data.status == "cancelled":
            yield from _known(ref, 1)
            return
        over = (data.arrival.toordinal() - EPOCH + 1.5) * DAY
        if data.status == "booked":
            yield Opened(ref, features(data, history_of(moment.client), moment.at))
        yield Awaited(ref, over)
    elif moment.timer is not None:
        stay = stay_of(slice_of(moment.client, "stay"), ref := word_of(moment.timer))
        came = None if stay is None or not (stay.step or stay.cancelled) else int(not stay.step)
        yield Closed(ref, came)


def _known(ref: str, y: int) -> Iterable[Lesson]:
    yield Closed(ref, y)
    yield Awaited(ref, 0.0)


FORECAST = Forecast(
    name=NAME,
    wakes=frozenset({HotelBooking, HotelCheckin}),
    ends=frozenset({HotelBooking, HotelCheckin}),
    watch=_watch,
    new=Pooled,
    predict=predict,
    learn=learn,
    dump=Pooled.dump,
    load=loaded,
    unsettle=Pooled.unsettle,
)
