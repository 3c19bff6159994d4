"""A maison's file: what is wrong in it is told when it is read."""

import tomllib
from typing import Any

import pytest

from schemas.maison import maison_from
from tests import builders as a


def table(**changes: Any) -> dict[str, Any]:
    return tomllib.loads(a.FILE.read_text()) | changes


def site(**changes: Any) -> dict[str, Any]:
    return {"id": "vendome", "kind": "boutique", "name": "Vendôme", "timezone": "Europe/Paris"} | changes


def person(**changes: Any) -> dict[str, Any]:
    return {"id": "camille", "name": "Camille", "role": "advisor"} | changes


def event(**changes: Any) -> dict[str, Any]:
    at = "2026-12-12T19:00:00+01:00"
    return {"id": "soiree", "name": "Soirée", "site": "vendome", "at": at, "capacity": 20} | changes


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"sites": [site(timezone="Europe/Pariss")]}, "site vendome has an unknown timezone 'Europe/Pariss'"),
        ({"sites": [site(timezone="../../etc/passwd")]}, "site vendome has an unknown timezone"),
        ({"sites": [site(kind="spa")]}, "kind"),
        *(({"currency": wrong}, "currency: write a text in quotes") for wrong in ("EURO", "eur", "€")),
        *(
            ({"languages": ["fr", wrong]}, "languages[1]: write a text")
            for wrong in ("french", "", "français")
        ),
        ({"staff": [person(languages=["fr", "Italian"])]}, "staff[0].languages[1]: write a text"),
        ({"sites": [site(), site(name="Again")]}, "the site 'vendome' is declared twice"),
        ({"staff": [person(), person(role="manager")]}, "the person 'camille' is declared twice"),
        ({"teams": [{"id": "t", "name": "T", "site": "vendome"}] * 2}, "the team 't' is declared twice"),
        ({"teams": [{"id": "vendome", "name": "T"}]}, "team vendome has the id of a site"),
        ({"stock": {"vendom": {"bag-aurore": 0}}}, "stock is of an unknown site 'vendom'"),
        ({"sites": [site(hours={"Sat": []})]}, "site vendome: hours.Sat is no day: write one of mon"),
        *(
            (
                {"sites": [site(hours={"sat": [wrong]})]},
                f"site vendome: hours.sat {wrong!r}: write it as 09:30",
            )
            for wrong in (
                "9:00-19:00",
                "09:00 - 19:00",
                "09:00–19:00",
                "22:00-02:00",
                "24:00-24:00",
                "closed",
            )
        ),
        *(
            ({"sites": [site(holidays=[wrong])]}, f"site vendome: holiday {wrong!r}: write it as 2026-12-25")
            for wrong in ("25 December", "25/12/2026", "20261225", "2026-02-30")
        ),
        (
            {"staff": [{"id": "x", "name": "X", "role": "advisor", "sites": ["nowhere"]}]},
            "unknown site 'nowhere'",
        ),
        ({"teams": [{"id": "x", "name": "X"}]}, "site vendome has no team"),
        ({"colour": "gold"}, "colour"),
        ({"sources": [{"source": "/till/*/x", "rank": 1}]}, "sources"),
        ({"sources": [{"source": "/till", "rank": 1000}]}, "rank"),
        ({"sources": [{"source": "/till", "rank": 1}] * 2}, "the source '/till' is declared twice"),
        ({"sites": [site(director="nobody")]}, "site vendome has an unknown director 'nobody'"),
        ({"designers": []}, "article clutch-nuit has an unknown designer 'elise'"),
        ({"events": [event(site="nowhere")]}, "event soiree is at an unknown site 'nowhere'"),
        ({"events": [event(at="2026-12-12T19:00:00")]}, "event soiree: `at` needs its offset from UTC"),
        ({"events": [event(capacity=0)]}, "event soiree: capacity and among are 1 at least"),
    ],
)
def test_what_is_wrong_is_told_with_the_file(wrong: dict[str, Any], reason: str) -> None:
    base = table(sites=[site()], staff=[], teams=[{"id": "t", "name": "T", "site": "vendome"}], segments=[])
    base |= {"menu": [], "destinations": []}
    base["teams"].append({"id": "all", "name": "All"})
    assert maison_from(base, "here.toml").site("vendome")
    with pytest.raises(ValueError, match=r"here\.toml") as told:
        maison_from(base | wrong, "here.toml")
    assert reason in str(told.value)


def test_a_source_is_trusted_unless_the_file_says_otherwise() -> None:
    maison = a.lumiere(
        sources=[{"source": "/gossip*", "rank": 9, "trust": False}, {"source": "/crm", "rank": 1}]
    )
    named = ("/gossip/1", "/crm", "/unheard-of")
    assert [maison.trusts(source) for source in named] == [False, True, True]
