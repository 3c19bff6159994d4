"""Whose rhythm a client's is drawn to: the house's, or that of who began alike. Gaps of CDNOW, as they came.

PREVENANCE_DATA=../shared/data python examples/cdnow_rhythm.py [EVERY]
"""

import sys
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from math import log, log10
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from cdnow import Row, cents, raw_text, rows

from feature_store.features.frequency import DAY, Frequency
from feature_store.scale import Gaps, drawn
from feature_store.tempo import tempo_of

Order = tuple[int, int, int]
"""Day, articles, cents."""
ALIKE: dict[str, Callable[[Order], str]] = {
    "the house": lambda first: "",
    "as many articles": lambda first: str(min(3, first[1])),
    "worth as much": lambda first: str(int(2 * log10(max(100, first[2])))),
    "both": lambda first: f"{min(2, first[1])}/{int(2 * log10(max(100, first[2])))}",
}


def clients(orders: list[Row]) -> dict[str, list[Order]]:
    """By client, one order a day, the earliest first."""
    days: dict[str, dict[int, Order]] = defaultdict(dict)
    for row in orders:
        day = datetime.strptime(row.day, "%Y%m%d").toordinal()
        _, articles, worth = days[row.client].get(day, (day, 0, 0))
        days[row.client][day] = day, articles + row.discs, worth + cents(row.dollars)
    return {client: [of[day] for day in sorted(of)] for client, of in days.items()}


def losses(lives: dict[str, list[Order]], kind: Callable[[Order], str]) -> tuple[float, float]:
    """Mean log loss of all gaps, and of each client's first; the first quarter of them only teaches."""
    gaps = sorted((life[n][0], client, n) for client, life in lives.items() for n in range(1, len(life)))
    house, alike = Gaps(), defaultdict[str, Gaps](Gaps)
    told: list[float] = []
    first: list[float] = []
    for seen, (day, client, n) in enumerate(gaps):
        life = lives[client]
        gap, cell = float(day - life[n - 1][0]), kind(life[0])
        if seen > len(gaps) // 4:
            usual = drawn(alike[cell], house.days / house.number)
            rhythm = Frequency(n, life[0][0] * DAY, life[n - 1][0] * DAY)
            tempo = tempo_of(rhythm, usual)
            assert tempo is not None
            told.append(log(tempo.gap) + gap / tempo.gap)
            first += told[-1:] if n == 1 else []
        house = Gaps(house.days + gap, house.number + 1)
        alike[cell] = Gaps(alike[cell].days + gap, alike[cell].number + 1)
    return sum(told) / len(told), sum(first) / len(first)


def main(every: str = "1") -> dict[str, tuple[float, float]]:
    """Prints a table, and gives it: what clients are drawn to -> the two losses."""
    lives = clients([*rows(raw_text(), int(every))])
    found = {name: losses(lives, kind) for name, kind in ALIKE.items()}
    for name, (told, first) in found.items():
        print(f"{name:18} {told:8.4f} {first:8.4f}")
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
