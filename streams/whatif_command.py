"""`prevenance whatif`: what would have been said last week, had something been otherwise."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import click
import msgspec

from feature_store.keyring import Keyring
from schemas.maison import Maison
from streams import topic_admin
from streams.command import Number, given_settings, run, told
from streams.connect import open_redis
from streams.keys import Keys
from streams.logs import progress
from streams.own_log import own_log
from streams.recording import open_recording
from streams.settings import EMBEDDED, Settings, SettingsError, load_maison, load_maisons
from streams.whatif import Change, of_recording, text_of, what_if

DAY = 86_400.0


@click.command("whatif", short_help="What a change would have said, last week.")
@click.argument("recording", metavar="[RECORDING]", required=False)
@click.option("--of", "of", help="The id of the house; needed where there are several.")
@click.option(
    "--maison", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A changed maison file."
)
@click.option("--without", multiple=True, metavar="NAME", help="A rule or a guard that is not asked.")
@click.option("--set", "numbers", multiple=True, metavar="NAME=NUMBER", help="GUARD.NAME or interruption.")
@click.option(
    "--days",
    type=Number(0, 400, min_open=True),
    help="Compares the last N; what came before makes the records.  [default: 7, of a file all]",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def whatif_command(
    recording: str | None,
    of: str | None,
    maison: Path | None,
    without: tuple[str, ...],
    numbers: tuple[str, ...],
    days: float | None,
    as_json: bool,
) -> None:
    """Decides what happened twice in memory: as today, and changed.

    What happened is read from the line's own log, which has 30 days; or from RECORDING (as for `replay`; -
    for stdin), which needs no Kafka and no Redis. Prints how many alerts each action would have had at each
    site, and some of those that differ, without a word about a client. Reaches nobody, and writes nothing.
    """
    if maison is None and not without and not numbers:
        raise click.UsageError("say what is to change: --maison, --without or --set")
    settings = given_settings()
    with told():
        houses = load_maisons(settings.maisons)
        other = load_maison(maison) if maison is not None else None
        today = houses.get(of or (other.id if other else next(iter(houses))))
        if today is None or (of is None and other is None and len(houses) > 1):
            raise SettingsError(f"--of is one of {', '.join(houses)}")
        change = Change(maison=other, without=frozenset(without), set=dict(map(_number, numbers)))
    sys.exit(run(_what_if(settings, recording, today, change, days, as_json)))


async def _what_if(
    settings: Settings,
    recording: str | None,
    today: Maison,
    change: Change,
    days: float | None,
    as_json: bool,
) -> int:
    pepper = settings.need("pepper").reveal().encode()
    async with AsyncExitStack() as stack:
        if recording is None:
            happened, days = await _of_the_line(settings, stack, today.id), 7 if days is None else days
        else:
            happened = of_recording(open_recording(recording))
        last = None if days is None else days * DAY
        found = await what_if(happened, today, change, pepper, progress(), last)
    if as_json:
        click.echo(msgspec.json.encode(found))
        return 0
    for line in text_of(found):
        click.echo(line)
    return 0


async def _of_the_line(settings: Settings, stack: AsyncExitStack, maison: str) -> AsyncIterator[bytes]:
    if EMBEDDED in (settings.kafka, settings.redis):
        raise SettingsError(
            "an embedded Kafka or Redis is empty at each start: set PREVENANCE_KAFKA and PREVENANCE_REDIS, "
            "or name a RECORDING"
        )
    redis = open_redis(settings.redis)
    stack.push_async_callback(redis.aclose)
    shards = await asyncio.to_thread(topic_admin.shards_of, settings.kafka)
    return own_log(settings.kafka, shards, Keys(Keyring(redis), settings.master), maison)


def _number(text: str) -> tuple[str, float]:
    name, _, number = text.partition("=")
    try:
        return name, float(number)
    except ValueError:
        raise click.BadParameter(f"{text!r}: say NAME=NUMBER", param_hint="--set") from None
