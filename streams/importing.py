"""An import: every row is checked; a dry run says what would happen, a run does it and reports.

A run may be stopped and started again: an event's id names file, line and part, and what it says has the
time of the file, so what was sent already changes nothing.
"""

import re
import sqlite3
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from hashlib import blake2b
from typing import Any

import msgspec

from schemas.codec import Unreadable, decode, encode
from schemas.who import nobody
from schemas.wording import PlainError, many
from streams.import_file import Row, Table, rows_of
from streams.import_kind import Import, Made, RefusedRow, Terms

REPORTED = 10_000
"""Refused rows, duplicates and cells left out that a report names one by one; further ones are counted."""
TOLD = 20
"""Of those, how many a person is shown."""
EMPTY = frozenset({"NULL", "\\N", "<NA>", "#N/A"})
"""How databases and sheets export a cell that holds nothing."""
ROUNDED = re.compile(r"\d([.,]\d+)?E\+\d+", re.IGNORECASE)
"""A long number as a sheet shows it: what followed the first digits is lost, and many are alike."""
EVERY = 2.0
"""Seconds between two lines that say how far it is."""


class NotImported(PlainError):
    """The import can't be done as asked; the message is a sentence that says why and what to do."""


class Refusal(msgspec.Struct, frozen=True):
    """A row, or a cell, that is not taken. Repeats nothing of what stands in it."""

    line: int
    field: str
    reason: str


class Twice(msgspec.Struct, frozen=True):
    """A row that is about whom, or what, an earlier line is about already: it is not taken."""

    line: int
    first: int


class Report(msgspec.Struct, kw_only=True):
    """What an import did, or would do."""

    file: str
    digest: str
    kind: str
    maison: str
    how: str
    dry_run: bool
    columns: dict[str, str]
    not_understood: list[str]
    rows: int = 0
    taken: int = 0
    events: int = 0
    refused_rows: int = 0
    duplicate_rows: int = 0
    left_out_cells: int = 0
    refused: list[Refusal] = []
    duplicates: list[Twice] = []
    left_out: list[Refusal] = []
    seconds: float = 0.0
    written: str = ""
    finished: bool = False

    def refuse(self, line: int, field: str, reason: str) -> None:
        """Counts a row that is not taken, and names it while there is room."""
        self.refused_rows += 1
        _name(self.refused, Refusal(line, field, reason))

    def text(self) -> str:
        """For a person: one thing a line."""
        would = "would be " if self.dry_run else ""
        made = f" as {many(self.events, 'event')}" if self.events else ""
        lines = [
            f"{self.file}: {self.how}, {many(self.rows, 'row')}",
            "columns: " + ", ".join(_pair(column, field) for column, field in self.columns.items()),
            f"{many(self.taken, 'row')} {would}taken{made}, "
            f"{self.refused_rows:,} refused, {many(self.duplicate_rows, 'duplicate')}, "
            f"{many(self.left_out_cells, 'cell')} left out",
        ]
        if self.not_understood:
            lines.insert(2, f"columns not understood, and not read: {', '.join(self.not_understood)}")
        named = [f"line {r.line}: {f'{r.field}: ' if r.field else ''}{r.reason}" for r in self.refused[:TOLD]]
        named += [f"line {t.line}: about the same as line {t.first}" for t in self.duplicates[:TOLD]]
        named += [f"line {r.line}: {r.field}: {r.reason}" for r in self.left_out[:TOLD]]
        more = self.refused_rows + self.duplicate_rows + self.left_out_cells - len(named)
        lines += named + ([f"and {more:,} more"] if more else [])
        if self.written:
            lines.append(f"written to {self.written}")
        if not self.finished:
            lines.append("not finished: run it again, what was sent changes nothing")
        return "\n".join(lines)


