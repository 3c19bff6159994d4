"""Every command, as its own `--help` says it."""

from collections.abc import Iterator
from inspect import cleandoc

import click

from handbook.page import Page, page, table
from streams.cli import main

ALL = {f"prevenance {name}": command for name, command in sorted(main.commands.items())}


def _text() -> str:
    return page(
        "Commands",
        "`prevenance --verbose COMMAND` logs what a process does. A process that can't go on says why in a "
        "sentence and leaves with code 70.",
        table(["command", "what"], map(_row, ALL, ALL.values())),
        *(part for name, command in ALL.items() for part in _command(name, command)),
    )


def _row(name: str, command: click.Command) -> list[str]:
    return [f"[`{name}`](#{name.replace(' ', '-')})", command.get_short_help_str(99)]


def _command(name: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=name)
    yield f"## {name}"
    yield f"`{' '.join([name, *command.collect_usage_pieces(context)])}`"
    yield cleandoc(command.help or "")
    options = [record for p in command.get_params(context) if (record := p.get_help_record(context))]
    told = [(f"`{flags}`", says) for flags, says in options if "--help" not in flags]
    yield table(["option", "what"], told) if told else ""
    if isinstance(command, click.Group):
        for inner, one in sorted(command.commands.items()):
            yield from _command(f"{name} {inner}", one)


PAGE = Page(name="cli", text=_text)
