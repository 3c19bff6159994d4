"""What is said of a person, in the form in which two persons are compared.

Text of any script becomes plain letters (`anyascii`: accents, Cyrillic, kana and hangul are transliterated,
a Chinese character is read in Mandarin), titles and particles leave, so that 王小明 is `wang xiao ming` and
"M. de la Tour" is `tour`.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from anyascii import anyascii

Traits = dict[str, tuple[float, tuple[str, ...]]]
"""Field -> when it was said (Unix seconds) and what, in plain letters. The fields are `FIELDS`."""

FIELDS = ("name", "born", "place", "code", "work", "email", "phone")
"""What is compared. `code`: a postal code, wherever one stood among the residences. Kept by position: new
ones go last."""
MOST_WORDS = 6
LONGEST = 40

_WORDS = re.compile(r"[a-z0-9]+")
_CODE = re.compile(r"(?=.*\d)[a-z0-9]{2,5}(?: ?[a-z0-9]{2,4})?")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_TITLES = """
mr mrs ms miss mister madame monsieur mme mlle sir dame lady lord dr prof baron baroness count countess
duke duchess earl viscount marquess marquis prince princess de di du del della des da dos la le les el al
of the van von der den zu and et y san jr sr ii iii iv 1st 2nd 3rd 4th 5th 6th 7th 8th 9th
"""
_PLAIN = frozenset(_TITLES.split())


def words(text: str) -> tuple[str, ...]:
    """Plain lower-case words; initials and short words stay.

    >>> words("Jean-Noël O'Brien"), words("王小明"), words("Иван Петров")
    (('jean', 'noel', 'obrien'), ('wang', 'xiao', 'ming'), ('ivan', 'petrov'))
    """
    plain = _CAMEL.sub(" ", anyascii(text[:400])).casefold().replace("'", "")
    return tuple(word[:LONGEST] for word in _WORDS.findall(plain))


def name_of(text: str) -> tuple[str, ...]:
    """The words of a name that tell one person from another.

    >>> name_of("Mme. de la Tour, Aline"), name_of("the Baron")
    (('tour', 'aline'), ('the', 'baron'))
    """
    found = words(text)
    return tuple(word for word in found if word not in _PLAIN)[:MOST_WORDS] or found[:MOST_WORDS]


def traits_of(fields: Mapping[str, Any], at: float) -> Traits:
    """The traits in what a profile states, its `email` and `phone` among the fields.

    >>> traits_of({"name": "Aline Moreau", "residences": ["Paris", "SW1A 1AA"]}, 0.0)["code"]
    (0.0, ('sw1a 1aa',))
    """
    return {field: (at, values) for field, values in _traits(fields) if values}


def _traits(fields: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "name", name_of(fields.get("name") or "")
    born = fields.get("birth_date")
    yield "born", (born.isoformat() if isinstance(born, date) else str(born),) if born else ()
    places = [" ".join(words(place)) for place in fields.get("residences") or ()][:MOST_WORDS]
    yield "place", tuple(p for p in places if p and not _CODE.fullmatch(p))
    yield "code", tuple(p for p in places if _CODE.fullmatch(p))
    work = " ".join(words(fields.get("profession") or ""))
    yield "work", (work,) if work else ()
    yield "email", (fields["email"].strip().casefold()[:128],) if fields.get("email") else ()
    yield "phone", (fields["phone"],) if fields.get("phone") else ()


def together(one: Traits, other: Traits) -> Traits:
    """Both: of each field what was said last; of two said at once, the greater. Order does not matter."""
    return one | {field: max(said, one.get(field, said)) for field, said in other.items()}


def packed(traits: Traits) -> list[Any]:
    """Traits as they are kept: what was said at one time together."""
    said: dict[float, dict[int, tuple[str, ...]]] = {}
    for field, (at, values) in sorted(traits.items()):
        said.setdefault(at, {})[FIELDS.index(field)] = values
    return [part for one in sorted(said.items()) for part in one]


def unpacked(kept: Any) -> Traits:
    """The traits that were packed; none of what is something else.

    >>> unpacked(packed({"name": (5.0, ("aline", "moreau")), "born": (5.0, ("1980-02-03",))}))["name"]
    (5.0, ('aline', 'moreau'))
    """
    if not isinstance(kept, list):
        return {}
    said = zip(kept[::2], kept[1::2], strict=True)
    return {FIELDS[code]: (at, tuple(values)) for at, fields in said for code, values in fields.items()}


def value(traits: Traits, field: str) -> tuple[str, ...]:
    """What is said of a field; empty where nothing is."""
    return traits[field][1] if field in traits else ()
