"""Bytes of any topic, read by a typed decoder: what is wrong is told, and no value."""

import msgspec
import pytest

from schemas.codec import Unreadable, readable
from schemas.messages import LinkChange

DECODER = msgspec.json.Decoder(LinkChange)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "not JSON"),
        (b"Aline", "not JSON"),
        (b'{"maison":"\xff"}', "not JSON"),
        (b'{"Aline":' + b"[" * 100_000, "not JSON"),
        (b'{"maison":1}', "Expected `str`, got `int` - at `$.maison`"),
        (b"{}", "Object missing required field `maison`"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_way(value: bytes | None, reason: str) -> None:
    with pytest.raises(Unreadable) as told:
        readable(DECODER, value)
    assert str(told.value).startswith(reason)
    assert "Aline" not in str(told.value)
    assert "0xff" not in str(told.value)
