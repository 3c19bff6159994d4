"""What a client hands over of themselves in a form that every house can read: version 1.

    {"version": 1, "interests": ["watches", "travel"], "sizes": {"ring": 52},
     "occasions": [{"name": "wedding day", "date": "06-14"}], "places": ["Kyoto"],
     "languages": ["fr"], "brands": ["Example & Sons"]}

Most important first in every list. A field nobody knows is refused: a mistyped one would be silence.
"""

from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from schemas.envelope import Language

Word = Annotated[str, Meta(min_length=1, max_length=64)]
Number = Annotated[int, Meta(ge=0, le=10_000)] | Annotated[float, Meta(ge=0, le=10_000)]
LEAP = "2024-"
"""A year in which every day of a year is."""


class Occasion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A day that matters to the client; of every year where its date names none."""

    name: Annotated[Word, Meta(description="in the client's words")]
    date: Annotated[str, Meta(pattern=r"^(\d{4}-)?\d{2}-\d{2}$", description="YYYY-MM-DD, or MM-DD")]

    def __post_init__(self) -> None:
        try:
            date.fromisoformat(self.date if len(self.date) > 5 else LEAP + self.date)
        except ValueError:
            raise ValueError("a date that no calendar holds") from None


class Portable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a client licenses, as `client.licence` carries it in `data`."""

    version: Annotated[Literal[1], Meta(description="of this form")]
    interests: Annotated[list[Word], Meta(max_length=50, description="what the client is drawn to")] = []
    sizes: Annotated[
        dict[Word, Word | Number], Meta(max_length=20, description="by kind: ring, shoe, wrist ...")
    ] = {}
    occasions: Annotated[list[Occasion], Meta(max_length=20, description="days that matter")] = []
    places: Annotated[list[Word], Meta(max_length=50, description="cities or houses the client loves")] = []
    languages: Annotated[list[Language], Meta(max_length=5, description="BCP 47 tags")] = []
    brands: Annotated[list[Word], Meta(max_length=50, description="houses the client follows")] = []


class NotPortable(ValueError):
    """The data is not of the form; the text names field and reason and repeats no value."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field = field
        self.reason = reason


def portable(data: Any) -> Portable:
    """Checked data. Raises `NotPortable`.

    >>> portable({"version": 1, "interests": ["watches"]}).interests
    ['watches']
    >>> portable({"version": 1, "sizes": {"ring": []}})
    Traceback (most recent call last):
    schemas.portable.NotPortable: sizes[...]: Expected `int | float | str`, got `array`
    """
    try:
        return msgspec.convert(data, Portable)
    except msgspec.ValidationError as error:
        reason, _, where = str(error).partition(" - at ")
        field = where.strip("`").removeprefix("$").removeprefix(".")
        if reason == "Object missing required field `version`":
            field, reason = "version", "is required: 1"
        elif reason.startswith("Object contains unknown field"):  # its name may be anything
            reason = "holds a field that version 1 does not know"
        elif reason.startswith("Invalid"):
            reason = "invalid value"
        raise NotPortable(field, reason) from None
