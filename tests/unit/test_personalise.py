"""Stories: events come in, the right person is alerted, and nothing is said twice or wrongly."""

from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.foresee import is_due
from feature_store import record as records
from schemas.alerts import AlertChange
from schemas.times import seconds
from tests import builders as a
from tests.builders import Line
from tests.random_events import lives

DAY = 86_400.0
FRENCH = {"name": "Aline Martel", "language": "fr", "advisor": "camille"}


async def test_a_client_known_by_mail_is_welcomed_by_card_alone() -> None:
    line = Line()
    await line.tell(a.profile(a.NOON - a.HOUR, FRENCH, card="c1", email="aline@martel.example"))
    await line.tell(a.purchase(a.NOON - 1800, email="aline@martel.example"))
    [welcome] = await line.tell(a.checkin(card="c1"))
    alert = welcome.alert
    assert (alert.action, alert.site, alert.for_.team) == ("boutique_welcome", "vendome", "vendome-team")
    assert welcome.assigned == "camille"
    assert alert.client.name == "Aline Martel"
    assert alert.client.id == a.part_of(card="c1")[1]
    assert "1 purchase, 30 minutes ago" in alert.why
    assert (await line.facts(card="c1"))["purchases"] == 1


async def test_somebody_nobody_knows_is_welcomed_all_the_same() -> None:
    [visitor] = await Line().tell(a.checkin(card="never-seen"))
    assert (visitor.alert.action, visitor.alert.client.name) == ("unknown_visitor", None)


async def test_a_second_checkin_within_the_hour_says_nothing_and_one_after_it_does() -> None:
    line = Line()
    await line.tell(a.profile(a.NOON - 60, FRENCH, card="c1", app_user="u1"))
    assert len(await line.tell(a.checkin(card="c1"))) == 1
    assert await line.tell(a.checkin(a.NOON + 20, method="app", app_user="u1")) == []
    assert line.vetoes == [("repetition", "boutique_welcome")]
    assert len(await line.tell(a.checkin(a.NOON + 3_601, card="c1"))) == 1
    assert (await line.facts(card="c1"))["visits"] == 3


async def guest_on_the_way() -> tuple[Line, Any]:
    line = Line()
    await line.tell(a.booking(a.NOON - a.HOUR, guest_id="g1"))
    [change] = await line.tell(a.arrival(by="taxi", guest_id="g1"))
    return line, change.alert


async def test_a_countdown_moves_with_the_taxi_under_the_same_id() -> None:
    line, alert = await guest_on_the_way()
    assert (alert.action, alert.revision, alert.site) == ("hotel_arrival", 1, "riviera")
    [moved] = await line.tell(a.arrival(a.NOON + 300, a.NOON + 2 * a.HOUR, guest_id="g1"))
    assert (moved.alert.id, moved.alert.revision) == (alert.id, 2)
    assert moved.alert.due == "2026-11-21T14:00:00.000Z"
    await line.tell(a.feedback(alert, "claimed", a.NOON + 400))
    await line.until(a.NOON + 2 * a.HOUR, step=60)
    assert alert.id not in [s.id for _, s in line.statuses]


@pytest.mark.parametrize("verdict", [None, "seen", "claimed", "accepted"])
async def test_a_cancelled_booking_takes_it_back_whatever_staff_made_of_it(verdict: str | None) -> None:
    line, alert = await guest_on_the_way()
    if verdict:
        await line.tell(a.feedback(alert, verdict, a.NOON + 10, staff="louis"))
    await line.tell(a.booking(a.NOON + 60, "cancelled", guest_id="g1"))
    assert [(s.id, s.status, s.revision) for _, s in line.statuses] == [(alert.id, "retracted", 2)]
    told = [f"followed:{alert.id}"] if verdict == "accepted" else []
    assert [timer.name for timer in await line.waiting()] == told, "but that they followed it is learned"
    assert await line.tell(a.booking(a.NOON + 90, "cancelled", guest_id="g1")) == []
    assert len(line.statuses) == 1


async def test_an_accepted_countdown_still_moves_with_the_taxi() -> None:
    line, alert = await guest_on_the_way()
    await line.tell(a.feedback(alert, "accepted", a.NOON + 10, staff="louis"))
    [moved] = await line.tell(a.arrival(a.NOON + 300, a.NOON + 2 * a.HOUR, guest_id="g1"))
    assert (moved.alert.id, moved.alert.revision) == (alert.id, 2)


