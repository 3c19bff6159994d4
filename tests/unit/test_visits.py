"""A card of a visit stands for as long as the client is there, unknown or unserved, and no longer."""

from typing import Any

import pytest

from tests import builders as a
from tests.builders import Line

KNOWN: dict[str, Any] = {"name": "Aline", "language": "fr", "advisor": "camille"}
VIP = KNOWN | {"preferences": {"vip": True}}
CARD = {"card": "c1"}


def left(at: float, site: str = "vendome") -> Any:
    return a.event("store.leave", at, site=site, method="nfc", **CARD)


async def opened(fields: Any = None, site: str = "vendome") -> Line:
    """A line on which somebody has just come in; what was said is of this visit alone."""
    line = Line()
    if fields:
        await line.tell(a.profile(a.NOON - a.HOUR, fields, **CARD))
    await line.tell(a.checkin(site=site, **CARD))
    return line


def ended(line: Line) -> dict[str, str]:
    """Action and place -> how its card ended."""
    of = {change.alert.id: f"{change.alert.action} {change.alert.site}" for _, change in line.alerts}
    return {of[change.id]: change.status for _, change in line.statuses if change.status != "open"}


async def test_a_leave_of_an_earlier_visit_that_is_heard_late_ends_no_welcome() -> None:
    for fields, actions in (
        (None, ["unknown_visitor vendome"]),
        (VIP, ["boutique_welcome vendome", "very_important vendome"]),
    ):
        line = await opened(fields)
        await line.until(a.NOON + 20)
        await line.tell(left(a.NOON - 1_800), now=a.NOON + 30)
        assert ended(line) == {}
        await line.tell(left(a.NOON + 60))
        assert ended(line) == dict.fromkeys(actions, "done")


@pytest.mark.parametrize("fields", [None, VIP])
async def test_who_has_left_before_it_is_heard_that_they_came_in_is_awaited_by_nobody(fields: Any) -> None:
    line = Line()
    if fields:
        await line.tell(a.profile(a.NOON - a.HOUR, fields, **CARD))
    await line.tell(left(a.NOON + 600))
    await line.tell(a.checkin(a.NOON, **CARD), now=a.NOON + 605)
    await line.until(a.NOON + 609, step=1)
    assert line.alerts == []
    assert [one.alert.site for one in await line.tell(a.checkin(a.NOON + 610, site="ginza", **CARD))] != []
    assert await line.tell(a.checkin(a.NOON + 630, **CARD)) != []


async def test_a_door_whose_clock_is_ahead_keeps_no_card_open() -> None:
    line = await opened(KNOWN)
    await line.tell(a.checkin(a.NOON + a.HOUR, **CARD), now=a.NOON + 10)
    await line.tell(left(a.NOON + 60), now=a.NOON + 60)
    assert ended(line) == {"boutique_welcome vendome": "done"}


async def test_who_has_come_into_another_boutique_is_awaited_in_the_first_no_more() -> None:
    line = await opened(KNOWN, "ginza")
    await line.tell(a.checkin(a.NOON + 600, **CARD))
    assert ended(line) == {"boutique_welcome ginza": "done", "client_elsewhere vendome": "done"}
    await line.tell(a.checkin(a.NOON + 300, site="ginza", **CARD), now=a.NOON + 620)
    assert "boutique_welcome vendome" not in ended(line)


@pytest.mark.parametrize(("fields", "action"), [(None, "unknown_visitor"), (KNOWN, "boutique_welcome")])
async def test_who_comes_back_from_another_boutique_is_awaited_again(fields: Any, action: str) -> None:
    line = await opened(fields, "ginza")
    for at, site in ((600, "vendome"), (1_200, "ginza"), (1_260, "ginza")):
        await line.tell(a.checkin(a.NOON + at, site=site, **CARD))
    await line.tell(a.checkin(a.NOON + 601, site="vendome", **CARD), now=a.NOON + 1_300)
    welcomed = [change.alert.site for _, change in line.alerts if change.alert.action == action]
    assert welcomed == ["ginza", "vendome", "ginza"]
    told = [change.alert.title for _, change in line.alerts if change.alert.action == "client_elsewhere"]
    assert told == (["Your client is at Ginza"] * 2 if fields else [])


async def test_who_is_heard_late_of_to_have_been_elsewhere_before_is_awaited_there_by_nobody() -> None:
    for fields in (None, KNOWN):
        line = await opened(fields)
        await line.until(a.NOON + 20)
        before = len(line.alerts)
        await line.tell(a.checkin(a.NOON - 600, site="ginza", **CARD), now=a.NOON + 30)
        await line.until(a.NOON + 60)
        assert (len(line.alerts), ended(line)) == (before, {})


async def test_the_manager_of_a_boutique_hears_when_somebody_important_is_in_another() -> None:
    line = await opened(VIP)
    await line.until(a.NOON + 20)
    await line.tell(a.checkin(a.NOON + 600, site="ginza", **CARD))
    assert ended(line)["very_important vendome"] == "done"


async def test_who_goes_from_one_boutique_to_another_unknown_is_a_visitor_of_the_other_alone() -> None:
    line = await opened()
    await line.tell(a.checkin(a.NOON + 600, site="ginza", **CARD))
    assert ended(line) == {"unknown_visitor vendome": "done"}


