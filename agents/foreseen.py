"""What forecasts say of a client, beside the facts it rests on, for whoever reads a record. Pure."""

from typing import Any

from agents.forecast import Priors
from agents.forecasts.repeat import DAY, buys_within, lapses
from agents.forecasts.second import follows
from agents.phrases import ago
from feature_store.record import slice_of

AHEAD = 273
"""Days ahead: 39 weeks."""


def foreseen(client: Any, now: float, priors: Priors, alike: float | None = None) -> dict[str, Any]:
    """Probabilities of a merged record, and a sentence of facts; empty where nothing can be said.

    alike: days between orders of clients who began alike, where known; a card is told the same.
    """
    said = {
        f"buys_within_{AHEAD}_days": buys_within(client, now, AHEAD, priors),
        "lapses": lapses(client, now, priors, alike),
        "second_within_90_days": follows(client, now, priors),
    }
    known = {name: round(p, 3) for name, p in said.items() if p is not None}
    return known | {"because": _because(client, now)} if known else {}


def _because(client: Any, now: float) -> str:
    rhythm = slice_of(client, "frequency")
    last = ago(now - rhythm.last)
    if rhythm.orders == 1:
        return f"One order, {last}"
    return f"{rhythm.orders} orders within {int((now - rhythm.first) / DAY)} days, the last {last}"
