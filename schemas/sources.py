"""Who speaks to a maison, and how far each is believed."""

from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Kind = Literal["first_party", "partner", "third_party"]
"""Whose data it is: the house's own, a partner's who met the client too, or somebody's who sells it."""


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far a source is believed.

    source: its exact name, or all that begin alike (`/till/*`). rank: 0 is believed most. trust: false links
    nothing. kind: whose data it is: the house's own, a partner's, or bought. accept: true takes what a third
    party sells, which is refused otherwise. client: the client themself speaks there, as in a form or an app.
    """

    source: Annotated[str, Meta(pattern=r"^[^*]+\*?$", max_length=512)]
    rank: Annotated[int, Meta(ge=0, le=999)]
    kind: Kind = "first_party"
    trust: bool = True
    accept: bool = False
    client: bool = False

    @property
    def refused(self) -> bool:
        """Whether nothing it says is taken."""
        return self.kind == "third_party" and not self.accept

    def names(self, source: str) -> bool:
        """Whether this is the declaration of a source, or of all that begin as it does."""
        if self.source.endswith("*"):
            return source.startswith(self.source[:-1])
        return source == self.source


OF_STAFF = frozenset({"staff", "console"})
"""First words of the sources by which people of the house speak."""
STAFF = Source(source="/staff", rank=0)
"""How far they are believed where the maison's file says nothing of them."""


def of_staff(source: str) -> bool:
    """Whether people of the house speak by this source.

    >>> [of_staff(source) for source in ("/staff/camille", "/console", "staff", "/staffing")]
    [True, True, True, False]
    """
    return source.strip("/").partition("/")[0] in OF_STAFF


def declared(sources: Iterable[Source], source: str) -> Source | None:
    """What a maison says of a source: under its exact name, else the longest pattern. None: it is unknown."""
    found = [one for one in sources if one.names(source)]
    named = max(found, key=lambda one: (not one.source.endswith("*"), len(one.source)), default=None)
    return STAFF if named is None and of_staff(source) else named
