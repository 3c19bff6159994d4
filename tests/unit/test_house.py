"""What features may know of a maison, and how a record keeps what it names."""

import importlib
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import asdict

from feature_store import features
from feature_store.feature import SHELF, House, code_of, house_of, instances, marks_of, short, stem
from schemas.article import Article
from schemas.who import key_of
from tests import builders as a


def article(sku: str, **more: Any) -> Article:
    return Article(**{"sku": sku, "name": "", "category": "bags", "price": 345_000} | more)


def house(*articles: Article) -> House:
    said = [{name: value for name, value in asdict(one).items() if value is not None} for one in articles]
    return house_of(a.lumiere(catalogue=said), a.PEPPER)


def test_what_an_article_is_made_of_stands_behind_the_letter_of_its_axis() -> None:
    full = article("b", collection="Eos", material="silk", colour="red", occasion="gala", sizes=["38"])
    assert marks_of(full).words == ("lEos", "msilk", "cred", "z38", "o11", "fgala")
    assert marks_of(article("b", sizes=["38", "40"])).words == ("o11",)  # of two sizes, neither is liked


def test_a_mark_is_kept_by_its_number_and_as_written_where_it_has_none() -> None:
    marks = marks_of(article("b", material="silk", colour="aubergine"))
    number, written, band = marks.codes
    assert isinstance(number, int)
    assert isinstance(band, int)
    assert written == "caubergine"


def test_a_word_of_more_than_twenty_four_bytes_tells_no_taste() -> None:
    fits, over = "é" * 11 + "x", "é" * 12  # with the letter of its axis 24 and 25 bytes
    assert marks_of(article("b", material=fits, colour=over)).words == ("m" + fits, "o11")


def test_what_is_stored_is_found_by_the_next_version_too() -> None:
    assert code_of("bag-aurore") == 1_496_449_483
    assert short("x" * 40) == "x" * 40
    assert short("é" * 20 + "x") == "~REZO18s51d5-QVJx"


def test_words_are_compared_without_case_plural_and_what_stands_around_them() -> None:
    said = ["Watches", "(watch)", "'BAGS!\"", "rings;", "shoes:", "wes", "dress", "Straße"]
    assert [*map(stem, said)] == ["watch", "watch", "bag", "ring", "sho", "wes", "dres", "strasse"]


def test_a_shelf_has_the_newest_articles_of_a_word_and_no_more_than_are_looked_through() -> None:
    dated = [article(f"d{n}", since=date(2026, 1, n), colour="red") for n in range(1, SHELF + 2)]
    undated = article("old", colour="red", category="silk")
    known = house(undated, *dated)
    newest = [f"d{n}" for n in range(SHELF + 1, 0, -1)]
    assert [one.sku for one in known.shelves["cred"]] == newest[:SHELF]
    assert [one.sku for one in known.shelves["ksilk"]] == ["old"]
    assert [one.sku for one in known.arrivals] == newest


def test_what_somebody_says_names_words_of_every_kind_but_no_price_band() -> None:
    known = house(article("b", category="silk"), article("c", material="silks", colour="red"))
    assert known.named == {"silk": ("ksilk", "msilks"), "bag": ("kbags",), "red": ("cred",)}
    assert "o11" in known.shelves


def test_a_house_knows_its_articles_by_name_and_by_what_stands_for_them() -> None:
    known = house(article("b", gender="women", price=3), article("c", price=5), article("d", price=100))
    assert known.genders == {"women"}
    assert known.middling == 5.0
    assert {code: one.sku for code, one in known.coded.items()} == {code_of(sku): sku for sku in "bcd"}
    assert known.marks["b"] == marks_of(known.articles["b"])
    assert known.marks["b"].code == code_of("b")
    assert known.sources == tuple(a.LUMIERE.sources)
    assert house().middling is None


def test_a_category_is_what_the_event_states_or_the_catalogue_knows() -> None:
    known = house(article("b"))
    assert known.category("b", "silk") == "silk"
    assert known.category("b") == "bags"
    assert known.category("x") is None
    assert known.category(None) is None
    assert known.category(None, "silk") == "silk"


def test_who_is_named_is_known_by_an_opaque_id_and_the_secret_is_never_shown() -> None:
    known, named = house(), a.checkin(card="c1").data.who
    assert known.part("lumiere", named) == key_of("lumiere", named, a.PEPPER) != key_of("lumiere", named, b"")
    assert repr(known) == f"{known}" == "House(***)"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("RULE = SimpleNamespace(name='another')", "is named 'another': call it 'one'"),
        ("MODEL = SimpleNamespace(name='one')", "ends in no RULE"),
    ],
)
def test_a_file_that_shares_the_name_of_another_or_ends_in_nothing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: str
) -> None:
    folder = tmp_path / f"put{len(text)}"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "one.py").write_text(f"from types import SimpleNamespace\n{text}\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(TypeError, match=re.escape(f"{folder.name}.one {told}")):
        instances(importlib.import_module(folder.name), "RULE")


def test_a_folder_is_told_in_the_order_of_names() -> None:
    found = instances(features, "FEATURE")
    assert [one.name for one in found] == sorted(one.name for one in found)
    assert len(found) > 30
