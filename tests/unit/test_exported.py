"""Files that people bring: what is read of them, and how little a hostile one can cost."""

import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from streams import exported
from streams.adapters import instagram, takeout
from streams.cli import main
from streams.exported import BadFile, documents

CATEGORIES = ["bags", "watches", "jewellery", "silk"]


def searched(*texts: str) -> list[dict[str, Any]]:
    """Activity as Takeout has it."""
    return [
        {"header": "Search", "title": f"Searched for {t}", "titleUrl": "https://google.example/x",
         "time": "2026-01-01T00:00:00Z", "products": ["Search"]}
        for t in texts
    ]  # fmt: skip


def starred(*names: str | None) -> dict[str, Any]:
    made = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [0, 0]},
         "properties": {"date": "2026-01-01T00:00:00Z", "location": {"name": n, "address": "12 rue X"}}}
        for n in names
    ]  # fmt: skip
    return {"type": "FeatureCollection", "features": made}


def topics(name: str, *values: str, key: str = "Name") -> dict[str, Any]:
    return {name: [{"title": "", "string_map_data": {key: {"href": "", "value": v}}} for v in values]}


def zipped(path: Path, **entries: Any) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, held in entries.items():
            archive.writestr(name, held if isinstance(held, bytes) else json.dumps(held))
    return path


def test_of_a_search_history_only_what_the_house_sells_is_told_and_only_if_it_was_sought_often() -> None:
    history = searched(
        *["vintage watch", "Watches Geneva", "best watches 2026"], "silk scarf", *["divorce"] * 9
    )
    found = takeout.portable_of([history, starred("Sukiya, Kyoto", None, "x" * 65)], CATEGORIES)
    assert (found.interests, found.places) == (["watches"], ["Sukiya, Kyoto"])


def test_of_instagram_the_topics_are_read_whatever_the_language_of_the_export() -> None:
    told = [
        topics("topics_your_topics", "Watches", "Pregnancy"),
        topics("inferred_data_ig_interest", "Handbags", "Bags", key="Intérêt"),
        {"relationships_following": [{"string_list_data": [{"value": "somebody"}]}]},
    ]
    assert instagram.portable_of(told, CATEGORIES).interests == ["watches", "bags"]


JUNK: list[Any] = [None, 7, "x", [], {}, [[]], [{"title": 7}], {"type": "FeatureCollection", "features": 7}]
JUNK += [{"type": "FeatureCollection", "features": [7, {"properties": {"location": []}}]}]
JUNK += [{"topics_your_topics": held} for held in (7, [7], [{"string_map_data": [7]}])]
JUNK += [{"topics_your_topics": [{"string_map_data": {"Name": {"value": 7}}}]}]


@pytest.mark.parametrize("read", [takeout.portable_of, instagram.portable_of])
def test_what_has_another_shape_says_nothing(read: Any) -> None:
    found = read(JUNK, CATEGORIES)
    assert (found.interests, found.places) == ([], [])


def test_only_wanted_documents_of_a_zip_are_opened(tmp_path: Path) -> None:
    entries = {"Takeout/My Activity/Search/MyActivity.json": [1], "Takeout/Mail/all.mbox": b"\xff"}
    path = zipped(tmp_path / "t.zip", **entries)
    assert documents(path, takeout.WANTED) == [[1]]


@pytest.mark.parametrize(
    "name", ["../MyActivity.json", "/MyActivity.json", "a/../../MyActivity.json", "C:\\x"]
)
def test_a_path_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadFile, match="leads out"):
        documents(zipped(tmp_path / "t.zip", **{name: [1]}), takeout.WANTED)


def bomb(path: Path) -> Path:
    zipped(path, **{"MyActivity.json": b" " * (20 * exported.MAX_ENTRY)})
    assert path.stat().st_size < exported.MAX_ENTRY
    return path


def endless(path: Path) -> Path:
    with path.open("wb") as file:
        file.truncate(20 * exported.MAX_ENTRY)
    return path


@pytest.mark.parametrize("made", [bomb, endless])
def test_a_bomb_costs_no_more_than_an_honest_document(tmp_path: Path, made: Callable[[Path], Path]) -> None:
    path = made(tmp_path / "bomb")
    tracemalloc.start()
    with pytest.raises(BadFile, match="too large"):
        documents(path, takeout.WANTED)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * exported.MAX_ENTRY


def test_many_documents_are_too_much_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exported, "MAX_TOTAL", 10)
    path = zipped(tmp_path / "t.zip", **{f"{n}/MyActivity.json": [1, 2, 3] for n in range(3)})
    with pytest.raises(BadFile, match="together"):
        documents(path, takeout.WANTED)
    monkeypatch.setattr(exported, "MAX_OPENED", 1)
    with pytest.raises(BadFile, match="too many documents"):
        documents(path, takeout.WANTED)
    monkeypatch.setattr(exported, "MAX_ENTRIES", 2)
    with pytest.raises(BadFile, match="too many entries"):
        documents(path, takeout.WANTED)


def broken(path: Path) -> bytes:
    held = io.BytesIO(zipped(path, **{"MyActivity.json": [1] * 1000}).read_bytes())
    held.seek(45)
    held.write(b"\xff" * 8)
    return held.getvalue()


def test_what_is_broken_is_told_in_a_sentence_without_what_stands_in_it(tmp_path: Path) -> None:
    held = {"broken": broken(tmp_path / "t"), "text": b"Aline {", "deep": b"[" * 5000 + b"]" * 5000}
    for name, content in held.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadFile) as told:
            documents(tmp_path / name, takeout.WANTED)
        assert "Aline" not in str(told.value)


def imported(path: Path, *options: str) -> Any:
    words = "--maison lumiere --client client_id=c-1 --licence l1 --purpose personalisation --benefit tea"
    argv = ["licence", "import", str(path), *words.split(), "--expires", "2027-01-01", "--dry-run", *options]
    return CliRunner().invoke(main, argv)


def test_the_command_says_what_it_would_send_and_refuses_what_is_not_of_the_form(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text('{"version": 1, "interests": ["watches", "opera"], "sizes": {"ring": 52}}')
    assert imported(path).output == "2 interests, 1 sizes\n"
    path.write_text('{"version": 1, "interests": [7]}')
    done = imported(path)
    assert (done.exit_code, "interests[0]: Expected `str`" in done.output) == (1, True)
    export = zipped(tmp_path / "t.zip", **{"T/MyActivity.json": searched(*["watch"] * 3)})
    assert imported(export, "--format", "takeout").output == "1 interests\n"
    assert imported(export, "--format", "instagram").output == "nothing of use\n"
    assert "one portable.json, this one 0" in imported(export).output
