"""Commands about records: made again, and explained."""

import sys

import click

from streams.command import given_settings, run
from streams.rebuild import Made, rebuild
from streams.settings import EMBEDDED
from streams.starting_over import start_over


@click.command("rebuild", short_help="Makes the records again, from checkpoints and the log.")
@click.option("--verify", is_flag=True, help="Only compare (so it does too without --yes).")
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
    settings = given_settings()
    if EMBEDDED in (settings.kafka, settings.redis):
        raise click.ClickException(
            "an embedded Kafka or Redis is empty at each start: there is nothing to rebuild"
        )
    work = (
        start_over(settings, yes=yes)
        if everything
        else rebuild(settings, Made(repair=yes, log_only=log_only))
    )
    sys.exit(run(work))
