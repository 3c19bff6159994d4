"""Foretells cancellations of two real hotels (Antonio et al., 2019), online, in booking order.

    PREVENANCE_DATA=../shared/data python examples/hotel_cancellation.py [EVERY]

Each booking is scored when it is made and learned when its end became known: the day of the cancellation, or
of the arrival. The last 30 % of bookings count. Country, deposit and rate are left out, and so is what is
filled in later: the room given, parking, special requests, changes, days on the waiting list. Beside the
forecast that runs on the line stand River's logistic regression, with a weight for each of the same cells, a
Hoeffding tree, and, told the labels of the first 70 % at once, batch gradient boosting on the same columns.
"""

import csv
import gzip
import heapq
import os
import sys
from calendar import month_name
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from time import thread_time
from typing import Any, NamedTuple

import numpy as np
from river import linear_model, optim, tree
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

sys.path.insert(0, str(Path(__file__).parent))
from bending import Binned, Platt

from agents.forecasts.cancellation import DAY, FORECAST, History, features
from agents.pooled import cells_of
from feature_store.days import EPOCH
from schemas.events.hotel import BookingData
from schemas.who import Who

MONTHS = {name: number for number, name in enumerate(month_name)}
COLUMNS = (
    "hotel", "lead_time", "stays_in_weekend_nights", "stays_in_week_nights", "adults", "children", "babies",
    "meal", "market_segment", "distribution_channel", "is_repeated_guest", "previous_cancellations",
    "previous_bookings_not_canceled", "reserved_room_type", "agent", "company", "customer_type",
    "arrival_date_month", "arrival_date_week_number", "arrival_date_day_of_month",
)  # fmt: skip


NOMINAL = [
    "hotel", "meal", "market_segment", "distribution_channel", "reserved_room_type", "agent", "company",
    "customer_type", "arrival_date_month",
]  # fmt: skip


class Booked(NamedTuple):
    """A row: the booking as an event has it, when it was made, and when it was known how it ended (days)."""

    data: BookingData
    history: History
    booked: int
    known: int
    cancelled: bool
    row: dict[str, str]


def bookings(every: int = 1) -> list[Booked]:
    """The bookings in the order in which they were made."""
    file = Path(
        os.environ.get("PREVENANCE_DATA", "../shared/data"), "hotel_bookings", "hotel_bookings.csv.gz"
    )
    if not file.is_file():
        sys.exit(f"{file} is not there: set PREVENANCE_DATA to a folder that holds hotel_bookings/")
    with gzip.open(file, "rt") as text:
        found = [_booked(row, n) for n, row in enumerate(csv.DictReader(text)) if n % every == 0]
    return sorted(found, key=lambda b: b.booked)


def _booked(row: dict[str, str], number: int) -> Booked:
    arrival = date(
        int(row["arrival_date_year"]),
        MONTHS[row["arrival_date_month"]],
        int(row["arrival_date_day_of_month"]),
    )
    nights = int(row["stays_in_weekend_nights"]) + int(row["stays_in_week_nights"])
    booked = arrival.toordinal() - int(row["lead_time"])
    came = row["reservation_status"] == "Check-Out"
    known = arrival if came else date.fromisoformat(row["reservation_status_date"])
    heads = [int(float(row[of])) if row[of] != "NA" else 0 for of in ("children", "babies")]
    return Booked(
        data=BookingData(
            who=Who(),
            site=row["hotel"],
            booking_id=str(number),
            status="booked",
            arrival=arrival,
            departure=arrival + timedelta(days=nights),
            adults=min(99, int(row["adults"])),
            children=sum(heads),
            room_type=row["reserved_room_type"],
            market=row["market_segment"],
            channel=row["distribution_channel"],
            agent=row["agent"],
            company=row["company"],
            party=row["customer_type"],
            board=row["meal"],
        ),
        history=History(int(row["previous_cancellations"]), int(row["previous_bookings_not_canceled"])),
        booked=booked,
        known=max(booked, known.toordinal()),
        cancelled=not came,
        row=row,
    )


def in_time(made: list[Booked]) -> Iterator[tuple[int, bool]]:
    """(number, False) when a booking is made, (number, True) when its end is known, as time goes by."""
    waiting: list[tuple[int, int]] = []
    for number, booking in enumerate(made):
        while waiting and waiting[0][0] < booking.booked:
            yield heapq.heappop(waiting)[1], True
        yield number, False
        heapq.heappush(waiting, (booking.known, number))


class Candidate(NamedTuple):
    """What is compared: what it sees of a booking, how it is asked, how it is taught."""

    name: str
    sees: Callable[[Booked], dict[str, Any]]
    predict: Callable[[dict[str, Any]], float]
    learn: Callable[[dict[str, Any], bool], None]


