"""A recording: one CloudEvent of the contract per line, plain or gzipped, read in pieces."""

import gzip
import io
import zlib
from collections.abc import Collection, Generator
from datetime import datetime
from typing import BinaryIO, NamedTuple

from schemas.codec import MAX_BYTES, Unreadable
from streams.inbound import Checked, restated
from streams.topics import REPLAY

PIECE = 256 * 1024
"""Bytes read at once."""
_GZIP = b"\x1f\x8b"


class RecordingError(RuntimeError):
    """The recording can't be read; the message is a sentence that says which and why."""


class Line(NamedTuple):
    """A line as it stands in the file; the first has number 1."""

    number: int
    value: bytes


class Played(NamedTuple):
    """An event to send, and its own time in Unix seconds."""

    at: float
    event: Checked


def open_recording(file: str) -> BinaryIO:
    """A file, or `-` for stdin; gzip is known by its first bytes. Raises `RecordingError`."""
    try:
        # A stdin of our own: a thread that waits in Python's own one would break the interpreter's exit.
        packed = io.BufferedReader(io.FileIO(0, closefd=False) if file == "-" else io.FileIO(file))
        head = packed.peek(2)[:2]
    except OSError as error:
        raise RecordingError(f"{file} can't be read: {error.strerror}") from None
    if head != _GZIP:
        return packed
    unpacked = gzip.GzipFile(fileobj=packed)
    unpacked.myfileobj = packed  # type: ignore[assignment]  # closed with it
    return unpacked  # type: ignore[return-value]


def lines_of(stream: BinaryIO) -> Generator[list[Line], None, None]:
    """Lines as they come, in lists; blank ones are left out. Raises `RecordingError`.

    Closing the generator closes the stream. Of a line that is too long, only so much is kept as shows it.

    >>> list(lines_of(io.BufferedReader(io.BytesIO(b'{}\\n\\n[]'))))
    [[Line(number=1, value=b'{}')], [Line(number=3, value=b'[]')]]
    """
    number, rest = 1, b""
    with stream:
        while chunk := _read(stream):
            *whole, last = chunk.split(b"\n")
            if whole:
                whole[0] = rest + whole[0]
                yield [Line(number + i, value) for i, value in enumerate(whole) if value.strip()]
                number, rest = number + len(whole), b""
            rest = (rest + last)[: MAX_BYTES + 1]
    if rest.strip():
        yield [Line(number, rest)]


def _read(stream: BinaryIO) -> bytes:
    try:
        return stream.read1(PIECE)  # type: ignore[attr-defined, no-any-return]
    except (OSError, EOFError, zlib.error) as error:
        raise RecordingError(f"the recording can't be read to its end: {error}") from error


def played(value: bytes, maisons: Collection[str], pepper: bytes) -> Played:
    """The event of a line, as it stands there, keyed as at the gateway. Raises `Unreadable`."""
    if len(value) > MAX_BYTES:
        raise Unreadable(f"too large: at most {MAX_BYTES} bytes")
    event = restated(value, REPLAY, pepper)
    if event.part[0] not in maisons:
        raise Unreadable("unknown maison - at `$.maison`")
    return Played(datetime.fromisoformat(event.split.clear["time"]).timestamp(), event)
