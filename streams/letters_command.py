"""`prevenance deadletters`: what could not be read, looked at, mended, put back, discarded."""

import asyncio
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
import msgspec

from schemas.letters import Fate
from schemas.masked import masked
from streams import dead_letters
from streams.command import run, served_settings, told, user_name
from streams.dead_letters import DeadLetter
from streams.handled import Act, entries
from streams.logs import say
from streams.patch import Patch
from streams.produce import Producer
from streams.redriving import Ask, Run, desk_of
from streams.settings import Settings, load_maisons

TOLD = 20
"""Letters that are refused which are told one by one."""


@click.command("deadletters", short_help="What could not be read: looked at, mended, put back.")
@click.argument("letters", metavar="[LETTER]...", nargs=-1)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="The newest N.")
@click.option("--closed", is_flag=True, help="Those that were put back or discarded: when, by whom.")
@click.option("--follow", is_flag=True, help="Go on as they come.")
@click.option("--show", is_flag=True, help="With their contents, but for what is or may be personal.")
@click.option("--redrive", is_flag=True, help="Put them back on their topics.")
@click.option("--patch", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Mend them first: a file with a JSON patch (RFC 6902).")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Only say what would be put back.")
@click.option("--discard", metavar="WHY", help="Nobody will put them back, and why.")
@click.option("--reason", help="Those whose reason contains this.")
@click.option("--all", "every", is_flag=True, help="All of them.")
@click.option("--by", default=user_name, help="Who does it; default: your user name.")
def deadletters_command(
    letters: tuple[str, ...],
    limit: int,
    closed: bool,
    follow: bool,
    show: bool,
    redrive: bool,
    patch: Path | None,
    dry_run: bool,
    discard: str | None,
    reason: str | None,
    every: bool,
    by: str,
) -> None:
    """What could not be read: when, where, why. With --redrive given another chance, with --discard none.

    Which: LETTER by LETTER, by the ids that are listed, or by --reason, or --all. LETTERs alone are shown. A
    letter is put back once, however often and by however many this is run, and only if a worker would read it
    now. Exit code 1 where some are left, or there is no such letter. Each use is in the audit before anything
    is shown or done.
    """
    acts, chosen = redrive or discard is not None, bool(letters) + (reason is not None) + every
    if chosen > 1 or (acts and not chosen) or (redrive and discard is not None):
        raise click.UsageError("--redrive or --discard goes with LETTERs, with --reason TEXT, or with --all")
    if not acts and (reason is not None or every or patch or dry_run):
        raise click.UsageError("--reason, --all, --patch and --dry-run go with --redrive or --discard")
    if (discard is not None and (patch or dry_run or not discard.strip())) or (follow and (acts or show)):
        raise click.UsageError(
            "--discard goes with WHY and without --patch and --dry-run; --follow lists only"
        )
    settings = served_settings()
    with told():
        mending = Patch(patch.read_bytes()) if patch else None
        ask = Ask(by=by, letters=frozenset(letters), reason=reason, patch=mending)
        if acts:
            sys.exit(run(_act(settings, ask, discard, dry_run)))
        found = (
            _named(settings, ask) if letters else dead_letters.newest(settings.kafka, limit, closed=closed)
        )
        _tell(settings, found, by, show or bool(letters))
        if absent := sorted({*letters} - {letter.id for letter, _ in found}):
            say(f"no such letter: {', '.join(absent)}")
            sys.exit(1)
        if not found:
            say("no such letter" if closed else "nothing waits")
        for letter in dead_letters.follow(settings.kafka) if follow else ():
            click.echo(letter.sentence())


async def _act(settings: Settings, ask: Ask, why: str | None, dry: bool) -> int:
    async with desk_of(settings, time.time) as desk:
        going = Run(desk, ask)
        done = await (going.put_back(dry=dry) if why is None else going.discard(why))
    for letter, reason in list(done.refused.items())[:TOLD]:
        click.echo(f"{letter}  {reason}")
    click.echo(done.sentence("discarded" if why is not None else "would be put back" if dry else "put back"))
    return 1 if done.left else 0


def _named(settings: Settings, ask: Ask) -> list[tuple[DeadLetter, Fate | None]]:
    ends, known = dead_letters.ends(settings.kafka), dict[str, Fate]()
    dead_letters.hear(settings.kafka, ends, known)
    return [(one, known.get(one.id)) for one in dead_letters.letters(settings.kafka, ends) if ask.wants(one)]


def _tell(settings: Settings, found: Sequence[tuple[DeadLetter, Fate | None]], by: str, show: bool) -> None:
    act = Act(act="shown" if show else "listed", by=by, at=time.time())
    asyncio.run(_note(settings, [letter for letter, _ in found], act))
    for letter, fate in found:
        click.echo(letter.sentence(fate))
        if show:
            click.echo(msgspec.json.format(msgspec.json.encode(masked(letter.value))))


async def _note(settings: Settings, letters: Iterable[DeadLetter], act: Act) -> None:
    producer = Producer(settings.kafka, client_id="prevenance-deadletters")
    try:
        await producer.send(entries(letters, act, load_maisons(settings.maisons)))
    finally:
        await producer.close()
