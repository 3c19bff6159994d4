"""A table that somebody exported: read for sure, or refused with a sentence."""

import csv
import gzip
import os
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


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-8-sig", "utf-8"), ("utf-8-sig", "cp1252"), ("utf-16", "utf-16-le"), ("utf-32", None)],
)
def test_a_byte_order_mark_is_no_part_of_the_first_column(
    tmp_path: Path, encoding: str, told: str | None
) -> None:
    """Told utf-8, the mark made a column of its own name, and every row lost its strongest identifier."""
    table = look_at(written(tmp_path, TEXT.encode(encoding)), encoding=told)
    assert table.columns == ["id", "name"]
    assert list(rows_of(table)) == ROWS


@pytest.mark.parametrize("cut", ["é".encode()[:1], "é".encode("utf-16")[:3]])
def test_a_file_that_ends_within_a_character_is_told_before_a_row_is_read(tmp_path: Path, cut: bytes) -> None:
    text = "id;name\nc-1;Zo"
    content = text.encode() + cut if len(cut) == 1 else text.encode("utf-16") + cut[2:]
    with pytest.raises(ImportFileError, match=r"line 2: not utf-"):
        look_at(written(tmp_path, content))


@pytest.mark.parametrize("said", ["tab", "\\t", "\t"])
def test_a_tab_is_called_as_it_can_be_typed(tmp_path: Path, said: str) -> None:
    table = look_at(written(tmp_path, b"id\tname;x\n1\t2\n"), delimiter=said)
    assert table.columns == ["id", "name;x"]


@pytest.mark.parametrize("said", ["||", '"', "\n"])
def test_what_can_part_no_cells_is_told(tmp_path: Path, said: str) -> None:
    with pytest.raises(ImportFileError, match="--delimiter: write one character, or tab"):
        look_at(written(tmp_path, b"id;name\n1;2\n"), delimiter=said)


def test_what_is_packed_is_told_so_also_where_an_encoding_would_read_it(tmp_path: Path) -> None:
    with pytest.raises(ImportFileError, match="gzip: unpack it first"):
        look_at(written(tmp_path, gzip.compress(b"id\n1\n")))
    with pytest.raises(ImportFileError, match="workbook"):
        look_at(written(tmp_path, b"PK\x03\x04rest"), encoding="cp1252")


def test_a_pipe_is_told_that_it_can_not_be_read_twice(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ImportFileError, match="save it to a file first"):
        look_at(tmp_path / "pipe")


def test_an_old_encoding_is_never_guessed_and_read_when_told(tmp_path: Path) -> None:
    path = written(tmp_path, TEXT.encode("cp1252"))
    with pytest.raises(ImportFileError, match=r"line 2: not utf-8: .*--encoding"):
        look_at(path)
    assert list(rows_of(look_at(path, encoding="cp1252"))) == ROWS


def test_what_is_said_to_be_utf_16_and_has_not_its_mark_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, TEXT.encode("utf-16-le"))
    with pytest.raises(ImportFileError, match="line 1: not utf-16: "):
        look_at(path, encoding="utf-16")
    assert list(rows_of(look_at(path, encoding="utf-16-le"))) == ROWS


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
    for told in ("klingon", "rot13", "hex"):
        with pytest.raises(ImportFileError, match="no encoding"):
            look_at(written(tmp_path, b"a\n1\n"), encoding=told)


def test_the_limit_of_cells_is_nobody_elses_afterwards(tmp_path: Path) -> None:
    before = csv.field_size_limit()
    list(rows_of(look_at(written(tmp_path, b"a\n1\n"))))
    assert csv.field_size_limit() == before


def test_parquet_is_read_as_text_with_its_row_numbers(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    table = pyarrow.table({"id": ["c-1", None, "c-3"], "n": [1, None, 3], "cities": [["Paris"], None, None]})
    parquet.write_table(table, path)
    assert list(rows_of(look_at(path))) == [Row(2, ["c-1", "1", "Paris"]), Row(4, ["c-3", "3", ""])]


def test_numbers_and_bytes_of_parquet_are_the_text_they_stand_for(tmp_path: Path) -> None:
    """A column of whole numbers with a blank among them is one of floats, and NaN, as pandas writes it."""
    path = tmp_path / "t.parquet"
    ids = pyarrow.array([1234.0, float("nan"), 7.5, 8.0], from_pandas=False)
    names = pyarrow.array([b"Zo\xc3\xa9", None, b"X", b"\xff"], pyarrow.binary())
    parquet.write_table(pyarrow.table({"id": ids, "name": names}), path)
    assert list(rows_of(look_at(path))) == [
        Row(2, ["1234", "Zoé"]),
        Row(4, ["7.5", "X"]),
        Row(5, [], "has a cell that is no text"),
    ]


def test_without_the_extra_a_parquet_file_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(ImportFileError, match=r"install `prevenance\[parquet\]`"):
        look_at(written(tmp_path, b"PAR1xxxx"))
