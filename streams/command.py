"""What every command shares: the environment read, an error told as a sentence."""

import getpass
import os
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, closing, contextmanager
from math import isnan
from pathlib import Path
from typing import Any

import click
import msgspec

from feature_store.store import StoreAway
from schemas.wording import PlainError
from streams.parts import Parts
from streams.serve import servers
from streams.settings import EMBEDDED, Settings, SettingsError, settings_from
from streams.turns import looped

INTERRUPTED = 130
"""What a shell calls the end of a command that Ctrl-C stopped."""


class Number(click.FloatRange):
    """A number between bounds. `nan` is none, though no comparison says that it is outside of them."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number. Raises `BadParameter`."""
        number = super().convert(value, param, ctx)
        if isnan(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


class Written(click.Path):
    """A file to be written at the end. That it can't be is told before anything is done."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path; what stands there is left as it is. Raises `BadParameter`."""
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        there = path.exists()
        if there and not path.is_file():
            return path  # who reads a pipe would take a look at it for its end
        try:
            path.open("ab").close()
            if not there:
                path.unlink()
        except OSError as error:
            self.fail(f"{path} can't be written: {error.strerror}.", param, ctx)
        return path


def user_name() -> str:
    """Who runs the command, for the audit; in a container that has no name for them, their number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def on_port(port: int | None) -> Settings:
    """What the environment says, with another port."""
    settings = given_settings()
    return settings if port is None else msgspec.structs.replace(settings, port=port)


def given_settings() -> Settings:
    """What the environment says."""
    try:
        return settings_from(os.environ)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


def served_settings() -> Settings:
    """What the environment says, where Kafka is a server."""
    settings = given_settings()
    if settings.kafka == EMBEDDED:
        raise click.ClickException(
            "an embedded Kafka is empty at each start: set PREVENANCE_KAFKA to the servers of yours"
        )
    return settings


def of_house(settings: Settings, stack: AsyncExitStack, maison: str) -> Parts:
    """What a command about one house works with. Raises `SettingsError` where there is no such house."""
    made = servers(settings, stack)
    if maison not in made.maisons:
        raise SettingsError(f"{settings.maisons} knows no maison {maison!r}")
    return made


def run(work: Coroutine[Any, Any, int]) -> int:
    """The exit code of what a command does; an error for a person ends it with a sentence."""
    with told(), closing(work):  # or one that is interrupted before it begins is told as never awaited
        return looped(work)


@contextmanager
def told() -> Iterator[None]:
    """An interruption is an end, and no success; an error for a person is a sentence."""
    try:
        yield
    except KeyboardInterrupt:
        raise click.exceptions.Exit(INTERRUPTED) from None
    except StoreAway as error:
        raise click.ClickException(f"{error}; `prevenance check` says more") from None
    except PlainError as error:
        raise click.ClickException(str(error)) from None
