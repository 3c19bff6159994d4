"""An article of a house's catalogue."""

from datetime import date
from math import log10

import msgspec


class Article(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an article is; what is not said is not known.

    sku: as tills and pages name it. name: as cards say it. category: its shelf. price: in minor units of the
    maison's currency, 345000 for 3,450.00. gender: women or men, where it is for either alone. collection:
    the one it belongs to. colour: in the house's words. material: what it is made of, in the house's words;
    contains: what else of it some will not wear, touch or drink (leather, fur, nickel, alcohol ...).
    occasion: what it is for. since: the day it arrived. fits: which of a client's sizes it goes by (ring,
    shoe ...); sizes: those it is made in, none: any. designer: who of the house drew it.
    """

    sku: str
    name: str
    category: str
    price: int
    gender: str | None = None
    collection: str | None = None
    material: str | None = None
    contains: list[str] = []
    colour: str | None = None
    occasion: str | None = None
    fits: str | None = None
    sizes: list[str] = []
    since: date | None = None
    designer: str | None = None

    @property
    def band(self) -> int:
        """Its price band: half a power of ten, so that each is about three times the one before.

        >>> [Article(sku="", name="", category="", price=p).band for p in (0, 46_000, 345_000, 2_450_000)]
        [0, 9, 11, 12]
        """
        return int(2 * log10(max(1, self.price)))
