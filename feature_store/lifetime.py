"""What a client is likely to buy from now on: BG/NBD for how often, gamma-gamma for how much.

Buying while alive is a Poisson process whose rate varies over clients as a gamma (r, alpha); after each order
a client is gone for good with a probability that varies as a beta (a, b): Fader, Hardie and Lee, "Counting
your customers the easy way" (2005). What an order is worth varies over clients as a gamma-gamma (p, q, v):
Fader and Hardie (2013). All that the first needs of a client is how many orders, from when to when; of the
second, how many orders and their average. Both stand in cells of the tallies, so the parameters are fitted to
a few hundred counts, whatever the number of clients: what is lost is the width of a cell.

Every figure is given with the facts it rests on.
"""

from collections.abc import Iterable, Mapping
from math import exp, log
from typing import TYPE_CHECKING, Any

import msgspec

from feature_store.record import slice_of
from feature_store.tally import PERIOD, main_currency, middle

DAY = 86_400.0
HORIZON = 365.0
"""Days ahead that are valued."""
LEAST = 200
"""Clients below which nothing is fitted."""
_SMALL = 1e-6
"""Of `q` beyond 1, below which what an order is worth has no mean."""
_LARGEST = 700.0
"""Of which a power of e is still a float."""
_PENALTY = 1e-3
"""Keeps parameters from running off where a few hundred clients do not fix them."""


if TYPE_CHECKING:
    import numpy as np

# numpy and scipy take a second to load: only who fits or foretells loads them


class Rhythm(msgspec.Struct, frozen=True):
    """How clients come back: rates are per day."""

    r: float
    alpha: float
    a: float
    b: float

    def alive(self, repeats: float, since: float, age: float) -> float:
        """Probability that a client who ordered `repeats` times again, last at day `since` of `age`, will."""
        if repeats <= 0:
            return 1.0
        silent = log((self.alpha + age) / (self.alpha + since))
        gone = log(self.a / (self.b + repeats - 1)) + (self.r + repeats) * silent
        return float(1 / (1 + exp(min(gone, _LARGEST))))

    def orders(self, repeats: float, since: float, age: float, ahead: float = HORIZON) -> float:
        """Orders to expect within `ahead` days.

        The paper's (10) by Euler's transformation, in which no power grows with the orders: of hundreds in a
        month, as a card has by which a whole shop is served, the paper's own terms are too large for a float.
        """
        from scipy.special import hyp2f1

        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        z = ahead / (alpha + age + ahead)
        whole = 1 - (1 - z) ** (a - 1) * float(hyp2f1(a + b - 1 - r, a - 1, a + b + repeats - 1, z))
        expected = (a + b + repeats - 1) / (a - 1) * whole
        return float(max(0.0, expected * self.alive(repeats, since, age)))


class Worth(msgspec.Struct, frozen=True):
    """What orders of a currency are worth, in minor units."""

    p: float
    q: float
    v: float

    def order(self, orders: float, average: float) -> float:
        """What an order to come is worth: the client's own average, drawn to all clients' if few."""
        own = self.p * orders / (self.p * orders + self.q - 1)
        return own * average + (1 - own) * self.p * self.v / (self.q - 1)


class Lifetime(msgspec.Struct, frozen=True):
    """Both, fitted; None where there are too few clients."""

    rhythm: Rhythm | None = None
    worth: Mapping[str, Worth] = {}


def lifetime_of(tallies: Iterable[tuple[str, int]], now: float) -> Lifetime:
    """Fits one maison's cells: (name without the maison, count). Up to a second: not on a loop."""
    rhythms: list[tuple[float, float, float, int]] = []
    worths: dict[str, list[tuple[float, float, int]]] = {}
    for name, count in tallies:
        measure, *places = name.split("|")
        if count > 0 and measure.startswith("c:"):
            last, first, orders = map(int, places)
            rhythms.append((*_times(last, first, orders, now), count))
        elif count > 0 and measure.startswith("g:") and int(places[1]) > 0:
            bought, average = (middle(int(place)) for place in places)
            worths.setdefault(measure[2:], []).append((bought, average, count))
    import numpy as np

    return Lifetime(
        fit_rhythm(np.array(rhythms)) if _enough(rhythms) else None,
        {currency: fit_worth(np.array(of)) for currency, of in worths.items() if _enough(of)},
    )


