"""How late guests arrive, as counts: each remembered arrival stands in a cell of the maison's tallies, by
means of transport and quarter of the day."""

from collections.abc import Mapping

from feature_store.features.stay import Stay

MEASURE = "l:"
WIDTH = 300
"""Seconds of a bin."""
EARLIEST, LATEST = -12, 36
"""Bins: an hour early to three hours late; beyond, it was another journey."""
QUARTER = 6 * 3600
"""Seconds of a quarter of the day, UTC: how roads and skies are is a matter of hours, not of minutes."""
WAYS = {
    "taxi": ("taxi", "cab", "uber", "vtc"),
    "train": ("train", "tgv", "eurostar", "rail", "treno", "zug", "tren"),
    "flight": ("flight", "plane", "vol", "volo", "flug", "vuelo", "jet", "helicopter"),
    "car": ("car", "voiture", "auto", "chauffeur", "driver", "limousine", "transfer"),
}


def way_of(by: str) -> str:
    """The means of transport that a text says; `other` where it says none of them.

    >>> way_of("Taxi"), way_of("flight AZ 358"), way_of("AF1234"), way_of("")
    ('taxi', 'flight', 'flight', 'other')
    """
    words = by.casefold().split()
    for way, names in WAYS.items():
        if any(word in names for word in words):
            return way
    compact = "".join(words)
    return "flight" if compact[:2].isalnum() and compact[2:].isdigit() and not compact.isdigit() else "other"


def measure_of(by: str, eta: int) -> str:
    """The cell's name for a way and an hour."""
    return f"{MEASURE}{way_of(by)}{eta % 86_400 // QUARTER}"


def bin_of(late: int) -> int:
    """The bin of a lateness in seconds."""
    return max(EARLIEST, min(LATEST, late // WIDTH))


def cells_of_stays(stays: Mapping[str, Stay], period: int) -> tuple[str, ...]:
    """The cells of a guest's remembered arrivals; `period`: seconds of a period of the tallies."""
    return tuple(
        f"{measure_of(stay.by, stay.eta)}|{stay.eta // period}|{bin_of(stay.late)}"
        for stay in stays.values()
        if stay.late is not None and not stay.cancelled
    )