def candidates() -> list[Candidate]:
    """The forecast of the line, and what it is compared with."""
    bent, binned = Platt(*line()), Binned(*line())
    return [
        Candidate("pooled rates, on the line", paths, *line()),
        Candidate("the same, bent by Platt", paths, bent.predict, bent.learn),
        Candidate("the same, bent by bins", paths, binned.predict, binned.learn),
        of_river("logistic regression, SGD 0.02", linear_model.LogisticRegression(optim.SGD(0.02)), cells),
        of_river("logistic regression, AdaGrad", linear_model.LogisticRegression(optim.AdaGrad(0.1)), cells),
        of_river("Hoeffding tree", tree.HoeffdingTreeClassifier(nominal_attributes=NOMINAL), columns),
    ]


def line() -> tuple[Callable[[dict[str, Any]], float], Callable[[dict[str, Any], bool], None]]:
    """How the forecast of the line is asked and taught."""
    estimator = FORECAST.new()
    return (
        lambda x: FORECAST.predict(estimator, x),
        lambda x, y: FORECAST.learn(estimator, x, int(y)),
    )


def of_river(name: str, estimator: Any, sees: Callable[[Booked], dict[str, Any]]) -> Candidate:
    """One of River's classifiers."""
    return Candidate(
        name, sees, lambda x: float(estimator.predict_proba_one(x).get(True, 0.5)), estimator.learn_one
    )


def paths(booking: Booked) -> dict[str, Any]:
    """What the line sees."""
    return features(booking.data, booking.history, (booking.booked - EPOCH) * DAY)


def cells(booking: Booked) -> dict[str, Any]:
    """The same, a column for each group of each path."""
    return {cell: 1.0 for path in paths(booking) for cell in cells_of(path)}


def columns(booking: Booked) -> dict[str, Any]:
    """The raw columns, for trees."""
    row = booking.row
    return {name: row[name] if name in NOMINAL else float(row[name].replace("NA", "0")) for name in COLUMNS}


def online(made: list[Booked], candidate: Candidate) -> tuple["np.ndarray[Any, Any]", float, float]:
    """What a candidate said of each booking; microseconds to ask it and to teach it."""
    said, asked, taught = np.zeros(len(made)), 0.0, 0.0
    xs = [candidate.sees(booking) for booking in made]
    for number, known in in_time(made):
        began = thread_time()
        if known:
            candidate.learn(xs[number], made[number].cancelled)
            taught += thread_time() - began
        else:
            said[number] = candidate.predict(xs[number])
            asked += thread_time() - began
    return said, asked / len(made) * 1e6, taught / len(made) * 1e6


def boosted(made: list[Booked], cut: int) -> "np.ndarray[Any, Any]":
    """What batch gradient boosting says of bookings from `cut` on, trained on all before."""
    values_of = []
    for name in COLUMNS:
        values = [b.row[name] for b in made]
        try:
            values_of.append([float(v) if v != "NA" else np.nan for v in values])
        except ValueError:
            order = {v: n for n, v in enumerate(sorted(set(values)))}
            values_of.append([float(order[v]) for v in values])
    x, y = np.array(values_of).T, np.array([b.cancelled for b in made])
    fitted = HistGradientBoostingClassifier(random_state=0).fit(x[:cut], y[:cut])
    return np.asarray(fitted.predict_proba(x[cut:])[:, 1])


def told(name: str, y: "np.ndarray[Any, Any]", p: "np.ndarray[Any, Any]", costs: str = "") -> float:
    """Prints a line of the comparison; the AUC."""
    auc = float(roc_auc_score(y, p))
    print(
        f"{name:<34} AUC {auc:.4f} | log loss {log_loss(y, np.clip(p, 1e-4, 1 - 1e-4)):.4f} | "
        f"Brier {brier_score_loss(y, p):.4f} | mean {p.mean():.3f} of {y.mean():.3f} {costs}"
    )
    return auc


def calibration(y: "np.ndarray[Any, Any]", p: "np.ndarray[Any, Any]") -> None:
    """Prints what came of bookings by tenths of what was foretold."""
    print("foretold " + " ".join(f"{p[b].mean():.2f}" for b in _tenths(p)))
    print("came     " + " ".join(f"{y[b].mean():.2f}" for b in _tenths(p)))


def _tenths(p: "np.ndarray[Any, Any]") -> list["np.ndarray[Any, Any]"]:
    return np.array_split(np.argsort(p, kind="stable"), 10)


def main(every: str = "1", *, of: int | None = None, batch: bool = True) -> dict[str, float]:
    made = bookings(int(every))
    cut = int(len(made) * 0.7)
    y = np.array([b.cancelled for b in made])[cut:]
    print(f"{len(made):,} bookings, the last {len(y):,} count")
    found: dict[str, float] = {}
    for candidate in candidates()[:of]:
        said, asked, taught = online(made, candidate)
        costs = f"| {asked:.0f} us to ask, {taught:.0f} to teach"
        found[candidate.name] = told(candidate.name, y, said[cut:], costs)
        if len(found) == 1:
            calibration(y, said[cut:])
    if batch:
        found["batch"] = told("batch gradient boosting", y, boosted(made, cut))
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
