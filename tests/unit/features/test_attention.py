"""What was proposed about a client, and what staff made of it."""

from typing import Any
from zlib import crc32

import msgspec
import pytest

from feature_store import record as records
from feature_store.days import day_of
from feature_store.feature import short
from feature_store.features.attention import (
    FEATURE,
    KEPT,
    OPEN,
    OVER,
    REACHED,
    STEPS,
    Attention,
    Past,
    Proposed,
    called_off,
    coded,
    further,
    is_over,
    keep,
    last_said,
    never,
    past,
    reached,
    way_of,
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


def told(*verdicts: str, at: float = a.NOON, because: str | None = None, **changes: Any) -> Attention:
    record = records.Record(**{FEATURE.letter: proposed(**changes)})
    for verdict in verdicts:
        said = {"oid": "q" * 16, "alert": "a1", "staff": "camille", "verdict": verdict, "because": because}
        assert records.touch(record, a.event("staff.feedback", at, **said), at, a.HOUSE)
    slice: Attention = records.slice_of(records.decode(records.encode(record)), "attention")
    return slice


def test_an_open_proposal_counts_until_its_time_is_over() -> None:
    slice = proposed()
    assert FEATURE.values(slice, a.NOON) == {
        "open": 1,
        "accepted": 0,
        "dismissed": 0,
        "never": [],
        "last": int(a.NOON),
    }
    assert [FEATURE.values(slice, a.NOON + n)["open"] for n in (599, 600)] == [1, 0]


def test_a_claim_after_a_dismissal_changes_nothing() -> None:
    slice = told("dismissed", "claimed")
    assert slice.alerts == {}
    assert [entry.end for entry in past(slice)] == ["dismissed"]


def test_seen_after_claimed_does_not_go_back() -> None:
    assert told("claimed", "seen").alerts["a1"].verdict == "claimed"
    assert told("claimed", "snoozed").alerts["a1"].verdict == "snoozed", "of two steps alike the later one"
    assert not told("claimed").alerts["a1"].accepted


@pytest.mark.parametrize(
    ("verdict", "counts"), [("dismissed", (0, 1)), ("never", (0, 1)), ("done", (1, 0)), ("expired", (0, 0))]
)
def test_what_staff_made_of_it_is_counted(verdict: str, counts: tuple[int, int]) -> None:
    values = FEATURE.values(told(verdict), a.NOON)
    assert (values["accepted"], values["dismissed"]) == counts


def test_of_what_is_over_a_few_bytes_say_what_it_was_and_how_it_ended() -> None:
    about = crc32(b"welcome\x1fvendome")
    for end in ("done", "seen"):
        for accepted in (False, True):
            over = {"step": OVER, "verdict": end, "revision": 3, "accepted": accepted}
            ended = Past(crc32(b"a1"), about, int(a.NOON), 3, accepted, end if end == "done" else "")
            assert [*past(proposed(**over))] == [ended]
    (ancient,) = past(proposed(step=OVER, at=-9, revision=99))
    assert (ancient.at, ancient.revision) == (0, 15)


def test_an_action_that_most_houses_have_is_kept_as_a_number_that_never_changes() -> None:
    assert (coded("boutique_welcome"), coded("birthday"), coded("of_this_house")) == (0, 11, "of_this_house")
    named = [proposed(code=coded(action)).alerts["a1"].action for action in ("birthday", "of_this_house")]
    assert named == ["birthday", "of_this_house"]


TODAY = day_of(a.NOON)


@pytest.mark.parametrize("channel", ["email", "whatsapp", None])
def test_who_says_they_reach_the_client_has_reached_them_that_day(channel: str | None) -> None:
    way = way_of(channel)
    for verdicts in (["accepted"], ["edited"], ["done"], ["claimed", "accepted", "done"]):
        assert reached(told(*verdicts, way=way)) == [(TODAY, channel)], verdicts
    assert reached(told("dismissed", way=way, because="declined")) == [(TODAY, channel)]


def test_nobody_was_reached_by_what_was_not_taken_on_or_needs_no_word_to_them() -> None:
    way = way_of("email")
    for verdict, because in [("claimed", None), ("dismissed", None), ("dismissed", "looked_after")]:
        assert reached(told(verdict, way=way, because=because)) == [], (verdict, because)
    assert reached(told("accepted")) == []


def test_the_last_six_days_on_which_a_client_was_reached_are_remembered() -> None:
    days = [told("done", at=a.NOON + n * 86_400, way=way_of("email")) for n in range(REACHED + 2)]
    last = [(TODAY + n, "email") for n in range(2, REACHED + 2)]
    assert reached(FEATURE.merge(days)) == reached(FEATURE.merge(days[::-1])) == last
    twice = told("accepted", way=way_of("email"))
    twice.alerts |= {"a2": proposed(way=way_of("sms")).alerts["a1"]}
    record = records.Record(**{FEATURE.letter: twice})
    said = a.event("staff.feedback", oid="q" * 16, alert="a2", staff="camille", verdict="done")
    records.touch(record, said, a.NOON, a.HOUSE)
    assert {channel for _, channel in reached(twice)} == {"email", "sms"}


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
    gone = [keep(slice, {f"open{n}": Proposed("welcome", at=30 + n, **given)}) for n in range(OPEN + 1)]
    assert [[*one] for one in gone[-3:]] == [[], ["open"], ["open0"]]
    assert is_over(slice, "never")
    keep(slice, {"a-first-by-name": Proposed("welcome", at=99, **given)})
    assert "a-first-by-name" in slice.alerts, "of what is alike the oldest goes, whatever its name"
    assert "open1" not in slice.alerts


def test_of_what_is_open_the_least_urgent_goes_first_and_what_somebody_has_taken_last() -> None:
    slice = Attention()
    for n in range(OPEN):
        step, urgency = (STEPS["claimed"], 1) if n == 5 else (0, 2 if n in (3, 4) else 3)
        entry = Proposed("room", str(n), "riviera", at=n, until=100 - n, step=step, urgency=urgency)
        assert keep(slice, {str(n): entry}) == {}
    new = {f"new{n}": Proposed("room", f"n{n}", "riviera", at=99, until=9, urgency=5) for n in range(4)}
    assert [[*keep(slice, {alert: entry})] for alert, entry in new.items()] == [["4"], ["3"], ["11"], ["10"]]


def test_who_has_six_nevers_has_open_cards_followed_all_the_same() -> None:
    slice, given = Attention(), {"place": "vendome", "until": 0}
    for n in range(KEPT):
        keep(slice, {f"n{n}": Proposed(f"act{n}", "r", at=n, step=OVER, verdict="never", **given)})
    assert keep(slice, {"open": Proposed("welcome", "r", at=99, **given)}) == {}
    assert [*slice.alerts] == ["open"]
    assert all(never(slice, f"act{n}") for n in range(KEPT))


def test_a_never_is_lifted_by_the_name_of_its_action_and_nothing_else_is() -> None:
    record, given = a.record_of(), {"place": "vendome", "until": 0, "step": OVER}
    slice = records.own(record, "attention")
    for n, action in enumerate(("birthday", "lapsing")):
        keep(slice, {f"a{n}": Proposed(coded(action), "r", at=7, verdict="never", **given)})
    keep(slice, {"a9": Proposed(coded("birthday"), "r", at=9, verdict="dismissed", **given)})
    assert FEATURE.values(slice, a.NOON)["never"] == ["lapsing", "birthday"]
    for _ in range(2):
        lift = a.event("staff.feedback", oid="q" * 16, alert="birthday", staff="camille", verdict="again")
        records.touch(record, lift, a.NOON, a.HOUSE)
        assert FEATURE.values(slice, a.NOON)["never"] == ["lapsing"]
    assert sorted(entry.end for entry in past(slice)) == ["", "dismissed", "never"]
    assert is_over(slice, "a0")
    assert FEATURE.values(slice, a.NOON)["dismissed"] == 2


def test_what_is_over_is_remembered_by_what_it_was_about() -> None:
    slice = Attention()
    given: dict[str, Any] = {"place": "vendome", "until": 0, "step": OVER}
    keep(slice, {"a1": Proposed("welcome", "vendome", at=7, verdict="expired", **given)})
    keep(slice, {"a2": Proposed("call", "c1", at=9, verdict="never", **given)})
    assert last_said(slice, "welcome", "vendome") == 7
    assert last_said(slice, "welcome", "ginza") is None
    assert (never(slice, "call"), never(slice, "welcome")) == (True, False)
    waits = proposed(ref="c1")
    assert [last_said(waits, *about) for about in (("welcome", "c1"), ("welcome", "c2"), ("call", "c1"))] == [
        int(a.NOON), None, None,
    ]  # fmt: skip


def test_what_stands_again_since_is_not_called_off() -> None:
    slice = proposed(step=OVER, verdict="retracted")
    assert called_off(slice, "welcome", "vendome")
    keep(slice, proposed("a2", at=int(a.NOON + 9)).alerts)
    assert not called_off(slice, "welcome", "vendome")
    apart = [proposed(step=OVER, verdict="retracted"), proposed("a2", at=int(a.NOON + 9))]
    assert not called_off(FEATURE.merge(apart), "welcome", "vendome")


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
    again = proposed(verdict="dismissed").alerts
    again["a1"].step = OVER
    keep(slice, again)
    assert [entry.end for entry in past(slice)] == ["done"], "nor does it end anew"


def test_a_subject_whose_name_is_endless_takes_few_bytes_and_is_known_again() -> None:
    long = "x" * 250
    assert last_said(proposed(ref=short(long), at=7), "welcome", long) == 7


def test_of_two_parts_the_further_one_knows_better() -> None:
    here, there = proposed(revision=1), proposed(revision=2, until=int(a.NOON + 9_000))
    for parts in ([here, there], [there, here]):
        assert FEATURE.merge(parts).alerts["a1"].revision == 2
    done = proposed(step=OVER)
    assert is_over(FEATURE.merge([there, done]), "a1")
    one = proposed().alerts["a1"]
    assert not further(one, one)
    taken, left = proposed(step=OVER, verdict="done", accepted=True), proposed(step=OVER, verdict="expired")
    for parts in ([taken, left], [left, taken]):
        assert [entry.end for entry in past(FEATURE.merge(parts))] == ["done"]


def test_twelve_open_proposals_with_the_longest_texts_stay_small() -> None:
    slice = Attention()
    for n in range(OPEN):
        entry = Proposed("boutique_welcome", short(f"{n}" + "x" * 39), "vendome", 2**31, 2**31, purpose=4)
        keep(slice, {f"{n:011}": entry})
    record = records.Record(**{FEATURE.letter: slice})
    for alert in slice.alerts:
        event = a.event("staff.feedback", oid="q" * 16, alert=alert, staff="s" * 250, verdict="accepted")
        records.touch(record, event, a.NOON, a.HOUSE)
    assert len(slice.alerts) == OPEN
    assert len(msgspec.msgpack.encode(slice)) <= 2_000