async def test_a_checkin_ends_the_countdown() -> None:
    line, alert = await guest_on_the_way()
    await line.tell(a.hotel("checkin", a.NOON + a.HOUR, guest_id="g1"))
    assert [(s.id, s.status) for _, s in line.statuses] == [(alert.id, "done")]
    assert [o.y for o in line.outcomes] == [None]


@pytest.mark.parametrize("eta", [a.NOON + 10 * DAY, a.NOON - 4 * a.HOUR], ids=["next week", "long past"])
async def test_a_countdown_to_what_is_out_of_sight_is_taken_back(eta: float) -> None:
    line, alert = await guest_on_the_way()
    assert await line.tell(a.arrival(a.NOON + 60, eta, guest_id="g1")) == []
    assert [(s.id, s.status) for _, s in line.statuses] == [(alert.id, "retracted")]


async def test_a_guest_who_is_late_and_told_nobody_is_expected_until_they_are_here() -> None:
    line, alert = await guest_on_the_way()
    await line.until(seconds(alert.due) + 2 * a.HOUR, step=300)
    told = {change.status for _, change in line.statuses if change.id == alert.id}
    assert told == {"open"}, "it is told to more people, and stands"
    await line.tell(a.hotel("checkin", line.now, guest_id="g1"))
    assert line.statuses[-1][1].status == "done"


async def test_a_guest_expected_later_is_announced_when_the_week_before_begins() -> None:
    line = Line()
    await line.tell(a.booking(a.NOON - a.HOUR, guest_id="g1"))
    assert await line.tell(a.arrival(a.NOON, a.NOON + 8 * DAY, guest_id="g1")) == []
    assert await line.tell(a.arrival(a.NOON + 60, a.NOON + 9 * DAY, guest_id="g1")) == []
    await line.until(a.NOON + 2 * DAY - a.HOUR, step=a.HOUR)
    assert line.alerts == []
    await line.until(a.NOON + 2 * DAY, step=a.HOUR)
    [(inbox, change)] = line.alerts
    assert (inbox, change.alert.action, change.alert.due) == (
        "lumiere/riviera",
        "hotel_arrival",
        "2026-11-30T12:00:00.000Z",
    )


@pytest.mark.parametrize("after", ["near", "cancelled", "9999"])
async def test_nobody_waits_for_a_guest_who_comes_sooner_or_not_at_all(after: str) -> None:
    line = Line()
    await line.tell(a.booking(a.NOON - a.HOUR, guest_id="g1"))
    await line.tell(a.arrival(a.NOON, a.NOON + 8 * DAY, guest_id="g1"))
    if after == "cancelled":
        await line.tell(a.booking(a.NOON + 60, "cancelled", guest_id="g1"))
    else:
        eta = a.NOON + a.HOUR if after == "near" else 253_402_300_799.0
        await line.tell(a.arrival(a.NOON + 60, eta, guest_id="g1"))
    ever = [await line.store.read(shard, (), (), 4e11) for shard in range(a.SHARDS)]
    assert not [t for view in ever for t in view.due if t.name.startswith("eta")]


async def test_word_of_a_visit_elsewhere_is_taken_back_with_the_consent_or_when_they_leave() -> None:
    line = Line()
    await line.tell(a.profile(a.NOON - 60, FRENCH, card="c1"))
    _, told = await line.tell(a.checkin(card="c1", site="ginza"))
    assert told.alert.action == "client_elsewhere"
    await line.tell(a.consent(a.NOON + 30, "service", "none", card="c1"))
    assert (told.alert.id, "retracted") in [(s.id, s.status) for _, s in line.statuses]
    await line.tell(a.consent(a.NOON + 40, "service", "all", card="c1"))
    _, again = await line.tell(a.checkin(a.NOON + 2 * a.HOUR, card="c1", site="ginza"))
    leave = a.event("store.leave", a.NOON + 3 * a.HOUR - a.HOUR / 2, card="c1", site="ginza", method="nfc")
    await line.tell(leave)
    assert (again.alert.id, "done") in [(s.id, s.status) for _, s in line.statuses]


