"""The site of the documentation is built strictly, and fetches nothing from anywhere else."""

import re
from pathlib import Path

import pytest

from handbook import __main__ as handbook


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return handbook.build(tmp_path_factory.mktemp("handbook"))


def test_every_page_is_built(site: Path) -> None:
    pages = {path.relative_to(site.parent / "docs") for path in (site.parent / "docs").rglob("*.md")}
    assert not [page for page in pages if not (site / page.with_suffix(".html")).is_file()]


def test_no_page_fetches_anything_from_another_host(site: Path) -> None:
    fetched = re.compile(r"<(?:script|img|link|iframe|source)\b[^>]*?\b(?:src|href)=[\"']?(https?:)?//")
    assert not [str(page) for page in site.rglob("*.html") if fetched.search(page.read_text())]
    styles = re.compile(r"@import|url\([\"']?(?:https?:)?//")
    assert not [str(sheet) for sheet in site.rglob("*.css") if styles.search(sheet.read_text())]


@pytest.mark.parametrize("link", ["nowhere.md", "book.md#nowhere"])
def test_a_link_that_leads_nowhere_ends_the_build(tmp_path: Path, link: str) -> None:
    handbook.written(tmp_path / "docs")
    page = tmp_path / "docs/care.md"
    page.write_text(f"{page.read_text()}\n[further]({link})\n")
    with pytest.raises(SystemExit):
        handbook.strictly(tmp_path)


def test_a_page_without_a_place_ends_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "zensical.toml"
    config.write_text(handbook.CONFIG.read_text().replace('"care.md"', '"cares.md"'))
    monkeypatch.setattr(handbook, "CONFIG", config)
    with pytest.raises(SystemExit, match=r"care\.md: give it a place.*\ncares\.md: not there"):
        handbook.build(tmp_path / "built")
