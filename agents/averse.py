"""What a client wants none of, read from what they state, in whatever of the house's languages. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from agents.moment import Moment
from agents.names import words_of
from feature_store.feature import plain, says

FIELDS = ("allergies", "diet", "religion", "dislikes", "avoid", "materials", "health")
AT_TABLE = ("diet", "religion", "dislikes", "avoid", "health")
"""Of these, those that say what somebody does not eat or drink; an allergy is read word by word
(`allergens.py`)."""
BESIDE = words_of(
    "allergy allergies allergic allergie allergique allergisch allergia allergico allergica alergia "
    "alérgico alérgica intolerance intolerant intolérance intolérant intolleranza unverträglichkeit "
    "intolerancia severe sévère grave schwere mild light légère anaphylaxis anaphylactic epipen to a "
    "au aux à al ai alle allo de des du di da gegen all any of the in "
    "pas free secos x known connue connues nota note bekannt bekannte bekannten conocida conocidas allergien "
    "alergias d"
)
"""Words that stand beside what is meant."""
NONE = words_of(
    "no non none aucune aucun nessuna nessuno keine ninguna nothing rien nka なし 無し 无 無 没有 沒有 없음"
)
"""Words by which somebody says that there is nothing."""
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
    "alcohol": "alcohol wine champagne spirits liqueur cognac perfume alcool vin alkohol wein vino "
    "酒 アルコール ワイン 알코올 와인 술",
    "gold": "gold golden oro 金 골드", "silver": "silver argent argento silber plata 银 銀 은",
    "latex": "latex rubber caoutchouc gummi 乳胶 ラテックス 라텍스",
    "nuts": "nut nuts almond almonds hazelnut pistachio peanut noix noci nüsse nueces 坚果 堅果 ナッツ 견과",
    "gluten": "gluten wheat blé grano weizen trigo 麸质 グルテン 글루텐",
}  # fmt: skip
"""What goes by one name, in the words of catalogues and of clients."""
_MEANT = {
    "leather fur wool silk feather milk eggs fish shellfish": "vegan végan végane vegano vegana "
    "veganer veganerin ヴィーガン ビーガン 纯素 純素 비건",
    "leather fur silk feather eggs fish shellfish": "jain",
    "fish shellfish": "vegetarian végétarien végétarienne vegetariano vegetariana vegetarier vegetarierin "
    "vegetarisch 素食 ベジタリアン 菜食 채식",
    "leather": "hindu",
    "pork alcohol": "halal hallal muslim moslem islam musulman musulmane musulmano musulmana musulmán "
    "muslimisch muslimin islamico islamica ハラール ハラル イスラム 清真 穆斯林 할랄 무슬림 이슬람",
    "pork shellfish": "kosher koscher casher kascher cachère jewish juif juive ebreo ebrea judío judía "
    "jüdisch コーシャ ユダヤ 犹太 猶太 코셔 유대",
    "alcohol": "sober abstinent teetotal sobre abstinente astemio astemia abstemio abstemia pregnant "
    "enceinte incinta schwanger embarazada 妊娠 妊婦 怀孕 懷孕 孕妇 孕婦 임신 임산부",
}
IMPLIED = {
    key: implied for implied, words in _MEANT.items() for word in words.split() for key in (word, plain(word))
}
"""What goes without saying: a word, also as it is written without accents, -> families."""
_WORD = re.compile(r"[^\W\d_]+")
_OF = {
    key: family for family, words in FAMILIES.items() for word in words.split() for key in (word, plain(word))
}
_JOINED = tuple((word, {family}) for word, family in _OF.items() if not word.isascii()) + tuple(
    (word, {*implied.split()}) for word, implied in IMPLIED.items() if not word.isascii()
)
"""Words of scripts that set none apart, and what they name."""


def says_nothing(stated: object) -> bool:
    """Whether a text says that there is nothing, or says nothing.

    >>> says_nothing("No known allergies"), says_nothing("No nuts"), says_nothing("Aucune"), says_nothing("-")
    (True, False, True, True)
    """
    words = words_of(str(stated))
    return not says(str(stated)) or (not words.isdisjoint(NONE) and words <= NONE | BESIDE)


def families(texts: Iterable[object]) -> set[str]:
    """What families of things are named in texts, and what else."""
    found: set[str] = set()
    for text in texts:
        said = unicodedata.normalize("NFKC", str(text)).casefold()
        for word in _WORD.findall(said):
            single = word.removesuffix("s")
            found |= {_OF.get(word) or _OF.get(single) or single}
            found |= {*(IMPLIED.get(word) or IMPLIED.get(single, "")).split()}
        for word, named in _JOINED:
            if word in said:
                found |= named
    return found


def refused(moment: Moment) -> set[str]:
    """The families of all that a client can't have, or says they want none of, and what else."""
    return families(stated_in(moment, FIELDS))


def abstains(moment: Moment) -> bool:
    """Whether a client says, in whatever words, that they drink no alcohol."""
    return "alcohol" in at_table(moment)


def forswears(moment: Moment) -> bool:
    """The same of their diet, faith or health: whoever dislikes sweet wine may well drink another."""
    return "alcohol" in families(stated_in(moment, ("diet", "religion", "health")))


def at_table(moment: Moment) -> set[str]:
    """The families of all that a client says they do not eat or drink, and what else."""
    return families(stated_in(moment, AT_TABLE))


def stated_in(moment: Moment, fields: Iterable[str]) -> Iterator[object]:
    """What a client states in these fields, one thing at a time."""
    stated = (moment.profile(f"preferences.{field}") for field in fields)
    return (one for value in stated if value for one in (value if isinstance(value, list) else [value]))
