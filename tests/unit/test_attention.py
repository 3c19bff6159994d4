"""What follows an alert: verdicts, snoozes, escalation, its end."""

from functools import partial
from typing import Any

import msgspec
import pytest

from agents.attention import SAID, WITHIN, entry_of, on_feedback, on_timer
from feature_store import record as records
from feature_store.features.attention import OPEN, Proposed, keep
from feature_store.store import FOLLOW_UPS, Timer
from schemas.alerts import AlertChange
from schemas.messages import Outcome
from tests import builders as a
from tests.builders import Line

WAYS: dict[str, Any] = {"card": "c1"}


async def welcomed() -> tuple[Line, Any]:
    """A line on which a known client has just been welcomed, and the alert."""
    line = Line()
    await line.tell(a.profile(a.NOON - 60, {"name": "Aline", "language": "fr"}, **WAYS))
    [change] = await line.tell(a.checkin(**WAYS))
    assert isinstance(change, AlertChange)
    return line, change.alert


def statuses(line: Line) -> list[tuple[str, int, int]]:
    return [(s.status, s.revision, s.escalated) for _, s in line.statuses]


async def test_nobody_answers_the_team_hears_it_then_the_managers_then_its_time_is_over() -> None:
    line, alert = await welcomed()
    await line.tell(a.feedback(alert, "seen", a.NOON + 1))
    await line.until(a.NOON + 179)
    assert statuses(line) == []
    await line.until(a.NOON + 200)
    assert statuses(line) == [("open", 2, 1)]
    await line.until(a.NOON + 400)
    assert statuses(line) == [("open", 2, 1), ("open", 3, 2)]
    await line.until(a.NOON + 46 * a.MINUTE)
    assert statuses(line)[-1] == ("expired", 4, 0)
    assert {s.id for _, s in line.statuses} == {alert.id}
    assert [(o.decision, o.y) for o in line.outcomes] == [(alert.id, 0)]
    assert await line.timers() == 0


@pytest.mark.parametrize("told", [False, True])
async def test_what_was_seen_by_nobody_teaches_nothing_though_it_lay_in_an_inbox(told: bool) -> None:
    """A hotel that is closed for two months would find its advisors told of nothing when it opens."""
    line, alert = await welcomed()
    if told:
        await line.tell(a.feedback(alert, "delivered", a.NOON + 1))
    await line.until(a.NOON + 46 * a.MINUTE)
    assert [(o.decision, o.y) for o in line.outcomes] == [(alert.id, None)]


@pytest.mark.parametrize("verdict", ["claimed", "accepted", "edited"])
async def test_what_somebody_took_does_not_escalate(verdict: str) -> None:
    line, alert = await welcomed()
    await line.tell(a.feedback(alert, verdict, a.NOON + 30))
    await line.until(a.NOON + 40 * a.MINUTE)
    assert statuses(line) == []


@pytest.mark.parametrize("verdict", ["delivered", "seen"])
async def test_what_was_only_looked_at_does(verdict: str) -> None:
    line, alert = await welcomed()
    await line.tell(a.feedback(alert, verdict, a.NOON + 30))
    await line.until(a.NOON + 200)
    assert statuses(line) == [("open", 2, 1)]


@pytest.mark.parametrize(
    ("verdicts", "labels", "open_after"),
    [
        (["delivered"], [None], 1),
        (["seen"], [0], 1),
        (["claimed"], [None], 1),
        (["claimed", "seen"], [None], 1),
        (["snoozed"], [0], 1),
        (["snoozed", "claimed"], [None], 1),
        (["accepted"], [1], 1),
        (["edited"], [1], 1),
        (["done"], [1], 0),
        (["dismissed"], [0], 0),
        (["never"], [0], 0),
        (["expired"], [None], 0),
        (["seen", "expired"], [0], 0),
        (["claimed", "expired"], [None], 0),
        (["withheld"], [None], 0),
        (["withheld", "withheld"], [None], 0),
        (["seen", "claimed", "accepted", "done"], [1], 0),
        (["accepted", "accepted"], [1], 1),
        (["accepted", "dismissed"], [1], 0),
        (["dismissed", "accepted"], [0], 0),
        (["done", "done"], [1], 0),
    ],
    ids=lambda value: (
        "-".join(value) if isinstance(value, list) and value and isinstance(value[0], str) else ""
    ),
)
async def test_a_verdict_is_a_label_once(
    verdicts: list[str], labels: list[int | None], open_after: int
) -> None:
    line, alert = await welcomed()
    for n, verdict in enumerate(verdicts):
        await line.tell(a.feedback(alert, verdict, a.NOON + n))
    assert records.values(await line.client(**WAYS), line.now)["attention"]["open"] == open_after
    left = [timer.name for timer in await line.waiting() if not timer.name.startswith(tuple(SAID))]
    assert (not left) == (open_after == 0)
    await line.until(a.NOON + 46 * a.MINUTE)
    assert [o.y for o in line.outcomes] == labels
    assert await line.timers() == 0


