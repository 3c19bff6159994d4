"""What a hotel offers its guests, and where a house would have them go next, as a maison file says it."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Hour = Literal["breakfast", "tea", "dinner"]
"""Times of a day in a hotel at which something is offered."""
Allergen = Literal[
    "gluten", "nuts", "peanuts", "sesame", "milk", "eggs", "fish", "shellfish", "soy", "celery", "mustard",
    "sulphites", "lupin", "alcohol",
]  # fmt: skip
"""The European Union's list (Regulation 1169/2011, Annex II; molluscs and crustaceans are one here), and
alcohol."""
Key = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Month = Annotated[int, Meta(ge=1, le=12)]


class Offer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something on the house's card.

    id: as recommendations name it. name: as cards say it. kind: a drink, a dish, a table, a treatment.
    at: when it is offered. contains: what of the list it holds; absent: nobody has said, so whoever has an
    allergy is not offered it. also: what hotels' systems call it. called: language -> what a guest is told.
    """

    id: Key
    name: str
    kind: Literal["drink", "dish", "table", "treatment"]
    at: list[Hour]
    contains: list[Allergen] | None = None
    also: list[str] = []
    called: dict[str, str] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Every name it goes by."""
        return (self.name, *self.also, *self.called.values())

    @property
    def eaten(self) -> bool:
        """Whether it is taken in."""
        return self.kind in ("drink", "dish")


class Destination(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A hotel or a place worth discovering.

    id: as recommendations name it. name: as cards say it. site: id of the house's own hotel there, if it is
    one. months: when it is at its best; none: all year. tastes: words a client may have said they like.
    """

    id: Key
    name: str
    site: str | None = None
    months: list[Month] = []
    tastes: list[str] = []


def wrongly_offered(
    menu: Sequence[Offer], destinations: Sequence[Destination], hotels: set[str], articles: set[str]
) -> Iterator[str]:
    """All that is wrong with a file's `[[menu]]` and `[[destinations]]`, in words."""
    named = set(articles)
    for id in (*(offer.id for offer in menu), *(place.id for place in destinations)):
        if id in named:
            yield f"{id!r} names two things of the catalogue, the menu and the destinations"
        named.add(id)
    for place in destinations:
        if place.site is not None and place.site not in hotels:
            known = ", ".join(sorted(hotels)) or "none"
            yield f"destination {place.id} is at an unknown hotel {place.site!r}: the house has {known}"
