"""Commands about who speaks to a maison: what waits because nobody declared them."""

import asyncio

import click

from streams import quarantine
from streams.command import served_settings, told
from streams.logs import say
from streams.settings import load_maisons


@click.command("quarantine", short_help="What undeclared sources said; lets it in.")
@click.option("--show", is_flag=True, help="Each event with its contents, which may be personal.")
@click.option("--release", "let_in", is_flag=True, help="Let in what comes from sources declared since.")
@click.option("--source", help="Let in this one source's, declared or not.")
def quarantine_command(show: bool, let_in: bool, source: str | None) -> None:
    """What waits because its maison has not declared who says it, source by source. With --release: let in.

    Declare a source in the maison file, and the gateways, started again, let in what waits of it.
    """
    if source is not None and not let_in:
        raise click.UsageError("--source goes with --release")
    settings = served_settings()
    with told():
        declared = quarantine.known(load_maisons(settings.maisons))
        if let_in:
            wanted = declared if source is None else lambda held: held.source == source
            count = asyncio.run(quarantine.release(settings.kafka, wanted))
            click.echo(f"{count} let in")
            return
        waiting = quarantine.by_source(quarantine.held(settings.kafka), declared)
        for one in waiting:
            click.echo(one.sentence())
        if not waiting:
            say("nothing waits")
        for held in quarantine.held(settings.kafka) if show else ():
            click.echo(f"{held.sentence()}\n{held.contents()}")
