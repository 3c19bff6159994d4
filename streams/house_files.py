"""Files beside a maison's own: its catalogue, stock and rota, as `prevenance import` checked and wrote them.

The maison file names them: `catalogue = "lumiere-catalogue.csv"`. They are read at the start of a process.
"""

import csv
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec

from schemas.article import Article
from schemas.maison import Maison, Shift

Rows = Sequence[Mapping[str, str]]

SHOWN = 20
"""Lines that are named of those of a file that can't be read."""
LIST = ";"
"""What parts the words of a cell that holds several."""
_SAID = ("gender", "collection", "material", "colour", "occasion", "fits")
_SEVERAL = ("contains", "sizes")
COLUMNS = {
    "catalogue": ("sku", "name", "category", "price_minor", *_SAID, *_SEVERAL, "since"),
    "stock": ("site", "sku", "quantity"),
    "rota": ("staff", "site", "begins", "ends"),
}
OPTIONAL = frozenset((*_SAID, *_SEVERAL, "since"))
"""Columns that a file written before there were any may lack."""


def write(path: Path, kind: str, records: Iterable[Mapping[str, str]]) -> None:
    """Writes a file whole or not at all."""
    with tempfile.NamedTemporaryFile(
        "w", dir=path.parent, suffix=".part", newline="", encoding="utf-8", delete=False
    ) as part:
        try:
            rows = csv.DictWriter(part, COLUMNS[kind])
            rows.writeheader()
            rows.writerows(records)
            part.flush()
            os.fsync(part.fileno())
        except BaseException:
            os.unlink(part.name)
            raise
    os.chmod(part.name, 0o644)
    os.replace(part.name, path)


def named_in(table: Mapping[str, Any]) -> dict[str, str]:
    """Kind to the file a maison's table names for it."""
    return {kind: table[kind] for kind in COLUMNS if isinstance(table.get(kind), str)}


def with_files(maison: Maison, named: Mapping[str, str], folder: Path) -> tuple[Maison, list[str]]:
    """The maison with what its files say; and of each file that can't be read, which, where and why."""
    said: dict[str, Any] = {}
    wrong: list[str] = []
    for kind, name in named.items():
        try:
            said[kind] = _READERS[kind](_read(folder / name, kind), f"{folder / name}")
        except ValueError as error:
            wrong.append(str(error))
    return msgspec.structs.replace(maison, **said), wrong


def _read(path: Path, kind: str) -> Rows:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, strict=True))
    except OSError as error:
        raise ValueError(f"{path} can't be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} is not as `prevenance import {kind}` writes it: {error}") from None
    if rows and not set(COLUMNS[kind]) - OPTIONAL <= rows[0].keys():
        raise ValueError(f"{path} is not as `prevenance import {kind}` writes it: import the file first")
    return rows


def _each(rows: Rows, where: str, read: Callable[[Mapping[str, str]], Any]) -> list[Any]:
    found, wrong = [], []
    for line, row in enumerate(rows, 2):
        try:
            found.append(read(row))
        except (ValueError, KeyError, TypeError):
            wrong.append(line)
    if wrong:
        lines = ", ".join(map(str, wrong[:SHOWN])) + (" ..." if len(wrong) > SHOWN else "")
        raise ValueError(f"{where}, line {lines}: not as `prevenance import` writes it: import it again")
    return found


def _catalogue(rows: Rows, where: str) -> list[Article]:
    return _each(rows, where, _article)


def _article(row: Mapping[str, str]) -> Article:
    said: dict[str, Any] = {field: row.get(field) or None for field in _SAID}
    said |= {field: row[field].split(LIST) for field in _SEVERAL if row.get(field)}
    since = date.fromisoformat(row["since"]) if row.get("since") else None
    said |= {field: row[field] for field in ("sku", "name", "category")}
    return Article(**said, price=int(row["price_minor"]), since=since)


def _stock(rows: Rows, where: str) -> dict[str, dict[str, int]]:
    stock: dict[str, dict[str, int]] = {}
    for site, sku, count in _each(rows, where, lambda r: (r["site"], r["sku"], int(r["quantity"]))):
        stock.setdefault(site, {})[sku] = count
    return stock


def _rota(rows: Rows, where: str) -> dict[str, list[Shift]]:
    rota: dict[str, list[Shift]] = {}
    for row in _each(rows, where, _shift):
        rota.setdefault(row[0], []).append(row[1])
    return rota


def _shift(row: Mapping[str, str]) -> tuple[str, Shift]:
    begins, ends = (datetime.fromisoformat(row[field]).timestamp() for field in ("begins", "ends"))
    return row["staff"], Shift(site=row["site"], begins=begins, ends=ends)


_READERS: dict[str, Callable[[Rows, str], Any]] = {"catalogue": _catalogue, "stock": _stock, "rota": _rota}
