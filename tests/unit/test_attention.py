"""What follows an alert: verdicts, snoozes, escalation, its end."""

from typing import Any

import msgspec
import pytest

from feature_store import record as records
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
    await line.tell(a.feedback(alert, "delivered", a.NOON + 1))
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


async def test_what_was_shown_to_nobody_teaches_nothing() -> None:
    line, alert = await welcomed()
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
        (["delivered"], [], 1),
        (["seen"], [], 1),
        (["claimed"], [], 1),
        (["snoozed"], [], 1),
        (["accepted"], [1], 1),
        (["edited"], [1], 1),
        (["done"], [1], 0),
        (["dismissed"], [0], 0),
        (["never"], [0], 0),
        (["expired"], [0], 0),
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
async def test_a_verdict_is_a_label_once(verdicts: list[str], labels: list[int], open_after: int) -> None:
    line, alert = await welcomed()
    for n, verdict in enumerate(verdicts):
        await line.tell(a.feedback(alert, verdict, a.NOON + n))
    assert [o.y for o in line.outcomes] == labels
    assert records.values(await line.client(**WAYS), line.now)["attention"]["open"] == open_after
    assert (await line.timers() == 0) == (open_after == 0)


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
    await line.until(a.NOON + 4 * a.HOUR, step=60)
    told = [(s.status, s.revision, s.escalated) for _, s in line.statuses if s.id == first.alert.id]
    assert told == [("expired", 3, 0)]
    assert [o.y for o in line.outcomes if o.decision == first.alert.id] == [0]


async def test_an_alert_that_another_part_ended_does_not_expire() -> None:
    line = Line()
    await line.tell(a.profile(a.NOON - 60, {"name": "Aline"}, guest_id="g1", phone="+33600000001"))
    [told] = await line.tell(a.arrival(a.NOON, phone="+33600000001"))
    await line.tell(a.hotel("checkin", a.NOON + 60, guest_id="g1"))
    await line.until(a.NOON + 3 * a.HOUR, step=60)
    assert [(s.id, s.status) for _, s in line.statuses] == [(told.alert.id, "done")]


async def cart_left() -> tuple[Line, Any]:
    """A line on which a client's advisor was just told of a cart, and the alert."""
    line, web = Line(), {"client_id": "k1", "session": "s1"}
    agreed = [a.consent(a.NOON - 50, p, "all", client_id="k1") for p in ("one_to_one", "profiling")]
    await line.tell(a.profile(a.NOON - 60, {"language": "fr", "advisor": "camille"}, **web), *agreed)
    await line.tell(a.cart(session="s1"))
    await line.until(a.NOON + a.HOUR, step=60)
    [alert] = [c.alert for _, c in line.alerts if c.alert.action == "abandoned_cart"]
    return line, alert


async def answers(verdict: str, *then: Any) -> list[int | None]:
    """What the model of answers learns when staff say this, then this happens, and two weeks pass."""
    line, alert = await cart_left()
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


async def test_of_what_nobody_followed_no_answer_is_learned() -> None:
    assert await answers("dismissed", a.purchase(a.NOON + 86_400, client_id="k1")) == [None]
