"""Will whoever gets this alert accept it? Online logistic regression that knows how sure it is.

Few, bounded features, from the coarse to the fine: what holds of every alert of a house, of an action, of an
action for a kind of client, of what this client's own advisor made of earlier ones. A fine one is learned as
a difference from the coarse ones, and shrinks towards them where little is known. Before it has learned
anything it says the same of everything, so value alone ranks, and it says how little it knows.
"""

from math import exp, log1p

from agents.laplace import adds, believe, dump, estimator, learn, load
from agents.model import Model
from agents.moment import Moment, Proposal
from agents.ties import tie_of
from feature_store.record import BY_NAME, slice_of

DAY = 86_400.0


def _x(moment: Moment, proposal: Proposal) -> dict[str, float]:
    facts = slice_of(moment.client, "facts")
    recency = slice_of(moment.client, "recency")
    attention = BY_NAME["attention"].values(slice_of(moment.client, "attention"), moment.now)
    return {
        "always": 1.0,
        f"action={proposal.action}": 1.0,
        f"action={proposal.action}|{tie_of(moment)}": 1.0,
        "urgency": proposal.urgency / 5,
        "present": float(proposal.present),
        "contact": float(proposal.contact),
        "drafted": float(proposal.say is not None),
        "purchases": min(1.0, log1p(facts.purchases) / 4),
        "visits": min(1.0, log1p(facts.visits) / 4),
        "warm": exp(-max(0.0, moment.now - recency.touch) / (90 * DAY)) if recency.touch else 0.0,
        "accepted": min(1.0, attention["accepted"] / 6),
        "dismissed": attention["dismissed"] / 6,
    }


MODEL = Model(
    name="acceptance",
    x=_x,
    new=estimator,
    predict=lambda known, x: believe(known, x).p,
    believe=believe,
    adds=adds,
    learn=learn,
    dump=dump,
    load=load,
)
