"""Files beside a maison's own: its catalogue, stock and rota, as `prevenance import` checked and wrote them.

The maison file names them: `catalogue = "lumiere-catalogue.csv"`. They are read at the start of a process.
"""

import csv
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from schemas.maison import Article, Maison, Shift

Rows = Sequence[Mapping[str, str]]

COLUMNS = {
    "catalogue": ("sku", "name", "category", "price_minor", "gender", "collection"),
    "stock": ("site", "sku", "quantity"),
    "rota": ("staff", "site", "begins", "ends"),
}


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


def with_files(maison: Maison, named: Mapping[str, str], folder: Path) -> Maison:
    """The maison with what its files say. Raises `ValueError` naming file, line and reason."""
    said: dict[str, Any] = {}
    for kind, name in named.items():
        rows = _read(folder / name, kind)
        said[kind] = _READERS[kind](rows, f"{folder / name}")
    return msgspec.structs.replace(maison, **said)


def _read(path: Path, kind: str) -> Rows:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, strict=True))
    except OSError as error:
        raise ValueError(f"{path} can't be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} is not as `prevenance import {kind}` writes it: {error}") from None
    if rows and not set(COLUMNS[kind]) <= rows[0].keys():
        raise ValueError(f"{path} is not as `prevenance import {kind}` writes it: import the file first")
    return rows


def _each(rows: Rows, where: str, read: Callable[[Mapping[str, str]], Any]) -> list[Any]:
    found = []
    for line, row in enumerate(rows, 2):
        try:
            found.append(read(row))
        except (ValueError, KeyError, TypeError):
            raise ValueError(f"{where}, line {line}: not as `prevenance import` writes it") from None
    return found


def _catalogue(rows: Rows, where: str) -> list[Article]:
    def article(row: Mapping[str, str]) -> Article:
        named = {field: row[field] for field in ("sku", "name", "category")}
        gender, collection = row["gender"] or None, row["collection"] or None
        return Article(**named, price=int(row["price_minor"]), gender=gender, collection=collection)

    return _each(rows, where, article)


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
