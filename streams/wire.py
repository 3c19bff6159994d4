"""What other systems send, read part by part: a bad part is named, and the rest goes on."""

import json
from math import isfinite
from typing import Any, TypeVar

import msgspec
import orjson

from schemas.codec import without_values
from schemas.maison import Maison, Site
from streams.body import parsed
from streams.inbound import Refused, refusal_of

T = TypeVar("T")
MILLISECONDS = 1e11
"""A number of seconds beyond this lies after the year 5000: it counts milliseconds."""


def read(said: Any, kind: type[T], id_: Any = None) -> T:
    """Part of a call as a struct; texts of digits pass for numbers. Raises `Refused` 400 naming the field."""
    try:
        return msgspec.convert(said, kind, strict=False)
    except msgspec.ValidationError as error:
        refused = refusal_of(without_values(str(error)))
        refused.id = id_ if isinstance(id_, str) else None
        raise refused from None


def id_in(said: Any, name: str) -> Any:
    """What a part that may be anything is called by its sender."""
    return said.get(name) if isinstance(said, dict) else None


def told(body: bytes) -> Any:
    """JSON, however it is spelled: what is wrong with one message in a call must not lose the others.

    Half an emoji, as a text that was cut has it, is a question mark; NaN and infinity, as Python writes them,
    are nothing; a byte order mark is passed over. Raises `Refused` 400.
    """
    try:
        return parsed(body)
    except Refused as refused:
        try:
            read = json.loads(body, parse_constant=lambda _: None, parse_float=_finite)
            return orjson.loads(json.dumps(read, ensure_ascii=False).encode(errors="replace"))
        except (ValueError, RecursionError):
            raise refused from None


def _finite(text: str) -> float | None:
    return number if isfinite(number := float(text)) else None


def site_of(house: Maison | None, code: str, field: str) -> Site:
    """The site that other systems call so. Raises `Refused` 400."""
    site = house.site_coded(code) if house is not None else None
    if site is None:
        raise Refused(400, field, "is no site's: name it among `codes` of one of [[sites]]")
    return site
