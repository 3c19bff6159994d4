"""The body of a request that may name a case file."""

from typing import TypeVar

import msgspec

from schemas.case import SAYS
from streams.auth import Denied

T = TypeVar("T")


def naming_a_case(body: bytes, type: type[T]) -> T:
    """A body as JSON. Raises `Denied` 400 where `case` is no reference, and repeats nothing of it.

    Raises `msgspec.DecodeError`.
    """
    try:
        return msgspec.json.decode(body, type=type)
    except msgspec.ValidationError as error:
        if str(error).endswith("`$.case`"):
            raise Denied(400, f"case: {SAYS}") from None
        raise
