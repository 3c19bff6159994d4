"""Articles that a card offers, and what guards do about one that may not stand there."""

from collections.abc import Callable

from msgspec.structs import replace

from agents.moment import Moment, Proposal

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
