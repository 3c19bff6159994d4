"""Bytes to events and back, with one typed decoder made once."""

from typing import Any, TypeVar, Union

import msgspec

from schemas.envelope import Event
from schemas.events import EVENTS
from schemas.personal import Sealed

MAX_BYTES = 256 * 1024
"""Largest event that is taken, as its sender says it."""
TRAVELLING = 3 * MAX_BYTES
"""Largest event that is read from a topic; beyond it the bytes go to the dead letters unread. What is sealed
is a third longer than it was, and what stands beside the fields of a line brings the lines twice."""

_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(Union[(*EVENTS.values(), Sealed)])
_encoder = msgspec.json.Encoder()
T = TypeVar("T")


class Unreadable(ValueError):
    """Bytes that are not what was expected; the text names field and reason and repeats no value."""


def decode(value: bytes | None) -> Event:
    """One event of the contract. Raises `Unreadable`."""
    if not value:
        raise Unreadable("empty: an event has a body")
    if len(value) > TRAVELLING:
        raise too_large(value, TRAVELLING)
    event: Event = readable(_decoder, value)
    return event


def too_large(value: bytes, most: int) -> Unreadable:
    """Why bytes beyond a limit are not read."""
    return Unreadable(f"too large: {len(value)} bytes, at most {most}")


def readable(decoder: msgspec.json.Decoder[T], value: bytes | None) -> T:
    """What a typed decoder reads in these bytes. Raises `Unreadable`, and nothing else, for any bytes."""
    try:
        return decoder.decode(value or b"")
    except msgspec.ValidationError as error:
        raise Unreadable(without_values(str(error))) from None
    except UnicodeDecodeError as error:
        raise Unreadable(f"not JSON: {error.reason}") from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unreadable(f"not JSON: {error}") from None


def encode(event: Any) -> bytes:
    """JSON bytes of an event, an alert or a message."""
    return _encoder.encode(event)


def without_values(reason: str) -> str:
    """msgspec quotes the value of a bad enum or tag, which may be personal: keep field and reason.

    >>> without_values("Invalid enum value 'Aline' - at `$.data.method`")
    'invalid value - at `$.data.method`'
    >>> without_values("Invalid value 'x.y' - at `$.type`")
    'unknown type - at `$.type`'
    """
    if reason.startswith(("Invalid enum value", "Invalid value")):
        where = reason.rpartition(" - at ")[2]
        return f"{'unknown type' if where == '`$.type`' else 'invalid value'} - at {where}"
    return reason
