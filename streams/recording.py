"""A recording: one CloudEvent of the contract per line, plain or gzipped, read in pieces."""

import asyncio
import codecs
import gzip
import io
import threading
import zlib
from collections.abc import Callable, Collection, Generator
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from schemas.codec import TRAVELLING, Unreadable
from schemas.wording import PlainError
from streams.inbound import Checked, restated
from streams.topics import REPLAY

PIECE = 256 * 1024
"""Bytes read at once."""
_GZIP = b"\x1f\x8b"

T = TypeVar("T")


class RecordingError(PlainError):
    """The recording can't be read; the message is a sentence that says which and why."""


class Line(NamedTuple):
    """A line as it stands in the file; the first has number 1."""

    number: int
    value: bytes


class Played(NamedTuple):
    """An event to send, and its own time in Unix seconds."""

    at: float
    event: Checked


def open_recording(file: str) -> io.BufferedReader:
    """A file, or `-` for stdin, of which nothing is read yet. Raises `RecordingError`."""
    try:
        # A stdin of our own: a thread that waits in Python's own one would break the interpreter's exit.
        return io.BufferedReader(io.FileIO(0, closefd=False) if file == "-" else io.FileIO(file))
    except OSError as error:
        raise RecordingError(f"{file} can't be read: {error.strerror}") from None


def lines_of(recording: io.BufferedReader) -> Generator[list[Line], None, None]:
    """Lines as they come, in lists; blank ones are left out. Raises `RecordingError`.

    Gzip is known by its first bytes. Closing the generator closes the recording. Of a line that is too long,
    only so much is kept as shows it.

    >>> list(lines_of(io.BufferedReader(io.BytesIO(b'{}\\n\\n[]'))))
    [[Line(number=1, value=b'{}')], [Line(number=3, value=b'[]')]]
    """
    number, rest = 1, b""
    with recording:
        stream: Any = gzip.GzipFile(fileobj=recording) if _head(recording) == _GZIP else recording
        while chunk := _read(lambda: stream.read1(PIECE)):
            *whole, last = chunk.split(b"\n")
            if whole:
                whole[0] = rest + whole[0]
                yield [Line(number + i, value) for i, value in enumerate(whole) if value.strip()]
                number, rest = number + len(whole), b""
            rest = (rest + last)[: TRAVELLING + 1]
    if rest.strip():
        yield [Line(number, rest)]


def _head(recording: io.BufferedReader) -> bytes:
    return _read(lambda: recording.peek(2))[:2]


def _read(read: Callable[[], bytes]) -> bytes:
    try:
        return read()
    except (OSError, EOFError, zlib.error) as error:
        raise RecordingError(f"the recording can't be read to its end: {error}") from error


def played(value: bytes, maisons: Collection[str], pepper: bytes) -> Played:
    """The event of a line, as it stands there, keyed as at the gateway. Raises `Unreadable`.

    A byte order mark, as Windows begins a file, is passed over, also where files were put one after another.
    """
    value = value.removeprefix(codecs.BOM_UTF8)
    event = restated(value, REPLAY, pepper)
    if event.part[0] not in maisons:
        raise Unreadable("unknown maison - at `$.maison`")
    at = datetime.fromisoformat(event.split.clear["time"].upper())  # RFC 3339 knows a small t and z too
    return Played(at.timestamp(), event)


def in_background(call: Callable[[], T]) -> "asyncio.Future[T]":
    """The answer of a call that may wait for ever: its thread keeps nobody from leaving."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def tell(how: Callable[[Any], None], what: Any) -> None:
        if not future.done():
            how(what)

    def run() -> None:
        told: tuple[Callable[[Any], None], Any]
        try:
            told = (future.set_result, call())
        except Exception as error:  # whatever it is, it is the caller's to handle
            told = (future.set_exception, error)
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(tell, *told)

    threading.Thread(target=run, name="recording", daemon=True).start()
    return future
