"""Conflict: nothing of what they can't or will not wear, touch, eat or drink."""

import unicodedata
from random import Random
from typing import Any

from agents.moment import Proposal
from schemas.alerts import Recommendation
from tests import builders as a
from tests.guarding import Case, Slip

LEATHER, NICKEL, FUR, SILK = "bag-aurore", "bracelet-paillette", "coat-hiver", "scarf-brise"
PLAIN = a.lumiere(
    catalogue=[
        {"sku": "plain", "name": "Plain", "category": "gifts", "price": 1},
        {"sku": "flute", "name": "Flute", "category": "gifts", "price": 1, "contains": ["champagne"]},
    ]
)


def states(source: str = "/crm", **preferences: Any) -> Any:
    return a.record_of(a.profile(fields={"preferences": preferences}, card="c1", envelope={"source": source}))


def shows(sku: str) -> dict[str, Any]:
    return {"recommendations": [Recommendation(sku=sku, why=a.REASON)]}


CASES = {
    "nothing stated": Case(proposal=shows(LEATHER), passes=True),
    "allergic to nickel": Case(client=states(allergies=["nickel"]), proposal=shows(NICKEL), passes=False),
    "and shown silk": Case(client=states(allergies=["nickel"]), proposal=shows(SILK), passes=True),
    "dislikes fur, in French": Case(client=states(dislikes="la fourrure"), proposal=shows(FUR), passes=False),
    "avoids leather, in Chinese": Case(client=states(avoid="皮革"), proposal=shows(LEATHER), passes=False),
    "vegan": Case(client=states(diet="Vegan"), proposal=shows(SILK), passes=False),
    "halal and champagne": Case(
        client=states(diet="halal"), proposal=shows("flute"), moment={"maison": PLAIN}, passes=False
    ),
    "expects a child, in German, and champagne": Case(
        client=states(health="schwanger"), proposal=shows("flute"), moment={"maison": PLAIN}, passes=False
    ),
    "イスラム教, and champagne": Case(
        client=states(religion="イスラム教"), proposal=shows("flute"), moment={"maison": PLAIN}, passes=False
    ),
    "halal and leather": Case(client=states(diet="halal"), proposal=shows(LEATHER), passes=True),
    "nobody knows what it is made of": Case(
        client=states(avoid="no leather"), proposal=shows("plain"), moment={"maison": PLAIN}, passes=False
    ),
    "végane, in capitals without accents": Case(
        client=states(diet="VEGANE"), proposal=shows(SILK), passes=False
    ),
    "für is no fur": Case(client=states(avoid="Nichts für Kinder"), proposal=shows(FUR), passes=True),
    "an aversion to no thing": Case(
        client=states(avoid="loud music"), proposal=shows("plain"), moment={"maison": PLAIN}, passes=True
    ),
}
AVERSE = {
    LEATHER: (
        "no leather please",
        "Cuir",
        "kein Leder",
        "pelle",
        "革は避ける",
        "가죽",
        "ヴィーガン",
        "calfskin",
    ),
    NICKEL: ("nickel", "Allergie: Nickel", "níquel", "ニッケルアレルギー", "니켈 알레르기", "brass"),
    FUR: ("fur", "Pelz", "pelliccia", "毛皮", "모피", "mink", "vegan", "wool"),
    SILK: ("silk", "Seide", "soie", "シルク", "vegano", "seda"),
}


def slips(random: Random) -> Slip:
    """An article of what they want none of, stated somewhere, in some language, with other words around."""
    sku = random.choice([*AVERSE])
    word = random.choice(AVERSE[sku])
    field = random.choice(["allergies", "diet", "dislikes", "avoid", "religion", "materials"])
    word = unicodedata.normalize(random.choice(["NFC", "NFD", "NFKD"]), random.choice([word, _wide(word)]))
    value: Any = random.choice([word, [word], ["lilies", word.upper()], f"truffles; {word}"])
    shown = [Recommendation(sku=one, why=a.REASON) for one in random.sample([sku, "clutch-nuit"], 2)]
    proposal = a.proposal(recommendations=shown, subject=random.choice([(), (sku,)]))
    moment = a.moment(client=states(**{field: value}))
    return Slip(moment=moment, proposal=proposal, wrong=_still(sku))


def _wide(word: str) -> str:
    """As an input method for Japanese may leave Latin letters."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in word)


def _still(sku: str) -> Any:
    def wrong(left: Proposal) -> bool:
        return sku in [article.sku for article in left.recommendations]

    return wrong
