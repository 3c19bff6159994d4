"""`prevenance guards`: what is never proposed, and why, as the guards themselves say it."""

import click

from agents.guard_page import guard_page
from agents.registry import GUARDS


@click.command("guards", short_help="What is never proposed, and why.")
def guards_command() -> None:
    """Prints the page that explains every guard to the manager of a house: docs/guards.md."""
    click.echo(guard_page(GUARDS), nl=False)
