"""How the parts of a maison are spread over what they are worth: counts per cell, which also subtract.

A part stands in a few cells, a pure function of its record. When an event moves it from one cell to another,
the old one loses one and the new one gains one, in the same fenced write as the record: counts are exact
after twins, kills and replays, and nothing is ever recounted. Nothing ages in a cell: each says *when*
something was last done, so time passes by reading.

    r|day                   day of the last purchase: how recent a client is among others
    c:2|period|first|orders began with two articles; periods of the last and first purchase, orders: how
                            often, who will come back
    m:EUR|period|net        kept in the currency of most orders: how much
    g:EUR|orders|average    orders there, and what one is worth: what the next will be worth
    b|period|people         people brought, the last of them in that period
    d|day                   day of the last thing shared
    e|period|times          how often something was shared, last in that period
    a|period|amount         how much was
    k|segment               in that segment
    u|article               parts that tried or bought an article, and kept it: which are chosen
    v|article|article       both of them: which go together; kept apart, for there are many
    l:taxi1|period|bin      came by taxi in the second quarter of the day, that many five minutes late
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import combinations
from typing import Any

from feature_store.features.handled import BLAMED, BOUGHT, DECLINED, GIVEN, TRIED, Articles, steps_of
from feature_store.features.monetary import Money
from feature_store.features.orders import begun
from feature_store.features.referral import brought
from feature_store.features.sharing import amount
from feature_store.lateness import cells_of_stays
from feature_store.record import slice_of
from schemas.envelope import Event
from schemas.events.client import ClientCase, ClientConsent, ClientLicence, ClientProfile, ClientReferral
from schemas.events.hotel import HotelArrival, HotelBooking, HotelCheckin, HotelCheckout
from schemas.events.store import StoreItem, StorePurchase, StoreReturn

DAY = 86_400
PERIOD = 28 * DAY
LONGEST = 64
"""Periods between a first and a last purchase that are told apart: five years."""
FINE = 3
WIDTH = 1 << FINE
"""Numbers below 16 have a bucket each; from there on eight share an octave, so a bucket is at most an eighth
wide."""

Cell = str | int | tuple[int, int]
"""A cell by its name; of an article chosen its code, and of two together both, which follow from the codes
(`_whole`): most have not moved, and names are made of those that did."""
Cells = tuple[Cell, ...]


def bucket(value: int) -> int:
    """The bucket of a whole number, in integers alone: the same on every machine. Below 1: bucket 0.

    >>> [bucket(n) for n in (-5, 0, 1, 15, 16, 17, 18, 345_000)]
    [0, 0, 1, 15, 16, 16, 17, 130]
    """
    if value < 2 * WIDTH:
        return max(0, value)
    octave = value.bit_length() - 1 - FINE
    return octave * WIDTH + (value >> octave)


def middle(bucket: int) -> float:
    """What a bucket's numbers are taken to be, for sums: the middle of its edges.

    >>> middle(7), middle(16), middle(bucket(345_000))
    (7.0, 16.5, 344063.5)
    """
    octave = max(0, bucket // WIDTH - 1)
    least = (bucket - octave * WIDTH) << octave
    return least + ((1 << octave) - 1) / 2


def main_currency(record: Any) -> str | None:
    """The currency of most orders, where a part or a client has bought; of several, the one of most money.

    No rates of exchange are known: each currency is ranked among its own.
    """
    currencies: dict[str, Money] = slice_of(record, "monetary").currencies
    bought = [c for c, money in currencies.items() if money.orders]
    if len(bought) == 1:
        return bought[0]
    return max(bought, key=lambda c: (currencies[c].orders, currencies[c].bought, c), default=None)


def _bought(record: Any) -> Cells:
    rhythm = slice_of(record, "frequency")
    if not rhythm.orders or (currency := main_currency(record)) is None:
        return ()
    last = rhythm.last // PERIOD
    first = max(rhythm.first // PERIOD, last - LONGEST)
    money = slice_of(record, "monetary").currencies[currency]
    net = money.bought - money.returned
    return (
        f"r|{rhythm.last // DAY}",
        f"c:{begun(slice_of(record, 'orders').first)}|{last}|{first}|{bucket(rhythm.orders)}",
        f"m:{currency}|{last}|{bucket(net)}",
        f"g:{currency}|{bucket(money.orders)}|{bucket(net // money.orders)}",
    )


def _shared(record: Any) -> Cells:
    sharing = slice_of(record, "sharing")
    if not sharing.times:
        return ()
    period = sharing.last // PERIOD
    return (
        f"d|{sharing.last // DAY}",
        f"e|{period}|{bucket(sharing.times)}",
        f"a|{period}|{bucket(amount(sharing))}",
    )


def _brought(record: Any) -> Cells:
    referral = slice_of(record, "referral")
    return (f"b|{referral.last // PERIOD}|{bucket(brought(referral))}",) if referral.last else ()


def _came(record: Any) -> Cells:
    return cells_of_stays(slice_of(record, "stay").stays, PERIOD)


def enrolled(record: Any) -> Cells:
    """Of the segments a part stands in."""
    return tuple(f"k|{segment}" for segment in slice_of(record, "segments").held)


def _chosen(record: Any) -> Cells:
    handled: Articles = slice_of(record, "handled")
    if not handled.articles:
        return ()
    return tuple(sorted([code for code, steps in steps_of(handled).items() if is_chosen(steps)]))


def _whole(cells: Iterable[Cell]) -> list[Cell]:
    """With the pairs of what was chosen."""
    stood = [*cells]
    return [*stood, *combinations([cell for cell in stood if isinstance(cell, int)], 2)]


def named(cell: Cell) -> str:
    """What a cell is called in the table above."""
    if isinstance(cell, str):
        return cell
    return f"u|{cell:x}" if isinstance(cell, int) else f"v|{cell[0]:x}|{cell[1]:x}"


def is_chosen(steps: int) -> bool:
    """Whether an article was tried or bought for themselves and not given up since."""
    return bool(steps & (TRIED | BOUGHT)) and not steps & (GIVEN | DECLINED | BLAMED)


CELLS: Mapping[type[Event], tuple[Callable[[Any], Cells], ...]] = {
    StorePurchase: (_bought, _chosen),
    StoreReturn: (_bought, _chosen),
    StoreItem: (_chosen,),
    ClientCase: (_chosen,),
    ClientProfile: (_shared,),
    ClientConsent: (_shared,),
    ClientLicence: (_shared,),
    ClientReferral: (_shared, _brought),
    HotelArrival: (_came,),
    HotelBooking: (_came,),
    HotelCheckin: (_came,),
    HotelCheckout: (_came,),
}
"""Event type -> the cells it may move a part between; of most events, none."""


def moved(maison: str, before: Iterable[Cell], after: Iterable[Cell]) -> dict[str, int]:
    """What a move changes: a tally's name -> what is added to it."""
    change = Counter(_whole(after))
    change.subtract(_whole(before))
    return {f"{maison}|{named(cell)}": count for cell, count in change.items() if count}


def cells_of(record: Any) -> tuple[str, ...]:
    """Every cell a part stands in, by name: what a recount would find, and what a restored record adds."""
    kinds = (_bought, _chosen, _shared, _brought, _came, enrolled)
    return tuple(named(cell) for cells in kinds for cell in _whole(cells(record)))
