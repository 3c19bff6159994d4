"""Commands about records: made again, and explained."""

import asyncio
import sys
import time
from contextlib import AsyncExitStack

import click
import msgspec

from agents.plan import context
from feature_store.keyring import Keyring
from schemas.tiers import row_of
from streams import topic_admin
from streams.auditing import viewed_from_terminal
from streams.command import run, served_settings, user_name
from streams.explain_text import text_of
from streams.explaining import Reader, explain
from streams.keys import Keys
from streams.logs import progress
from streams.rebuild import Made, rebuild
from streams.serve import servers
from streams.settings import Settings, SettingsError
from streams.starting_over import start_over


@click.command("rebuild", short_help="Makes the records again, from checkpoints and the log.")
@click.option("--verify", is_flag=True, help="Only compare: what it does without --yes.")
@click.option("--yes", is_flag=True, help="Write what differs.")
@click.option("--log-only", is_flag=True, help="Without checkpoints: after a feature was mended.")
@click.option("--everything", is_flag=True, help="Empty the store first, of all: for a store of another log.")
def rebuild_command(verify: bool, yes: bool, log_only: bool, everything: bool) -> None:
    """Makes the records again beside the live ones and compares them; workers go on meanwhile.

    They are made from the checkpoint topic and from the events after it, and compared as of the same event.
    With --yes what differs is written in place of what the store has. Exit code 1 if it still differs.

    With --log-only they are made from the events alone, which reach back 30 days: what a client did before
    would be missing. With --everything the workers must be stopped; started again, they fill the store.
    """
    if (yes and verify) or (everything and (verify or log_only)):
        raise click.UsageError("--verify goes alone or with --log-only, --everything alone or with --yes")
    settings = served_settings()
    work = (
        start_over(settings, yes=yes)
        if everything
        else rebuild(settings, Made(repair=yes, log_only=log_only))
    )
    sys.exit(run(work))


@click.command("explain", short_help="Which events made which value of a client.")
@click.argument("oid", metavar="OID")
@click.option("--maison", help="The id of the house; needed where there are several.")
@click.option(
    "--events", type=click.IntRange(1, 100), default=3, show_default=True, help="The newest N of each value."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.option("--by", default=user_name, help="Who looks, for the audit; default: your user name.")
def explain_command(oid: str, maison: str | None, events: int, as_json: bool, by: str) -> None:
    """Tells of every value of the client OID (the id of an alert's client) which events set or changed it.

    Reads the log of the client's parts from its beginning, applies their events one by one, and says where
    what comes out is not what the store holds. Shows types, times and ids of events, and no personal value.
    That it was asked is in the audit first.
    """
    sys.exit(run(_explain(served_settings(), oid, maison, events, as_json, by)))


async def _explain(
    settings: Settings, oid: str, maison: str | None, events: int, as_json: bool, by: str
) -> int:
    async with AsyncExitStack() as stack:
        made = servers(settings, stack)
        if maison is None and len(made.maisons) == 1:
            [maison] = made.maisons
        if maison is None or maison not in made.maisons:
            raise SettingsError(f"--maison is one of {', '.join(made.maisons)}")
        shards = await asyncio.to_thread(topic_admin.shards_of, made.brokers)
        reader = Reader(
            brokers=made.brokers,
            store=made.store(shards),
            keys=Keys(Keyring(made.redis), made.master),
            context=context(made.maisons, made.pepper, {}),
            shards=shards,
        )
        parts = await explain(reader, maison, oid, events, progress())
        asked_of = list(dict.fromkeys([oid, *(part.oid for part in parts)]))
        facts = {row_of(name) for part in parts for name in part.values}
        await viewed_from_terminal(made.brokers, by, time.time(), maison, asked_of, "record", facts)
    if as_json:
        click.echo(msgspec.json.encode({"id": oid, "maison": maison, "parts": parts}))
    else:
        for line in text_of(maison, parts):
            click.echo(line)
    return 0
