"""Reading a recording: any size, any line, plain or gzipped."""

import gzip
import io
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from schemas.codec import TRAVELLING, Unreadable
from schemas.personal import opened
from schemas.sealing import Key
from schemas.who import oid_of
from streams.recording import PIECE, Line, RecordingError, lines_of, open_recording, played
from tests.builders import PEPPER, raw_event

VISIT = raw_event("store.checkin", {"who": {"card": "c-1"}, "site": "vendome", "method": "nfc"}, at=1000.0)


def lines(data: bytes) -> list[Line]:
    return [line for piece in lines_of(io.BufferedReader(io.BytesIO(data))) for line in piece]


def refusal(event: Any) -> str:
    with pytest.raises(Unreadable) as error:
        played(event if isinstance(event, bytes) else json.dumps(event).encode(), {"lumiere"}, PEPPER)
    return str(error.value)


def test_lines_are_numbered_as_an_editor_does_and_blank_ones_are_left_out() -> None:
    assert lines(b"a\n\n  \nb\r\nc") == [Line(1, b"a"), Line(4, b"b\r"), Line(5, b"c")]


def test_lines_across_pieces_are_whole() -> None:
    texts = [b"%d" % i * 997 for i in range(1000)]
    assert [line.value for line in lines(b"\n".join(texts))] == texts


def test_of_an_endless_line_no_more_is_kept_than_shows_that_it_is_too_long() -> None:
    long, after = lines(b"x" * (20 * PIECE) + b"\n{}\n")
    assert TRAVELLING < len(long.value) <= TRAVELLING + 1 + PIECE
    assert after == Line(2, b"{}")
    assert refusal(long.value).startswith("too large")


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_file_may_be_gzipped_whatever_its_name(tmp_path: Path, pack: Any) -> None:
    file = tmp_path / "recording"
    file.write_bytes(pack(b"a\nb\n"))
    assert [list(piece) for piece in lines_of(open_recording(str(file)))] == [[Line(1, b"a"), Line(2, b"b")]]


def test_a_file_that_is_not_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="can't be read: No such file"):
        open_recording(str(tmp_path / "none"))


def test_a_recording_of_which_nothing_has_come_yet_is_open_at_once() -> None:
    read, write = os.pipe()
    with ThreadPoolExecutor(1) as beside, os.fdopen(read, "rb"), os.fdopen(write, "wb") as said:
        opening = beside.submit(open_recording, f"/dev/fd/{read}")
        try:
            opened = opening.result(5)
        finally:
            said.write(b"a\n")
            said.close()
        assert list(lines_of(opened)) == [[Line(1, b"a")]]


def test_a_gzip_that_ends_too_early_is_told(tmp_path: Path) -> None:
    file = tmp_path / "cut.gz"
    file.write_bytes(gzip.compress(json.dumps(VISIT).encode() * 100)[:-12])
    with pytest.raises(RecordingError, match="to its end"):
        list(lines_of(open_recording(str(file))))


def test_an_event_goes_out_keyed_and_sealed_as_at_the_gateway() -> None:
    value = json.dumps(VISIT | {"unheard": "of"}).encode()
    at, event = played(value, {"lumiere"}, PEPPER)
    oid = oid_of("lumiere", "card", "c-1", PEPPER)
    key = Key(bytes(32), ("lumiere", oid), [bytes(16)])
    message = event.message(key)
    assert (at, message.topic, message.key) == (1000.0, "replay.events", oid.encode())
    assert b"c-1" not in (message.value or b"")
    assert json.loads(opened(message.value or b"", key))["unheard"] == "of"


def test_what_is_no_event_is_refused_without_its_values() -> None:
    assert refusal(b"{Aline") == "not JSON: JSON is malformed: object keys must be strings (byte 1)"
    assert refusal(VISIT | {"type": "Aline"}) == "unknown type - at `$.type`"
    assert refusal(VISIT | {"maison": "Aline"}) == "unknown maison - at `$.maison`"
    assert refusal(VISIT | {"data": {**VISIT["data"], "who": {}}}) == "names nobody - at `$.data.who`"
    assert "Aline" not in refusal(VISIT | {"data": {**VISIT["data"], "method": "Aline"}})


def test_what_is_wrong_in_a_field_nobody_reads_costs_its_line_alone() -> None:
    """The typed decoder passes such a field over; to read it stopped the whole replay with a trace."""
    line = json.dumps(VISIT).encode()[:-1]
    for wrong in (b'"\xff"', b"1e999"):
        assert refusal(line + b', "beside": ' + wrong + b"}").startswith("not JSON")


def test_a_time_in_small_letters_and_a_byte_order_mark_are_read() -> None:
    small = json.dumps(VISIT | {"time": "1970-01-01t00:16:40z"}).encode()
    for line in (small, b"\xef\xbb\xbf" + json.dumps(VISIT).encode()):
        assert played(line, {"lumiere"}, PEPPER).at == 1000.0


def test_a_recording_of_events_as_they_travel_goes_out_under_the_same_ids_and_seals() -> None:
    who = {"client_id": "c-1", "email": "a@b.fr"}
    part = ("lumiere", oid_of("lumiere", "client_id", "c-1", PEPPER))
    key, other = (Key(bytes(32), part, [bytes([n]) * 16]) for n in (1, 2))
    view = {"who": who, "session": "visit-1", "sku": "bag-aurore"}
    for sent in (
        raw_event("client.profile", {"who": who, "fields": {"name": "Aline"}}),
        raw_event("web.view", view | {"url": "/sac"}),
        raw_event("web.view", view),
    ):
        first = played(json.dumps(sent).encode(), ["lumiere"], PEPPER).event
        travels = first.message(key).value or b""
        again = played(travels, ["lumiere"], PEPPER).event
        assert (again.part, again.split.named) == (part, [])
        assert json.loads(again.message(other).value or b"") == json.loads(travels)