async def test_a_call_is_not_held_for_an_advisor_who_may_be_away() -> None:
    line = Line()
    await line.tell(a.profile(a.NOON - 60, FRENCH, card="c1"))
    [ringing] = await line.tell(
        a.event("call.incoming", who={"card": "c1"}, line="+33100000000", conversation="x")
    )
    assert (ringing.alert.for_.staff, ringing.alert.for_.team) == (None, "vendome-team")
    assert (ringing.assigned, ringing.alert.site) == ("camille", "vendome")


async def test_a_known_clients_message_reaches_their_advisor_and_the_next_one_updates_it() -> None:
    line = Line()
    await line.tell(a.profile(a.NOON - 60, FRENCH, client_id="k1", whatsapp="+33600000001"))
    [first] = await line.tell(a.chat(whatsapp="+33 6 00 00 00 01"))
    assert line.alerts[-1][0] == "lumiere/vendome"
    assert (first.alert.action, first.alert.for_.staff) == ("client_writes", "camille")
    [second] = await line.tell(a.chat(a.NOON + 30, whatsapp="+33600000001"))
    assert (second.alert.id, second.alert.revision) == (first.alert.id, 2)
    await line.tell(a.chat(a.NOON + 90, direction="out", whatsapp="+33600000001"))
    assert [(s.id, s.status) for _, s in line.statuses] == [(first.alert.id, "done")]
    assert (await line.facts(client_id="k1"))["messages"] == 2


async def test_an_answer_that_is_told_late_leaves_what_was_written_after_it_to_be_answered() -> None:
    line = Line()
    await line.tell(a.profile(a.NOON - 60, FRENCH, client_id="k1", whatsapp="+33600000001"))
    await line.tell(a.chat(whatsapp="+33600000001"), a.chat(a.NOON + 600, whatsapp="+33600000001"))
    await line.tell(a.chat(a.NOON + 300, direction="out", whatsapp="+33600000001"))
    assert line.statuses == []
    await line.tell(a.chat(a.NOON + 570, direction="out", whatsapp="+33600000001"))  # by another clock
    assert [s.status for _, s in line.statuses] == ["done"]


async def test_a_strangers_message_alerts_nobody() -> None:
    assert await Line().tell(a.chat(whatsapp="+33699999999")) == []


async def with_cart(*before: Any, advisor: str | None = "camille") -> Line:
    line = Line()
    fields = {"name": "Aline", "language": "fr"} | ({"advisor": advisor} if advisor else {})
    await line.tell(a.profile(a.NOON - 60, fields, client_id="k1"), *before, a.cart(client_id="k1"))
    return line


AGREED = a.consent(a.NOON - 30, client_id="k1")
PROFILED = a.consent(a.NOON - 40, "profiling", client_id="k1")


async def test_a_cart_left_for_half_an_hour_is_told_to_the_advisor() -> None:
    line = await with_cart(AGREED, PROFILED)
    await line.until(a.NOON + 29 * a.MINUTE)
    assert line.alerts == []
    await line.until(a.NOON + 31 * a.MINUTE)
    [(inbox, change)] = line.alerts
    assert (inbox, change.alert.action, change.alert.for_.staff) == (
        "lumiere/vendome",
        "abandoned_cart",
        "camille",
    )


@pytest.mark.parametrize("state", [None, "none"])
async def test_a_cart_without_consent_is_nobodys_business(state: str | None) -> None:
    said = [a.consent(a.NOON - 30, state=state, client_id="k1")] if state else []
    line = await with_cart(PROFILED, *said)
    await line.until(a.NOON + a.HOUR)
    assert line.alerts == []
    assert line.vetoes == [("consent", "abandoned_cart")]


async def test_a_cart_without_an_advisor_alerts_nobody() -> None:
    line = await with_cart(AGREED, PROFILED, advisor=None)
    await line.until(a.NOON + a.HOUR)
    assert line.alerts == []


async def test_a_visit_that_goes_on_gives_the_cart_its_half_hour_again() -> None:
    line = await with_cart(AGREED, PROFILED)
    await line.tell(a.view(a.NOON + 20 * a.MINUTE, client_id="k1"))
    await line.until(a.NOON + 49 * a.MINUTE)
    assert line.alerts == []
    await line.until(a.NOON + 51 * a.MINUTE)
    assert len(line.alerts) == 1


async def test_a_cart_that_was_paid_is_forgotten() -> None:
    line = await with_cart(AGREED, PROFILED)
    await line.tell(a.purchase(a.NOON + 600, channel="web", client_id="k1"))
    left = [timer for timer in await line.waiting() if not is_due(timer)]
    assert len(left) == 1, "that of the client's book alone"
    await line.until(a.NOON + a.HOUR)
    assert line.alerts == []


