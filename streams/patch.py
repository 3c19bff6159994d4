"""A JSON patch (RFC 6902) for events that could not be read. Pure; no error repeats a value."""

from typing import Any

import jsonpatch
import orjson
from jsonpointer import JsonPointerException

from schemas.personal import PEOPLE
from schemas.wording import PlainError

MOST = 100
"""Operations of one patch."""


class PatchError(PlainError):
    """It is no patch, or does not fit; the text says which operation, and why."""


class Patch:
    """Operations, one after another; `said` is what each does, without values.

    >>> patch = Patch(b'[{"op": "move", "from": "/data/shop", "path": "/data/site"}]')
    >>> patch.said, patch.applied(b'{"data":{"shop":"vendome"}}')
    (['move /data/shop to /data/site'], b'{"data":{"site":"vendome"}}')
    """

    def __init__(self, text: bytes) -> None:
        """Raises `PatchError`."""
        try:
            given = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise PatchError("a patch is a JSON array of operations, as in RFC 6902") from None
        if not isinstance(given, list) or not 1 <= len(given) <= MOST:
            raise PatchError(f"a patch is a JSON array of 1 to {MOST} operations, as in RFC 6902")
        self._steps = [_step(number, one) for number, one in enumerate(given, 1)]
        self.said = [said for said, _ in self._steps]

    def applied(self, value: bytes | None) -> bytes:
        """The event as mended. Raises `PatchError` where it does not fit, or would move what is sealed."""
        try:
            before = event = orjson.loads(value or b"")
        except orjson.JSONDecodeError:
            raise PatchError("it is not JSON: a patch can't mend it") from None
        for said, step in self._steps:
            try:
                event = step.apply(event)
            except jsonpatch.JsonPatchTestFailed:
                raise PatchError(f"`{said}` does not hold") from None
            except (jsonpatch.JsonPatchException, JsonPointerException, TypeError):
                raise PatchError(f"`{said}` does not fit") from None
        if _bound(before) and _bound(before) != _bound(event):
            raise PatchError("what is sealed opens only as it is, and for whom it is about: leave both")
        return orjson.dumps(event)


def _step(number: int, given: Any) -> tuple[str, Any]:
    try:
        step = jsonpatch.JsonPatch([given])
    except (jsonpatch.JsonPatchException, JsonPointerException, TypeError, AttributeError):
        raise PatchError(f"operation {number} is none of RFC 6902") from None
    moved = f"{given['from']} to " if "from" in given else ""
    return f"{given['op']} {moved}{given['path']}", step


def _bound(event: Any) -> dict[str, Any]:
    """What is sealed in an event, and whose key opens it; empty where nothing is."""
    data = event.get("data") if isinstance(event, dict) else None
    if not isinstance(data, dict) or "sealed" not in data:
        return {}
    return {field: data.get(field) for field in ("sealed", *PEOPLE)} | {"maison": event.get("maison")}