def _enough(rows: Iterable[tuple[float, ...]]) -> bool:
    return sum(row[-1] for row in rows) >= LEAST


def _times(last: int, first: int, orders: int, now: float) -> tuple[float, float, float]:
    """Repeats, days from first to last, days from first to now, of the middle of a cell.

    Orders of one period lie a third of it apart; from which to which is not asked of who ordered once.
    """
    age = max((now - (first + 0.5) * PERIOD) / DAY, 1.0)
    between = (last - first or 1 / 3) * PERIOD / DAY
    return max(0.0, middle(orders) - 1), min(between, age), age


def fit_rhythm(rows: "np.ndarray[Any, Any]") -> Rhythm:
    """Maximum likelihood. Columns: repeats, days from first to last, days from first to now, clients."""
    import numpy as np
    from scipy.special import gammaln

    x, between, age, n = rows.T
    some = x > 0

    def against(logs: "np.ndarray[Any, Any]") -> float:
        r, alpha, a, b = np.exp(logs)
        rate = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        stays = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
        here = -(r + x) * np.log(alpha + age)
        left = np.where(
            some, np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + between), -np.inf
        )
        likely = rate + stays + np.logaddexp(here, left)
        return float(-(n * likely).sum() / n.sum() + _PENALTY * (logs**2).sum() * 10 / n.sum())

    guess = np.log([1.0, float(np.average(age, weights=n)), 1.0, 1.0])
    return Rhythm(*_smallest(against, guess))


def fit_worth(rows: "np.ndarray[Any, Any]") -> Worth:
    """Maximum likelihood. Columns: orders, their average, clients."""
    import numpy as np
    from scipy.special import gammaln

    x, mean, n = rows.T

    def against(logs: "np.ndarray[Any, Any]") -> float:
        p, q, v = np.exp(logs)
        likely = (
            gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(v)
            + (p * x - 1) * np.log(mean) + p * x * np.log(x) - (p * x + q) * np.log(x * mean + v)
        )  # fmt: skip
        return float(-(n * likely).sum() / n.sum())

    guess = np.log([4.0, 4.0, float(np.average(mean, weights=n))])
    p, q, v = _smallest(against, guess)
    return Worth(p, max(q, 1 + _SMALL), v)


def _smallest(against: Any, guess: "np.ndarray[Any, Any]") -> list[float]:
    """Where `against` is smallest. The search begins a whole step wide each way: where a guess is zero, its
    own first step is so small that it stops short.
    """
    import numpy as np
    from scipy.optimize import minimize

    around = np.vstack([guess, guess + np.eye(len(guess))])
    options = {"initial_simplex": around, "maxiter": 1_000, "xatol": 1e-4, "fatol": 1e-9}
    found = minimize(against, guess, method="Nelder-Mead", options=options)
    return [exp(min(max(float(log_of), -30), 30)) for log_of in found.x]


def expected(client: Any, lifetime: Lifetime, now: float) -> dict[str, Any]:
    """What the coming year is likely to bring from a merged record, and a sentence of facts it rests on.

    Empty where nothing was bought, or too few clients are known to say.
    """
    rhythm, currency = slice_of(client, "frequency"), main_currency(client)
    if lifetime.rhythm is None or currency is None:
        return {}
    money = slice_of(client, "monetary").currencies[currency]
    since, age = (rhythm.last - rhythm.first) / DAY, max(1.0, (now - rhythm.first) / DAY)
    repeats = rhythm.orders - 1
    orders = lifetime.rhythm.orders(repeats, since, age)
    average = max(0.0, (money.bought - money.returned) / money.orders)
    worth = lifetime.worth.get(currency)
    each = worth.order(money.orders, average) if worth is not None and average > 0 else average
    silent = int((now - rhythm.last) / DAY)
    return {
        "orders_next_year": round(orders, 2),
        "returns": round(lifetime.rhythm.alive(repeats, since, age), 3),
        "next_year": round(orders * each),
        "because": f"{rhythm.orders} orders in {int(age)} days, the last {silent} days ago, "
        f"{round(average)} {currency} minor units each on average",
    }
