"""A table that somebody exported: CSV of any dialect, or Parquet, read row by row with its line numbers.

What cannot be told for sure (an encoding, a column twice) is refused with a sentence, never guessed.
"""

import codecs
import csv
import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from math import isnan
from pathlib import Path
from typing import Any

import msgspec

from schemas.wording import PlainError

PIECE = 1 << 20
DELIMITERS = ",;\t|"
LONGEST_CELL = 64 * 1024
"""Characters of a cell; a longer one is most often a quote that was never closed."""
MAGIC = b"PAR1"
"""What a Parquet file begins with."""
PACKED = {b"\x1f\x8b": "gzip: unpack it first", b"PK\x03\x04": "a workbook or a zip: save the sheet as CSV"}
"""What no text begins with, in any encoding that is told."""
BOMS = (
    *((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig")),
    *((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")),
)
"""That of UTF-32 begins as that of UTF-16 does."""
TAB = ("tab", "\\t")
"""How a tab is called where none can be typed."""


class ImportFileError(PlainError):
    """The file can't be read as a table; the message is a sentence that says where and what to do."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was looked at. `digest` names its bytes; `how` says in words how it is read."""

    path: Path
    digest: str
    written: datetime
    columns: list[str]
    how: str
    encoding: str = ""
    delimiter: str = ""


class Row(msgspec.Struct, frozen=True):
    """A line of the file as a person counts them (the header is 1), and its cells, or why it has none."""

    line: int
    cells: list[str]
    wrong: str = ""


def look_at(path: Path, encoding: str | None = None, delimiter: str | None = None) -> Table:
    """Reads it once, for its digest, its encoding and its columns. Raises `ImportFileError`."""
    if not path.is_file():
        raise ImportFileError(f"{path} can't be read twice, as an import must: save it to a file first")
    delimiter = "\t" if delimiter in TAB else delimiter
    if delimiter and (len(delimiter) > 1 or delimiter in '"\r\n'):
        raise ImportFileError("--delimiter: write one character, or tab")
    try:
        with path.open("rb") as file:
            head = file.read(4)
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(microsecond=0)
        parquet = head == MAGIC
        if packed := next((how for begins, how in PACKED.items() if head.startswith(begins)), None):
            raise ImportFileError(f"{path.name} is {packed}")
        encoding = "" if parquet else _encoding(head, encoding)
        digest = _digest(path, encoding)
    except OSError as error:
        raise ImportFileError(f"{path} can't be read: {error.strerror}") from None
    known: dict[str, Any] = {"path": path, "digest": digest, "written": written}
    if parquet:
        columns = _parquet(path).schema_arrow.names
        return Table(**known, columns=_distinct(columns), how="Parquet")
    with path.open(encoding=encoding, newline="") as text:
        first = text.readline(LONGEST_CELL)
        separator = delimiter or max(DELIMITERS, key=_outside_quotes(first).count)
        text.seek(0)
        columns = next(iter(_records(text, separator)), Row(1, [])).cells
    named = {"\t": "tab"}.get(separator, separator)
    columns = _distinct([name.strip() for name in columns])
    how = f"CSV, {encoding}, columns parted by {named}"
    return Table(**known, columns=columns, how=how, encoding=encoding, delimiter=separator)


def rows_of(table: Table) -> Iterator[Row]:
    """Every row under the header, blank ones left out; cells are stripped. Raises `ImportFileError`."""
    if not table.encoding:
        yield from _parquet_rows(table.path)
        return
    width = len(table.columns)
    with table.path.open(encoding=table.encoding, newline="") as text:
        records = _records(text, table.delimiter)
        next(records, None)
        for row in records:
            if not any(cell.strip() for cell in row.cells):
                continue
            if len(row.cells) > width:
                yield Row(row.line, [], f"has {len(row.cells)} cells where the header has {width}")
                continue
            yield Row(row.line, [c.strip() for c in row.cells] + [""] * (width - len(row.cells)))


def _records(text: Any, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        while True:
            line = reader.line_num + 1
            try:
                yield Row(line, next(reader))
            except StopIteration:
                return
            except csv.Error as error:
                raise ImportFileError(
                    f"line {line}: not CSV ({error}): look for a quote that is not closed or not doubled"
                ) from None
    finally:
        csv.field_size_limit(before)


def _encoding(head: bytes, told: str | None) -> str:
    """A byte order mark is believed before what was told: it would be part of the first column's name."""
    return next((name for bom, name in BOMS if head.startswith(bom)), told or "utf-8")


def _digest(path: Path, encoding: str) -> str:
    """Of the bytes; the text is decoded on the way, so that a wrong encoding shows before a row is sent."""
    digest = hashlib.blake2b(digest_size=8)
    try:
        "a".encode(encoding or "utf-8")  # some of Python's codecs make no text
        decoder = codecs.getincrementaldecoder(encoding)() if encoding else None
    except LookupError:
        raise ImportFileError(f"{encoding!r} is no encoding: say utf-8, utf-16, cp1252 ...") from None
    line = 1
    with path.open("rb") as file:
        more = True
        while more:
            more = bool(piece := file.read(PIECE))
            digest.update(piece)
            if decoder is None:
                continue
            try:
                line += decoder.decode(piece, final=not more).count("\n")
            except UnicodeError as error:  # of UTF-16 without its mark, which tells no place
                line += piece[: getattr(error, "start", 0)].count(b"\n")
                raise ImportFileError(
                    f"line {line}: not {encoding}: save it as UTF-8, or say what it is with --encoding "
                    "(cp1252 is what an old Excel in Europe writes)"
                ) from None
    return digest.hexdigest()


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])


def _distinct(columns: list[str]) -> list[str]:
    folded = [name.casefold() for name in columns]
    if not any(folded):
        raise ImportFileError("the first line names no column: it must be a header")
    for name in folded:
        if name and folded.count(name) > 1:
            raise ImportFileError(f"the header names the column {name!r} twice")
    return columns


def _parquet(path: Path) -> Any:
    try:
        import pyarrow.parquet as parquet
    except ImportError:
        raise ImportFileError(
            f"{path.name} is Parquet: install `prevenance[parquet]` to read it, or export it as CSV"
        ) from None
    try:
        return parquet.ParquetFile(path)
    except Exception as error:  # whatever is wrong with it, no table can be made of it
        raise ImportFileError(f"{path.name} can't be read as Parquet: {type(error).__name__}") from None


def _parquet_rows(path: Path) -> Iterator[Row]:
    line = 1
    for batch in _parquet(path).iter_batches(batch_size=5_000):
        for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            line += 1
            try:
                cells = [_text(value) for value in values]
            except UnicodeDecodeError:
                yield Row(line, [], "has a cell that is no text")
                continue
            if any(cells):
                yield Row(line, cells)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and (isnan(value) or value.is_integer()):
        return "" if isnan(value) else str(int(value))  # what pandas makes of whole numbers among blanks
    if isinstance(value, bytes):
        return value.decode().strip()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return "; ".join(_text(one) for one in value)
    return str(value).strip()
