"""Guards explain themselves to the manager of a house, and a house may move them only so far."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from agents import guards
from agents.guard import Guard, Threshold, wrongly_set
from agents.guard_page import guard_page
from agents.registry import GUARDS
from streams.cli import main
from streams.settings import SettingsError, load_maisons
from tests import builders as a

ROOT = Path(__file__).parents[2]
HOUR = Threshold(guard="night", name="begins", default=21, least=20, most=23, says="the hour")
NIGHT = Guard(name="night", version=1, says="No.", check=lambda m, p: None, thresholds=(HOUR,))


def test_the_page_in_the_docs_is_what_the_guards_say() -> None:
    said = (ROOT / "docs/guards.md").read_text()
    assert said == guard_page(GUARDS), "run: prevenance guards > docs/guards.md"
    assert CliRunner().invoke(main, ["guards"]).output == said


@pytest.mark.parametrize("guard", GUARDS, ids=lambda g: g.name)
def test_a_guard_is_named_as_its_file_and_says_what_it_does(guard: Guard) -> None:
    file = Path(next(iter(guards.__path__))) / f"{guard.name}.py"
    told = file.read_text().split('"""')[1]
    assert "| --- |" in told, "a manager reads a table"
    assert guard.version >= 1
    assert guard.says.endswith(".")
    assert len(guard.says) > 20
    for one in guard.thresholds:
        assert one.guard == guard.name
        assert one.least <= one.default <= one.most
        assert one.says


def test_a_house_sets_a_threshold_within_its_bounds() -> None:
    assert HOUR.of(a.LUMIERE) == 21
    assert HOUR.of(a.lumiere(guards={"night": {"begins": 22}})) == 22
    assert [*wrongly_set({"night": {"begins": 22}}, [NIGHT])] == []


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"day": {"begins": 22.0}}, "guards.day: there is no such guard"),
        ({"night": {"ends": 22.0}}, "guards.night.ends: there is no such threshold"),
        ({"night": {"begins": 24.0}}, "guards.night.begins: from 20 to 23"),
        ({"night": {"begins": float("nan")}}, "guards.night.begins: from 20 to 23"),
    ],
)
def test_a_threshold_that_would_undo_a_guard_is_refused(
    table: dict[str, dict[str, float]], says: str
) -> None:
    [told] = wrongly_set(table, [NIGHT])
    assert told.startswith(says)


def test_a_maison_file_that_sets_what_no_guard_has_is_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "lumiere.toml").write_text(a.FILE.read_text() + "\n[guards.nothing]\nhours = 2\n")
    with pytest.raises(SettingsError, match=r"guards\.nothing: there is no such guard"):
        load_maisons(tmp_path)
