"""What somebody answered an alert is told its inbox once more: one that has lost it has it again."""

from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from agents.alert_life import incoming, status
from agents.attention import ANSWERS
from agents.deliver import Delivery, deliver, unpack
from agents.verdict import Accepted, becomes, verdict
from feature_store import record as records
from feature_store.features.attention import OPEN
from feature_store.inbox import Entry, Held, View
from schemas.alerts import Addressee, AlertChange, Answer, Given, InboxMessage, Shown, StatusChange, to_json
from schemas.events.staff import Verdict
from schemas.times import iso
from tests import builders as a
from tests.alerts import NOW, a_change, an_entry, lumiere
from tests.builders import Line, Raw

TEAM = Addressee(team="vendome-team")
MAISONS = {"lumiere": lumiere()}
VENDOME = "lumiere/vendome"
SOON = iso(NOW + 900)
WAYS: dict[str, Any] = {"card": "c1"}


def said(given: Given, staff: str = "camille", at: float = NOW, until: str = SOON) -> StatusChange:
    """The topic tells of an answer."""
    answer = Answer(
        staff=staff,
        verdict=given,
        until=until if given == "snoozed" else None,
        say="With pleasure" if given == "edited" else None,
    )
    return StatusChange(
        id="a1", revision=1, maison="lumiere", status=becomes(given), at=iso(at), answer=answer
    )


def answered(entry: Entry, given: Given, staff: str = "camille", at: float = NOW) -> Entry:
    """Somebody answers in the inbox."""
    outcome = verdict(entry, staff, given, at, SOON, "With pleasure")
    assert isinstance(outcome, Accepted)
    return outcome.entry


def told(entry: Entry, *changes: StatusChange, now: float = NOW + 60) -> Entry:
    for change in changes:
        entry, _ = status(entry, change, TEAM, now)
    return entry


# In the inbox


@pytest.mark.parametrize("given", get_args(Given))
def test_an_inbox_that_knows_of_an_answer_shows_nothing_new(given: Given) -> None:
    entry = answered(an_entry(), given)
    assert status(entry, said(given), TEAM, NOW + 60) == (entry, None)


@pytest.mark.parametrize("early", [0.0, 0.5])
def test_what_was_said_at_one_moment_or_by_a_slower_clock_counts_again_in_its_order(early: float) -> None:
    first = answered(an_entry(), "accepted")
    entry = answered(first, "snoozed", at=NOW - early)
    times = [one.answered or 0.0 for one in (first, entry)]
    again = told(an_entry(), said("accepted", at=times[0]), said("snoozed", at=times[1]))
    assert (again.alert.status, again.alert.snoozed_until) == ("snoozed", SOON)


def test_two_answers_are_told_at_two_times_of_the_log_which_counts_in_thousandths() -> None:
    first = answered(an_entry(), "accepted", at=NOW + 0.4699996)
    entry = answered(first, "snoozed", at=NOW + 0.47)
    assert iso(first.answered or 0.0) < iso(entry.answered or 0.0)


@pytest.mark.parametrize("given", get_args(Given))
def test_an_inbox_that_lost_an_answer_is_as_if_it_never_had(given: Given) -> None:
    entry, shown = status(an_entry(), said(given), TEAM, NOW + 60)
    assert entry == answered(an_entry(), given)
    assert shown == Shown(kind="retract" if entry.over else "update", alert=entry.alert)
    assert verdict(entry, "camille", given, NOW + 70, SOON, "With pleasure") == Accepted(entry=entry)


def test_what_somebody_answered_before_does_not_undo_what_they_answered_since() -> None:
    back = answered(answered(an_entry(), "snoozed"), "claimed", at=NOW + 5)
    assert back.alert.status == "claimed"
    assert told(back, said("snoozed"), said("claimed", at=NOW + 5)) == back


def test_who_took_meanwhile_what_an_inbox_had_forgotten_keeps_it() -> None:
    since = answered(an_entry(), "claimed", "matteo", NOW + 5)
    assert told(since, said("claimed")) == since
    log = (said("claimed"), said("claimed", "matteo", NOW + 5))
    assert told(since, *log).alert.claimed_by == told(an_entry(), *log).alert.claimed_by == "matteo"


@pytest.mark.parametrize("given", ["dismissed", "never", "done"])
def test_what_was_ended_has_ended_whoever_took_it_meanwhile(given: Given) -> None:
    entry = told(answered(an_entry(), "claimed", "matteo", NOW + 5), said(given))
    assert (entry.alert.status, entry.closed_by, entry.closed) == (becomes(given), "camille", given)


