"""A word to the assigned advisor: their client is in another boutique. Of a hotel nothing is told."""

import msgspec

from agents.moment import Moment, Proposal
from agents.phrase import Phrase
from agents.phrases import looked_after

ACTION = "client_elsewhere"
"""Its `ref` is the site where the client is."""


def word_to_advisor(moment: Moment, said: Proposal) -> Proposal | None:
    """The word that goes with what was said at a boutique, if the client's advisor works elsewhere.

    It lives as long as what it tells of and under the same consent, and asks for nothing to be done: what to
    say, show and avoid is for whoever is there.
    """
    advisor, site = moment.advisor, moment.maison.site(said.site or "")
    if advisor is None or not advisor.sites or site is None or site.kind != "boutique":
        return None
    if site.id in advisor.sites:
        return None
    return msgspec.structs.replace(
        said,
        action=ACTION,
        ref=site.id,
        site=advisor.sites[0],
        staff=advisor.id,
        title=Phrase(f"Your client is at {site.name}", "recency.visit"),
        why=[fact for fact in said.why if fact not in looked_after(moment)] or [said.title],
        say=None,
        avoid=[],
        recommendations=[],
        success="You know of it; whoever is there looks after them",
        urgency=1,
        silence=min(said.silence, 3600.0),
    )
