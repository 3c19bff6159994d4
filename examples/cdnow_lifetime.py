"""Compares what the tallies say CDNOW's clients will buy with a batch fit on each, and with what they did.

    PREVENANCE_DATA=../shared/data python examples/cdnow_lifetime.py [EVERY]

Everything up to 1997-09-30 is known; the 39 weeks after it are foretold. The batch fit is the same
likelihood (Fader, Hardie and Lee, 2005) on one row a client; the tallies are cells of 28 days, as the workers
count them.
"""

import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import msgspec
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from cdnow import MAISON, events, raw_text, rows

from feature_store import record as records
from feature_store.feature import House
from feature_store.lifetime import DAY, Lifetime, fit_rhythm, fit_worth, lifetime_of
from feature_store.tally import cells_of
from schemas.codec import decode

CUTOFF = datetime(1997, 9, 30, 23, 59, 59, tzinfo=UTC).timestamp()
AHEAD = 39 * 7.0


class Client(NamedTuple):
    """A record as of the cutoff, and what came after it."""

    record: Any
    orders: int
    spent: int


def clients(every: int) -> list[Client]:
    """Everybody who bought before the cutoff, their record made event by event."""
    held: dict[str, Any] = {}
    after: Counter[str] = Counter()
    spent: Counter[str] = Counter()
    for said in events(rows(raw_text(), every)):
        event: Any = decode(msgspec.json.encode(said))
        who, at = event.data.who.client_id, event.time.timestamp()
        if at <= CUTOFF:
            records.touch(held.setdefault(who, records.Record()), event, at, House())
        elif at <= CUTOFF + AHEAD * DAY:
            after[who] += 1
            spent[who] += sum(line.amount for line in event.data.lines)
    return [Client(record, after[who], spent[who]) for who, record in held.items()]


def online(known: list[Client]) -> Lifetime:
    """From the cells alone, as a console or a worker fits it."""
    return lifetime_of(Counter(cell for c in known for cell in cells_of(c.record)).items(), CUTOFF)


def batch(known: list[Client]) -> Lifetime:
    """From one row a client."""
    rhythms = [(*history(c.record), 1) for c in known]
    worths = [(n, mean, 1) for c in known if (mean := average(c.record)) > 0 and (n := orders(c.record))]
    return Lifetime(fit_rhythm(np.array(rhythms)), {"USD": fit_worth(np.array(worths))})


def history(record: Any) -> tuple[float, float, float]:
    """Repeats, days from first to last, days from first to the cutoff."""
    of = records.slice_of(record, "frequency")
    return of.orders - 1, (of.last - of.first) / DAY, (CUTOFF - of.first) / DAY


def orders(record: Any) -> int:
    """How many so far."""
    return int(records.slice_of(record, "frequency").orders)


def average(record: Any) -> float:
    """What an order was worth so far, in cents."""
    money = records.slice_of(record, "monetary").currencies["USD"]
    return float(money.bought / money.orders)


def auc(scores: "np.ndarray[Any, Any]", labels: "np.ndarray[Any, Any]") -> float:
    """Probability that somebody who bought again scores above somebody who did not."""
    _, where, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[where]
    bought = labels.sum()
    return float((ranks[labels].sum() - bought * (bought + 1) / 2) / (bought * (~labels).sum()))


def told(name: str, lifetime: Lifetime, known: list[Client], seconds: float) -> "np.ndarray[Any, Any]":
    """Prints one line of the comparison; the orders foretold of each client."""
    rhythm, worth = lifetime.rhythm, lifetime.worth["USD"]
    assert rhythm is not None
    foretold = np.array([rhythm.orders(*history(c.record), AHEAD) for c in known])
    money = foretold * np.array([worth.order(orders(c.record), average(c.record)) for c in known]) / 100
    came = np.array([c.orders for c in known])
    print(
        f"{name:<8} r {rhythm.r:.3f} alpha {rhythm.alpha:.1f} a {rhythm.a:.3f} b {rhythm.b:.3f} | "
        f"orders {foretold.sum():,.0f} of {came.sum():,} | AUC {auc(foretold, came > 0):.4f} | "
        f"MAE {np.abs(foretold - came).mean():.3f} | "
        f"{money.sum():,.0f} of {sum(c.spent for c in known) / 100:,.0f} USD | fitted in {seconds:.1f} s"
    )
    return foretold


def main(every: str = "1") -> None:
    known = clients(int(every))
    print(f"{len(known):,} clients of {MAISON}")
    shown = []
    for name, fit in (("tallies", online), ("batch", batch)):
        began = perf_counter()
        lifetime = fit(known)
        shown.append(told(name, lifetime, known, perf_counter() - began))
    print(f"correlation between the two {np.corrcoef(*shown)[0, 1]:.5f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
