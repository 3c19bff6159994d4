"""Does the client answer what staff were asked to write or call about: do they buy, come, or reply in time?

The long half of a reward: it is known two weeks after somebody followed the advice, and never where nobody
did. A word of theirs counts where staff were asked to reach them (`agents/attention.py`). Features say
how this client has answered the house so far.
"""

from math import exp

from agents.laplace import adds, believe, dump, estimator, learn, load
from agents.model import Model
from agents.moment import Moment, Proposal
from agents.ties import tie_of
from feature_store.record import slice_of

DAY = 86_400.0


def _x(moment: Moment, proposal: Proposal) -> dict[str, float]:
    facts = slice_of(moment.client, "facts")
    recency = slice_of(moment.client, "recency")
    return {
        "always": 1.0,
        f"action={proposal.action}": 1.0,
        f"action={proposal.action}|{tie_of(moment)}": 1.0,
        f"channel={proposal.channel or 'any'}": 1.0,
        "drafted": float(proposal.say is not None),
        "shown": min(1.0, len(proposal.recommendations) / 3),
        "writes": min(1.0, facts.messages / 10),
        "warm": exp(-max(0.0, moment.now - recency.touch) / (90 * DAY)) if recency.touch else 0.0,
    }


MODEL = Model(
    name="response",
    x=_x,
    new=estimator,
    predict=lambda known, x: believe(known, x).p,
    believe=believe,
    adds=adds,
    learn=learn,
    dump=dump,
    load=load,
)