async def test_a_cart_filled_before_signing_in_is_forgotten_when_the_client_pays() -> None:
    line = Line()
    await line.tell(a.profile(a.NOON - 60, FRENCH, client_id="k1"), AGREED, a.cart(session="s1"))
    await line.tell(a.view(a.NOON + 60, client_id="k1", who={"client_id": "k1", "session": "s1"}))
    await line.tell(a.purchase(a.NOON + 600, channel="web", client_id="k1"))
    await line.until(a.NOON + 2 * a.HOUR, step=60)
    assert line.alerts == []


async def test_what_was_bought_at_the_till_lies_in_no_cart_any_more() -> None:
    line = Line()
    both = {"client_id": "k1", "session": "s1"}
    await line.tell(a.profile(a.NOON - 60, FRENCH, **both), AGREED, PROFILED)
    await line.tell(a.cart(session="s1"), a.cart(a.NOON + 9, sku="ring-solstice", session="s1"))
    await line.tell(a.purchase(a.NOON + 600, client_id="k1"))
    [welcome] = await line.tell(a.checkin(a.NOON + 700, client_id="k1"))
    assert [r.sku for r in welcome.alert.recommendations if "cart" in r.why] == ["ring-solstice"]
    await line.until(a.NOON + a.HOUR, step=60)
    [left] = [c.alert for _, c in line.alerts if c.alert.action == "abandoned_cart"]
    assert [r.sku for r in left.recommendations] == ["ring-solstice"]


async def test_an_order_that_is_told_again_with_other_articles_is_those_and_one_order() -> None:
    line, client = Line(), {"client_id": "k1"}
    first, changed = (
        a.purchase(a.NOON + 60 * n, "o1", "web", lines=[a.line(sku, amount)], **client)
        for n, (sku, amount) in enumerate((("bag-aurore", 500), ("ring-solstice", 700)))
    )
    await line.tell(first, changed, first)
    for again in ([], [changed], [first]):
        await line.tell(*again)
        facts = await line.facts(**client)
        assert (facts["purchases"], facts["spend"]) == (1, {"EUR": 700})
    held = records.values(await line.client(**client), line.now)
    assert (held["orders"]["last"]["sku"], held["frequency"]["orders"]) == ("ring-solstice", 1)


async def test_a_purchase_ends_the_card_about_the_cart() -> None:
    line = await with_cart(AGREED, PROFILED)
    await line.until(a.NOON + 31 * a.MINUTE)
    [(_, change)] = line.alerts
    await line.tell(a.purchase(a.NOON + a.HOUR, channel="web", client_id="k1"))
    assert [(s.id, s.status) for _, s in line.statuses] == [(change.alert.id, "done")]


async def test_an_article_that_was_taken_out_of_the_cart_is_not_left_in_it() -> None:
    line = await with_cart(AGREED, PROFILED)
    await line.until(a.NOON + 31 * a.MINUTE)
    [(_, change)] = line.alerts
    await line.tell(a.cart(a.NOON + a.HOUR, client_id="k1", quantity=0))
    await line.until(a.NOON + 3 * a.HOUR, step=60)
    assert [(s.id, s.status) for _, s in line.statuses] == [(change.alert.id, "retracted")]
    assert len(line.alerts) == 1


@pytest.mark.parametrize("purpose", ["one_to_one", "profiling"])
async def test_a_withdrawn_consent_takes_back_what_was_proposed_under_it(purpose: str) -> None:
    line = await with_cart(AGREED, PROFILED)
    await line.until(a.NOON + 31 * a.MINUTE)
    [(_, change)] = line.alerts
    await line.tell(a.consent(a.NOON + a.HOUR, "marketing", "none", client_id="k1"))
    assert line.statuses == []
    await line.tell(a.consent(a.NOON + a.HOUR, purpose, "none", client_id="k1"))
    assert [(s.id, s.status) for _, s in line.statuses] == [(change.alert.id, "retracted")]


