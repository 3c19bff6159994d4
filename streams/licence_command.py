"""`prevenance licence`: what a client hands over of themselves, from a file to one event, and taken back."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import click
import msgspec

from schemas.events.client import PURPOSES
from schemas.maison import Maison
from schemas.portable import NotPortable, Portable, portable
from schemas.times import iso
from schemas.who import RANK
from streams.adapters import instagram, takeout
from streams.command import given_settings, told
from streams.exported import BadFile, documents
from streams.settings import SettingsError, load_maisons
from streams.write_keys import server_key

SOURCE = "/staff/licences"
PATIENCE = 30.0

Read = Callable[[Iterable[Any], Sequence[str]], Portable]
FORMATS: dict[str, tuple[frozenset[str], Read]] = {
    "takeout": (takeout.WANTED, takeout.portable_of),
    "instagram": (instagram.WANTED, instagram.portable_of),
    "portable": (frozenset({"portable.json"}), lambda found, _: _one(list(found))),
}


@click.group("licence", short_help="What a client licenses of themselves.")
def licence_command() -> None:
    """What a client licenses to the house of themselves: imported from a file, or taken back."""


def _common(command: Any) -> Any:
    for option in (
        click.option("--maison", required=True, help="The id of the house, as in its file."),
        click.option("--client", required=True, metavar="KIND=VALUE", help="Such as client_id=c-042."),
        click.option("--licence", required=True, help="Its id; the same when it is taken back."),
        click.option("--purpose", required=True, type=click.Choice(PURPOSES), help="What it is for."),
        click.option("--gateway", default="http://127.0.0.1:8080", show_default=True, help="Where to."),
    ):
        command = option(command)
    return command


@licence_command.command("import", short_help="From a file to the client's record.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--format", "format_", type=click.Choice([*FORMATS]), default="portable", show_default=True)
@click.option("--benefit", required=True, help="What the client gets in return.")
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The day it ends, UTC.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent, and send nothing.")
@_common
def import_command(
    file: Path, format_: str, benefit: str, expires: datetime, dry_run: bool, maison: str, **common: str
) -> None:
    """Reads FILE, a portable JSON or the zip or a JSON of a platform's export, and sends one event.

    Only what the portable form holds leaves the file: see docs/licences.md. The write key is the first of the
    maison in PREVENANCE_WRITE_KEYS that has the scope server.
    """
    with told():
        settings = given_settings()
        house = load_maisons(settings.maisons).get(maison)
        if house is None:
            raise SettingsError(f"{settings.maisons} knows no maison {maison!r}")
        held = msgspec.to_builtins(_read(file, format_, house))
        click.echo(", ".join(f"{len(held[f])} {f}" for f in held if f != "version") or "nothing of use")
        ends = iso(expires.replace(tzinfo=UTC).timestamp())
        said = {"benefit": benefit, "expires": ends, "data": held}
        if not dry_run:
            _send(settings.need("write_keys").reveal(), maison, said, **common)


@licence_command.command("revoke", short_help="A client takes a licence back.")
@_common
def revoke_command(maison: str, **common: str) -> None:
    """Takes a licence back: what it held, and what was derived from it, is gone."""
    with told():
        _send(given_settings().need("write_keys").reveal(), maison, {"revoked": True}, **common)


def _read(file: Path, format_: str, house: Maison) -> Portable:
    wanted, read = FORMATS[format_]
    categories = list(dict.fromkeys(article.category for article in house.catalogue))
    try:
        return read(documents(file, wanted), categories)
    except (BadFile, NotPortable) as error:
        raise click.ClickException(str(error)) from None


def _one(found: list[Any]) -> Portable:
    if len(found) != 1:
        raise BadFile(f"a zip in the portable form holds one portable.json, this one {len(found)}")
    return portable(found[0])


def _send(
    keys: str, maison: str, said: dict[str, Any], client: str, licence: str, purpose: str, gateway: str
) -> None:
    kind, is_pair, value = client.partition("=")
    if not is_pair or kind not in RANK:
        raise click.BadParameter(f"write KIND=VALUE, KIND one of {', '.join(RANK)}", param_hint="--client")
    data = {"who": {kind: value}, "licence": licence, "purpose": purpose, **said}
    key = server_key(keys, maison)
    if key is None:
        raise SettingsError(f"PREVENANCE_WRITE_KEYS holds no key of scope server for {maison}")
    event = {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": SOURCE,
        "type": "client.licence",
        "data": data,
    }
    asyncio.run(_post(gateway, key, event))
    click.echo("the licence is taken back" if "revoked" in said else "the licence is recorded")


async def _post(gateway: str, key: str, event: dict[str, Any]) -> None:
    limit = aiohttp.ClientTimeout(total=PATIENCE)
    try:
        async with (
            aiohttp.ClientSession(timeout=limit, headers={"Authorization": f"Bearer {key}"}) as http,
            http.post(f"{gateway.rstrip('/')}/v1/events", json=event, allow_redirects=False) as answer,
        ):
            if 300 <= answer.status < 400:  # wherever that is, it may be anybody's
                raise click.ClickException(f"{gateway} answers {answer.status}, it is elsewhere: write where")
            if answer.status != 202:
                said = (await answer.text())[:500]
                raise click.ClickException(f"the gateway refused it, {answer.status}: {said}")
    except (aiohttp.ClientError, TimeoutError) as error:
        raise click.ClickException(f"{gateway} did not answer ({type(error).__name__}): try again") from None
