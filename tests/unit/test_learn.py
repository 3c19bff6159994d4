"""What a model has learned is never taken for something else."""

import msgspec
import pytest

from agents.learn import learn
from agents.rates import RATES
from feature_store.learning import LAYOUT, Head, decode_head
from feature_store.store import OtherLayout
from schemas.messages import Example, Examples, Outcome

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


def told(*items: Example | Outcome) -> Examples:
    return Examples(maison="lumiere", model=RATES.name, items=list(items))


def test_what_has_taught_a_model_already_is_looked_through_for_what_still_waits() -> None:
    """It goes on from a snapshot, as of a later offset than the store beside it."""
    log = [
        (3, told(*(Example(decision=d, x={"a": 1.0}, at=0.0) for d in ("known", "waits")))),
        (4, told(Outcome(decision="known", y=1, at=1.0))),
        (5, told(Outcome(decision="waits", y=1, at=2.0))),
    ]
    begun = Head("log", 3, learned=8, state={"yes": {"a": 8.0}, "n": {"a": 8.0}}, taught=5)
    looked = learn(RATES, begun, log[:2], {})
    assert (looked.head.state, looked.head.learned, looked.head.offset) == (begun.state, 8, 5)
    assert (looked.put, looked.drop) == ({"waits": {"a": 1.0}}, ["known"])
    after = learn(RATES, looked.head, log[2:], looked.put).head
    assert (after.state, after.learned, after.offset) == ({"yes": {"a": 9.0}, "n": {"a": 9.0}}, 9, 6)
