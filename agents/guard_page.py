"""The page that explains every guard to the manager of a house, made of the guards' own words. Pure."""

import importlib
from collections.abc import Iterator, Sequence

from agents import guards
from agents.guard import Guard, Threshold

INTRODUCTION = """\
# Guards: what is never proposed, and why

For the manager of a house. Rules propose what an advisor or a concierge might do next; before anybody is
told, every guard below is asked, and one veto is enough. A guard that can't tell vetoes. What a guard finds
too much in a card is taken out of it; the rest is said.

Where time mends it, a proposal that may wait does: at the first moment the guard lets it pass its rule is
asked again, of the client as they are then. A card for tonight's guest does not wait until tomorrow; it is
dropped.

`prevenance_guard_blocks_total`, by guard and action, counts vetoes; each stands with its reason in the
decision's trace. A guard's version is raised with every change of what it lets pass. Its thresholds, where it
has any, are set in the maison's file, within bounds that leave the guard one, and checked at every start:

```toml
{example}
```

`prevenance guards` prints this page from the guards themselves. To add a guard is to add a file in
`agents/guards`, with its cases and its faux pas in `tests/unit/guards`: two hundred faux pas of its kind are
drawn in `make test`, a hundred thousand of all kinds in `make prove`, and none may get past.
"""


def guard_page(known: Sequence[Guard]) -> str:
    """The page, as Markdown."""
    table = ["| guard | version | what it keeps from happening |", "| --- | --- | --- |"]
    table += [f"| [{g.name}](#{g.name}) | {g.version} | {g.says} |" for g in known]
    sections = "\n".join(line for guard in known for line in _section(guard))
    introduction = INTRODUCTION.format(example=_example(known))
    return "\n".join([introduction, *table, "", sections.rstrip("\n"), ""])


def _example(known: Sequence[Guard]) -> str:
    first = next((g.thresholds[0] for g in known if g.thresholds), None)
    return f"[guards.{first.guard}]\n{first.name} = {first.default:g}" if first else "[guards]"


def _section(guard: Guard) -> Iterator[str]:
    told = importlib.import_module(f"{guards.__name__}.{guard.name}").__doc__ or ""
    yield f"## {guard.name}\n"
    yield f"{told.strip()}\n"
    if guard.thresholds:
        yield "| a house may set | unless set | from | to | what it is |\n| --- | --- | --- | --- | --- |"
        yield from map(_row, guard.thresholds)
        yield ""


def _row(one: Threshold) -> str:
    return f"| `{one.name}` | {one.default:g} | {one.least:g} | {one.most:g} | {one.says} |"
