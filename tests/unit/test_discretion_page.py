"""docs/discretion.md shows the table of tiers as it is."""

from pathlib import Path

from schemas.tiers import DEMANDS, FACTS, KNOWS, MENTIONS, TIERS

PAGE = Path(__file__).parents[2] / "docs/discretion.md"


def facts() -> list[str]:
    """The rows of every fact, most public first."""
    rows = sorted(FACTS.items(), key=lambda row: row[1].tier)
    return [
        f"| `{name}` | {fact.tier} | {', '.join(fact.also)} | {'yes' if fact.unsaid else ''} | {fact.says} |"
        for name, fact in rows
    ]


def circles() -> list[str]:
    said = {n: str(n) if n >= 0 else "nothing" for n in range(-1, 4)}
    return [f"| {circle} | {said[KNOWS[circle]]} | {said[MENTIONS[circle]]} |" for circle in KNOWS]


def tiers() -> list[str]:
    return [f"| {n} | {TIERS[n]} | {DEMANDS[n]} |" for n in range(len(TIERS))]


def test_the_page_shows_the_tables_as_they_are() -> None:
    lines = PAGE.read_text().splitlines()
    for rows in (facts(), circles(), tiers()):
        here = [line for line in lines if line in set(rows)]
        assert here == rows, "docs/discretion.md, the table should read:\n" + "\n".join(rows)
    named = [line for line in lines if line.startswith("| `") and line.count("|") == 6]
    assert named == facts(), "a row of docs/discretion.md is of no fact any more"
