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

import re
from collections.abc import Iterable

from agents.articles import Against, by_article
from agents.guard import Guard
from agents.moment import Moment
from schemas.article import Article

FIELDS = ("allergies", "diet", "religion", "dislikes", "avoid", "materials", "health")
FAMILIES = {
    "leather": "leather calfskin calf lambskin lamb goatskin suede nubuck crocodile alligator python ostrich "
    "lizard hide cowhide cuir veau pelle cuoio leder cuero piel 皮革 真皮 牛皮 革 レザー 가죽",
    "fur": "fur mink sable fox chinchilla shearling rabbit astrakhan fourrure vison pelliccia pelz 皮草 毛皮 "
    "ファー 모피 퍼",
    "wool": "wool cashmere mohair alpaca angora merino vicuna laine cachemire lana wolle kaschmir 羊毛 羊绒 "
    "羊絨 ウール カシミヤ 울 캐시미어",
    "silk": "silk satin soie seta seide seda 丝绸 絲綢 シルク 絹 실크",
    "feather": "feather feathers down goose plume plumes piume federn plumas 羽毛 羽绒 羽絨 羽根 깃털",
    "nickel": "nickel steel brass acier acciaio stahl acero níquel 镍 鎳 ニッケル 니켈",
    "pork": "pork pig pigskin gelatine gelatin porc maiale schwein cerdo 猪 豬 豚 돼지",
    "alcohol": "alcohol wine champagne spirits liqueur cognac perfume alcool vin alkohol vino "
    "酒 アルコール 알코올",
    "gold": "gold golden oro 金 골드", "silver": "silver argent argento silber plata 银 銀 은",
    "latex": "latex rubber caoutchouc gummi 乳胶 ラテックス 라텍스",
    "nuts": "nut nuts almond almonds hazelnut pistachio peanut noix noci nüsse nueces 坚果 堅果 ナッツ 견과",
    "gluten": "gluten wheat blé grano weizen trigo 麸质 グルテン 글루텐",
}  # fmt: skip
"""What goes by one name, in the words of catalogues and of clients."""
IMPLIED = {
    "vegan": "leather fur wool silk feather", "végane": "leather fur wool silk feather",
    "vegano": "leather fur wool silk feather", "vegana": "leather fur wool silk feather",
    "jain": "leather fur silk feather", "hindu": "leather", "halal": "pork alcohol", "muslim": "pork alcohol",
    "islam": "pork alcohol", "musulman": "pork alcohol", "musulmane": "pork alcohol", "kosher": "pork",
    "casher": "pork", "jewish": "pork", "sober": "alcohol", "abstinent": "alcohol", "teetotal": "alcohol",
    "pregnant": "alcohol", "enceinte": "alcohol",
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile(r"[a-zà-ÿ]+")
_OF = {word: family for family, words in FAMILIES.items() for word in words.split()}
_JOINED = tuple((word, family) for word, family in _OF.items() if not _LATIN.fullmatch(word))


def _families(texts: Iterable[object]) -> set[str]:
    """What families of things are named in texts, and what else."""
    found: set[str] = set()
    for text in texts:
        said = str(text).casefold()
        for word in _WORD.findall(said):
            single = word.removesuffix("s")
            found |= {_OF.get(word) or _OF.get(single) or single}
            found |= {*IMPLIED.get(word, "").split()}
        found |= {family for word, family in _JOINED if word in said}
    return found


def _refused(moment: Moment) -> set[str]:
    stated = (moment.profile(f"preferences.{field}") for field in FIELDS)
    return _families(
        one for value in stated if value for one in (value if isinstance(value, list) else [value])
    )


def _against(moment: Moment) -> Against:
    refused = _refused(moment)
    material, articles = bool(refused & FAMILIES.keys()), moment.house.articles

    def against(sku: str) -> str | None:
        article = articles.get(sku)
        if not refused or article is None:
            return None
        made = _made_of(article)
        if not made and material:
            return "may be of what they want none of: nobody knows"
        return "is of what they want none of" if made & refused else None

    return against


def _made_of(article: Article) -> set[str]:
    return _families([*([article.material] if article.material else []), *article.contains])


_spare, _check = by_article(_against)
GUARD = Guard(
    name="conflict",
    version=1,
    says="Nothing is shown of what a client can't wear, touch, eat or drink, or wants none of.",
    check=_check,
    spare=_spare,
)
