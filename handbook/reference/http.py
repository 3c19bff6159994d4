"""Every route of every port: who may ask, with what, and what it answers."""

from collections.abc import Iterator

from handbook.page import Page, page, table
from streams.operation import GROUPS, SCHEMES, Operation, Route
from streams.operations import OPERATIONS


def _text() -> str:
    groups = dict.fromkeys(said.group for said in OPERATIONS.values())
    return page(
        "HTTP",
        "Every port says at `/docs` and `/openapi.json` what it serves, with the schema of every body.",
        "## Keys",
        table(["key", "what"], ((f"`{name}`", scheme["description"]) for name, scheme in SCHEMES.items())),
        *(part for group in groups for part in _group(group)),
    )


def _group(group: str) -> Iterator[str]:
    title, _, rest = GROUPS[group].partition(": ")
    yield f"## {title.removesuffix('.')}"
    yield rest[:1].upper() + rest[1:]
    alike: dict[int, list[Route]] = {}
    for route, said in OPERATIONS.items():
        if said.group == group:
            alike.setdefault(id(said), []).append(route)
    for routes in alike.values():
        yield from _operation(routes, OPERATIONS[routes[0]])


def _operation(routes: list[Route], said: Operation) -> Iterator[str]:
    first, *others = [f"`{method} {path}`" for method, path in routes]
    yield f"### {first}"
    yield said.says + (f" Opened by {' or '.join(f'`{key}`' for key in said.keys)}." if said.keys else "")
    yield f"The same: {', '.join(others)}." if others else ""
    asked = [(f"`{p.name}{'' if p.required else '?'}`", f"{p.within}: {p.says}") for p in said.parameters]
    if asked:
        yield table(["asked", "what"], asked)
    yield table(["answer", "when"], ((str(status), one.says) for status, one in sorted(said.answers.items())))


PAGE = Page(name="http", text=_text)
