"""The maison file: every table of it, field by field, by what the structs say of themselves."""

import re
from collections.abc import Iterator
from inspect import cleandoc

import msgspec

from handbook.page import Page, page, table
from schemas.article import Article
from schemas.experiments import Arm, Experiment
from schemas.export import schema_of
from schemas.hospitality import Destination, Offer
from schemas.maison import Maison, Person, Shift, Site, Team
from schemas.occasion import Designer, Occasion
from schemas.segments import Segment, When
from schemas.sources import Source
from streams.docs import rows_of

TABLES: dict[str, type[msgspec.Struct]] = {
    "The file": Maison,
    "[[sites]]": Site,
    "[[staff]]": Person,
    "[[teams]]": Team,
    "[[catalogue]]": Article,
    "[[sources]]": Source,
    "[[segments]]": Segment,
    "[[segments]].when": When,
    "[[events]]": Occasion,
    "[[designers]]": Designer,
    "[[menu]]": Offer,
    "[[destinations]]": Destination,
    "[[experiments]]": Experiment,
    "[[experiments.arms]]": Arm,
    "[[rota.PERSON]]": Shift,
}


def _text() -> str:
    return page(
        "The maison file",
        "A house is one TOML file in the folder that `PREVENANCE_MAISONS` names: who works where, what is "
        "sold, what is allowed of whom. [A house of your own](../begin.md) writes one from nothing. It is "
        "read when a process starts; `prevenance check` tells all that is wrong with it. A field with a `?` "
        "may be left out; one that does not stand here is refused.",
        *(part for name, kind in TABLES.items() for part in _table(name, kind)),
    )


def _table(name: str, kind: type[msgspec.Struct]) -> Iterator[str]:
    words = words_of(kind)
    yield f"## {name}"
    yield cleandoc(kind.__doc__ or "").partition("\n")[0]
    yield table(
        ["field", "shape", "what"],
        ((f"`{f}`", shape, words.get(f.rstrip("?")) or says) for f, shape, says in rows_of(schema_of(kind))),
    )


def words_of(kind: type[msgspec.Struct]) -> dict[str, str]:
    """What the docstring of a struct says of its fields, `field: words. other, another: words.`

    >>> words_of(Destination)["months"]
    'when it is at its best; none: all year.'
    """
    said = " ".join(cleandoc(kind.__doc__ or "").partition("\n")[2].split())
    fields = "|".join(kind.__struct_fields__)
    found = [*re.finditer(rf"(?:^|(?<=[.;] ))((?:{fields})(?:, (?:{fields}))*): ", said)]
    ends = [*(one.start() for one in found[1:]), len(said)] if found else []
    return {
        field: said[one.end() : end].strip(" ;")
        for one, end in zip(found, ends, strict=True)
        for field in one[1].split(", ")
    }


PAGE = Page(name="maison", text=_text)
