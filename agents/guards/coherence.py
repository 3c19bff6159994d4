"""What is shown agrees with what the client says they are and with what they buy; nothing is guessed.

| the article | shown |
| --- | --- |
| made for women, to a client who says `men` in the catalogue's own words, and the reverse | no |
| to a client who does not say, or says it in words the catalogue does not use | yes: nothing is guessed |
| far beneath what they buy, of a kind they never chose: costume jewellery to the watch client | no |
| of a kind they bought, tried, named, wished for or put into their cart | yes |

Far beneath: by `bands` or more price bands, each a third of the one above, of the least they bought for
themselves. Pages looked at are no choice. What they put into their cart or on their wish list is theirs.
"""

from agents.articles import Against, by_article, in_hand, wished
from agents.declared import interests, stems
from agents.guard import Guard, Threshold
from agents.moment import Moment
from feature_store.feature import stem
from feature_store.features.handled import BLAMED, BOUGHT, DECLINED, GIVEN, TRIED
from feature_store.record import slice_of

BANDS = Threshold(
    guard="coherence", name="bands", default=2, least=1, most=6,
    says="price bands beneath what they buy from which on a kind they never chose is not shown",
)  # fmt: skip


def _against(moment: Moment) -> Against:
    house = moment.house
    hand = in_hand(moment).values()
    met = [(house.coded[one.code], one.steps) for one in hand if one.code in house.coded]
    own = [article for article, steps in met if steps & BOUGHT and not steps & (GIVEN | DECLINED | BLAMED)]
    theirs = {*slice_of(moment.client, "session").cart}
    theirs |= {house.coded[code].sku for code in wished(moment) if code in house.coded}
    chosen = {article.category for article, steps in met if steps & (BOUGHT | TRIED) and not steps & GIVEN}
    chosen |= {house.articles[sku].category for sku in theirs if sku in house.articles}
    named = stems(interests(moment.client, moment.now))
    gender = moment.profile("gender")
    least = min((article.band for article in own), default=None)
    beneath = BANDS.of(moment.maison)

    def against(sku: str) -> str | None:
        article = house.articles.get(sku)
        if article is None or sku in theirs:
            return None
        if article.gender is not None and gender in house.genders and gender != article.gender:
            return "is made for others than they say they are"
        if least is None or article.band > least - beneath or article.category in chosen:
            return None
        if stem(article.category) in named:
            return None
        return "is far beneath what they buy, of a kind they never chose"

    return against


_spare, _check = by_article(_against)
GUARD = Guard(
    name="coherence",
    version=1,
    says="What is shown agrees with what clients say they are and with what they buy, never with a guess.",
    check=_check,
    spare=_spare,
    thresholds=(BANDS,),
)
