"""Articles that a card offers, and what guards do about one that may not stand there."""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from agents.moment import Moment, Proposal
from feature_store.features.glances import glances
from feature_store.features.handled import Handled, handled
from feature_store.record import slice_of


def in_hand(moment: Moment) -> Mapping[int, Handled]:
    """What the client had in hand last, by `code_of` an article."""
    return moment.once(_handled)


def _handled(moment: Moment) -> Mapping[int, Handled]:
    return handled(slice_of(moment.client, "handled"))


def wished(moment: Moment) -> Mapping[int, float]:
    """What the client put on their list, by `code_of` an article, and when they last looked at it; the last
    first."""
    return moment.once(_wished)


def _wished(moment: Moment) -> Mapping[int, float]:
    return {one.code: one.at for one in glances(slice_of(moment.client, "glances")) if one.wished}


Against = Callable[[str], str | None]
"""What speaks against an article, by its sku, in a few words; None where nothing does."""


def without(proposal: Proposal, against: Against) -> Proposal:
    """A proposal without the recommendations that something speaks against.

    One whose subject is what it offers stays whole where nothing of that is left: `held_back` says why.
    """
    shown = [article for article in proposal.recommendations if against(article.sku) is None]
    if len(shown) == len(proposal.recommendations):
        return proposal
    offered = {article.sku for article in proposal.recommendations}
    if not offered.issuperset(proposal.subject) or not proposal.subject:
        return replace(proposal, recommendations=shown)
    left = {article.sku for article in shown}
    subject = tuple(sku for sku in proposal.subject if sku in left)
    return replace(proposal, recommendations=shown, subject=subject) if subject else proposal


def held_back(proposal: Proposal, against: Against) -> str | None:
    """Why a proposal can't stand: an article it offers is spoken against."""
    for article in proposal.recommendations:
        if (reason := against(article.sku)) is not None:
            return f"an article of it {reason}"
    return None


def by_article(
    against: Callable[[Moment], Against],
) -> tuple[Callable[[Moment, Proposal], Proposal], Callable[[Moment, Proposal], str | None]]:
    """What a guard spares and checks that looks at each article of a card."""

    def spare(moment: Moment, proposal: Proposal) -> Proposal:
        return without(proposal, moment.once(against)) if proposal.recommendations else proposal

    def check(moment: Moment, proposal: Proposal) -> str | None:
        return held_back(proposal, moment.once(against)) if proposal.recommendations else None

    return spare, check
