"""Every rule: what it proposes to whom, and what wakes it."""

from collections.abc import Iterator

from agents import rules
from agents.registry import RULES
from agents.rule import Rule
from handbook.page import Page, briefly, module_of, page, table, told


def _text() -> str:
    return page(
        "Rules",
        "A rule proposes a next action. [Guards](../guards.md) may veto it, and [the choice](../choice.md) "
        "weighs it against silence and against the others.",
        table(
            ["rule", "what"],
            ((f"[`{rule.name}`](#{rule.name})", briefly(module_of(rules, rule.name))) for rule in RULES),
        ),
        *(part for rule in RULES for part in _rule(rule)),
    )


def _rule(rule: Rule) -> Iterator[str]:
    yield f"## {rule.name}"
    yield told(module_of(rules, rule.name))
    wakes = sorted(f"`{kind.__struct_config__.tag}`" for kind in rule.wakes)
    timers = sorted(f"a timer `{name}`" for name in rule.timers)
    woken = [*wakes, *timers] + (["the timer of the [client book](../book.md)"] if rule.due else [])
    yield f"Woken by {', '.join(woken)}." if woken else ""


PAGE = Page(name="rules", text=_text)
