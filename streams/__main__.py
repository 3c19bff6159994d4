"""The `prevenance` command."""

import asyncio
import logging
import os
import sys
from collections.abc import Coroutine
from typing import Any

import click

from streams.demo import Ask, demo
from streams.embedded import EmbeddedError
from streams.settings import Settings, SettingsError, settings_from
from streams.topics import TopicError
from streams.web import PortTaken

TOLD = (SettingsError, TopicError, PortTaken, EmbeddedError)
"""Errors whose text is a sentence for a person: they are shown without a trace."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--verbose", is_flag=True, help="Log what the process does, not only what goes wrong.")
def main(verbose: bool) -> None:
    """Real-time next best action for luxury houses: an event comes in, the right person is alerted."""
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )


@main.command("demo")
@click.option("--port", type=click.IntRange(0, 65_535), default=None, help="Port of the page and of HTTP in.")
@click.option("--seconds", type=float, default=None, help="End by itself after so long, with a summary.")
@click.option("--no-traffic", is_flag=True, help="Simulate nothing: you send the events.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line on stdout for each alert event.")
def demo_command(port: int | None, seconds: float | None, no_traffic: bool, as_json: bool) -> None:
    """The whole line in one process, with nothing installed: the page on http://127.0.0.1:8080."""
    settings = _settings()
    ask = Ask(
        port=settings.port if port is None else port, seconds=seconds, traffic=not no_traffic, json=as_json
    )
    sys.exit(_run(demo(settings, ask)))


def _settings() -> Settings:
    try:
        return settings_from(os.environ)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


def _run(work: Coroutine[Any, Any, int]) -> int:
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        return 0
    except TOLD as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main()
