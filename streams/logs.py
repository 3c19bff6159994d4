"""What a process says on stderr, as sentences or as lines of JSON, without anything personal.

Our own errors are sentences that quote nobody. The text of any other may quote a client: only its class, and
where it was raised, are told, whoever logs it.
"""

import json
import logging
import os
import re
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

from streams.spans import current

VARIABLE = "PREVENANCE_LOG"
QUOTING_NOBODY = frozenset({"schemas", "feature_store", "agents", "streams", "aiokafka"})
"""Packages whose errors say nothing that a client said."""
MINUTE, REMEMBERED = 60.0, 100
EVERY = 3.0
"""Seconds between two words of how far it is."""
_LIBRDKAFKA = "%s [%s] %s"
_REPEATING = (
    "opentelemetry.", "mode.", "aiokafka", "streams.answers", "streams.intake", "streams.patience",
    "streams.telling",
)  # fmt: skip
"""Who else says the same again and again: of a collector that is away, of a Kafka that is slow, or away; both
doors, to whoever comes; each lane that waits, and of a rule, say, with an error in it."""
_DIFFERING = re.compile(r"\d+ms|\d+\.\d+s|runtime=[\d.]+|#\w+-\d+|\d+ messages?")
"""How long it took, of how many, and which client says it: while Kafka is waited for, each look is of a new
one."""
_SAYS = logging.getLogger("prevenance")


def named(error: BaseException) -> str:
    """An error in words that quote nobody.

    >>> named(KeyError("Aline")), named(OSError(28, "Aline"))
    ('KeyError', 'OSError: No space left on device')
    """
    name, package = type(error).__name__, type(error).__module__.partition(".")[0]
    if isinstance(error, OSError) and package == "builtins" and error.errno:
        return f"{name}: {os.strerror(error.errno)}"
    return f"{name}: {error}" if package in QUOTING_NOBODY else name


class _Line(logging.Formatter):
    """A record without what errors of others quote."""

    def format(self, record: logging.LogRecord) -> str:
        return self.line(record, *_told(record))

    def line(self, record: logging.LogRecord, says: str, where: str) -> str:
        """The record as it is written."""
        raise NotImplementedError


class Sentence(_Line):
    """For a terminal.

    >>> record = logging.LogRecord("streams.x", 30, "", 0, "%s is %s", ("Redis", OSError("Aline")), None)
    >>> Sentence().format(record).partition(" ")[2].partition(" ")[2]
    'WARNING streams.x: Redis is OSError'
    """

    def line(self, record: logging.LogRecord, says: str, where: str) -> str:
        """The time, how bad it is, who says it, what; or the words alone of what a process says of itself."""
        if record.name == _SAYS.name:
            return f"prevenance: {says}"
        line = f"{self.formatTime(record)} {record.levelname} {record.name}: {says}"
        return f"{line}\n{where}" if where else line


class Json(_Line):
    """For whoever collects logs.

    >>> record = logging.LogRecord("streams.x", 30, "", 0, "Redis is\\naway", (), None)
    >>> record.created = 0.0
    >>> Json().format(record)
    '{"at":"1970-01-01T00:00:00.000Z","level":"warning","from":"streams.x","says":"Redis is\\\\naway"}'
    """

    def line(self, record: logging.LogRecord, says: str, where: str) -> str:
        """One object: at, level, from, says; where it was raised; the trace it belongs to."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said = {
            "at": at.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "from": record.name,
            "says": says,
        }
        if where:
            said["where"] = where
        if (span := current.get()) is not None:
            said |= {"trace_id": span.context.trace_id, "span_id": span.context.span_id}
        return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


_LINES = {"text": Sentence, "json": Json}


class _Repeated(logging.Filter):
    """Of librdkafka, which says of each of its attempts that a broker is away, and of others that do alike:
    the same once a minute."""

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is to be written."""
        if record.msg != _LIBRDKAFKA and not record.name.startswith(_REPEATING):
            return True
        same = _DIFFERING.sub("", record.getMessage())
        # A clock that is set back by an hour silences nobody for an hour.
        if 0 <= record.created - self._told.get(same, 0.0) < MINUTE:
            return False
        if len(self._told) >= REMEMBERED:
            self._told.clear()
        self._told[same] = record.created
        return True


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to whatever stderr is at the moment."""

    def __init__(self, lines: logging.Formatter) -> None:
        logging.Handler.__init__(self)
        self.setFormatter(lines)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        """Where to."""
        return sys.stderr


_out = _Stderr(Sentence())
_out.addFilter(_Repeated())
_SAYS.addHandler(_out)
_SAYS.setLevel(logging.INFO)
_SAYS.propagate = False


def start(environ: Mapping[str, str], verbose: bool) -> None:
    """Has everything that is logged written as the environment says. Raises `ValueError`."""
    form = environ.get(VARIABLE) or "text"
    if form not in _LINES:
        raise ValueError(f"{VARIABLE} is {form!r}: it must be {' or '.join(_LINES)}")
    _out.setFormatter(_LINES[form]())
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, handlers=[_out])
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda thread: _uncaught(
        thread.exc_type, thread.exc_value or thread.exc_type(), thread.exc_traceback
    )


def say(text: str) -> None:
    """A sentence to whoever started the process."""
    _SAYS.info("%s", text)


def progress() -> Callable[[str], None]:
    """Says how far a long reading is, every few seconds."""
    last = time.monotonic()

    def tell(text: str) -> None:
        nonlocal last
        if time.monotonic() > last + EVERY:
            last = time.monotonic()
            say(text)

    return tell


def _told(record: logging.LogRecord) -> tuple[str, str]:
    """What a record says, and where the error that it tells of was raised."""
    args: Any = record.args
    if isinstance(args, tuple):
        args = tuple(_Named(arg) if isinstance(arg, BaseException) else arg for arg in args)
    says = str(record.msg) % args if args else str(record.msg)
    if record.name == "asyncio":  # it goes on with the result of a task, or its error
        says = says.partition("\n")[0]
    error, trace = (record.exc_info or (None, None, None))[1:]
    if error is None:
        return says, ""
    where = "".join(traceback.format_tb(trace)).rstrip()
    return f"{says}: {named(error)}", where


class _Named:
    """An error among what a record tells, by `%s` or `%r`."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def __str__(self) -> str:
        return named(self._error)

    __repr__ = __str__


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    _SAYS.critical("stopped", exc_info=(kind, error, trace))