@pytest.mark.parametrize("verdict", ["accepted", "done", "dismissed", "never"])
async def test_what_staff_said_is_learned_when_it_would_be_known_that_they_said_nothing(verdict: str) -> None:
    """Else the first to be known of what is said in one morning were who accepts it, and then, three days
    later and within one half hour, all who never did: models that forget would believe the last of them."""
    told = {}
    for said in (verdict, "seen"):
        line, alert = await welcomed()
        await line.tell(a.feedback(alert, said, a.NOON + 60))
        await line.until(a.NOON + 44 * a.MINUTE)
        assert line.outcomes == []
        await line.until(a.NOON + 46 * a.MINUTE)
        [told[said]] = line.outcomes
    assert told[verdict].at == told["seen"].at


async def test_an_accepted_alert_ends_in_its_time_and_keeps_its_label() -> None:
    line, alert = await welcomed()
    await line.tell(a.feedback(alert, "accepted", a.NOON + 30))
    await line.until(a.NOON + 46 * a.MINUTE)
    assert statuses(line) == [("expired", 2, 0)]
    assert [o.y for o in line.outcomes] == [1]


async def test_a_snooze_ends_when_it_says_and_the_card_is_open_again() -> None:
    line, alert = await welcomed()
    await line.tell(a.feedback(alert, "snoozed", a.NOON + 30, until=a.iso(a.NOON + 600)))
    await line.until(a.NOON + 590)
    assert statuses(line) == []
    await line.until(a.NOON + 610)
    assert statuses(line) == [("open", 2, 0)]


async def test_a_snooze_that_names_no_end_lasts_a_quarter_of_an_hour() -> None:
    line, alert = await welcomed()
    await line.tell(a.feedback(alert, "snoozed", a.NOON))
    await line.until(a.NOON + 15 * a.MINUTE + 1)
    assert statuses(line) == [("open", 2, 0)]


async def test_a_claim_ends_a_snooze() -> None:
    line, alert = await welcomed()
    await line.tell(a.feedback(alert, "snoozed", a.NOON, until=a.iso(a.NOON + 600)))
    await line.tell(a.feedback(alert, "claimed", a.NOON + 60))
    await line.until(a.NOON + 700)
    assert statuses(line) == []


async def test_a_verdict_on_an_alert_that_is_not_the_clients_changes_nothing() -> None:
    line, alert = await welcomed()
    other = msgspec.structs.replace(alert, id="of-somebody-else")
    await line.tell(a.feedback(other, "done", a.NOON + 5))
    assert line.outcomes == []
    assert records.values(await line.client(**WAYS), line.now)["attention"]["open"] == 1


async def test_an_alert_moved_by_another_part_of_the_client_keeps_its_new_time() -> None:
    line = Line()
    await line.tell(a.profile(a.NOON - 60, {"name": "Aline"}, guest_id="g1", phone="+33600000001"))
    [first] = await line.tell(a.arrival(a.NOON, a.NOON + a.HOUR, phone="+33600000001"))
    [moved] = await line.tell(a.arrival(a.NOON + 60, a.NOON + 3 * a.HOUR, guest_id="g1"))
    assert (moved.alert.id, moved.alert.revision) == (first.alert.id, 2)
    await line.tell(a.feedback(moved.alert, "claimed", a.NOON + 90))
    await line.until(a.NOON + 2 * a.HOUR, step=60)
    assert [s.id for _, s in line.statuses if s.id == first.alert.id] == []
    await line.until(a.NOON + 7 * a.HOUR, step=60)
    told = [(s.status, s.revision, s.escalated) for _, s in line.statuses if s.id == first.alert.id]
    assert told == [("expired", 3, 0)]
    assert [o.y for o in line.outcomes if o.decision == first.alert.id] == [None]


async def test_an_alert_that_another_part_ended_does_not_expire() -> None:
    line = Line()
    await line.tell(a.profile(a.NOON - 60, {"name": "Aline"}, guest_id="g1", phone="+33600000001"))
    [told] = await line.tell(a.arrival(a.NOON, phone="+33600000001"))
    await line.tell(a.hotel("checkin", a.NOON + 60, guest_id="g1"))
    await line.until(a.NOON + 3 * a.HOUR, step=60)
    assert [(s.id, s.status) for _, s in line.statuses] == [(told.alert.id, "done")]


