"""`prevenance schemas`: what crosses each topic, for machines."""

import json
from pathlib import Path
from typing import Any

import click

from schemas.export import name_of, schema_of
from schemas.wording import many
from streams.asyncapi import asyncapi
from streams.carried import CARRIED

KINDS = {name_of(kind): kind for carried in CARRIED.values() for kind in carried.messages}
"""Every event and message there is a schema of, by name."""


@click.command("schemas", short_help="What crosses each topic: JSON Schema, AsyncAPI.")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Write each into a file of this folder."
)
def schemas_command(names: tuple[str, ...], out: Path | None) -> None:
    """Prints the AsyncAPI 3.0 document of the stream or, of each NAME, its JSON Schema.

    A NAME is the type of an event (store.checkin) or of another message (SegmentChange). With --out and
    without a NAME: everything, the schemas and asyncapi.json.
    """
    if unknown := set(names) - set(KINDS):
        raise click.BadParameter(f"{min(unknown)!r} is none of {', '.join(KINDS)}", param_hint="NAME")
    made = {name: schema_of(KINDS[name]) for name in names or (KINDS if out else ())}
    if not names:
        made["asyncapi"] = asyncapi()
    if out is None:
        for document in made.values():
            click.echo(_text(document), nl=False)
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, document in made.items():
            (out / f"{name}.json").write_text(_text(document), "utf-8")
    except OSError as error:
        raise click.ClickException(f"{out} can't be written: {error.strerror}") from None
    click.echo(f"{many(len(made), 'file')} written to {out}")


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