def test_a_snooze_that_has_ended_meanwhile_left_it_to_whoever_snoozed() -> None:
    entry = told(an_entry(), said("snoozed"), now=NOW + 901)
    assert (entry.alert.status, entry.alert.claimed_by, entry.alert.snoozed_until) == (
        "claimed",
        "camille",
        None,
    )


def test_what_somebody_took_ends_in_its_time_though_its_record_forgot_that_it_had_escalated() -> None:
    escalated, _ = status(an_entry(), _later("escalated", 2), TEAM, NOW)
    taken = answered(escalated, "claimed", at=NOW + 5)
    over = StatusChange(id="a1", revision=2, maison="lumiere", status="expired", at=iso(NOW + 3600))
    assert told(taken, over, now=NOW + 3600).alert.status == "expired"
    assert told(taken, msgspec.structs.replace(over, at=iso(NOW + 60))) == taken


def test_what_is_over_is_not_brought_back_by_an_answer() -> None:
    entry, _ = status(an_entry(), said("done"), TEAM, NOW)
    assert told(entry, said("claimed", at=NOW + 50), said("dismissed", "matteo", NOW + 55)) == entry


steps = st.lists(
    st.tuples(st.sampled_from(("camille", "matteo")), st.sampled_from(get_args(Given)))
    | st.sampled_from(("moved", "escalated", "done")),
    max_size=12,
)


@drawn(steps, st.integers(0, 12), st.booleans())
def test_whatever_happened_an_inbox_that_reads_it_again_is_as_it_was(
    happens: list[Any], lost: int, twice: bool
) -> None:
    """From any moment on: the topic has everything, also what the inbox was told by people."""
    log: list[AlertChange | StatusChange] = [a_change()]
    entry, _ = incoming(None, a_change(), TEAM, NOW)
    copies = [(entry, 1)]
    for n, step in enumerate(happens, 2):
        if isinstance(step, tuple):
            outcome = verdict(entry, *step, NOW + n, SOON, "With pleasure")
            if not isinstance(outcome, Accepted):
                continue
            entry = outcome.entry
            log.append(said(step[1], step[0], NOW + n))
        else:
            log.append(_later(step, n))
            entry = _follow(entry, log[-1])
        copies.append((entry, len(log)))
    again, read = copies[min(lost, len(copies) - 1)]
    for change in log[read:] * (1 + twice):
        again = _follow(again, change)
    assert _seen(again) == _seen(entry)


def _later(step: str, n: int) -> AlertChange | StatusChange:
    if step == "moved":
        return a_change(revision=n, title=f"In {n} minutes")
    what: Any = "open" if step == "escalated" else step
    return StatusChange(
        id="a1", revision=n, maison="lumiere", status=what, escalated=1 if step == "escalated" else 0,
        at=iso(NOW + n),
    )  # fmt: skip


def _follow(entry: Entry, change: AlertChange | StatusChange) -> Entry:
    after, _ = (
        status(entry, change, TEAM, NOW + 60)
        if isinstance(change, StatusChange)
        else incoming(entry, change, TEAM, NOW + 60)
    )
    return after


def _seen(entry: Entry) -> Entry:
    """All but what counts how often and when it changed."""
    alert = msgspec.structs.replace(entry.alert, revision=0, at="")
    return msgspec.structs.replace(entry, alert=alert, answered=None)


# On its way there


def delivered(*messages: InboxMessage, **view: Any) -> Delivery:
    raws = [Raw(key=VENDOME.encode(), offset=10 + n, value=to_json(one)) for n, one in enumerate(messages)]
    slice = unpack(raws, MAISONS)
    assert slice.dead == []
    return deliver(slice, {VENDOME: View(inbox=VENDOME, **view)}, MAISONS, NOW, "log-1")


def test_an_inbox_that_lost_an_alert_and_its_end_shows_it_to_nobody() -> None:
    got = delivered(a_change(), said("dismissed"), a_change("a2"))
    write = got.writes[VENDOME]
    assert write.entries["a1"].alert.status == "dismissed"
    assert [(one.kind, one.alert.id) for one in write.shown] == [("alert", "a2")]
    assert [event.data.alert for event in got.feedback] == ["a2"]


def test_an_inbox_that_lost_an_alert_and_a_claim_shows_it_once_and_claimed() -> None:
    [shown] = delivered(a_change(), said("claimed"), said("accepted", at=NOW + 1)).writes[VENDOME].shown
    assert (shown.kind, shown.alert.status, shown.alert.accepted) == ("alert", "claimed", True)


def test_an_answer_that_an_inbox_lost_changes_what_is_on_the_screens_once() -> None:
    held = {"a1": Held(entry=an_entry(), position="5-0")}
    got = delivered(said("claimed"), said("done", at=NOW + 1), epoch="log-1", held=held)
    assert [(one.kind, one.alert.status) for one in got.writes[VENDOME].shown] == [("retract", "done")]


