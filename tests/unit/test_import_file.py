"""A table that somebody exported: read for sure, or refused with a sentence."""

import csv
import sys
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from streams.import_file import ImportFileError, Row, look_at, rows_of

TEXT = 'id;name\nc-1;Zoé\n\nc-2;"O\'Brien;\n the second"\nc-3;X\n'
ROWS = [Row(2, ["c-1", "Zoé"]), Row(4, ["c-2", "O'Brien;\n the second"]), Row(6, ["c-3", "X"])]


def written(folder: Path, content: bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_it_is_read_in_the_encoding_that_its_first_bytes_tell(tmp_path: Path, encoding: str) -> None:
    table = look_at(written(tmp_path, TEXT.encode(encoding)))
    assert table.columns == ["id", "name"]
    assert encoding in table.how
    assert list(rows_of(table)) == ROWS


def test_an_old_encoding_is_never_guessed_and_read_when_told(tmp_path: Path) -> None:
    path = written(tmp_path, TEXT.encode("cp1252"))
    with pytest.raises(ImportFileError, match=r"line 2: not utf-8: .*--encoding"):
        look_at(path)
    assert list(rows_of(look_at(path, encoding="cp1252"))) == ROWS


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_header_tells_what_parts_the_cells(tmp_path: Path, delimiter: str) -> None:
    content = delimiter.join(("id", '"a,b;c|d"', "name")) + "\n" + delimiter.join(("1", "2", "3")) + "\n"
    table = look_at(written(tmp_path, content.encode()))
    assert table.columns == ["id", "a,b;c|d", "name"]
    assert list(rows_of(table)) == [Row(2, ["1", "2", "3"])]


def test_short_rows_are_filled_and_long_ones_refused(tmp_path: Path) -> None:
    rows = list(rows_of(look_at(written(tmp_path, b"a,b\n1\n1,2,3\n ,\n"))))
    assert rows == [Row(2, ["1", ""]), Row(3, [], "has 3 cells where the header has 2")]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "names no column"),
        (b"a,A\n1,2\n", "twice"),
        (b'a,b\n1,"never closed\n' + b"x" * 70_000, "line 2: not CSV"),
        (b'a,b\n1,"x"y\n', "line 2: not CSV"),
        (b"PAR1 is how it begins", "can't be read as Parquet"),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(ImportFileError, match=why):
        list(rows_of(look_at(written(tmp_path, content))))


def test_an_unknown_encoding_is_told(tmp_path: Path) -> None:
    with pytest.raises(ImportFileError, match="no encoding"):
        look_at(written(tmp_path, b"a\n1\n"), encoding="klingon")


def test_the_limit_of_cells_is_nobody_elses_afterwards(tmp_path: Path) -> None:
    before = csv.field_size_limit()
    list(rows_of(look_at(written(tmp_path, b"a\n1\n"))))
    assert csv.field_size_limit() == before


def test_parquet_is_read_as_text_with_its_row_numbers(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    table = pyarrow.table({"id": ["c-1", None, "c-3"], "n": [1, None, 3], "cities": [["Paris"], None, None]})
    parquet.write_table(table, path)
    assert list(rows_of(look_at(path))) == [Row(2, ["c-1", "1", "Paris"]), Row(4, ["c-3", "3", ""])]


def test_without_the_extra_a_parquet_file_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(ImportFileError, match=r"install `prevenance\[parquet\]`"):
        look_at(written(tmp_path, b"PAR1xxxx"))