async def test_an_unlinked_pair_is_two_clients_again_exactly() -> None:
    line = Line()
    await line.tell(a.checkin(a.NOON - 300, card="c1"), a.purchase(a.NOON - 200, email="e@x.fr"))
    apart = await line.facts(card="c1"), await line.facts(email="e@x.fr")
    await line.tell(a.link(a.NOON - 100, card="c1", with_={"email": "e@x.fr"}))
    together = await line.facts(card="c1")
    assert (together["visits"], together["purchases"]) == (1, 1)
    assert together == await line.facts(email="e@x.fr")
    await line.tell(a.link(a.NOON - 50, card="c1", with_={"email": "e@x.fr"}, linked=False))
    assert (await line.facts(card="c1"), await line.facts(email="e@x.fr")) == apart
    await line.tell(a.link(a.NOON - 20, card="c1", with_={"email": "e@x.fr"}))
    assert await line.facts(card="c1") == together


async def welcomed_as_one() -> tuple[Line, Any]:
    """Two cards were taken for those of one client, who has just come in and waits for a repair."""
    line = Line(a.lumiere(sources=[{"source": "/gossip", "rank": 9, "trust": False}]))
    await line.tell(a.profile(a.NOON - 200, FRENCH, client_id="aline"))
    await line.tell(a.link(a.NOON - 180, card="c1", with_={"client_id": "aline"}))
    await line.tell(a.case(a.NOON - 60, card="c1"))
    [welcome] = await line.tell(a.checkin(card="c1"))
    assert (welcome.alert.action, welcome.alert.client.name) == ("boutique_welcome", "Aline Martel")
    return line, welcome.alert


@pytest.mark.parametrize("swapped", [False, True])
async def test_an_unlink_takes_back_what_was_told_of_two_as_of_one(swapped: bool) -> None:
    line, alert = await welcomed_as_one()
    two = [{"card": "c1"}, {"client_id": "aline"}]
    who, other = two[::-1] if swapped else two
    await line.tell(a.link(a.NOON + 9, who=who, with_=other, linked=False))
    assert (alert.id, "retracted") in [(s.id, s.status) for _, s in line.statuses]


TOLD = {"name": "Aline Martel", "language": "ja", "preferences": {"allergies": ["nuts"], "temperature": 19}}
OWN = {"timezone": "Europe/Paris", "preferences": {"pillow": "down"}}
ASKS = {
    "hotel_arrival": [a.booking(a.NOON - 90, card="c1"), a.arrival(a.NOON - 80, card="c1")],
    "room_setup": [a.booking(a.NOON - 90, card="c1", departure="2026-11-22")],
    "service_recovery": [a.case(a.NOON - 90, card="c1")],
    "worried": [a.emotion(a.NOON - 90, card="c1")],
    "client_writes": [a.chat(a.NOON - 90, card="c1")],
}
"""What asks for somebody, of a client who was taken for one with Aline."""


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("action", ASKS)
async def test_who_waits_for_somebody_is_told_of_anew_once_parted_and_nothing_of_the_other(
    action: str, swapped: bool
) -> None:
    line, two = Line(), [{"card": "c1"}, {"client_id": "aline"}]
    await line.tell(a.profile(a.NOON - 200, TOLD, client_id="aline"))
    await line.tell(a.profile(a.NOON - 190, OWN, card="c1"))
    await line.tell(a.link(a.NOON - 180, card="c1", with_={"client_id": "aline"}), *ASKS[action])
    await line.until(a.NOON + 5, step=1)
    before = [c.alert for _, c in line.alerts if c.alert.action == action][-1]
    assert "Japanese" in before.title or "Allergies: nuts" in before.avoid
    who, other = two[::-1] if swapped else two
    await line.tell(a.link(a.NOON + 9, who=who, with_=other, linked=False))
    await line.until(a.NOON + 30, step=10)
    over = {s.id for _, s in line.statuses}
    latest = {c.alert.id: c.alert for _, c in line.alerts if c.alert.id not in over}
    stands = [alert for alert in latest.values() if alert.action == action]
    assert [(s.revision > before.revision) or s.id != before.id for s in stands] == [True]
    for alert in latest.values():
        assert "Japanese" not in alert.title
        assert "Allergies: nuts" not in alert.avoid
        assert alert.client.name != "Aline Martel"


@pytest.mark.parametrize(
    ("other", "envelope"),
    [("somebody-else", {}), ("aline", {"scope": "web"}), ("aline", {"source": "/gossip"})],
)
async def test_an_unlink_that_parts_nobody_takes_nothing_back(other: str, envelope: dict[str, Any]) -> None:
    line, _ = await welcomed_as_one()
    told = a.link(a.NOON + 9, card="c1", with_={"client_id": other}, linked=False, envelope=envelope)
    await line.tell(told)
    assert line.statuses == []


