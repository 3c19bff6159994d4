"""What a boutique does not have, or not in the client's size, is not proposed there.

| the article | shown |
| --- | --- |
| of which the boutique has none, where its stock is known | no |
| which is made in sizes, none of them the client's stated one | no |
| of a size nobody knows of this client | yes: ask |
| of no catalogue: nobody can tell what it is | no |
| an offer of the hotel's menu, or a destination | yes |

Articles are taken out; a card that proposes nothing but such articles is held back.
"""

from agents.articles import Against, held_back, without
from agents.guard import Guard
from agents.moment import Moment, Proposal
from schemas.article import Article


def _against(moment: Moment, proposal: Proposal) -> Against:
    site = moment.maison.site(proposal.site or "")
    place = site.id if site is not None and site.kind == "boutique" else None

    def against(sku: str) -> str | None:
        article = moment.house.articles.get(sku)
        if article is None:
            return None if sku in moment.maison.named else "is in no catalogue"
        if not moment.maison.in_stock(place, sku):
            return "is not there"
        return None if _fits(moment, article) else "is not made in the client's size"

    return against


def _fits(moment: Moment, article: Article) -> bool:
    if article.fits is None or not article.sizes:
        return True
    size = moment.profile(f"sizes.{article.fits}")
    return size is None or _said(size) in {_said(one) for one in article.sizes}


def _said(size: object) -> str:
    """
    >>> _said(52.0), _said("38,5"), _said(" M ")
    ('52', '38.5', 'm')
    """
    text = str(size).strip().casefold().replace(",", ".")
    return text.removesuffix(".0")


def _spare(moment: Moment, proposal: Proposal) -> Proposal:
    return without(proposal, _against(moment, proposal))


def _check(moment: Moment, proposal: Proposal) -> str | None:
    return held_back(proposal, _against(moment, proposal))


GUARD = Guard(
    name="availability",
    version=1,
    says="Nothing is proposed that the boutique does not have, or not in the client's size.",
    check=_check,
    spare=_spare,
)