@pytest.mark.parametrize(
    ("order", "ends"),
    [
        ({"at": a.NOON + 600, "site": "vendome"}, True),
        ({"at": a.NOON + 600, "site": "ginza"}, False),
        ({"at": a.NOON + 600, "channel": "web"}, False),
        ({"at": a.NOON - 600, "site": "vendome"}, False),
    ],
    ids=["here", "in another boutique", "online", "before they came in"],
)
async def test_who_has_bought_here_is_not_shown_it_on_a_card_that_welcomes_them(
    order: dict[str, Any], ends: bool
) -> None:
    line = await opened(KNOWN)
    await line.tell(a.purchase(**order, **CARD), now=a.NOON + 600)
    assert ended(line) == ({"boutique_welcome vendome": "done"} if ends else {})


@pytest.mark.parametrize(
    "told",
    [a.profile(a.NOON + 60, KNOWN, **CARD), a.purchase(a.NOON + 60, site="vendome", **CARD)],
    ids=["told who they are", "bought"],
)
async def test_a_visitor_who_is_known_now_is_no_visitor_to_ask_nothing_of(told: Any) -> None:
    line = await opened()
    await line.tell(told)
    assert ended(line) == {"unknown_visitor vendome": "done"}
    await line.until(a.NOON + a.HOUR, step=60)
    [(_, unknown), *_] = line.alerts
    assert [s.status for _, s in line.statuses if s.id == unknown.alert.id] == ["done"]


async def test_who_is_heard_of_after_they_came_in_is_welcomed_by_it_unless_somebody_is_with_them() -> None:
    for verdict, taken in ((None, False), ("delivered", False), ("seen", False), ("claimed", True)):
        line = await opened()
        [(_, unknown)] = line.alerts
        if verdict:
            await line.tell(a.feedback(unknown.alert, verdict, a.NOON + 10))
        told = await line.tell(a.profile(a.NOON + 20, KNOWN, **CARD))
        assert ended(line) == {"unknown_visitor vendome": "done"}
        welcomed = [change.alert for change in told if change.alert.action == "boutique_welcome"]
        assert [(one.site, one.client.name) for one in welcomed] == ([] if taken else [("vendome", "Aline")])


TODAY = a.NOON + 30 * a.MINUTE


@pytest.mark.parametrize(
    ("agreed", "first"),
    [
        ({"staff": "camille"}, "Expected at Place Vendôme at 13:30 by Camille Roux"),
        ({"kind": "event"}, "Expected at Place Vendôme at 13:30"),
        ({"begins": a.NOON - a.HOUR}, "Expected at Place Vendôme at 12:00"),
        ({"begins": a.NOON + 24 * a.HOUR}, "First visit to our boutiques"),
        ({"site": "ginza"}, "First visit to our boutiques"),
        ({"status": "proposed"}, "First visit to our boutiques"),
        ({"status": "cancelled"}, "First visit to our boutiques"),
    ],
    ids=["a visit", "an event", "they are late", "tomorrow", "elsewhere", "not answered", "called off"],
)
async def test_who_comes_to_what_they_have_agreed_to_is_received_as_expected(
    agreed: dict[str, Any], first: str
) -> None:
    line = Line()
    await line.tell(a.profile(a.NOON - 9 * a.HOUR, KNOWN, **CARD))
    await line.tell(a.appointment(a.NOON - 8 * a.HOUR, **({"begins": TODAY} | agreed | CARD)))
    [welcome] = await line.tell(a.checkin(**CARD))
    assert welcome.alert.why[0] == first


async def test_who_has_agreed_to_come_and_said_no_more_is_no_unknown_visitor() -> None:
    line = Line()
    await line.tell(a.appointment(a.NOON - 8 * a.HOUR, begins=TODAY, **CARD), now=a.NOON - 8 * a.HOUR)
    [welcome] = await line.tell(a.checkin(**CARD))
    assert welcome.alert.action == "boutique_welcome"
    assert welcome.alert.why[0] == "Expected at Place Vendôme at 13:30"


async def test_who_calls_before_a_visit_is_answered_by_somebody_who_knows_of_it() -> None:
    line = Line()
    await line.tell(a.profile(a.NOON - 9 * a.HOUR, KNOWN, **CARD))
    await line.tell(a.appointment(a.NOON - 8 * a.HOUR, begins=a.NOON + 24 * a.HOUR, site="ginza", **CARD))
    [call] = await line.tell(a.event("call.incoming", a.NOON, line="1", conversation="t", **CARD))
    assert call.alert.why[0] == "Expected at Ginza on Sun 22 Nov at 21:00"


async def test_a_note_of_a_gift_is_read_at_no_door_and_a_note_of_anything_else_is() -> None:
    for text, read in (("Looking for a ring for his wife's fiftieth", False), ("Left-handed", True)):
        line = Line()
        await line.tell(a.profile(a.NOON - 9 * a.HOUR, KNOWN, **CARD), a.note(a.NOON - 60, text, **CARD))
        [welcome] = await line.tell(a.checkin(**CARD))
        assert (f"Noted: {text}" in welcome.alert.why) is read
