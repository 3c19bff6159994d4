"""Where a guest has stayed: how often, when last, and in which months.

Two stays on the Riviera, in June and in May, the last of which ended ten days before midnight, give
`{"left_days": 10.0, "sites": {"riviera": {"stays": 2, "last": "2026-06-11", "months": [5, 6]}}}`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from feature_store.days import DAY, date_of
from feature_store.feature import Feature, House, short
from schemas.events.hotel import HotelCheckout

KEPT = 4
"""Hotels kept per part; the one left longest ago goes first."""


class Journey(NamedTuple):
    """`left`: the day the last stay ended, counted from 1970; `months`: a bit each, January the lowest."""

    stays: int
    left: int
    months: int


class Journeys(msgspec.Struct, array_like=True):
    """Site -> what is known."""

    sites: dict[str, Journey] = {}


def _left(slice: Journeys, event: HotelCheckout, at: float, house: House) -> None:
    month = datetime.fromtimestamp(at, UTC).month
    new = Journey(1, int(at // DAY), 1 << month - 1)
    _add(slice.sites, short(event.data.site), new)
    _bound(slice.sites)


def _add(sites: dict[str, Journey], site: str, new: Journey) -> None:
    known = sites.get(site, Journey(0, 0, 0))
    sites[site] = Journey(known.stays + new.stays, max(known.left, new.left), known.months | new.months)


def _bound(sites: dict[str, Journey]) -> None:
    while len(sites) > KEPT:
        del sites[min(sites, key=lambda site: (sites[site].left, site))]


def _values(slice: Journeys, now: float) -> dict[str, Any]:
    last = max((journey.left for journey in slice.sites.values()), default=None)
    if last is None:
        return {}
    return {
        "left_days": max(0.0, now / DAY - last),
        "sites": {
            site: {
                "stays": journey.stays,
                "last": date_of(journey.left).isoformat(),
                "months": [month for month in range(1, 13) if journey.months >> month - 1 & 1],
            }
            for site, journey in sorted(slice.sites.items())
        },
    }


def _merge(slices: Sequence[Journeys]) -> Journeys:
    merged = Journeys({})
    for slice in slices:
        for site, journey in slice.sites.items():
            _add(merged.sites, site, journey)
    _bound(merged.sites)
    return merged


FEATURE = Feature(
    name="journeys",
    letter="I",
    slice=Journeys,
    on={HotelCheckout: _left},
    values=_values,
    merge=_merge,
    ordered="beyond four hotels: how often a guest was in one that was forgotten does not come back",
)