async def test_a_link_declared_from_either_side_can_be_withdrawn_and_declared_again() -> None:
    line = Line()
    here, there = {"card": "c1"}, {"email": "e@x.fr"}
    await line.tell(
        a.checkin(a.NOON - 300, card="c1"),
        a.link(a.NOON - 90, who=there, with_=here),
        a.link(a.NOON - 80, who=here, with_=there, linked=False),
    )
    assert (await line.facts(email="e@x.fr"))["visits"] == 0
    await line.tell(a.link(a.NOON - 70, who=there, with_=here))
    assert (await line.facts(email="e@x.fr"))["visits"] == 1


async def test_what_stands_together_is_stated_once() -> None:
    line = Line()
    for n in range(3):
        await line.tell(a.checkin(a.NOON + n, card="c1", email="e@x.fr"))
    [change] = line.links
    assert (change.linked, len(change.parts)) == (True, 2)
    assert "e@x.fr" not in repr(change)


@pytest.mark.parametrize(
    ("envelope", "links"),
    [
        ({"scope": "web"}, 0),
        ({"scope": "web", "proven": True}, 1),
        ({"scope": "server"}, 1),
        ({"scope": "pms"}, 1),
        ({"source": "/gossip"}, 0),
    ],
    ids=lambda value: str(value),
)
async def test_only_who_may_be_believed_links(envelope: dict[str, Any], links: int) -> None:
    line = Line(a.lumiere(sources=[{"source": "/gossip", "rank": 9, "trust": False}]))
    await line.tell(a.view(who={"client_id": "k1", "session": "s1"}, envelope=envelope))
    assert len(line.links) == links


@pytest.mark.parametrize("linked", [True, False])
async def test_no_page_declares_who_is_whom(linked: bool) -> None:
    line = Line()
    who = {"client_id": "k1", "session": "s1"}
    page = {"scope": "web", "proven": True}
    await line.tell(a.link(who=who, with_={"email": "victim@x.fr"}, linked=linked, envelope=page))
    assert line.links == []


async def test_what_a_page_states_of_its_visitor_changes_nothing_that_the_house_knows() -> None:
    line = Line()
    await line.tell(a.profile(a.NOON - 90, FRENCH, client_id="k1", session="s1"))
    mickey = {"name": "Mickey", "language": "ja", "preferences": {"wine": "Chablis"}}
    page = {"scope": "web", "source": "/segment/web"}
    await line.tell(a.profile(a.NOON - 50, mickey, who={"session": "s1"}, envelope=page))
    [welcome] = await line.tell(a.checkin(client_id="k1"))
    assert (welcome.alert.client.name, welcome.alert.language) == (FRENCH["name"], "fr")


async def test_a_proven_page_links_its_session_and_nothing_else_that_it_says() -> None:
    line = Line()
    who = {"client_id": "k1", "session": "s1", "email": "somebody@else.fr"}
    await line.tell(a.view(who=who, envelope={"scope": "web", "proven": True}))
    [change] = line.links
    assert set(change.parts) == {a.part_of(client_id="k1")[1], a.part_of(session="s1")[1]}


async def test_a_device_is_never_evidence_of_who_holds_it() -> None:
    line = Line()
    await line.tell(a.view(who={"client_id": "k1", "device_id": "a-tablet"}))
    await line.tell(a.view(who={"client_id": "k2", "device_id": "a-tablet"}))
    assert line.links == []


async def test_an_event_told_again_changes_nothing() -> None:
    line = Line()
    story = [
        a.profile(a.NOON - 60, FRENCH, card="c1", email="e@x.fr"),
        a.checkin(card="c1"),
        a.cart(card="c1"),
    ]
    await line.tell(*story)
    said, facts, timers = len(line.alerts), await line.facts(card="c1"), await line.timers()
    await line.tell(*story)
    await line.slice(story + story)
    assert (len(line.alerts), await line.facts(card="c1"), await line.timers()) == (said, facts, timers)
    assert len(line.links) == 1


async def test_the_same_moment_computed_again_names_the_same_alert() -> None:
    story = [a.profile(a.NOON - 60, FRENCH, card="c1"), a.checkin(card="c1")]
    one, other = Line(), Line()
    await one.tell(*story)
    await other.tell(*story)
    assert one.alerts == other.alerts


