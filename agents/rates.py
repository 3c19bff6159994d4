"""What experiments have counted so far: of each arm and measure, how many, and how many of them said yes.

It is taught as a model is, by what was decided and what became of it, so it is exactly once, and survives
whatever a model survives; it predicts nothing that anybody is ranked by.
"""

from typing import Any

from agents.model import Model, State
from agents.moment import Moment, Proposal
from agents.sequential import Count

NAME = "experiments"
UNKNOWN = 0.5
WINDOWS = 2


class Rates:
    """`yes` and `n` by key; see `key_of`."""

    __slots__ = ("n", "yes")

    def __init__(self, yes: dict[str, float] | None = None, n: dict[str, float] | None = None) -> None:
        self.yes, self.n = yes or {}, n or {}

    def of(self, key: str) -> Count:
        """What was counted of one arm and measure."""
        return Count(self.yes.get(key, 0.0), self.n.get(key, 0.0))


def key_of(experiment: str, arm: str, measure: str) -> str:
    """
    >>> key_of("cart", "later", "accepted")
    'cart|later|accepted'
    """
    return f"{experiment}|{arm}|{measure}"


def _forget(rates: Rates, key: str) -> None:
    """Of what is counted by the window the newest two are kept: one that is whole, and one that is not."""
    measure, slash, _ = key.rpartition("/")
    if slash:
        known = [int(k.removeprefix(measure + slash)) for k in rates.n if k.startswith(measure + slash)]
        for old in sorted(known)[:-WINDOWS]:
            del rates.n[f"{measure}/{old}"], rates.yes[f"{measure}/{old}"]


def _x(moment: Moment, proposal: Proposal) -> dict[str, float]:
    return {}


def _predict(rates: Rates, x: dict[str, float]) -> float:
    counts = [rates.of(key) for key in x]
    n = sum(count.n for count in counts)
    return (sum(count.yes for count in counts) + UNKNOWN) / (n + 1.0)


def _learn(rates: Rates, x: dict[str, float], y: int) -> None:
    for key in x:
        rates.n[key] = rates.n.get(key, 0.0) + 1.0
        rates.yes[key] = rates.yes.get(key, 0.0) + y
        _forget(rates, key)


def _dump(rates: Rates) -> State:
    return {"yes": dict(rates.yes), "n": dict(rates.n)}


def _load(state: State) -> Rates:
    yes, n = state.get("yes"), state.get("n")
    return Rates(dict(yes) if isinstance(yes, dict) else {}, dict(n) if isinstance(n, dict) else {})


def of_window(experiment: str, arm: str, at: int) -> str:
    """The key by which the clients are counted that an arm has in one window.

    >>> of_window("cart", "later", 7)
    'cart|later|clients/7'
    """
    return key_of(experiment, arm, f"clients/{at}")


def in_windows(rates: Rates, experiment: str, arm: str) -> dict[str, Count]:
    """By window the clients that are counted there; `yes`: those of them who complained."""
    measure = key_of(experiment, arm, "clients/")
    return {key.removeprefix(measure): rates.of(key) for key in rates.n if key.startswith(measure)}


def rates_of(known: Any) -> Rates:
    """What is known, or nothing."""
    return known if isinstance(known, Rates) else Rates()


RATES = Model(name=NAME, x=_x, new=Rates, predict=_predict, learn=_learn, dump=_dump, load=_load)
