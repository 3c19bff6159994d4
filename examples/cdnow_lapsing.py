"""Who is overdue, and who of them is lost? CDNOW's clients, at the moment at which the book would write.

    PREVENANCE_DATA=../shared/data python examples/cdnow_lapsing.py [EVERY]

A client with two orders or more is written to when they are overdue by their own rhythm (`rules/lapsing.py`).
At each such moment the forecast `repeat`, once it may be trusted, is asked whether two of their own gaps will
pass without an order. Shown is what came of it: how well it tells, and what the rule gains by leaving in
peace whoever is likelier to come back by themselves.
"""

import sys
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.metrics import roc_auc_score

sys.path.insert(0, str(Path(__file__).parent))
from cdnow_repeat import Client, clients, tenths

from agents.forecasts import repeat
from agents.rules.lapsing import LATE, LEAST, LIKELY
from feature_store import record as records
from feature_store.feature import House
from feature_store.tempo import tempo_of

DAY = 86_400.0
END = datetime(1998, 6, 30, tzinfo=UTC).timestamp()


class Overdue(NamedTuple):
    """A client becomes overdue `at`, after these orders. `gone`: two gaps passed without another."""

    at: float
    orders: tuple[Any, ...]
    gap: float
    gone: bool


def overdue(client: Client) -> list[Overdue]:
    """Each time a client became so, where what came of it is within the data."""
    record, found = records.Record(), []
    times = [order.time.timestamp() for order in client.orders]
    for n, (order, at) in enumerate(zip(client.orders, times, strict=True)):
        records.touch(record, order, at, House())
        rhythm = records.slice_of(record, "frequency")
        tempo = tempo_of(rhythm, None)
        if tempo is None or rhythm.orders < 2:
            continue
        late = rhythm.last + tempo.gap * DAY + max(LATE * tempo.gap * DAY, LEAST)
        until, then = late + repeat.GAPS * tempo.gap * DAY, [*times[n + 1 :], float("inf")][0]
        if late < then and until < END:
            found.append(Overdue(late, tuple(client.orders[: n + 1]), tempo.gap, then > until))
    return found


def main(every: str = "1") -> dict[str, float]:
    known = clients(int(every), [91], END)
    looks = deque(sorted((look for one in known for look in one.looks[91]), key=lambda look: look.known))
    moments = sorted((one for client in known for one in overdue(client)), key=lambda one: one.at)
    estimator, said, gaps, gone = repeat.FORECAST.new(), [], [], []
    for one in moments:
        while looks and looks[0].known <= one.at:
            look = looks.popleft()
            estimator.learn(look.x, int(look.y))
        record = records.Record()
        for order in one.orders:
            records.touch(record, order, order.time.timestamp(), House())
        away = repeat.away(record, one.at, {repeat.NAME: estimator})
        if away is not None:
            said.append(away)
            gaps.append(one.gap)
            gone.append(one.gone)
    p, y = np.array(said), np.array(gone)
    written = p >= LIKELY
    print(f"{len(y):,} times overdue, {y.mean():.3f} let two more own gaps pass; foretold {p.mean():.3f}")
    print(f"AUC {roc_auc_score(y, p):.4f}, of the gap alone {roc_auc_score(y, gaps):.4f}", end="; ")
    print(f"Brier {((p - y) ** 2).mean():.4f}, of always saying the mean {y.mean() * (1 - y.mean()):.4f}")
    tenths(y, p)
    print(f"written to: {written.mean():.3f}, of whom stayed away {y[written].mean():.3f}; ", end="")
    print(f"left in peace: {(~written).mean():.3f}, of whom stayed away {y[~written].mean():.3f}")
    return {"written": float(y[written].mean()), "left": float(y[~written].mean()), "mean": float(y.mean())}


if __name__ == "__main__":
    main(*sys.argv[1:])
