"""Price: no card speaks of one."""

import unicodedata
from random import Random
from typing import Any

from agents.moment import Proposal
from agents.phrase import Phrase
from schemas.alerts import Recommendation
from tests import builders as a
from tests.guarding import Case, Slip

CASES = {
    "a welcome": Case(proposal={"say": "Bienvenue, quel plaisir de vous revoir."}, passes=True),
    "a discount to say": Case(proposal={"say": "Für Sie 20 % Rabatt."}, passes=False),
    "a price in the title": Case(proposal={"title": "Wants the ring for 5,400 €"}, passes=False),
    "a price in a guest's own words": Case(
        proposal={
            "why": [Phrase("Asked for with the booking: no nuts; breakfast, 30 EUR", "requests.asked")]
        },
        passes=True,
    ),
    "a price in other words": Case(proposal={"why": [Phrase("Paid 30 EUR", "notes.1")]}, passes=False),
    "a size is no price": Case(proposal={"why": ["Sizes: ring 52, shoe 38"]}, passes=True),
    "nor is a count": Case(proposal={"why": ["3 purchases, the last 2 months ago"]}, passes=True),
    "nor is a room, a year or a won prize": Case(
        proposal={"why": ["Room 214, 2 nights", "A client for 5 years", "Won 3 prizes"]}, passes=True
    ),
    "nor are folds, pieces, a dress or a wine of Franconia": Case(
        proposal={"why": ["三折钱包", "2块手表", "36 원피스", "Asked for a Silvaner of Franken"]}, passes=True
    ),
    "nor is a race to invite to": Case(proposal={"title": "Invite to the Grand Prix de Monaco"}, passes=True),
    "nor are salt, keys, a friend, what is of one thing alone, or board": Case(
        proposal={
            "why": ["Mangia senza sale", "Remise en main propre", "Cher ami", "Only 100 % silk", "Half board"]
        },
        passes=True,
    ),
    "nor are what is round, a wine, a sailor's collar, a wish, a part that is played, or a day": Case(
        proposal={
            "why": [
                "円形のテーブル",
                "サンセールをお好み",
                "세일러 칼라",
                "36 원하심",
                "중요한 역할인데",
                "1月1日元旦",
            ]
        },
        passes=True,
    ),
    "to avoid is to know": Case(proposal={"avoid": ["Offering a discount"]}, passes=True),
    "asked in a reason": Case(proposal={"why": ["Asked for the price"]}, passes=False),
}
TOLD = (
    "The sale begins on Monday.", "Now 20% off", "A special promotion for you", "Only € 1,200 today",
    "Votre remise vous attend.", "Les soldes commencent lundi.", "Il prezzo è sceso.",
    "Con uno sconto per Lei", "Zum halben Preis", "Ihr Rabatt", "Tiene un descuento.", "Las rebajas",
    "现在打折", "特價商品",
    "価格が下がりました", "セール開催中", "할인 중입니다", "가격이 내렸습니다", "for 3 450 EUR", "¥ 98,000",
    "20 percent less", "2０％", "EUR 3450", "CHF 3'450", "￥3000", "3000元", "打八折", "30만 원",
    "Votre reduction", unicodedata.normalize("NFD", "Votre réduction"), "20 pour cent", "500 AED",
    "AED 500", "Ermäßigung", "3000块钱", "只要500块", "30만 원에", "500 Franken",
    "C'est moins cher.", "500 zł", "Die günstigsten Stücke", "Articoli scontati", "Più economico",
    "Más barato", "Un bon d'achat", "In offerta", "Ein Gutschein", "Half off", "It costs 300", "Duemila euro",
    "500.–", "500欧元", "五百元", "昂贵", "清仓", "お値引きいたします", "500ユーロ", "格安", "쿠폰",
    "오백만 원",
)  # fmt: skip


def slips(random: Random) -> Slip:
    """A price or a discount, in any language, anywhere a person reads it."""
    told = random.choice(TOLD)
    told = f"{random.choice(['', 'Madame, ', '— '])}{random.choice([told, told.upper(), told.lower()])}"
    place = random.choice(["title", "say", "why", "shown"])
    said = {
        "title": {"title": told},
        "say": {"say": told},
        "why": {"why": [a.REASON, told]},
        "shown": {"recommendations": [Recommendation(sku="bag-aurore", why=told)]},
    }[place]
    return Slip(moment=a.moment(), proposal=a.proposal(**said), wrong=_told(told))


def _told(text: str) -> Any:
    def wrong(left: Proposal) -> bool:
        shown = [article.why for article in left.recommendations]
        return text in (left.title, left.say, *left.why, *shown)

    return wrong
