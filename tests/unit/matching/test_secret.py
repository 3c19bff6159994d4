"""What is said of persons is unreadable in the store."""

import pytest

from agents.matching.secret import opened, seal, seal_traits, stand_of, traits_in
from agents.matching.traits import traits_of
from schemas.sealing import SALT, Key

KEY = Key(bytes(32), ("lumiere", "part"), [bytes(SALT)])


def test_what_is_sealed_is_opened_by_the_parts_key_and_holds_no_word() -> None:
    traits = traits_of({"name": "Aline Moreau"}, 5.0)
    sealed = seal_traits(traits, KEY)
    assert traits_in(sealed, KEY) == traits
    assert b"aline" not in sealed


@pytest.mark.parametrize("other", [None, Key(bytes(32), ("autre", "part"), [bytes(SALT)])])
def test_without_its_key_it_is_nothing(other: Key | None) -> None:
    assert opened(seal("Aline", KEY), other) is None
    assert traits_in(seal_traits({"name": (5.0, ("aline",))}, KEY), other) == {}


@pytest.mark.parametrize("garbage", [b"", b"x" * 11, b"x" * 64])
def test_garbage_is_nothing(garbage: bytes) -> None:
    assert opened(garbage, KEY) is None


def test_keys_of_two_maisons_or_peppers_have_nothing_in_common() -> None:
    stands = {stand_of(m, p)("n moreau") for m in ("lumiere", "autre") for p in (b"one", b"other")}
    assert len(stands) == 4
