"""What was proposed about a client, and what staff made of it."""

from typing import Any

import msgspec
import pytest

from feature_store import record as records
from feature_store.feature import short
from feature_store.features.attention import (
    FEATURE,
    KEPT,
    OVER,
    Attention,
    Proposed,
    is_over,
    keep,
    last_said,
    never,
    past,
)
from tests import builders as a


def proposed(id: str = "a1", **changes: Any) -> Attention:
    given: dict[str, Any] = {
        "code": "welcome",
        "ref": "vendome",
        "place": "vendome",
        "at": int(a.NOON),
    }
    slice = Attention()
    keep(slice, {id: Proposed(**(given | {"until": int(a.NOON + 600)} | changes))})
    return slice


def told(*verdicts: str) -> Attention:
    record = records.Record(**{FEATURE.letter: proposed()})
    for verdict in verdicts:
        event = a.event("staff.feedback", oid="q" * 16, alert="a1", staff="camille", verdict=verdict)
        assert records.touch(record, event, a.NOON, a.HOUSE)
    slice: Attention = records.slice_of(records.decode(records.encode(record)), "attention")
    return slice


def test_an_open_proposal_counts_until_its_time_is_over() -> None:
    slice = proposed()
    assert FEATURE.values(slice, a.NOON) == {
        "open": 1,
        "accepted": 0,
        "dismissed": 0,
        "last": int(a.NOON),
    }
    assert FEATURE.values(slice, a.NOON + 601)["open"] == 0


def test_a_claim_after_a_dismissal_changes_nothing() -> None:
    slice = told("dismissed", "claimed")
    assert slice.alerts == {}
    assert [entry.end for entry in past(slice)] == ["dismissed"]


def test_seen_after_claimed_does_not_go_back() -> None:
    assert told("claimed", "seen").alerts["a1"].verdict == "claimed"


@pytest.mark.parametrize("verdict", ["accepted", "edited"])
def test_who_accepts_promises_and_the_alert_goes_on(verdict: str) -> None:
    slice = told("claimed", verdict)
    assert slice.alerts["a1"].accepted
    assert slice.alerts["a1"].step < OVER
    over = told("claimed", verdict, "done")
    assert is_over(over, "a1")
    assert FEATURE.values(over, a.NOON)["accepted"] == 1


def test_a_verdict_on_an_alert_nobody_knows_changes_nothing() -> None:
    record = records.Record()
    event = a.event("staff.feedback", oid="q" * 16, alert="unknown", staff="camille", verdict="done")
    records.touch(record, event, a.NOON, a.HOUSE)
    assert records.slice_of(record, "attention").alerts == {}


def test_of_many_the_oldest_that_are_over_go_first_and_a_never_stays() -> None:
    given: dict[str, Any] = {"ref": "vendome", "place": "vendome", "until": 0}
    slice = Attention()
    keep(slice, {"never": Proposed("welcome", at=1, step=OVER, verdict="never", **given)})
    keep(slice, {"open": Proposed("welcome", at=2, **given)})
    for n in range(KEPT + 3):
        keep(slice, {f"over{n}": Proposed("welcome", at=10 + n, step=OVER, **given)})
    assert list(slice.alerts) == ["open"]
    over = ["never", *(f"over{n}" for n in range(5, KEPT + 3))]
    assert [name for name in (*over, "over4") if is_over(slice, name)] == over
    assert len([*past(slice)]) == len(over)
    for n in range(KEPT + 3):
        keep(slice, {f"open{n}": Proposed("welcome", at=30 + n, **given)})
    assert set(slice.alerts) == {f"open{n}" for n in range(4, KEPT + 3)}
    assert is_over(slice, "never")


def test_what_is_over_is_remembered_by_what_it_was_about() -> None:
    slice = Attention()
    given: dict[str, Any] = {"place": "vendome", "until": 0, "step": OVER}
    keep(slice, {"a1": Proposed("welcome", "vendome", at=7, verdict="expired", **given)})
    keep(slice, {"a2": Proposed("call", "c1", at=9, verdict="never", **given)})
    assert last_said(slice, "welcome", "vendome") == 7
    assert last_said(slice, "welcome", "ginza") is None
    assert (never(slice, "call"), never(slice, "welcome")) == (True, False)


def test_what_nobody_was_shown_is_over_and_was_not_said() -> None:
    slice = Attention()
    spared = Proposed("welcome", "vendome", "vendome", at=7, until=0, step=OVER, verdict="withheld")
    keep(slice, {"a1": spared})
    assert (is_over(slice, "a1"), last_said(slice, "welcome", "vendome")) == (True, None)


def test_what_is_over_does_not_open_again() -> None:
    slice = proposed(step=OVER, verdict="done")
    keep(slice, proposed(revision=9).alerts)
    assert slice.alerts == {}
    assert FEATURE.merge([proposed(revision=9), slice]).alerts == {}


def test_a_subject_whose_name_is_endless_takes_few_bytes_and_is_known_again() -> None:
    long = "x" * 250
    assert last_said(proposed(ref=short(long), at=7), "welcome", long) == 7


def test_of_two_parts_the_further_one_knows_better() -> None:
    here, there = proposed(revision=1), proposed(revision=2, until=int(a.NOON + 9_000))
    for parts in ([here, there], [there, here]):
        assert FEATURE.merge(parts).alerts["a1"].revision == 2
    done = proposed(step=OVER)
    assert is_over(FEATURE.merge([there, done]), "a1")


def test_six_open_proposals_with_the_longest_texts_stay_small() -> None:
    slice = Attention()
    for n in range(KEPT):
        entry = Proposed("boutique_welcome", short(f"{n}" + "x" * 39), "vendome", 2**31, 2**31, purpose=4)
        keep(slice, {f"{n:011}": entry})
    record = records.Record(**{FEATURE.letter: slice})
    for alert in slice.alerts:
        event = a.event("staff.feedback", oid="q" * 16, alert=alert, staff="s" * 250, verdict="accepted")
        records.touch(record, event, a.NOON, a.HOUSE)
    assert len(slice.alerts) == KEPT
    assert len(msgspec.msgpack.encode(slice)) <= 1_100