async def test_an_event_of_the_future_is_read_as_now() -> None:
    line = Line()
    await line.tell(a.checkin(a.NOON + 9e8, card="c1"), now=a.NOON)
    client = await line.client(card="c1")
    assert records.values(client, a.NOON)["recency"]["visit_days"] == 0.0


@pytest.mark.parametrize("first", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"])
@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati"])
async def test_the_first_day_there_is_stands_for_a_time_nobody_knows_and_ends_no_lane(
    first: str, zone: str
) -> None:
    line, dated = Line(), {"time": first}
    book = a.consent(a.NOON - 90, "one_to_one", card="c1")
    await line.tell(book, a.profile(a.NOON - 80, {"timezone": zone, "advisor": "camille"}, card="c1"))
    await line.tell(
        a.checkin(envelope=dated, card="c1"),
        a.purchase(envelope=dated, card="c1"),
        a.chat(envelope=dated, card="c1"),
        a.hotel("checkout", envelope=dated, card="c1"),
        a.profile(fields={"name": "Aline"}, envelope=dated, card="c1"),
        a.consent(purpose="marketing", envelope=dated, card="c1"),
    )
    facts = await line.facts(card="c1")
    assert (facts["visits"], facts["purchases"], facts["stays"], facts["messages"]) == (1, 1, 1, 1)
    assert await line.tell(a.checkin(a.NOON + 60, card="c1"))


async def test_what_never_ends_in_a_zone_west_of_ours_ends_no_lane() -> None:
    line, never = Line(), "9999-12-31T23:59:59-12:00"
    await line.tell(a.profile(a.NOON - 90, FRENCH, card="c1"))
    (card,) = await line.tell(a.case(a.NOON - 80, due=never, card="c1"))
    assert card.alert.due == "9999-12-30T00:00:00.000Z"
    licence = a.licence(a.NOON - 70, interests=["bags"], expires=never, card="c1")
    grant = a.grant(a.NOON - 60, facts={"language": "fr"}, expires=never, card="c1")
    await line.tell(licence, grant)
    assert await line.tell(a.checkin(a.NOON, card="c1"))


async def test_a_cancelled_booking_is_called_off_whatever_else_is_open_with_another_part_of_its_guest() -> (
    None
):
    line, guest, client = Line(), {"guest_id": "g1"}, {"client_id": "c1"}
    await line.tell(a.profile(a.NOON - 90, FRENCH, **client), a.link(a.NOON - 80, who=client, with_=guest))
    await line.tell(a.booking(**guest), a.arrival(a.NOON + 1, **guest))
    await line.tell(*(a.chat(a.NOON + 2 + n, conversation=f"c{n}", text="Hello", **client) for n in range(6)))
    (arrival,) = (c.alert.id for _, c in line.alerts if c.alert.action == "hotel_arrival")
    await line.tell(a.booking(a.NOON + 60, status="cancelled", **guest))
    assert (arrival, "retracted") in [(change.id, change.status) for _, change in line.statuses]


async def test_a_visit_reported_hours_late_is_kept_and_alerts_nobody() -> None:
    line = Line()
    await line.tell(a.profile(a.NOON - 9e4, FRENCH, card="c1"))
    assert await line.tell(a.checkin(a.NOON - 5 * a.HOUR, card="c1"), now=a.NOON) == []
    assert (await line.facts(card="c1"))["visits"] == 1


async def test_a_replay_keeps_records_and_links_and_reaches_nobody() -> None:
    line = Line()
    await line.slice([a.profile(a.NOON - 60, FRENCH, card="c1", email="e@x.fr")], silent=True)
    await line.slice([a.checkin(card="c1"), a.cart(card="c1"), a.arrival(card="c1")], silent=True)
    assert (line.alerts, line.statuses, line.examples) == ([], [], [])
    assert (await line.facts(email="e@x.fr"))["visits"] == 1
    assert await line.timers() == 1  # at which segments are looked at, once it has passed
    await line.until(a.NOON + a.MINUTE)
    assert (line.alerts, await line.timers()) == ([], 0)


async def test_a_never_is_remembered_after_many_other_cards() -> None:
    line = Line()
    await line.tell(a.profile(a.NOON - 60, FRENCH, card="c1"))
    [welcome] = await line.tell(a.checkin(card="c1"))
    await line.tell(a.feedback(welcome.alert, "never", a.NOON + 5))
    for n in range(12):
        [card] = await line.tell(a.chat(a.NOON + 60 * n + 60, conversation=f"conv{n}", card="c1"))
        await line.tell(a.feedback(card.alert, "done", a.NOON + 60 * n + 70))
    assert await line.tell(a.checkin(a.NOON + 2 * a.HOUR, card="c1")) == []
    assert line.vetoes[-1] == ("repetition", "boutique_welcome")


async def test_a_timer_of_a_maison_that_left_is_dropped() -> None:
    line = await with_cart(AGREED, PROFILED)
    line.ctx = msgspec.structs.replace(line.ctx, maisons={}, houses={})
    await line.until(a.NOON + 40 * 24 * a.HOUR, step=24 * a.HOUR)
    assert (line.alerts, await line.timers()) == ([], 0)


def counted(life: list[Any]) -> dict[str, Any]:
    """The facts as anybody would count them."""
    tags = a.tags(life)
    spend: dict[str, int] = {}
    for event, tag in zip(life, tags, strict=True):
        if tag in ("store.purchase", "store.return"):
            for line in event.data.lines:
                sign = 1 if tag == "store.purchase" else -1
                spend[line.currency] = spend.get(line.currency, 0) + sign * line.amount
    return {
        "visits": tags.count("store.checkin"),
        "views": tags.count("web.view"),
        "purchases": tags.count("store.purchase"),
        "returns": tags.count("store.return"),
        "bookings": sum(
            t == "hotel.booking" and e.data.status == "booked" for e, t in zip(life, tags, strict=True)
        ),
        "stays": tags.count("hotel.checkout"),
        "messages": sum(
            t == "chat.message" and e.data.direction == "in" for e, t in zip(life, tags, strict=True)
        ),
        "spend": spend,
    }


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(life=lives(40), random=st.randoms(use_true_random=False), cuts=st.integers(1, 5))
async def test_facts_are_exact_whatever_the_order_and_however_often_events_are_sent(
    life: list[Any], random: Random, cuts: int
) -> None:
    sent = life + [e for e in life if random.random() < 0.7]
    random.shuffle(sent)
    line = Line()
    for n in range(cuts):
        await line.slice(sent[n::cuts])
    assert await line.facts(client_id="c1") == counted(life)


async def test_cards_of_one_slice_are_revisions_of_one_another() -> None:
    line = Line()
    await line.slice(
        [a.booking(a.NOON, guest_id="g1"), *(a.arrival(a.NOON + n, guest_id="g1") for n in range(3))]
    )
    alerts = [change.alert for _, change in line.alerts if isinstance(change, AlertChange)]
    assert [alert.revision for alert in alerts] == [1, 2, 3]
    assert len({alert.id for alert in alerts}) == 1


async def test_a_booking_with_an_endless_name_is_announced_and_called_off_like_any_other() -> None:
    line, name = Line(), "r" * 250
    await line.tell(a.booking(a.NOON, booking_id=name, guest_id="g1"))
    [change] = await line.tell(a.arrival(a.NOON + 9, a.NOON + 9 * a.HOUR, booking_id=name, guest_id="g1"))
    [moved] = await line.tell(a.arrival(a.NOON + 20, a.NOON + 8 * a.HOUR, booking_id=name, guest_id="g1"))
    assert (moved.alert.id, moved.alert.revision) == (change.alert.id, 2)
    await line.tell(a.booking(a.NOON + 30, "cancelled", booking_id=name, guest_id="g1"))
    assert [(s.id, s.status) for _, s in line.statuses] == [(change.alert.id, "retracted")]


async def test_a_cancellation_that_comes_after_another_stay_was_left_still_calls_off_its_alert() -> None:
    line = Line()
    for booking in ("b1", "b2"):
        await line.tell(a.booking(a.NOON, booking_id=booking, guest_id="g1"))
    [change] = await line.tell(a.arrival(a.NOON + 9, a.NOON + a.HOUR, booking_id="b1", guest_id="g1"))
    await line.tell(a.hotel("checkout", a.NOON + 90, "b2", guest_id="g1"))
    await line.tell(a.booking(a.NOON + 60, "cancelled", booking_id="b1", guest_id="g1"))
    assert [(s.id, s.status) for _, s in line.statuses] == [(change.alert.id, "retracted")]
