"""What an advisor's note says in an obvious form: a size, an occasion, a taste. Pure.

Only a clause that is nothing else is read; all others stay words.
"""

import re
from collections.abc import Iterator
from typing import Any

SIZES = {
    "ring": "ring", "bague": "ring", "shoe": "shoe", "shoes": "shoe", "pointure": "shoe", "dress": "dress",
    "robe": "dress", "glove": "glove", "gloves": "glove", "gants": "glove", "wrist": "wrist",
    "poignet": "wrist", "collar": "collar", "col": "collar",
}  # fmt: skip
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MOST = 60
"""Characters of a taste: what is longer is a story, and stays in the note."""

_CLAUSE = re.compile(r"[.;,\n]+(?!\d)")
_SIZE = re.compile(
    rf"(?:size )?(?P<what>{'|'.join(SIZES)})(?: size)?:? (?:is )?(?P<size>\d{{1,3}}(?:[.,]\d)?)",
    re.IGNORECASE,
)
_DAY = rf"(?P<day>\d{{1,2}}) (?P<month>{'|'.join(MONTHS)})[a-z]*"
_OCCASION = re.compile(
    rf"(?P<what>anniversary|wedding anniversary|birthday)(?: is)?(?: on)?:? {_DAY}", re.IGNORECASE
)
_TASTE = re.compile(r"(?P<verb>likes|loves|prefers|dislikes|hates) (?P<what>\S.*)", re.IGNORECASE)
_VERBS = {"likes": "likes", "loves": "likes", "prefers": "likes", "dislikes": "dislikes", "hates": "dislikes"}


def typed(text: str) -> dict[str, Any]:
    """Fields of a profile that a note states, as `client.profile` has them; empty where it states none.

    >>> typed("Ring 52, loves gardenias. Anniversary 12 June")
    {'sizes': {'ring': 52}, 'preferences': {'likes': ['gardenias'], 'anniversary': '06-12'}}
    >>> typed("Her sister wears a ring 52 and loves him")
    {}
    """
    fields: dict[str, dict[str, Any]] = {}
    for clause in _CLAUSE.split(text):
        for group, name, value in _read(" ".join(clause.split())):
            said = fields.setdefault(group, {})
            said[name] = [*said.get(name, []), value] if name in _VERBS.values() else value
    return fields


def _read(clause: str) -> Iterator[tuple[str, str, Any]]:
    if found := _SIZE.fullmatch(clause):
        size = float(found["size"].replace(",", "."))
        yield "sizes", SIZES[found["what"].lower()], int(size) if size.is_integer() else size
    elif found := _OCCASION.fullmatch(clause):
        day, month = int(found["day"]), MONTHS.index(found["month"].lower()) + 1
        if 1 <= day <= 31:
            yield "preferences", found["what"].lower().split()[-1], f"{month:02}-{day:02}"
    elif (found := _TASTE.fullmatch(clause)) and len(found["what"]) <= MOST:
        yield "preferences", _VERBS[found["verb"].lower()], found["what"]
