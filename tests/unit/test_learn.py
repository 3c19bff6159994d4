"""What a model has learned is never taken for something else."""

import msgspec
import pytest

from feature_store.learning import LAYOUT, Head, decode_head
from feature_store.store import OtherLayout

KEPT = bytes.fromhex("97a36c6f670102cb3fe000000000000080c40000")
"""A head as the first version kept it, which named no layout."""


def test_what_the_first_version_kept_is_read() -> None:
    assert decode_head(KEPT, "log") == Head("log", 1, 2, 0.5)


def test_a_model_that_begins_is_kept_in_the_newest_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feature_store.learning.LAYOUT", 7)
    assert decode_head(b"", "log") == Head("log", layout=7)


@pytest.mark.parametrize("layout", [LAYOUT - 1, LAYOUT + 1])
def test_what_another_version_kept_in_another_layout_is_refused_in_words(layout: int) -> None:
    kept = msgspec.msgpack.encode(Head("log", layout=layout))
    with pytest.raises(
        OtherLayout,
        match=f"layout {layout}, this worker knows {LAYOUT}: run what kept it, or let all be made again from "
        "the log with `prevenance rebuild --everything --yes`$",
    ):
        decode_head(kept, "log")
