"""The body of a request: read within bounds, inflated within bounds, parsed."""

import asyncio
import zlib
from typing import Any

import orjson
from aiohttp import web
from aiohttp.client_exceptions import ClientPayloadError
from aiohttp.http_exceptions import HttpProcessingError

from streams.inbound import Refused

MAX_BODY = 1024 * 1024
"""Bytes of a body, on the wire and inflated."""
MAX_BATCH = 500
"""Events in one request, where the sender decides how many."""
READ_TIMEOUT = 15.0
"""Seconds a sender has to send it."""
COMING = 64 * 1024 * 1024
"""Bytes of bodies that a process holds while it waits for the rest of each."""
NO_ROOM = 0.0
"""When the time is over, by the loop's clock, of a body for which there is no room."""
KEPT = 75.0
"""Seconds that a connection is kept on which nothing is asked, or the head of a request does not end. Proxies
let go of theirs after 60."""
GZIP = b"\x1f\x8b"
MEMBERS = 500
"""Of a gzip body: as many as a batch may have events."""


class _Coming:
    """Bodies of which the end has not come, the eldest first."""

    def __init__(self) -> None:
        self.bytes = 0
        self._each: dict[asyncio.Timeout, int] = {}

    def begins(self, one: asyncio.Timeout) -> None:
        self._each[one] = 0

    def grows(self, one: asyncio.Timeout, more: int) -> None:
        """Where there are too many bytes the eldest is not waited for any longer: it comes the slowest."""
        if one in self._each:
            self._each[one] += more
            self.bytes += more
        while self.bytes > COMING:
            eldest = next(iter(self._each))
            self.ends(eldest)
            if not eldest.expired():
                eldest.reschedule(NO_ROOM)

    def ends(self, one: asyncio.Timeout) -> None:
        self.bytes -= self._each.pop(one, 0)


_coming = _Coming()


async def read_body(request: web.Request, most: int = MAX_BODY) -> bytes:
    """The body, inflated. aiohttp inflates what is labelled, a buffer at a time; what is gzip without a label
    (or twice) is inflated here. Raises `Refused`: 413 beyond `most` bytes, 408, 400; 503 where too much is on
    its way and no body has been so for longer, for who sends slowly needs no key: four hundred of them took
    all the memory there was.
    """
    if (request.content_length or 0) > most:
        raise _too_large(most)
    try:
        if request.content.is_eof():  # it came with its headers, as most do: nothing to wait for
            body = request.content.read_nowait()
        else:
            async with asyncio.timeout(READ_TIMEOUT) as patience:
                body = await _within(request, most, patience)
    except TimeoutError:
        if patience.when() == NO_ROOM:
            raise Refused(503, None, "too much is on its way here: send it all again", 1) from None
        raise Refused(408, None, f"the body did not arrive within {READ_TIMEOUT:.0f} s") from None
    except (HttpProcessingError, ClientPayloadError, web.RequestPayloadError):
        raise Refused(400, None, "the body is not what its Content-Encoding says") from None
    if len(body) > most:
        raise _too_large(most)
    return inflated(body, most) if body.startswith(GZIP) else body


async def _within(request: web.Request, most: int, patience: asyncio.Timeout) -> bytes:
    content = request.content
    chunks: list[bytes] = []
    size = 0
    _coming.begins(patience)
    try:
        while not content.at_eof():
            chunk = await content.readany()
            size += len(chunk)
            if size > most:
                raise _too_large(most)
            chunks.append(chunk)
            _coming.grows(patience, len(chunk))
    finally:
        _coming.ends(patience)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def inflated(body: bytes, most: int = MAX_BODY) -> bytes:
    """Gunzips at most `most` bytes, of all its members (RFC 1952: one after the other). Raises `Refused`."""
    plain = b""
    for _ in range(MEMBERS):
        inflate = zlib.decompressobj(wbits=31)
        try:
            plain += inflate.decompress(body, most + 1 - len(plain))
        except zlib.error:
            raise Refused(400, None, "the body is not what its first bytes say: gzip") from None
        if len(plain) > most:
            raise _too_large(most)
        if not inflate.eof:
            raise Refused(400, None, "the gzip body is cut off")
        if not (body := inflate.unused_data.lstrip(b"\0")):
            return plain
    raise Refused(400, None, f"the gzip body has more than {MEMBERS} members")


def parsed(body: bytes, field: str | None = None) -> Any:
    """JSON, strictly: no NaN, no lone surrogates, at most 1,024 levels. Raises `Refused` naming `field`."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refused(400, field, f"not JSON: {error}") from None


def _too_large(most: int) -> Refused:
    return Refused(413, None, f"too large: at most {most} bytes, inflated")