async def answers(verdict: str, *then: Any) -> list[int | None]:
    """What the model of answers learns when staff say this, then this happens, and two weeks pass."""
    line, alert = await a.cart_left()
    await line.tell(a.feedback(alert, verdict, at=a.NOON + a.HOUR))
    await line.tell(*then)
    await line.until(a.NOON + 16 * 86_400, step=86_400 / 2)
    told = (o for o in line.taught["response"] if isinstance(o, Outcome))
    return [o.y for o in told if o.decision == alert.id]


async def test_whether_the_client_answered_is_known_two_weeks_after_staff_followed() -> None:
    later, before = a.NOON + 86_400, a.NOON - 86_400
    assert await answers("accepted", a.purchase(later, client_id="k1")) == [1]
    assert await answers("accepted", a.checkin(later, client_id="k1")) == [1]
    assert await answers("accepted") == [0]
    assert await answers("accepted", a.purchase(before, client_id="k1")) == [0]


async def test_where_staff_were_to_reach_them_a_word_of_the_client_is_an_answer_on_whatever_channel() -> None:
    later = a.NOON + 86_400
    called = a.event("call.incoming", later, client_id="k1", line="l", conversation="c")
    for word in (a.chat(later, client_id="k1"), a.chat(later, channel="email", client_id="k1"), called):
        assert await answers("accepted", word) == [1]
        assert await answers("accepted", word, word, a.purchase(later + 60, client_id="k1")) == [1]
    assert await answers("accepted", a.chat(later, "out", client_id="k1")) == [0]
    assert await answers("accepted", a.chat(a.NOON - 86_400, client_id="k1")) == [0]
    assert await answers("dismissed", a.chat(later, client_id="k1")) == [None]


async def test_an_answer_is_one_by_its_own_time_whatever_came_first_and_however_late() -> None:
    """The client replies a minute after staff followed; their words overtake the verdict, or are late."""
    followed = a.NOON + a.HOUR
    for at, y in ((followed + 60, 1), (followed - 60, 0)):
        for order in ((0, 1), (1, 0)):
            line, alert = await a.cart_left()
            said = (a.feedback(alert, "accepted", at=followed), a.chat(at, client_id="k1"))
            await line.tell(*(said[n] for n in order), now=followed + 86_400)
            await line.until(followed + 14 * 86_400 + 60, step=86_400 / 2)
            assert [o.y for o in line.taught["response"] if isinstance(o, Outcome)] == [y], (at, order)


async def test_who_looks_too_late_does_not_count_what_came_after_the_two_weeks() -> None:
    after = a.NOON + 20 * 86_400
    for then, y in (
        ((), 0),
        ((a.checkin(after, client_id="k1"),), None),
        ((a.chat(a.NOON + 86_400, client_id="k1"), a.checkin(after, client_id="k1")), 1),
    ):
        line, alert = await a.cart_left()
        await line.tell(a.feedback(alert, "accepted", at=a.NOON + a.HOUR), *then)
        await line.until(a.NOON + 21 * 86_400, step=21 * 86_400)
        assert [o.y for o in line.taught["response"] if isinstance(o, Outcome)] == [y]


async def test_newer_alerts_do_not_push_out_what_staff_followed_whose_answer_is_waited_for() -> None:
    line, who = Line(), {"client_id": "k1"}
    agreed = [a.consent(a.NOON - 50, p, "all", **who) for p in ("one_to_one", "profiling")]
    await line.tell(a.profile(a.NOON - 60, {"language": "fr", "advisor": "camille"}, **who), *agreed)
    await line.tell(a.cart(**who))
    await line.until(a.NOON + a.HOUR, step=60)
    [(_, followed)] = line.alerts
    await line.tell(a.feedback(followed.alert, "accepted", a.NOON + a.HOUR + 60))
    for n in range(OPEN + 1):
        stay: dict[str, Any] = {"booking_id": f"b{n}", **who}
        coming = a.arrival(line.now + 90, eta=line.now + a.HOUR, **stay)
        await line.tell(a.booking(line.now + 60, **stay), coming)
    assert followed.alert.id in records.slice_of(await line.client(**who), "attention").alerts
    bought = a.NOON + 9 * 86_400
    await line.until(bought, step=a.HOUR)
    await line.tell(a.purchase(bought, **who))
    await line.until(a.NOON + 31 * 86_400, step=6 * a.HOUR)
    labels = [o for o in line.taught["response"] if isinstance(o, Outcome)]
    assert next(o.y for o in labels if o.decision == followed.alert.id) == 1, "the first is what is learned"
    assert not [timer for timer in await line.waiting() if timer.name.endswith(followed.alert.id)]


