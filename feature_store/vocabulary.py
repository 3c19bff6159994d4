"""Words that most catalogues share, which records keep as numbers: a word costs its letters, a number a byte.

Each is stored by its position, so new ones go last, and with a new version of the record: one that was kept
as written would stand beside its number. Any other word, of any language, is kept as written.
"""

from collections.abc import Mapping, Sequence

Word = int | str
"""A word as a record keeps it: by its position in a list, or as written."""


def codes_of(words: Sequence[str]) -> Mapping[str, Word]:
    """Each word of a list, as a record keeps it."""
    return {word: code for code, word in enumerate(words)}


def spelled(kept: Word, words: Sequence[str]) -> str:
    """A word that a record keeps by that list.

    >>> spelled(codes_of(("bags", "shoes"))["shoes"], ("bags", "shoes")), spelled("kimono", ("bags", "shoes"))
    ('shoes', 'kimono')
    """
    return words[kept] if isinstance(kept, int) else kept


CATEGORIES = (
    "bags", "shoes", "jewellery", "watches", "scarves", "fragrance", "ready-to-wear", "silk", "belts",
    "wallets", "small leather goods", "leather goods", "luggage", "travel", "accessories", "eyewear",
    "sunglasses", "gloves", "hats", "ties", "shawls", "rings", "earrings", "necklaces", "bracelets",
    "brooches", "fine jewellery", "high jewellery", "costume jewellery", "wedding", "dresses", "skirts",
    "trousers", "shirts", "blouses", "suits", "jackets", "coats", "knitwear", "denim", "lingerie", "swimwear",
    "sneakers", "boots", "sandals", "beauty", "make-up", "skincare", "candles", "home", "tableware",
    "furniture", "stationery", "books", "gifts", "children", "men", "women", "sport", "wine", "spirits",
    "chocolate", "flowers", "art",
)  # fmt: skip
"""What articles are."""

_MATERIALS = (
    "calfskin", "lambskin", "goatskin", "ostrich", "crocodile", "leather", "suede", "canvas", "silk", "satin",
    "velvet", "lace", "tweed", "wool", "cashmere", "mohair", "cotton", "linen", "denim", "fur", "gold",
    "white gold", "yellow gold", "rose gold", "pink gold", "platinum", "silver", "steel", "titanium", "brass",
    "ceramic", "diamond", "pearl", "crystal", "porcelain", "wood",
)  # fmt: skip
_COLOURS = (
    "black", "white", "ivory", "beige", "camel", "brown", "grey", "silver", "gold", "red", "burgundy", "pink",
    "orange", "yellow", "green", "khaki", "blue", "navy", "purple", "multicolour",
)  # fmt: skip
_OCCASIONS = (
    "everyday", "evening", "travel", "work", "wedding", "ceremony", "gift", "sport", "beach", "winter",
)  # fmt: skip
_BANDS = range(18)
MARKS = (
    *(f"m{word}" for word in _MATERIALS),
    *(f"c{word}" for word in _COLOURS),
    *(f"f{word}" for word in _OCCASIONS),
    *(f"o{band}" for band in _BANDS),
)
"""What articles differ in, each behind the letter of its axis (`feature_store.feature.AXES`)."""

SAID = (
    "Los Angeles", "New York", "Hong Kong", "Singapore", "Shanghai", "Beijing", "Dubai", "Seoul", "Tokyo",
    "Geneva", "Zurich", "Monaco", "Milano", "Milan", "Rome", "Madrid", "Berlin", "London", "Paris",
    "America/Los_Angeles", "America/Sao_Paulo", "America/New_York", "Asia/Hong_Kong", "Asia/Singapore",
    "Asia/Shanghai", "Asia/Dubai", "Asia/Seoul", "Asia/Tokyo", "Europe/Zurich", "Europe/Rome",
    "Europe/Madrid", "Europe/Berlin", "Europe/London", "Europe/Paris",
    "/staff/", "/club/", "/till/", "/pms/", "/crm/", "/sdk/js/", "male", "female",
)  # fmt: skip
"""Where clients live and where they are met, the most usual last: what was stored with one list is read with
no other."""
