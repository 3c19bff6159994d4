"""Will whoever gets this alert accept it? By counts of alerts alike, each cell drawn to the one around it.

A candidate beside `acceptance`: fewer assumptions, no weights that move with whatever came last; it sees less
of the client. A house has it learn in shadow, or judge in an arm of an experiment (docs/experiments.md).
"""

from math import sqrt
from typing import Any

from agents.laplace import ENOUGH, UNKNOWN
from agents.model import Belief, Model
from agents.moment import Moment, Proposal
from agents.pooled import K, Pooled, learn, loaded, path_of, predict
from agents.ties import tie_of
from feature_store.record import BY_NAME, slice_of


def _x(moment: Moment, proposal: Proposal) -> dict[str, float]:
    attention = BY_NAME["attention"].values(slice_of(moment.client, "attention"), moment.now)
    drafted = proposal.say is not None
    return {
        **path_of("action", proposal.action, tie_of(moment)),
        **path_of("draft", drafted, proposal.action),
        **path_of("how", proposal.present, proposal.contact, proposal.urgency),
        **path_of("before", attention["accepted"], attention["dismissed"]),
    }


def _believe(known: Any | None, x: dict[str, float]) -> Belief:
    """As unsure as the smallest of its cells, that of the action and the kind of client."""
    if known is None:
        return Belief(p=UNKNOWN)
    p = predict(known, x)
    if known.seen[""] < ENOUGH:
        return Belief(p=p)
    cell = next((path for path in x if path.startswith("action/")), "")
    return Belief(p=p, spread=sqrt(p * (1.0 - p) / (known.seen.get(cell, 0.0) + K)))


def _adds(known: Any | None, x: dict[str, float]) -> dict[str, float]:
    return {} if known is None else known.adds(x)


MODEL = Model(
    name="acceptance_rates",
    beside="acceptance",
    x=_x,
    new=Pooled,
    predict=predict,
    believe=_believe,
    adds=_adds,
    learn=learn,
    dump=Pooled.dump,
    load=loaded,
    unsettle=Pooled.unsettle,
)
