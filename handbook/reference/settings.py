"""Every variable of the environment."""

from collections.abc import Iterator

from handbook.page import Page, page, table
from streams.variables import VARIABLES, Variable


def _text() -> str:
    return page(
        "Settings",
        "The environment is read once, at the start, and a wrong value is refused by name. A secret may "
        "stand in a file, which `NAME_FILE` names. What belongs to a house stands in its "
        "[maison file](../maisons.md).",
        table(["variable", "what", "unless set"], (_row(one) for one in VARIABLES)),
        "`prevenance check` says which of them are missing or wrong.",
    )


def _row(one: Variable) -> Iterator[str]:
    yield f"`{one.name}`" + (", or `…_FILE`" if one.secret else "")
    yield one.says
    yield one.unless_set or "not set"


PAGE = Page(name="settings", text=_text)
