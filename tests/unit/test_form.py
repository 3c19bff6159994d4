"""All that is wrong with a maison's file is told at once: each thing by its place, with what to do."""

import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from schemas.form import wrongs
from schemas.maison import Maison, maison_from
from streams.check import check
from streams.settings import SettingsError, load_maison, load_maisons
from tests import builders as a


def table() -> dict[str, Any]:
    return tomllib.loads(a.FILE.read_text())


def test_a_file_that_is_right_has_nothing_wrong() -> None:
    assert [*wrongs(table(), Maison)] == []


WRONG: dict[str, tuple[tuple[Any, ...], Any, str]] = {
    "a choice": (
        ("sites", 0, "kind"),
        "spa",
        "sites[0].kind: is none of boutique, hotel: write one of these",
    ),
    "a text": (("name",), 7, "name: write a text in quotes"),
    "a number": (("interruption",), 2, "interruption: write a number <= 1.0"),
    "a whole number": (("sources", 0, "rank"), 1000, "sources[0].rank: write a whole number <= 999"),
    "true or false": (("consent", "EU", "service"), "yes", "consent.EU.service: write true or false"),
    "a list": (("staff", 1, "sites"), "vendome", "staff[1].sites: write a list"),
    "a list of tables": (("teams",), {"id": "x"}, "teams: write a list: [[teams]] before each, not [teams]"),
    "a table": (("tiers",), [], "tiers: write a table"),
    "a time": (
        ("events", 0, "at"),
        "tomorrow",
        "events[0].at: write a date and time, as 2026-12-15T19:00:00+01:00",
    ),
    "one of several": (
        ("segments", 0, "when"),
        {"field": "facts.visits", "op": "=", "value": {}},
        "segments[0].when.value: write true or false, a whole number, a number, a text in quotes or a list",
    ),
    "a form": (
        ("sites", 0, "id"),
        "Vendôme",
        r"sites[0].id: write a text in quotes that matches '^[a-z0-9][a-z0-9_-]{0,62}$'",
    ),
    "misspelt": (("sites", 0, "holydays"), [], "sites[0].holydays: there is no such field: take it away"),
    "unheard of": (("colour",), "gold", "colour: there is no such field: take it away"),
    "deep": (
        ("segments", 0, "when"),
        {"all": [{"field": "facts.visits", "op": "is", "value": 1}]},
        "segments[0].when.all[0].op: is none of =, !=, <, <=, >, >=, in, has, known: write one of these",
    ),
}


def put(said: Any, path: tuple[Any, ...], value: Any) -> None:
    *way, last = path
    for step in way:
        said = said[step]
    said[last] = value


@pytest.mark.parametrize("what", WRONG)
def test_each_thing_that_is_wrong_is_told_by_its_place_with_what_to_write(what: str) -> None:
    path, value, told = WRONG[what]
    said = table()
    put(said, path, value)
    assert [*wrongs(said, Maison)] == [told]


def test_a_field_that_is_misspelt_is_told_once_with_the_one_that_is_meant() -> None:
    said = table()
    said["sites"][1]["timezon"] = said["sites"][1].pop("timezone")
    del said["staff"][0]["role"]
    assert [*wrongs(said, Maison)] == [
        "sites[1].timezon: there is no such field: write `timezone`",
        "staff[0].role: is missing: add it",
    ]


def test_all_of_it_is_told_at_once_and_nothing_that_msgspec_would_take() -> None:
    said = table()
    alone = {name: told for name, (path, _, told) in WRONG.items() if path[0] not in ("teams", "segments")}
    for name in alone:
        path, value, _ = WRONG[name]
        put(said, path, value)
    assert sorted(wrongs(said, Maison)) == sorted(alone.values())
    with pytest.raises(ValueError, match="here") as told:
        maison_from(said, "here.toml")
    assert sorted(str(told.value).splitlines()) == sorted(f"here.toml: {one}" for one in alone.values())


ANY: list[Any] = [None, 7, -1.5, "x", True, [], {}, [7], [{}], {"x": 7}, {"x": [{}]}]


@pytest.mark.parametrize("field", Maison.__struct_fields__)
@pytest.mark.parametrize(
    "value", [None, 7, -1.5, "x", True, [], {}, [7], [{}], {"x": 7}, {"x": [{}]}], ids=str
)
def test_something_is_told_whenever_msgspec_takes_it_not_and_nothing_otherwise(
    field: str, value: Any
) -> None:
    said = table() | {field: value}
    try:
        msgspec.convert(said, Maison)
        taken = True
    except msgspec.ValidationError:
        taken = False
    told = [*wrongs(said, Maison)]
    assert (told == []) is taken
    assert all(one.startswith(field) for one in told)


ODD = """
shadow_actions = ["sing"]
shadow_models = ["oracle"]
"""
ODDER = """
[guards.nothing]
hours = 2

[[staff]]
id = "zoe"
name = "Zoé"
role = "advisor"
sites = ["nowhere", "elsewhere"]

[[segments]]
id = "aura"
name = "Aura"
team = "nobody"
when = { field = "aura.blue", op = ">", value = 1 }
"""


def a_house(folder: Path, name: str = "lumiere", before: str = "", after: str = "") -> Path:
    file = folder / f"{name}.toml"
    file.write_text(before + a.FILE.read_text() + after)
    return file


def test_what_does_not_agree_is_told_at_once_of_the_file_and_of_those_beside_it(tmp_path: Path) -> None:
    file = a_house(tmp_path, before=ODD + 'stock = "stock.csv"\nrota = "rota.csv"\n', after=ODDER)
    (tmp_path / "stock.csv").write_text("site,sku,quantity\nginza,b,1\nginza,c,many\nginza,d,\n")
    with pytest.raises(SettingsError) as told:
        load_maison(file)
    lines = str(told.value).splitlines()
    assert all(line.startswith(f"{file}: ") for line in lines)
    expected = (
        "staff zoe works at an unknown site 'elsewhere': write some of ginza, riviera, vendome",
        "staff zoe works at an unknown site 'nowhere'",
        "segment aura goes to an unknown team 'nobody': write one of",
        "segment aura: aura is no feature of the record",
        "guards.nothing: there is no such guard: see docs/guards.md",
        "shadow_actions: 'sing' is none of",
        "shadow_models: 'oracle' is none of",
        f"{tmp_path / 'stock.csv'}, line 3, 4: not as `prevenance import` writes it: import it again",
        f"{tmp_path / 'rota.csv'} can't be read",
    )
    assert len(lines) == len(expected)
    assert [one for one, line in zip(expected, lines, strict=True) if one not in line] == []


async def test_the_check_tells_each_of_every_file_on_a_line_of_its_own(tmp_path: Path) -> None:
    a_house(tmp_path, "a", before="colour = 7\nshadow = 1\n")
    a_house(tmp_path, "b", after=ODDER)
    (tmp_path / "c.toml").write_text("id = ")
    a_house(tmp_path, "d")
    with pytest.raises(SettingsError, match=r"a\.toml") as told:
        load_maisons(tmp_path)
    lines = str(told.value).splitlines()
    assert [Path(line.partition(": ")[0]).name for line in lines] == ["a.toml"] * 2 + ["b.toml"] * 5 + [
        "c.toml"
    ]
    found = [one for one in await check({"PREVENANCE_MAISONS": str(tmp_path)}) if one.name == "maisons"]
    assert [(one.ok, one.said) for one in found] == [(False, line) for line in lines]
