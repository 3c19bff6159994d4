"""A file that a person brought, read without trust: JSON, or the zip a platform exports.

Nothing is ever written to disk. Of a zip only entries of wanted names are opened, and inflated no further
than their bound, whatever their headers say: a bomb costs what an honest file costs.
"""

import lzma
import zipfile
import zlib
from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any

import orjson

MAX_FILE = 2 * 1024**3
"""Bytes of a zip; most of a real one are photos, which nobody opens."""
MAX_ENTRIES = 100_000
MAX_OPENED = 64
MAX_ENTRY = 8 * 1024**2
MAX_TOTAL = 32 * 1024**2
"""Bytes of JSON, of one document and of all."""
UNREADABLE = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error, lzma.LZMAError)
"""What zipfile raises for a zip that is broken, encrypted or packed in a way nobody knows."""


class BadFile(ValueError):
    """The file can't be used; a sentence that repeats nothing of what stands in it."""


def documents(path: Path, wanted: Container[str]) -> list[Any]:
    """The JSON documents of a file, of a zip those whose last name is `wanted`. Blocks. Raises `BadFile`."""
    try:
        if not zipfile.is_zipfile(path):
            with path.open("rb") as file:
                return [_json(file.read(MAX_ENTRY + 1), "the file")]
        if path.stat().st_size > MAX_FILE:
            raise BadFile(f"the zip is too large: at most {MAX_FILE} bytes")
        with zipfile.ZipFile(path) as archive:
            return list(_entries(archive, wanted))
    except UNREADABLE as error:
        raise BadFile(f"the zip can't be read: {type(error).__name__}") from None
    except OSError as error:
        raise BadFile(f"the file can't be read: {error.strerror or type(error).__name__}") from None


def _entries(archive: zipfile.ZipFile, wanted: Container[str]) -> Iterator[Any]:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise BadFile(f"the zip has too many entries: at most {MAX_ENTRIES}")
    opened = total = 0
    for entry in entries:
        parts = entry.filename.split("/")
        if ".." in parts or parts[0] == "" or "\\" in entry.filename or ":" in parts[0]:
            raise BadFile("an entry of the zip has a path that leads out of it")
        if parts[-1] not in wanted:
            continue
        opened += 1
        if opened > MAX_OPENED:
            raise BadFile(f"the zip has too many documents: at most {MAX_OPENED}")
        with archive.open(entry) as file:
            held = file.read(MAX_ENTRY + 1)
        total += len(held)
        if total > MAX_TOTAL:
            raise BadFile(f"the documents of the zip are too large: at most {MAX_TOTAL} bytes together")
        yield _json(held, parts[-1])


def _json(held: bytes, where: str) -> Any:
    if len(held) > MAX_ENTRY:
        raise BadFile(f"{where} is too large: at most {MAX_ENTRY} bytes")
    try:
        return orjson.loads(held)
    except orjson.JSONDecodeError:  # also beyond 1,024 levels
        raise BadFile(f"{where} is not JSON") from None