def mapped(table: Table, kind: Import, told: Mapping[str, str]) -> dict[str, str]:
    """Column to field: as told, else as the kind understands it. Raises `NotImported`."""
    fields: dict[str, str] = {}
    if unknown := told.keys() - set(table.columns):
        raise NotImported(f"--map: the file has no column {min(unknown)!r}; it has {_list(table.columns)}")
    named = {kind.field_of(field) for field in told.values()}
    for column in table.columns:
        field = kind.field_of(told.get(column, column)) if column else None
        if field in named and column not in told:
            continue  # another column was said to be it
        if column in told and field is None:
            raise NotImported(f"--map: {told[column]!r} is no field of {kind.name}: {_list(kind.fields)}")
        if field is None:
            continue
        if field in fields.values():
            other = next(c for c, f in fields.items() if f == field)
            raise NotImported(f"the columns {other!r} and {column!r} are both {field}: say which with --map")
        fields[column] = field
    if not fields:
        raise NotImported(f"no column is understood: use --map COLUMN=FIELD, with {_list(kind.fields)}")
    return fields


def checked(table: Table, kind: Import, terms: Terms, report: Report) -> Iterator[tuple[int, Made]]:
    """Every row that is taken, with its line; the report tells of the others. Memory is bounded."""
    places = [(index, report.columns[c]) for index, c in enumerate(table.columns) if c in report.columns]
    with closing(_Seen()) as seen:
        for row in rows_of(table):
            report.rows += 1
            try:
                made = _made(row, places, kind, terms)
            except RefusedRow as refused:
                report.refuse(row.line, refused.field, refused.reason)
                continue
            first = seen.first(made.key, row.line)
            if first != row.line:
                report.duplicate_rows += 1
                _name(report.duplicates, Twice(row.line, first))
                continue
            report.taken += 1
            report.left_out_cells += len(made.left_out)
            for field, reason in made.left_out:
                _name(report.left_out, Refusal(row.line, field, reason))
            yield row.line, made


def _made(row: Row, places: list[tuple[int, str]], kind: Import, terms: Terms) -> Made:
    if row.wrong:
        raise RefusedRow("", row.wrong)
    said = {field: cell for i, field in places if (cell := row.cells[i])}
    empty = [field for field, cell in said.items() if cell in EMPTY or nobody(field, cell)]
    if rounded := next((field for field, cell in said.items() if ROUNDED.fullmatch(cell)), None):
        raise RefusedRow(rounded, "was rounded by a sheet: export the column as text")
    made = kind.make(row.line, {f: cell for f, cell in said.items() if f not in empty}, terms)
    for event in made.events:
        try:
            decode(encode(event))
        except Unreadable as error:
            reason, _, where = str(error).partition(" - at ")
            raise RefusedRow(
                where.strip("`").removeprefix("$.data.").removeprefix("fields."), reason
            ) from None
    left_out = [(field, "says that there is none: read as blank") for field in empty]
    return msgspec.structs.replace(made, left_out=[*left_out, *made.left_out]) if empty else made


class Progress:
    """Says now and then how far it is."""

    def __init__(self, report: Report) -> None:
        self._report, self._began, self._told = report, time.monotonic(), time.monotonic()

    def tell(self) -> None:
        """To be called often."""
        now = time.monotonic()
        self._report.seconds = round(now - self._began, 3)
        if now - self._told >= EVERY:
            self._told = now
            rate = self._report.rows / max(now - self._began, 1e-9)
            sys.stderr.write(f"prevenance: {self._report.rows:,} rows, {rate:,.0f}/s\n")


class _Seen:
    """At which line each key stood first: on disk, for a file may have millions."""

    def __init__(self) -> None:
        self._base = sqlite3.connect("")  # a file of its own that goes with it
        self._base.execute("CREATE TABLE seen (key INTEGER PRIMARY KEY, line INTEGER)")

    def first(self, key: str, line: int) -> int:
        """The line at which this key stood first, this one if it is new."""
        hashed = int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big", signed=True)
        if self._base.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (hashed, line)).rowcount:
            return line
        [(known,)] = self._base.execute("SELECT line FROM seen WHERE key = ?", (hashed,))
        return int(known)

    def close(self) -> None:
        self._base.close()


def _name(among: list[Any], one: Any) -> None:
    if len(among) < REPORTED:
        among.append(one)


def _pair(column: str, field: str) -> str:
    return column if column == field else f"{column} as {field}"


def _list(names: Any) -> str:
    return ", ".join(name + "..." if name.endswith("_") else name for name in names if name)