def test_an_answer_that_its_inbox_knows_moves_how_far_it_has_read_and_nothing_else() -> None:
    held = {"a1": Held(entry=answered(an_entry(), "claimed"), position="5-0")}
    write = delivered(said("claimed"), epoch="log-1", held=held).writes[VENDOME]
    assert (write.shown, write.offset, write.entries["a1"]) == ((), 10, held["a1"].entry)


def test_an_answer_that_makes_no_sense_is_set_aside() -> None:
    raw = Raw(key=VENDOME.encode(), offset=0, value=to_json(said("snoozed", until="tomorrow")))
    [dead] = unpack([raw], MAISONS).dead
    assert dead.reason == "until: not a time with a zone"


# From whom it comes


async def welcomed() -> tuple[Line, Any]:
    line = Line()
    await line.tell(a.profile(a.NOON - 60, {"name": "Aline", "language": "fr"}, **WAYS))
    [change] = await line.tell(a.checkin(**WAYS))
    return line, change.alert


@pytest.mark.parametrize("given", get_args(Verdict))
async def test_whoever_keeps_the_record_tells_the_inbox_of_each_answer_and_of_nothing_else(
    given: Verdict,
) -> None:
    line, alert = await welcomed()
    until = {"until": iso(a.NOON + 600)} if given == "snoozed" else {}
    text = {"text": "Bonsoir"} if given == "edited" else {}
    event = a.feedback(alert, given, a.NOON + 30, **until, **text)
    await line.tell(event)
    if given not in ANSWERS:
        assert line.answers == []
        return
    [(inbox, change)] = line.answers
    assert inbox == VENDOME
    assert (change.id, change.revision, change.status) == (alert.id, 1, becomes(ANSWERS[given]))
    assert change.at == iso(a.NOON + 30)
    assert change.answer == Answer(staff="camille", verdict=ANSWERS[given], **until, say=text.get("text"))


async def test_an_answer_to_what_is_over_or_never_was_is_told_nobody() -> None:
    line, alert = await welcomed()
    await line.tell(a.feedback(alert, "done", a.NOON + 30), a.feedback(alert, "claimed", a.NOON + 31))
    await line.tell(a.feedback(msgspec.structs.replace(alert, id="other"), "claimed", a.NOON + 32))
    assert [change.status for _, change in line.answers] == ["done"]


async def test_what_was_shown_to_nobody_is_called_off_in_the_log_too() -> None:
    line, alert = await welcomed()
    await line.tell(a.feedback(alert, "withheld", a.NOON + 30, staff="vendome-team"))
    [(inbox, change)] = line.statuses
    assert (inbox, change.id, change.status, change.revision) == (VENDOME, alert.id, "retracted", 2)


async def test_an_answer_to_a_card_that_the_record_has_no_room_for_is_told_the_inbox_it_is_in() -> None:
    line, cards = Line(), []
    for n in range(OPEN + 1):
        await line.tell(a.booking(a.NOON + n, booking_id=f"b{n}", guest_id="g1"))
        [change] = await line.tell(a.arrival(a.NOON + n, a.NOON + a.HOUR, booking_id=f"b{n}", guest_id="g1"))
        cards.append(change.alert)
    first = cards[0]
    gone = [(change.id, change.status, change.revision) for _, change in line.statuses]
    assert gone == [(first.id, "retracted", 2)], "what is followed no more stands on no screen"
    assert first.id not in records.slice_of(await line.client(guest_id="g1"), "attention").alerts
    await line.tell(a.feedback(first, "claimed", a.NOON + 60, staff="louis"))
    assert line.answers == []
    await line.tell(a.feedback(first, "claimed", a.NOON + 60, staff="louis", place="riviera"))
    [(inbox, change)] = line.answers
    assert (inbox, change.id, change.status) == ("lumiere/riviera", first.id, "claimed")
    assert change.answer == Answer(staff="louis", verdict="claimed")
    await line.tell(a.feedback(cards[-1], "done", a.NOON + 61, staff="louis", place="riviera"))
    await line.tell(a.feedback(cards[-1], "claimed", a.NOON + 62, staff="louis", place="riviera"))
    assert [one.status for _, one in line.answers] == ["claimed", "done"], "what is over is told nobody"


async def test_a_replay_tells_no_inbox_what_was_answered_then() -> None:
    line, alert = await welcomed()
    await line.slice([a.feedback(alert, "claimed", a.NOON + 30)], silent=True)
    assert line.answers == []
