"""Every fact, and who may know it and say it."""

from handbook.page import Page, page, table
from schemas.tiers import FACTS, KNOWS, MENTIONS, TIERS


def _text() -> str:
    return page(
        "Facts and tiers",
        "What no row names is intimate. [Discretion](../discretion.md) explains circles; a maison may raise "
        "a fact, never lower it.",
        table(
            ["circle", "may know", "may say to the client"],
            ((f"`{circle}`", _up_to(KNOWS[circle]), _up_to(MENTIONS[circle])) for circle in KNOWS),
        ),
        table(
            ["fact", "tier", "what", "besides"],
            (
                (
                    f"`{name}`",
                    f"{fact.tier}, {TIERS[fact.tier]}",
                    fact.says,
                    ", ".join([*fact.also, *(["never said"] if fact.unsaid else [])]),
                )
                for name, fact in FACTS.items()
            ),
        ),
    )


def _up_to(tier: int) -> str:
    return f"up to {tier}, {TIERS[tier]}" if tier >= 0 else "nothing"


PAGE = Page(name="tiers", text=_text)
