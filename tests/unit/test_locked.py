"""The personal slices of a part: sealed as one, opened when asked for, never mixed with another's."""

from typing import Any

import msgspec
import pytest

from feature_store import record as records
from feature_store.locked import locked
from schemas.sealing import SALT, Key, Lost
from tests import builders as a

PART = ("lumiere", "qjGJ8m2C0b1xYz_A")
KEY = Key(bytes(32), PART, [bytes(SALT)])
SAID = (
    a.profile(fields={"name": "Aline Montclar", "profession": "glassblower"}),
    a.note(text="Aline Montclar is left-handed"),
    a.checkin(card="c1"),
)


def stored(key: Key | None = KEY) -> bytes:
    return records.encode(a.record_of(*SAID), key)


def names(record: Any) -> set[str]:
    return {f.name for f in records.FEATURES if f.personal and records.values(record, a.NOON).get(f.name)}


def test_nothing_said_lies_open_and_all_of_it_is_read_with_the_key() -> None:
    for word in (b"Aline", b"Montclar", b"glassblower", b"left-handed"):
        assert word not in stored()
    assert records.values(records.decode(stored(), KEY), a.NOON) == records.values(a.record_of(*SAID), a.NOON)


def test_without_its_key_what_was_said_is_nothing_and_is_kept() -> None:
    record = records.decode(stored())
    assert names(record) == set()
    records.touch(record, later := a.checkin(a.NOON + 60, card="c1"), a.NOON + 60, a.HOUSE)
    whole = records.decode(records.encode(record), KEY)
    assert records.values(whole, a.NOON) == records.values(a.record_of(*SAID, later), a.NOON)


def test_another_parts_key_opens_nothing() -> None:
    other = records.decode(stored(), Key(bytes(32), ("autre", PART[1]), [bytes(SALT)]))
    with pytest.raises(Lost):
        records.slice_of(other, "profile")


def test_beside_others_a_part_that_another_key_sealed_is_read_without_its_words() -> None:
    other, own = Key(bytes(32), ("autre", PART[1]), [bytes(SALT)]), records.decode(stored(), KEY)
    without = records.beside(records.decode(stored(), other))
    assert names(without) == set()
    assert records.slice_of(without, "facts").visits == 1
    assert without.y == b""
    assert records.beside(own) is own
    assert records.beside(sealed := records.decode(stored())) is sealed


def test_what_was_only_read_is_stored_as_it_was() -> None:
    record = records.decode(stored(), KEY)
    assert records.slice_of(record, "notes").kept
    assert records.encode(record, Key(bytes(32), PART, [bytes(SALT), b"another salt ..."])) == stored()


def test_a_change_of_one_slice_keeps_the_others() -> None:
    record = records.decode(stored(), KEY)
    records.touch(record, a.note(a.NOON + 9, "Likes violets"), a.NOON + 9, a.HOUSE)
    again = records.decode(records.encode(record, KEY), KEY)
    assert [note.text for note in records.slice_of(again, "notes").kept] == [
        "Aline Montclar is left-handed",
        "Likes violets",
    ]
    assert records.values(again, a.NOON)["profile"]["name"] == "Aline Montclar"


def test_what_changed_and_is_not_sealed_again_lies_open() -> None:
    record = records.decode(stored(), KEY)
    records.own(record, "notes").kept.clear()
    for key in (None, KEY):
        again = records.decode(records.encode(record), key)
        assert names(again) == {"profile"}


def test_what_was_written_without_the_key_joins_what_is_sealed() -> None:
    record = records.decode(stored())
    records.touch(record, a.licence(interests=["opera"], card="c1"), a.NOON, a.HOUSE)
    assert names(record) == {"licences"}
    both = records.decode(records.encode(record), KEY)
    assert names(both) == {"profile", "notes", "licences"}
    sealed = records.encode(both, KEY)
    assert b"opera" not in sealed
    assert names(records.decode(sealed, KEY)) == {"profile", "notes", "licences"}


def test_words_that_are_often_said_take_less_than_others_of_their_length() -> None:
    usual, other = ({"timezone": zone} for zone in ("Europe/Paris", "Utopia/Eurus"))
    made = [records.encode(a.record_of(a.profile(fields=fields)), KEY) for fields in (usual, other)]
    assert len(made[0]) <= len(made[1]) - 8


def test_a_slice_nobody_knows_any_more_is_passed_over() -> None:
    kept = msgspec.msgpack.decode(stored()) | {"y": locked({"Z": [1]}, KEY)}
    assert names(records.decode(msgspec.msgpack.encode(kept), KEY)) == set()
