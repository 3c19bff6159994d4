"""What the checkpoint topic holds, and that only its own key opens it."""

import re

import msgspec
import pytest

from feature_store.checkpoint import (
    FORMAT,
    Kept,
    Mark,
    Unopened,
    Waiting,
    cipher_of,
    mark_name,
    opened,
    part_name,
    part_of,
    sealed,
)
from feature_store.store import Timer

CIPHER = cipher_of(b"a secret")
PART = ("lumiere", "qjGJ8m2C0b1xYz_A")
NAME = part_name(PART)
KEPT = Kept("log-1", {"web.clicks": 41}, b"Aline, as stored")
NONCE = b"n" * 12
REFUSED = "^" + re.escape(
    "a checkpoint can't be opened: it was sealed under another PREVENANCE_MASTER_KEY; give back the one it "
    "was made with, or do without checkpoints (--log-only)"
)
WRITTEN = bytes.fromhex(
    "016e6e6e6e6e6e6e6e6e6e6e6ee0d7c4e0684769fd5c3794c95223a89b29bf4b214e4f5dc68ac01e2737699dcc"
    "5cd8adbb5b4b80cd4395c05ecf7f41ca7eac5db61c5a"
)
"""`KEPT`, as it lies in topics of houses."""


def test_what_was_written_by_an_earlier_version_opens() -> None:
    assert opened(cipher_of(b"a secret"), NAME, WRITTEN, Kept) == KEPT
    assert sealed(cipher_of(b"a secret"), NAME, KEPT, NONCE) == WRITTEN


def test_a_secret_may_be_longer_than_what_is_taken_of_it() -> None:
    value = sealed(cipher_of(b"s" * 64), NAME, KEPT, NONCE)
    assert opened(cipher_of(b"s" * 65), NAME, value, Kept) == KEPT


@pytest.mark.parametrize("kept", [KEPT, Waiting("log-1", 12.5), Mark("log-1", {"web.clicks": 41})])
def test_what_was_sealed_opens_again(kept: Kept | Waiting | Mark) -> None:
    assert opened(CIPHER, NAME, sealed(CIPHER, NAME, kept, NONCE), type(kept)) == kept


def test_nothing_of_a_record_is_readable() -> None:
    value = sealed(CIPHER, NAME, KEPT, NONCE)
    assert b"Aline" not in value
    assert b"web.clicks" not in value


@pytest.mark.parametrize("wrong", ["another secret", "another part", "a changed byte", "cut"])
def test_no_record_stands_in_for_another(wrong: str) -> None:
    value = sealed(CIPHER, NAME, KEPT, NONCE)
    cipher = cipher_of(b"another") if wrong == "another secret" else CIPHER
    name = NAME + "x" if wrong == "another part" else NAME
    if wrong == "a changed byte":
        value = value[:-1] + bytes([value[-1] ^ 1])
    elif wrong == "cut":
        value = value[:20]
    with pytest.raises(Unopened, match=REFUSED):
        opened(cipher, name, value, Kept)


def test_a_newer_format_is_refused_in_words() -> None:
    value = b"\x02" + sealed(CIPHER, NAME, KEPT, NONCE)[len(FORMAT) :]
    with pytest.raises(Unopened, match=r"^a checkpoint has format 02, this version knows 01: upgrade it$"):
        opened(CIPHER, NAME, value, Kept)


def test_a_key_says_whether_it_is_a_part_a_timer_or_a_mark() -> None:
    assert part_of(NAME) == PART
    timers = [Timer(*PART, name, 1.0).member for name in ("cart:s1", "expire:JJr1OZ3aTyk", "x")]
    assert [part_of(member) for member in [*timers, mark_name(3)]] == [None] * 4


def test_the_key_of_the_topic_is_of_no_other_use() -> None:
    value = sealed(CIPHER, NAME, KEPT, NONCE)
    assert msgspec.msgpack.encode(KEPT) not in value
    assert value != sealed(cipher_of(b"a secret "), NAME, KEPT, NONCE)
