"""What a client may not be served, read from their words and from what a kitchen was told. Pure.

What can't be read is not left out: whoever states an allergy to something nobody here has a word for is
offered nothing to eat or drink until somebody has asked.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from agents.averse import AT_TABLE, BESIDE, NONE, at_table, stated_in
from agents.comfort import asked_for
from agents.moment import Moment
from agents.names import words_of
from feature_store.feature import CUT
from schemas.hospitality import Allergen, Offer

_STATED: Mapping[Allergen, str] = {
    "gluten": "gluten wheat blé coeliac celiac cœliaque celiaco glutine weizen zöliakie trigo 麸质 麩質 小麦 "
    "小麥 小麦粉 小麥粉 面粉 麵粉 グルテン 글루텐 밀가루 밀",
    "nuts": "nut nuts noix hazelnut hazelnuts almond almonds walnut walnuts pistachio pistachios noisette "
    "noisettes amande amandes coque noci nocciole mandorle guscio secca secs nüsse nuss mandeln nueces "
    "avellanas almendras frutos 坚果 堅果 ナッツ 木の実 견과",
    "peanuts": "peanut peanuts cacahuète cacahuètes arachide arachidi arachides erdnuss erdnüsse cacahuete "
    "cacahuetes 花生 落花生 ピーナッツ ピーナツ 땅콩",
    "sesame": "sesame sésame sesamo sesam sésamo 芝麻 胡麻 ゴマ ごま 참깨",
    "milk": "milk lactose dairy lait latte lattosio latticini milch laktose leche lactosa lácteos 牛奶 "
    "乳糖 牛乳 奶 乳 ミルク 우유 유제품 유당 밀크",
    "eggs": "egg eggs oeuf oeufs œuf œufs uovo uova ei eier huevo huevos 鸡蛋 雞蛋 "
    "卵白 卵黄 蛋白 蛋黄 蛋 卵 たまご 달걀 계란",
    "fish": "fish poisson poissons pesce fisch pescado 鱼 魚 생선",
    "shellfish": "shellfish seafood crustacean crustaceans mollusc molluscs shrimp prawn prawns lobster crab "
    "oyster oysters crustacés crevettes homard huîtres crostacei molluschi schalentiere krebstiere "
    "meeresfrüchte marisco mariscos 海鲜 海鮮 甲殻類 甲壳类 甲殼類 貝 贝 虾 蝦 海老 えび エビ "
    "螃蟹 蟹 かに カニ 갑각류 조개 새우",
    "soy": "soy soya soja soia 大豆 豆乳 豆浆 豆漿 두유 콩",
    "celery": "celery céleri sedano sellerie apio 芹菜 セロリ 셀러리",
    "mustard": "mustard moutarde senape senf mostaza 芥末 からし 겨자",
    "sulphites": "sulphite sulphites sulfite sulfites solfiti sulfit sulfitos 亚硫酸盐 "
    "亞硫酸鹽 亜硫酸 아황산염",
    "lupin": "lupin lupini lupine altramuz 羽扇豆 ルピナス 루핀",
    "alcohol": "alcohol alcool alkohol 酒精 酒 アルコール 알코올 술",
}
"""Allergen -> words by which it is stated, in the languages of the house."""
_UNEATEN = words_of(
    "lily lilies lys muguet gigli lilien lirios pollen polline polen feather feathers down plume plumes "
    "duvet piume federn daunen plumas wool laine lana wolle cat cats chat chats gatti katzen gatos dog "
    "dogs chien chiens dust poussière polvere staub polvo latex nickel perfume perfumes parfum parfums "
    "profumo flower flowers fleur fleurs fiori blumen flores bee bees wasp wasps abeilles guêpes "
    "penicillin pénicilline aspirin aspirine"
)
"""What nobody is served: an allergy to it keeps nothing off the table."""
_PART = words_of("tree fruit fruits frutta seed seeds graines products produits")
"""Words that say nothing but beside an allergen: "tree nuts" is read, "nuts, fruit" is not."""
_CLAUSE = re.compile(r"[,;./+&\n、，；。]|\b(?:and|et|e|und|y|or|ou|oder|o)\b", re.IGNORECASE)
_JOINING = words_of(
    "アレルギー アレルギ 不耐症 過敏症 过敏症 過敏 过敏 不耐 알레르기 알러지 과민증 製品 制品 제품 類 类 류 "
    "有 対 对 對 和 与 與 及 跟 と や の は が に も あり 및 와 과 랑 이 가 은 는 있음 있어요 "
    "重度 严重 嚴重 重い 軽い 軽度 심한 特に"
)
"""The same where no space sets them apart."""
_WORDS = {allergen: words_of(words) for allergen, words in _STATED.items()}
_KNOWN = dict.fromkeys((word for known in _WORDS.values() for word in known), "")
_UNSPACED = [word for word in (*_KNOWN, *_JOINING, *NONE) if not word.isascii()]
_JOINED = re.compile("|".join(sorted(map(re.escape, _UNSPACED), key=len, reverse=True)))


class Shunned(NamedTuple):
    """`unread`: something was said that nobody here can read."""

    allergens: frozenset[Allergen]
    unread: bool


def shunned(moment: Moment) -> Shunned:
    """What a client may not be served: what they or a kitchen say of an allergy, and what they name, or what
    goes without saying, of a diet, a faith, a dislike."""
    found: set[Allergen] = set()
    unread = False
    for said in _said(moment):
        clauses = [words_of(clause) for clause in _CLAUSE.split(said)]
        for words in clauses:
            named = _named(words)
            found |= named
            unread = unread or not all(_read(word) or (named and word in _PART) for word in words)
        unread = unread or said.endswith(CUT) or not any(map(_tells, clauses))
    for one in stated_in(moment, AT_TABLE):
        found |= _named(words_of(str(one)))
    found |= _WORDS.keys() & at_table(moment)
    return Shunned(frozenset(found), unread)


def kept_off(moment: Moment, offer: Offer) -> str | None:
    """Why an offer may not be made to a client; None where nothing that was said stands against it."""
    if not offer.eaten:
        return None
    allergens, unread = moment.once(shunned)
    if unread:
        return "an allergy is stated that can't be read: ask before anything is offered"
    if allergens and offer.contains is None:
        return "what it contains is not said, and there is what the client may not have"
    held = sorted(allergens.intersection(offer.contains or ()))
    return f"it contains {', '.join(held)}" if held else None


def _named(words: Iterable[str]) -> set[Allergen]:
    return {allergen for allergen, known in _WORDS.items() if any(_is(word, known) for word in words)}


def _tells(words: frozenset[str]) -> bool:
    """Whether words say what is meant, or that nothing is: "a severe allergy" says neither."""
    return bool(_named(words)) or any(word in _UNEATEN or _is(word, NONE) for word in words)


def _read(word: str) -> bool:
    """Whether all of a word is known: what is written without spaces may say something else beside it."""
    return word in _UNEATEN or word in BESIDE or word in NONE or not _JOINED.sub("", _KNOWN.get(word, word))


def _is(word: str, known: frozenset[str]) -> bool:
    """Where words are not set apart by spaces, one stands within another."""
    return word in known or (not word.isascii() and any(not one.isascii() and one in word for one in known))


def _said(moment: Moment) -> Iterable[str]:
    yield from map(str, stated_in(moment, ["allergies"]))
    yield from asked_for(moment, "allergies")
