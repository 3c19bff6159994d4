"""Whether words that a person wrote speak of a gift, in the languages of the drafts. Pure.

By a short list anybody can read: what it finds may be none, and one that is told in other words is not found.
"""

import re

from feature_store.feature import plain

_WORDS = (
    "gift gifts gifting surprise surprises proposal cadeau cadeaux offrir fiançailles regalo regali regalos "
    "regalare regalar sorpresa sorprese sorpresas fidanzamento geschenk geschenke geschenkt schenken "
    "verschenken überraschung überraschungen verlobung verlobungsring"
)
_FOR = (
    r"for (?:his|her|their) (?:wife|husband|partner|girlfriend|boyfriend|fianc|mother|father|daughter|son\b)",
    r"pour (?:sa|son|leur) (?:femme|mari\b|epou|compagn|conjoint|amie?\b|fianc|mere|pere|fille|fils)",
    r"per (?:sua|suo|la|il) (?:moglie|marito|compagn|fidanzat|madre|padre|figli)",
    r"fur (?:seine|ihre)[nm]? (?:frau|mann|partner|freund|verlobte|mutter|vater|tochter|sohn)",
    r"para su (?:mujer|espos|marido|pareja|novi|madre|padre|hij)",
    r"demande en mariage|pedida de mano|proposta di matrimonio|heiratsantrag",
)
_JOINED = (
    "礼物|禮物|送礼|送禮|送给|送給|惊喜|驚喜|求婚|贈り物|贈りたい|ギフト|プレゼント|サプライズ|プロポーズ|婚約|"
    "선물|깜짝|서프라이즈|프러포즈|청혼"
)
WORDS = frozenset(map(plain, _WORDS.split()))
_SAID = re.compile("|".join([*_FOR, *(plain(one) for one in _JOINED.split("|"))]))
_WORD = re.compile(r"\w+")


def gives(text: str) -> bool:
    """Whether a text speaks of giving.

    >>> gives("Looking for a ring for his wife's fiftieth"), gives("贈り物を探している"), gives("Left-handed")
    (True, True, False)
    """
    said = plain(text)
    return not WORDS.isdisjoint(_WORD.findall(said)) or _SAID.search(said) is not None
