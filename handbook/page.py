"""The contract of a page that is made of the code, and how Markdown is written.

To add one, add a file in `reference/` that ends in `PAGE = Page(...)`, and its place in `zensical.toml`.
"""

import importlib
import re
from collections.abc import Callable, Iterable
from html import escape
from inspect import cleandoc
from types import ModuleType

import msgspec


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page: `name` is its file, `text` makes it, Markdown with its title."""

    name: str
    text: Callable[[], str]


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table; cells may hold any words.

    >>> print(table(["field", "what"], [["`a?`", "this | that"]]))
    | field | what |
    | --- | --- |
    | `a?` | this \\| that |

    Within a code, where a backslash would be seen, a bar is written otherwise:

    >>> _cell("`a|b`")
    '<code>a&#124;b</code>'
    """
    names = [*head]
    lines = [names, ["---"] * len(names), *([*map(_cell, row)] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    whole = re.sub(
        r"`([^`]*\|[^`]*)`", lambda found: f"<code>{escape(found[1])}</code>", " ".join(text.split())
    )
    return re.sub(r"\|(?=[^<]*</code>)", "&#124;", whole).replace("|", "\\|")


def code(text: str, language: str = "") -> str:
    """A block of code."""
    return f"```{language}\n{text.strip()}\n```"


def told(docstring: str | None) -> str:
    """A docstring as paragraphs, without the names of the needs it answers (`B1:`) and without doctests."""
    said = cleandoc(docstring or "").partition("\n>>>")[0].strip()
    return re.sub(r"\A(?:[A-Z]\d+(?:, )?)+: (.)", lambda found: found[1].upper(), said)


def module_of(folder: ModuleType, name: str) -> str:
    """The docstring of a module, such as a rule's."""
    return importlib.import_module(f"{folder.__name__}.{name}").__doc__ or ""


def briefly(docstring: str | None) -> str:
    """The first sentence of a docstring.

    >>> briefly("How long ago: the last touch,\\nthe last visit. It fades.")
    'How long ago: the last touch, the last visit.'
    """
    first, stop, _ = " ".join(told(docstring).partition("\n\n")[0].split()).partition(". ")
    return first + stop.strip()


def page(title: str, *parts: str) -> str:
    """A page of these paragraphs; an empty one is left out."""
    return "\n\n".join([f"# {title}", *filter(None, parts)]) + "\n"
