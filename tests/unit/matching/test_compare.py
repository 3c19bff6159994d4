"""How two persons compare: typing errors, scripts, pet names, dates, families."""

from typing import Any

import pytest

from agents.matching.blocks import keys_of
from agents.matching.compare import compare
from agents.matching.traits import Traits, together, traits_of
from agents.matching.weights import bits, sure, unsure


def person(name: str = "", born: str = "", at: float = 0.0, **more: Any) -> Traits:
    return traits_of({"name": name, "birth_date": born, **more}, at)


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("Aline Moreau", "aline  MOREAU", "="),
        ("Aline Moreau", "Moreau, Aline", "="),
        ("Mme Aline de Moreau", "Aline Moreau", "="),
        ("Jean-Noël Béraud", "jean noel beraud", "="),
        ("Иван Петров", "Ivan Petrov", "="),
        ("王小明", "Wang Xiao Ming", "="),
        ("王小明", "Xiaoming Wang", "~"),
        ("김민수", "gimminsu", "="),
        ("Aline Moreau", "Aline Moreua", "~"),
        ("Bob Dupont", "Robert Dupond", "~"),
        ("A. Moreau", "Aline Moreau", "~"),
        ("Tommaso Bianchi", "Thomas Bianchi", "~"),
        ("Aline Moreau", "Paul Moreau", "-"),
        ("Moreau", "Aline Moreau", "-"),
        ("Aline Moreau", "Paul Durand", "x"),
        ("李娜", "王小明", "x"),
    ],
)
def test_names_in_any_order_script_and_form(one: str, other: str, level: str) -> None:
    assert compare(person(one), person(other))[0] == level
    assert compare(person(other), person(one))[0] == level


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("1980-02-03", "1980-02-03", "="),
        ("1980-02-03", "1980-03-02", "~"),
        ("1980-02-03", "1981-02-03", "~"),
        ("1980-02-03", "1980-02-30", "~"),
        ("1980-02-03", "1980-11-23", "-"),
        ("1980-02-03", "1955-12-17", "x"),
    ],
)
def test_birth_dates_with_a_wrong_digit_or_day_and_month_swapped(one: str, other: str, level: str) -> None:
    assert compare(person(born=one), person(born=other))[1] == level


@pytest.mark.parametrize("blank", ["-", "…", "   "])
def test_what_a_form_has_for_no_profession_likens_nobody(blank: str) -> None:
    one, other = (person("Aline Moreau", profession=blank) for _ in range(2))
    assert compare(one, other) == "=......"


def test_a_family_at_one_address_is_told_apart_by_first_name_and_birth_date() -> None:
    home: dict[str, Any] = {
        "residences": ["Paris", "75016"], "email": "famille@moreau.fr", "phone": "+33612345678",
    }  # fmt: skip
    father = person("Paul Moreau", "1950-02-03", **home)
    son = person("Paul Moreau", "1981-11-17", **home)
    daughter = person("Aline Moreau", "1981-11-17", **home)
    for one, other in ((father, son), (son, daughter)):
        levels = compare(one, other)
        assert bits(levels) > 24
        assert not sure(levels)
        assert unsure(levels)
    assert sure(compare(son, person("Paul Moreau", "1981-11-17", residences=["Paris"])))


def test_a_common_name_alone_is_nothing_and_with_a_birth_date_it_is_asked_about() -> None:
    alone = compare(person("Anne Martin"), person("Anne Martin", residences=["Lyon"]))
    dated = compare(person("Anne Martin", "1980-02-03"), person("Ann Martin", "1980-03-02"))
    assert not sure(alone)
    assert unsure(dated)
    assert not sure(dated)


def test_of_each_field_what_was_said_last_counts_whatever_came_first() -> None:
    early, late = person("Aline Moreau", "1980-02-03", at=1.0), person("Aline Durand", at=2.0)
    both = together(early, late)
    assert both == together(late, early)
    assert both["name"][1] == ("aline", "durand")
    assert both["born"][1] == ("1980-02-03",)


def test_persons_who_compare_well_share_a_key() -> None:
    one = keys_of(person("Robert Dupont", "1980-02-03", residences=["Paris"]))
    assert one & keys_of(person("Dupond Bob", "1980-02-03"))
    assert one & keys_of(person("Robert Dupont", "1980-03-02"))
    assert one & keys_of(person("R Dupont", residences=["paris"]))
    assert not one & keys_of(person("Aline Moreau", "1955-12-17", residences=["Lyon"]))


def test_what_nobody_would_type_is_no_person_and_no_error() -> None:
    strange = traits_of({"name": "\U0001f600" * 300, "birth_date": "x", "residences": ["", "  "]}, 0.0)
    assert compare(strange, person("Aline"))[1:] == "......"
    assert len(keys_of(traits_of({"name": " ".join(f"w{n}x" for n in range(200))}, 0.0))) < 64
