"""`prevenance consent`: the ledger of a client, or of a whole maison, as JSON lines or CSV."""

import asyncio
import csv
import re
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack

import click
import msgspec

from feature_store.keyring import Keyring
from feature_store.store import parts_of
from schemas.ledger import Statement
from streams import topic_admin
from streams.auditing import viewed_from_terminal
from streams.command import of_house, run, served_settings, user_name
from streams.keys import Opener
from streams.ledger import statements
from streams.logs import say
from streams.settings import Settings

FORMULA = re.compile(r"[=+\-@\t\r]")
"""What a text begins with that a spreadsheet would compute."""


@click.command("consent", short_help="What clients allowed and refused, statement by statement.")
@click.argument("oid", metavar="[OID]", required=False)
@click.option("--maison", required=True, help="The id of the house, as in its file.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV with a heading instead of JSON lines.")
@click.option("--by", default=user_name, help="Who looks, for the audit; default: your user name.")
def consent_command(oid: str | None, maison: str, as_csv: bool, by: str) -> None:
    """Writes the consent ledger to stdout: of the client OID with all linked parts, or of the maison.

    Its words are those of clients: keep what it writes as carefully as they are kept here. That it was read
    is in the audit before anything is written.
    """
    sys.exit(run(_export(served_settings(), maison, oid, as_csv, by)))


async def _export(settings: Settings, maison: str, oid: str | None, as_csv: bool, by: str) -> int:
    async with AsyncExitStack() as stack:
        made = of_house(settings, stack, maison)
        parts: list[str] | None = None
        if oid is not None:
            shards = await asyncio.to_thread(topic_admin.shards_of, made.brokers)
            parts = [part for _, part in await parts_of(made.store(shards), (maison, oid))]
        await viewed_from_terminal(
            made.brokers, by, time.time(), maison, parts or (), "consent", ["consent.*"]
        )
        write = _csv() if as_csv else _json_lines
        opener = Opener(Keyring(made.redis), made.master)
        told = 0
        async for piece in statements(made.brokers, opener, maison, parts):
            told += len(piece)
            for one in piece:
                write(one)
    sys.stdout.flush()
    if not told:
        say("nothing is stated" if oid is None else f"nothing is stated of a client {oid} of this house")
    return 0


def _json_lines(one: Statement) -> None:
    sys.stdout.write(msgspec.json.encode(one).decode() + "\n")


def _csv() -> Callable[[Statement], None]:
    rows = csv.writer(sys.stdout)
    rows.writerow(Statement.__struct_fields__)

    def write(one: Statement) -> None:
        rows.writerow([_cell(value) for value in msgspec.structs.astuple(one)])

    return write


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value
