"""`prevenance whatif`: what would have been said last week, had something been otherwise."""

import asyncio
from pathlib import Path

import click
import msgspec

from streams.command import given_settings, told
from streams.record_commands import progress
from streams.recording import open_recording
from streams.settings import SettingsError, load_maison, load_maisons
from streams.whatif import Change, text_of, what_if


@click.command("whatif", short_help="What a change would have said, over a recording.")
@click.argument("recording", metavar="RECORDING")
@click.option("--of", "of", help="The id of the house; needed where there are several.")
@click.option(
    "--maison", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A changed maison file."
)
@click.option("--without", multiple=True, metavar="NAME", help="A rule or a guard that is not asked.")
@click.option("--set", "numbers", multiple=True, metavar="NAME=NUMBER", help="GUARD.NAME or interruption.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def whatif_command(
    recording: str,
    of: str | None,
    maison: Path | None,
    without: tuple[str, ...],
    numbers: tuple[str, ...],
    as_json: bool,
) -> None:
    """Decides RECORDING (as for `replay`; - for stdin) twice in memory: as today, and changed.

    Prints how many alerts each action would have had at each site, and some of those that differ, without a
    word about a client. Needs no Kafka and no Redis, and reaches nobody.
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
        pepper = settings.need("pepper").reveal().encode()
        with open_recording(recording) as stream:
            found = asyncio.run(what_if(stream, today, change, pepper, progress()))
        if as_json:
            click.echo(msgspec.json.encode(found))
            return
        for line in text_of(found):
            click.echo(line)


def _number(text: str) -> tuple[str, float]:
    name, _, number = text.partition("=")
    try:
        return name, float(number)
    except ValueError:
        raise click.BadParameter(f"{text!r}: say NAME=NUMBER", param_hint="--set") from None
