"""What was proposed about a client, and what staff made of it."""

from typing import Any

import pytest

from feature_store import record as records
from feature_store.features.attention import FEATURE, KEPT, OVER, Attention, Proposed, bound
from tests import builders as a


def proposed(id: str = "a1", **changes: Any) -> Attention:
    given: dict[str, Any] = {
        "action": "welcome",
        "ref": "vendome",
        "inbox": "lumiere/vendome",
        "at": int(a.NOON),
    }
    return Attention({id: Proposed(**(given | {"until": int(a.NOON + 600)} | changes))})


def told(*verdicts: str) -> Proposed:
    record = records.Record(**{FEATURE.letter: proposed()})
    for verdict in verdicts:
        event = a.event("staff.feedback", oid="q" * 16, alert="a1", staff="camille", verdict=verdict)
        assert records.touch(record, event, a.NOON, a.HOUSE)
    entry: Proposed = records.slice_of(record, "attention").alerts["a1"]
    return entry


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
    entry = told("dismissed", "claimed")
    assert (entry.step, entry.verdict) == (OVER, "dismissed")


def test_seen_after_claimed_does_not_go_back() -> None:
    assert told("claimed", "seen").verdict == "claimed"


@pytest.mark.parametrize("verdict", ["accepted", "edited"])
def test_who_accepts_promises_and_the_alert_goes_on(verdict: str) -> None:
    entry = told("claimed", verdict)
    assert entry.accepted
    assert entry.step < OVER
    assert told("claimed", verdict, "done").step == OVER


def test_a_verdict_on_an_alert_nobody_knows_changes_nothing() -> None:
    record = records.Record()
    event = a.event("staff.feedback", oid="q" * 16, alert="unknown", staff="camille", verdict="done")
    records.touch(record, event, a.NOON, a.HOUSE)
    assert records.slice_of(record, "attention").alerts == {}


def test_of_many_the_oldest_that_are_over_go_first_and_a_never_stays() -> None:
    slice = Attention()
    slice.alerts |= proposed("never", step=OVER, verdict="never", at=1).alerts
    slice.alerts |= proposed("open", at=2).alerts
    for n in range(KEPT + 3):
        slice.alerts |= proposed(f"over{n}", step=OVER, at=10 + n).alerts
    bound(slice)
    assert set(slice.alerts) == {"never", "open", *(f"over{n}" for n in range(5, KEPT + 3))}


def test_of_two_parts_the_further_one_knows_better() -> None:
    here, there = proposed(revision=1), proposed(revision=2, until=int(a.NOON + 9_000))
    for parts in ([here, there], [there, here]):
        assert FEATURE.merge(parts).alerts["a1"].revision == 2
    done = proposed(step=OVER)
    assert FEATURE.merge([there, done]).alerts["a1"].step == OVER
