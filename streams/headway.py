"""That work goes on, said by what takes long: who reads a log again for minutes does not stand still."""

from collections.abc import Callable
from contextvars import ContextVar

_told: ContextVar[Callable[[], None]] = ContextVar("_told", default=lambda: None)


def tell(whom: Callable[[], None]) -> None:
    """From here on what this task does, and those that it begins, is told to `whom`."""
    _told.set(whom)


def made() -> None:
    """A piece is done, of work of many."""
    _told.get()()