@pytest.mark.parametrize("last", [False, True])
async def test_beyond_what_a_client_has_room_for_the_least_urgent_is_taken_back_or_never_told(
    last: bool,
) -> None:
    line, who, told = Line(), {"guest_id": "g1"}, dict[str, str]()
    await line.tell(a.profile(a.NOON - 60, {"language": "fr", "timezone": "Europe/Paris"}, **who))
    repair = [a.case(a.NOON + 60 * last, **who)]
    for event in (
        *repair[last:],
        a.emotion(a.NOON, "worry", 0.9, **who),
        *(
            made(a.NOON + n, booking_id=f"b{n}", **who)
            for n in range(OPEN - 1)
            for made in (a.booking, partial(a.arrival, eta=a.NOON + a.HOUR))
        ),
        *repair[:last],
    ):
        told |= {change.alert.id: change.alert.action for change in await line.tell(event)}
    gone = {status.id: (told.pop(status.id), status.status) for _, status in line.statuses}
    assert [*gone.values()] == ([] if last else [("service_recovery", "retracted")]), "it can wait longest"
    known = records.slice_of(await line.client(**who), "attention").alerts
    assert known.keys() == told.keys()
    assert {"worried", "hotel_arrival"} == {*told.values()}
    waiting = [timer.name.partition(":") for timer in await line.waiting()]
    assert {alert for kind, _, alert in waiting if kind in FOLLOW_UPS} == told.keys()
    repaired = [o.decision for o in line.examples if o.decision not in told]
    assert len({*repaired}) == 1, "what was to be learned of it is let go"
    assert len(repaired) == 2


async def test_what_is_proposed_again_is_a_new_card_also_where_another_part_had_the_old_one() -> None:
    """No inbox brings a card back that is over: whoever lifted a wrong tap would wait for nothing."""
    line, caller, guest = Line(), {"phone": "+33600000001"}, {"guest_id": "g1"}
    await line.tell(a.profile(a.NOON - 60, {"language": "fr", "timezone": "Europe/Paris"}, **caller, **guest))
    await line.tell(a.arrival(a.NOON, **caller))
    [told] = await line.tell(a.arrival(a.NOON + 60, a.NOON + 2 * a.HOUR, **guest))
    await line.tell(a.feedback(told.alert, "never", a.NOON + 90))
    for who in (caller, guest):
        lifted = {"alert": "hotel_arrival", "staff": "camille", "verdict": "again"}
        await line.tell(a.event("staff.feedback", a.NOON + 120, oid=a.part_of(**who)[1], **lifted))
    [again] = await line.tell(a.arrival(a.NOON + 180, a.NOON + 3 * a.HOUR, **guest))
    assert (again.alert.id != told.alert.id, again.alert.revision) == (True, 1)


async def test_what_another_part_of_a_client_has_ended_takes_no_room_once_its_time_is_over() -> None:
    """The taxi is ordered by telephone, the hotel names its guest: of each stay one part knew for good."""
    line, caller, guest = Line(), {"phone": "+33600000001"}, {"guest_id": "g1"}
    await line.tell(a.profile(a.NOON - 60, {"language": "fr", "timezone": "Europe/Paris"}, **caller, **guest))
    for n in range(OPEN + 1):
        await line.until(line.now + 86_400, step=6 * a.HOUR)
        await line.tell(a.arrival(line.now + 60, line.now + a.HOUR, f"b{n}", **caller))
        await line.tell(*(a.hotel(step, line.now + 60, f"b{n}", **guest) for step in ("checkin", "checkout")))
    await line.until(line.now + 86_400, step=6 * a.HOUR)
    assert {s.status for _, s in line.statuses} == {"done"}
    part = a.part_of(**caller)
    record = records.decode((await line.store.peek([part]))[part])
    assert records.slice_of(record, "attention").alerts == {}
    [told] = await line.tell(a.case(line.now + 60, **caller))
    assert told.alert.id not in {s.id for _, s in line.statuses}, "there is room for it"


def test_of_what_the_record_has_lost_nobody_knows_what_became_of_it() -> None:
    record, asked = a.record_of(), Timer("lumiere", "part", "expire:alert", a.NOON)
    follow = on_timer(record, record, asked, a.NOON)
    [later] = follow.timers
    outcomes = [*follow.outcomes, *on_timer(record, record, later, later.due).outcomes]
    assert [(model, o.decision, o.y) for model, o in outcomes] == [
        ("acceptance", "alert", None), ("response", "alert", None),
    ]  # fmt: skip


