"""Nothing is shown that a client can't wear, touch, eat or drink, or that they said they want none of.

| the client states, in whatever of the house's languages | not shown |
| --- | --- |
| an allergy to nickel, a dislike of fur, "no leather" to avoid | what is made of it or contains it |
| vegan | leather, fur, wool, silk, feathers |
| halal, kosher, Muslim, Jewish ... | pork, pigskin; alcohol where it is not drunk |
| sober, no alcohol, pregnant | alcohol |
| any of these, and nobody knows what an article is made of | the article: nobody can tell |

It reads what is stated as allergies, diet, religion, dislikes, things to avoid and materials.
"""

from agents.articles import Against, by_article
from agents.averse import FAMILIES, families, refused
from agents.guard import Guard
from agents.moment import Moment
from schemas.article import Article


def _against(moment: Moment) -> Against:
    shunned = refused(moment)
    material, articles = bool(shunned & FAMILIES.keys()), moment.house.articles

    def against(sku: str) -> str | None:
        article = articles.get(sku)
        if not shunned or article is None:
            return None
        made = _made_of(article)
        if not made and material:
            return "may be of what they want none of: nobody knows"
        return "is of what they want none of" if made & shunned else None

    return against


def _made_of(article: Article) -> set[str]:
    return families([*([article.material] if article.material else []), *article.contains])


_spare, _check = by_article(_against)
GUARD = Guard(
    name="conflict",
    version=3,
    says="Nothing is shown of what a client can't wear, touch, eat or drink, or wants none of.",
    check=_check,
    spare=_spare,
)
