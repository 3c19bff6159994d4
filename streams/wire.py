"""What other systems send, read part by part: a bad part is named, and the rest goes on."""

from typing import Any, TypeVar

import msgspec

from schemas.maison import Maison, Site
from streams.inbound import Refused, refusal_of

T = TypeVar("T")


def read(said: Any, kind: type[T], id_: Any = None) -> T:
    """Part of a call as a struct; texts of digits pass for numbers. Raises `Refused` 400 naming the field."""
    try:
        return msgspec.convert(said, kind, strict=False)
    except msgspec.ValidationError as error:
        refused = refusal_of(str(error))
        refused.id = id_ if isinstance(id_, str) else None
        raise refused from None


def site_of(house: Maison | None, code: str, field: str) -> Site:
    """The site that other systems call so. Raises `Refused` 400."""
    site = house.site_coded(code) if house is not None else None
    if site is None:
        raise Refused(400, field, "is no site's: name it among `codes` of one of [[sites]]")
    return site