def test_where_nobody_was_asked_to_reach_them_a_word_is_no_answer() -> None:
    for way, counts in ((0, 0), (1, 1), (2, 1)):
        record = a.record_of()
        entry = Proposed("during_stay", "b", "riviera", int(a.NOON), int(a.NOON + 60), purpose=1, way=way)
        keep(records.own(record, "attention"), {"alert": entry})
        verdict = a.event("staff.feedback", card="c", alert="alert", staff="louis", verdict="accepted")
        follow = on_feedback(record, verdict, "part", entry_of(record, "alert"), a.NOON, a.NOON)
        [asked] = [timer for timer in follow.timers if timer.due == a.NOON + WITHIN]
        wrote = a.record_of(a.chat(a.NOON + 60, card="c"))
        assert [o.y for _, o in on_timer(record, wrote, asked, asked.due).outcomes] == [counts]


@pytest.mark.parametrize(
    ("because", "followed", "answered"),
    [
        (None, [0], [None]),
        ("not_now", [0], [None]),
        ("not_for_them", [0], [None]),
        ("looked_after", [None], [None]),
        ("declined", [1], [0]),
    ],
)
async def test_a_dismissal_teaches_what_its_reason_says(
    because: str | None, followed: list[int | None], answered: list[int | None]
) -> None:
    """Who was asked and declines has answered, and staff followed; what was done already tells nothing."""
    line, alert = await a.cart_left()
    verdict = a.feedback(alert, "dismissed", at=a.NOON + a.HOUR, because=because)
    await line.tell(verdict, a.purchase(a.NOON + 86_400, client_id="k1"))
    await line.until(a.NOON + 16 * 86_400, step=86_400 / 2)
    learned = {
        model: [o.y for o in line.taught[model] if isinstance(o, Outcome) and o.decision == alert.id]
        for model in ("acceptance", "response")
    }
    assert learned == {"acceptance": followed, "response": answered}


@pytest.mark.parametrize("accepted", [False, True])
async def test_that_a_client_declined_is_learned_when_it_would_be_known_that_they_did_not_answer(
    accepted: bool,
) -> None:
    """Else a house that begins would hear of nobody for two weeks but those who decline. What they buy
    meanwhile is no answer to what they declined."""
    line, alert = await a.cart_left()
    if accepted:
        await line.tell(a.feedback(alert, "accepted", at=a.NOON + a.HOUR))
    said = a.NOON + 2 * a.HOUR
    await line.tell(a.feedback(alert, "dismissed", at=said, because="declined"))
    await line.tell(a.purchase(a.NOON + 86_400, client_id="k1"))
    await line.until(said + WITHIN - 600, step=86_400 / 2)
    assert [o for o in line.taught["response"] if isinstance(o, Outcome) and o.decision == alert.id] == []
    await line.until(said + WITHIN + 600)
    told = [o for o in line.taught["response"] if isinstance(o, Outcome)]
    assert [o.y for o in told if o.decision == alert.id] == [0]
    assert not [timer for timer in await line.waiting() if timer.name.endswith(alert.id)]


async def test_of_what_nobody_followed_no_answer_is_learned() -> None:
    assert await answers("dismissed", a.purchase(a.NOON + 86_400, client_id="k1")) == [None]


async def test_what_staff_followed_teaches_though_the_client_proves_to_be_two() -> None:
    """One part has the card as it was, the other knows that it was accepted: the first knows of no answer."""
    line, caller, guest = Line(), {"phone": "+33600000001"}, {"guest_id": "g1"}
    await line.tell(a.profile(a.NOON - 60, {"language": "fr", "timezone": "Europe/Paris"}, **caller, **guest))
    await line.tell(a.arrival(a.NOON, **caller))
    [told] = await line.tell(a.arrival(a.NOON + 60, a.NOON + 2 * a.HOUR, **guest))
    await line.tell(a.feedback(told.alert, "accepted", a.NOON + 90))
    await line.tell(a.link(a.NOON + 120, **guest, with_=caller, linked=False))
    await line.until(a.NOON + 31 * 86_400, step=6 * a.HOUR)
    labels = [o.y for o in line.outcomes if o.decision == told.alert.id]
    assert labels[0] == 1, "the first is what is learned"
    assert not [timer for timer in await line.waiting() if timer.name.endswith(told.alert.id)]
