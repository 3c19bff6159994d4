"""A stay, from the booking to the way home, as the people of a hotel hear of it."""

from typing import Any

import msgspec
import pytest

from agents.forecasts import stay_preference
from agents.shares import Shares, cell_of
from schemas.alerts import Alert
from schemas.messages import Example
from schemas.times import seconds
from tests import builders as a
from tests.builders import Line

DAY = 86_400.0
WHO = {"guest_id": "g1"}
WISHES = {"temperature": 20, "wine": "Sancerre", "pillow": "goose down", "allergies": ["nuts"]}
FULL = {"name": "Aline", "language": "fr", "preferences": WISHES}


async def told(line: Line, until: float = 0.0) -> dict[str, list[Alert]]:
    """What was said by action, oldest first, once time has passed until then."""
    await line.until(max(until, line.now + 1), step=a.HOUR)
    found: dict[str, list[Alert]] = {}
    for _, change in line.alerts:
        found.setdefault(change.alert.action, []).append(change.alert)
    return found


def over(line: Line, alert: Alert) -> list[str]:
    return [change.status for _, change in line.statuses if change.id == alert.id]


async def expected(fields: Any = FULL, **booked: Any) -> Line:
    """A guest who is expected in two hours."""
    line = Line()
    if fields:
        await line.tell(a.profile(a.NOON - 9_000, fields, **WHO))
    await line.tell(a.booking(a.NOON - 8_000, **WHO, **booked))
    await line.tell(a.arrival(a.NOON, a.NOON + 2 * a.HOUR, by="taxi", **WHO))
    return line


async def here(fields: Any = FULL, *consents: str, booking: str = "b1", **booked: Any) -> Line:
    """A guest who has checked in at ten, local time."""
    line = Line()
    await line.tell(a.profile(a.NOON - 9_000, fields, **WHO))
    for purpose in consents:
        await line.tell(a.consent(a.NOON - 8_900, purpose, **WHO))
    await line.tell(a.booking(a.NOON - 8_000, booking_id=booking, **WHO, **booked))
    await line.tell(a.hotel("checkin", a.NOON - 3 * a.HOUR, booking, **WHO))
    return line


# -- what was asked for with the booking


async def test_what_a_guest_asked_for_with_the_booking_is_on_every_card_of_their_stay() -> None:
    asked = "Asked for with the booking: allergic to nuts; champagne for our anniversary"
    words = ["allergic to nuts", "champagne for our anniversary"]
    cards = await told(await expected({"name": "Aline"}, requests=words))
    assert {action for action, alerts in cards.items() if asked in alerts[-1].why} == {
        "hotel_arrival", "incomplete_file", "room_setup",
    }  # fmt: skip
    assert not any("No preference on file" in why for why in cards["hotel_arrival"][-1].why)
    line = await here(requests=words)
    [bye] = (await told(line, a.NOON + 30 * a.HOUR))["farewell"]
    assert asked in bye.why


async def test_an_allergy_beside_what_something_costs_is_on_every_card_of_the_stay() -> None:
    """An agency sends what it is asked with what is paid; of both together nobody was told."""
    words = ["Nut allergy. Prepaid: 350 EUR", "Frühstück zum Sonderpreis"]
    cards = await told(await expected({"name": "Aline"}, requests=words))
    asked = f"Asked for with the booking: {'; '.join(words)}"
    assert {action for action, alerts in cards.items() if asked in alerts[-1].why} == {
        "hotel_arrival", "incomplete_file", "room_setup",
    }  # fmt: skip


async def test_a_booking_that_asks_for_something_else_says_so_on_the_card_that_stands() -> None:
    line = await expected(requests=["a cot"])
    [said] = await line.tell(a.booking(a.NOON + 60, "changed", requests=["two cots"], **WHO))
    assert said.alert.action == "hotel_arrival"
    assert said.alert.why[0] == "Asked for with the booking: two cots"


async def test_what_was_asked_of_a_hotel_is_told_in_no_boutique_and_a_stay_asks_for_itself() -> None:
    line = await expected(requests=["a cot"])
    [welcome] = [one.alert for one in await line.tell(a.checkin(a.NOON + 60, **WHO))]
    assert not any("cot" in text for text in (*welcome.why, *welcome.avoid))
    await line.tell(
        a.booking(a.NOON + 90, booking_id="b2", arrival="2026-11-25", departure="2026-11-26", **WHO)
    )
    [later] = await line.tell(a.arrival(a.NOON + 120, a.NOON + 4 * DAY, "b2", **WHO))
    assert not any("cot" in why for why in later.alert.why)


async def test_nobody_is_asked_of_what_is_missed_of_somebody_who_has_died() -> None:
    line = Line()
    await line.tell(a.profile(a.NOON - 9_000, {"name": "Aline", "language": "fr"}, **WHO))
    await line.tell(a.booking(a.NOON - 8_000, **WHO))
    [gap] = (await told(line))["incomplete_file"]
    await line.tell(a.profile(line.now + 60, {"deceased": True}, **WHO))
    assert over(line, gap) == ["retracted"]
    await line.tell(a.arrival(line.now + 60, a.NOON + 2 * a.HOUR, **WHO))
    cards = await told(line)
    assert cards["incomplete_file"] == [gap]
    assert cards["hotel_arrival"][-1].avoid[0].startswith("Writing to them, or any greeting")


# -- the room


async def test_hours_before_a_guest_comes_the_room_is_told_of() -> None:
    [room] = (await told(await expected()))["room_setup"]
    assert room.site == "riviera"
    assert room.title == "Room to prepare, guest expected at 15:00"
    assert room.why[0] == "To prepare: room at 20 °C; Sancerre waiting; pillow: goose down"
    assert room.avoid == ["Allergies: nuts"]
    assert str(room.say).startswith("Nous préparons votre chambre. "), "it is not ready yet"
    assert room.due == "2026-11-21T14:00:00.000Z"


async def test_whatever_form_a_wish_has_is_told_in_words() -> None:
    wishes = {"allergies": {"nuts": True, "milk": None}, "wine": ["Sancerre", None]}
    [room] = (await told(await expected({"name": "Aline", "language": "fr", "preferences": wishes})))[
        "room_setup"
    ]
    assert room.why[0] == "To prepare: Sancerre waiting"
    assert room.avoid == ["Allergies: nuts yes"]


async def test_who_prepares_a_room_reads_which_and_so_does_who_waits_at_the_door() -> None:
    said = await told(await expected(room="214"))
    assert said["room_setup"][-1].title == "Room 214 to prepare, guest expected at 15:00"
    assert "stay.room" in said["room_setup"][-1].grounds.title
    assert said["hotel_arrival"][-1].why[1] == "Room 214, 2 adults, 2 nights, first stay on record"


async def test_what_a_guest_states_on_the_way_is_on_the_card_of_their_arrival_at_once() -> None:
    line = await expected({"name": "Aline", "language": "fr"})
    assert "incomplete_file" in await told(line), "which a profile updates in the same moment"
    before = (await told(line))["hotel_arrival"][-1]
    assert (before.language, before.avoid) == ("fr", [])
    stated = {"language": "ja", "preferences": {"allergies": ["nuts"]}}
    await line.tell(a.profile(a.NOON + 60, stated, **WHO))
    after = (await told(line))["hotel_arrival"][-1]
    assert (after.id, after.revision, after.language) == (before.id, before.revision + 1, "ja")
    assert "speaks Japanese" in after.title
    assert "Allergies: nuts" in after.avoid
    await line.tell(a.hotel("checkin", a.NOON + a.HOUR, **WHO))
    await line.tell(a.profile(a.NOON + a.HOUR + 9, {"language": "it"}, **WHO))
    assert (await told(line))["hotel_arrival"][-1] == after


async def test_a_guest_who_was_checked_in_by_error_is_expected_again() -> None:
    line = await expected()
    await told(line)
    await line.tell(a.hotel("checkin", a.NOON + 60, **WHO))
    (first,) = (await told(line))["hotel_arrival"]
    assert over(line, first) == ["done"]
    await line.tell(a.booking(a.NOON + 120, "changed", in_house=False, **WHO))
    assert [card.title for card in (await told(line))["hotel_arrival"]] == [first.title] * 2


async def test_the_room_of_next_month_waits() -> None:
    line = Line()
    await line.tell(a.profile(a.NOON - 9_000, FULL, **WHO))
    await line.tell(a.booking(a.NOON, arrival="2026-12-20", departure="2026-12-23", **WHO))
    assert "room_setup" not in await told(line, a.NOON + 28 * DAY)
    [room] = (await told(line, a.NOON + 29 * DAY - 3 * a.HOUR))["room_setup"]
    assert room.due == "2026-12-20T14:00:00.000Z"


async def test_a_wish_that_changes_changes_the_card_also_when_it_was_done_with() -> None:
    line = await expected()
    [room] = (await told(line))["room_setup"]
    await line.tell(a.profile(a.NOON + 60, {"preferences": {"pillow": "none"}}, **WHO))
    _, changed = (await told(line))["room_setup"]
    assert (changed.id, changed.revision) == (room.id, 2)
    assert "pillow: none" in changed.why[0]
    await line.tell(a.feedback(changed, "done", a.NOON + 120, staff="louis"))
    await line.tell(a.arrival(a.NOON + 180, a.NOON + 3 * a.HOUR, **WHO))
    assert len((await told(line))["room_setup"]) == 2, "an hour that moves is no news to who is done"
    await line.tell(a.profile(a.NOON + 240, {"preferences": {"allergies": ["nuts", "fish"]}}, **WHO))
    assert (await told(line))["room_setup"][-1].avoid == ["Allergies: nuts, fish"]


async def test_a_cancelled_booking_takes_the_room_back_and_a_checkin_closes_it() -> None:
    line = await expected()
    [room] = (await told(line))["room_setup"]
    await line.tell(a.booking(a.NOON + 60, "cancelled", **WHO))
    assert over(line, room) == ["retracted"]
    assert await line.timers() == 0
    line = await expected()
    [room] = (await told(line))["room_setup"]
    await line.tell(a.hotel("checkin", a.NOON + 60, **WHO))
    assert over(line, room) == ["done"]


async def test_an_hour_that_moves_away_takes_the_room_back_until_it_comes() -> None:
    line = await expected()
    [room] = (await told(line))["room_setup"]
    await line.tell(a.arrival(a.NOON + 600, a.NOON + 9 * a.HOUR, by="flight AF 6200", **WHO))
    assert over(line, room) == ["retracted"]
    _, again = (await told(line, a.NOON + 3 * a.HOUR + 60))["room_setup"]
    assert again.title == "Room to prepare, guest expected at 22:00"


async def test_a_booking_that_is_there_again_is_told_again() -> None:
    line = await expected({"language": "fr", "preferences": {"wine": "Sancerre"}})
    before = await told(line)
    await line.tell(a.booking(a.NOON + 60, "cancelled", **WHO), a.booking(a.NOON + 600, **WHO))
    after = await told(line)
    for action in ("hotel_arrival", "room_setup", "incomplete_file"):
        first, second = after[action]
        assert [first] == before[action]
        assert over(line, first) == ["retracted"]
        assert over(line, second) == []


async def test_a_booking_that_moves_to_other_days_leaves_the_hour_of_the_first_behind() -> None:
    line = await expected({"language": "fr", "preferences": {"wine": "Sancerre"}})
    said = await told(line)
    moved = {"arrival": "2026-11-28", "departure": "2026-11-30"}
    await line.tell(a.booking(a.NOON + 60, "changed", **moved, **WHO))
    for action in ("hotel_arrival", "room_setup", "incomplete_file"):
        assert over(line, said[action][-1]) == ["retracted"]
    later = await told(line, a.NOON + 7 * DAY - 3 * a.HOUR)
    assert len(later["hotel_arrival"]) == 1
    assert later["room_setup"][-1].title == "Room to prepare, guest expected at 15:00"
    assert later["room_setup"][-1].due == "2026-11-28T14:00:00.000Z"
    assert "hour of arrival" in later["incomplete_file"][-1].why[0]


async def test_a_booking_restated_with_its_days_keeps_the_hour_also_one_after_midnight() -> None:
    one_night = {"arrival": "2026-11-21", "departure": "2026-11-22"}
    line = Line()
    await line.tell(a.profile(a.NOON - 9_000, FULL, **WHO), a.booking(a.NOON - 8_000, **one_night, **WHO))
    await line.tell(a.arrival(a.NOON, a.NOON + 12 * a.HOUR, by="flight AF 6200", **WHO))
    await line.tell(a.booking(a.NOON + 60, "changed", room="214", **one_night, **WHO))
    said = await told(line, a.NOON + 8 * a.HOUR)
    assert said["hotel_arrival"][-1].title.startswith("Arriving on Sun 22 Nov at 01:00")
    assert said["room_setup"][-1].due == "2026-11-22T00:00:00.000Z"


async def test_what_was_seen_is_said_to_have_been_and_what_is_stated_outranks_it() -> None:
    line = Line()
    for n, item in enumerate(("18", "18", "18,5 °C")):
        await line.tell(a.hotel("service", a.NOON - 9e6 + n, "b0", service="temperature", item=item, **WHO))
    for service, item in (("pillow", "Buckwheat"), ("wine", "Chablis")):
        await line.tell(a.hotel("service", a.NOON - 8e6, "b0", service=service, item=item, **WHO))
    fields = {"language": "fr", "preferences": {"wine": "Sancerre"}}
    await line.tell(a.profile(a.NOON - 9_000, fields, **WHO), a.booking(a.NOON - 8_000, **WHO))
    await line.tell(a.arrival(a.NOON, a.NOON + 2 * a.HOUR, **WHO))
    [room] = (await told(line))["room_setup"]
    assert room.why[:2] == [
        "To prepare: Sancerre waiting",
        "Last time: 18.5 °C, usually about 18.5 °C; pillow Buckwheat",
    ]


async def test_all_that_a_kitchen_was_told_of_is_on_the_card_of_the_room() -> None:
    line = Line()
    allergies = "shellfish, tree nuts, sesame"
    await line.tell(a.hotel("service", a.NOON - 8e6, "b0", service="allergies", item=allergies, **WHO))
    await line.tell(a.booking(a.NOON - 8_000, **WHO), a.arrival(a.NOON, a.NOON + 2 * a.HOUR, **WHO))
    [room] = (await told(line))["room_setup"]
    assert room.why[0] == "Last time: allergy to sesame, shellfish, tree nuts"


async def test_the_wine_of_last_time_waits_for_nobody_who_drinks_none_now() -> None:
    line = Line()
    for service, item in (("pillow", "Buckwheat"), ("wine", "Chablis")):
        await line.tell(a.hotel("service", a.NOON - 8e6, "b0", service=service, item=item, **WHO))
    fields = {"language": "fr", "preferences": {"health": "enceinte"}}
    await line.tell(a.profile(a.NOON - 9_000, fields, **WHO), a.booking(a.NOON - 8_000, **WHO))
    await line.tell(a.arrival(a.NOON, a.NOON + 2 * a.HOUR, **WHO))
    [room] = (await told(line))["room_setup"]
    assert room.why[0] == "Last time: pillow Buckwheat"


async def test_who_drinks_none_now_is_poured_no_wine_that_they_named_once_nor_asked_for_one() -> None:
    wishes = {"wine": "Sancerre", "temperature": 20, "health": "pregnant"}
    rooms = await told(await expected({"language": "fr", "preferences": wishes}))
    assert rooms["room_setup"][-1].why[0] == "To prepare: room at 20 °C"
    assert not any("Sancerre" in text for card in rooms["hotel_arrival"] for text in card.why)
    assert rooms["incomplete_file"][-1].why[0] == "Missing: allergies, pillow"
    wishes = {"wine": "Sancerre", "dislikes": "sweet wine"}
    [room] = (await told(await expected({"preferences": wishes})))["room_setup"]
    assert room.why[0] == "To prepare: Sancerre waiting"
    asked = await told(await expected({"language": "fr", "preferences": {"diet": "halal"}}))
    assert asked["incomplete_file"][-1].why[0] == "Missing: allergies, room temperature, pillow"


async def test_where_nothing_is_known_there_is_nothing_to_prepare() -> None:
    assert "room_setup" not in await told(await expected({"language": "fr"}))


def like_others(*chosen: tuple[str, str, int]) -> dict[tuple[str, str], Any]:
    """What the house learned of couples at the Riviera: wish, word, how often."""
    shares = Shares()
    for wish, word, times in chosen:
        for _ in range(times):
            shares.count(cell_of(wish, "riviera", "couples"), word)
    return {("lumiere", stay_preference.NAME): shares}


WARM = (("temperature", "20", 24), ("temperature", "20.5", 10), ("temperature", "24", 6))


async def unknown(*agreed: str, line: Line, fields: Any = None) -> list[Alert]:
    """The cards of a room for a guest of whom nothing is known but that they come as two."""
    if fields:
        await line.tell(a.profile(a.NOON - 9_000, fields, **WHO))
    for purpose in agreed:
        await line.tell(a.consent(a.NOON - 9_000, purpose, **WHO))
    await line.tell(a.booking(a.NOON - 8_000, **WHO), a.arrival(a.NOON, a.NOON + 2 * a.HOUR, **WHO))
    return (await told(line)).get("room_setup", [])


async def test_what_guests_alike_ask_for_is_suggested_where_nothing_is_known_with_how_many_did() -> None:
    learned = like_others(*WARM, ("pillow", "down", 31), ("floor", "high", 10))
    [room] = await unknown("profiling", line=Line(estimators=learned))
    assert room.why[0] == (
        "Not known, others alike ask for: "
        "room at 20 °C (34 of 40 couples here); pillow: down (31 of 31 couples here)"
    )
    [stated] = await unknown(
        "profiling",
        line=Line(estimators=learned),
        fields={"preferences": {"temperature": 18, "pillow": "none"}},
    )
    assert stated.why[0] == "To prepare: room at 18 °C; pillow: none"
    assert not [why for why in stated.why if "others" in why]


async def test_nothing_is_suggested_to_who_may_not_be_profiled_nor_where_guests_do_not_agree() -> None:
    assert await unknown(line=Line(estimators=like_others(*WARM))) == []
    split = like_others(*(("pillow", word, 12) for word in ("down", "foam", "latex", "feather")))
    assert await unknown("profiling", line=Line(estimators=split)) == []
    few = like_others(("pillow", "down", 29))
    assert await unknown("profiling", line=Line(estimators=few)) == []


async def test_what_guests_ask_for_is_learned_in_the_houses_own_words_and_in_no_others() -> None:
    line = Line()
    await line.tell(a.consent(a.NOON - 9_000, "profiling", **WHO), a.booking(a.NOON - 8_000, **WHO))
    for service, item in (
        ("thermostat", "20,3 °C"), ("pillow menu", "Oreiller en plumes"), ("pillow", "羽绒枕"),
        ("floor", "High floor"), ("pillow", "like the one of my late husband"), ("floor", "down or foam"),
        ("allergy", "verbena"), ("restaurant", "Verveine"), ("restaurant", "tea"),
    ):  # fmt: skip
        await line.tell(a.hotel("service", a.NOON, service=service, item=item, **WHO))
    cases = [one.x for one in line.taught[stay_preference.NAME] if isinstance(one, Example)]
    assert [tuple(case) for case in cases] == [
        ("in/temperature/riviera/couples", "chose/20.5"),
        ("in/pillow/riviera/couples", "chose/feather"),
        ("in/pillow/riviera/couples", "chose/down"),
        ("in/floor/riviera/couples", "chose/high"),
        ("in/tea/riviera/couples", "chose/verbena"),
    ]


async def test_of_a_card_that_nothing_else_decides_what_guests_alike_take_at_that_hour_is_offered() -> None:
    for learned, offer in ((like_others(("tea", "white-tea", 40)), "white-tea"), ({}, "verbena")):
        line = Line(estimators=learned)
        for purpose in ("personalisation", "profiling"):
            await line.tell(a.consent(a.NOON - 9_000, purpose, **WHO))
        await line.tell(a.booking(a.NOON - 8_000, **WHO), a.hotel("checkin", a.NOON - 3 * a.HOUR, **WHO))
        await line.tell(a.hotel("service", a.NOON - a.HOUR, service="breakfast", item="Orange juice", **WHO))
        await line.until(a.NOON + 3 * a.HOUR, step=a.HOUR / 2)
        [hint] = (await told(line))["during_stay"]
        assert [one.sku for one in hint.recommendations] == [offer]
        assert (hint.why[0] == "Not known; 40 of 40 couples here took it then") == (offer == "white-tea")


# -- the file


async def test_a_gap_is_told_before_a_guest_comes_with_one_question_in_their_language() -> None:
    line = await expected({"name": "Giulia", "language": "it", "preferences": {"temperature": 22}})
    [gap] = (await told(line))["incomplete_file"]
    assert gap.title == "A first stay, and the file has gaps"
    assert gap.why[0] == "Missing: allergies, pillow, wine"
    assert "3 of 6 things known" in gap.why[1]
    assert (gap.say or "").startswith("Per accoglierla al meglio")
    assert gap.urgency == 2


async def test_who_has_three_rooms_is_asked_once_and_still_where_that_room_is_called_off() -> None:
    line = Line()
    await line.tell(a.profile(a.NOON - 9 * DAY, {"name": "Aline"}, **WHO))
    rooms = [a.booking(a.NOON - DAY + n, booking_id=f"b{n}", room=f"{n}", **WHO) for n in range(3)]
    await line.tell(*rooms)
    [gap] = (await told(line))["incomplete_file"]
    await line.tell(a.booking(line.now + 60, "cancelled", booking_id="b0", **WHO))
    assert over(line, gap) == ["retracted"]
    [_, again] = (await told(line))["incomplete_file"]
    assert (again.id != gap.id, again.say) == (True, gap.say)
    await line.tell(a.booking(line.now + 60, booking_id="a", room="9", **WHO))
    assert {one.id for one in (await told(line))["incomplete_file"]} == {gap.id, again.id}


async def test_who_leaves_three_rooms_is_asked_once_also_where_one_of_them_is_kept_longer() -> None:
    line = Line()
    await line.tell(a.profile(a.NOON - 9 * DAY, FULL, **WHO))
    for n in range(3):
        rooms = {"booking_id": f"b{n}", "room": f"{n}", **WHO}
        await line.tell(a.booking(a.NOON - DAY + n, **rooms), a.hotel("checkin", a.NOON + n, **rooms))
    [bye] = (await told(line, a.NOON + 30 * a.HOUR))["farewell"]
    assert bye.why[-1] == "Leaves with them: Room 1, Room 2"
    one_more = {"booking_id": "a", "room": "9", **WHO}
    await line.tell(a.booking(line.now + 1, **one_more), a.hotel("checkin", line.now + 2, **one_more))
    assert {one.id for one in (await told(line))["farewell"]} == {bye.id}
    await line.tell(a.hotel("checkout", line.now + 30, **one_more))
    longer = {"booking_id": "b0", "departure": "2026-11-27", **WHO}
    await line.tell(a.booking(line.now + 60, "changed", **longer))
    assert over(line, bye) == ["retracted"]
    *_, again = (await told(line))["farewell"]
    assert (again.id != bye.id, again.why[-1]) == (True, "Leaves with them: Room 2")


async def test_what_a_guest_has_none_of_is_nothing_to_avoid() -> None:
    """Systems keep "None" in a field that somebody asked about."""
    wishes = {
        "allergies": "No known allergies",
        "diet": "Aucun",
        "dislikes": ["none", "lilies"],
        "avoid": "無し",
    }
    line = await expected({"name": "Aline", "language": "fr", "preferences": wishes})
    [card] = (await told(line))["hotel_arrival"]
    assert card.avoid == ["Dislikes: lilies"]


@pytest.mark.parametrize(
    ("stated", "avoid"),
    [
        ("🥜", ["Allergies: 🥜"]),
        (["-", "🦐 and nuts"], ["Allergies: 🦐 and nuts"]),
        ({"nuts": None}, []),
        ([{"nuts": None}, None], []),
    ],
)
async def test_an_allergy_is_told_also_where_no_letter_says_it(stated: Any, avoid: list[str]) -> None:
    line = await expected({"name": "Aline", "language": "fr", "preferences": {"allergies": stated}})
    [card] = (await told(line))["hotel_arrival"]
    assert card.avoid == avoid


async def test_a_second_stay_on_an_incomplete_file_is_more_urgent_than_a_first() -> None:
    line = Line()
    await line.tell(a.hotel("checkout", a.NOON - 90 * DAY, "b0", **WHO))
    await line.tell(a.arrival(a.NOON, a.NOON + DAY, **WHO))
    [gap] = (await told(line))["incomplete_file"]
    assert (gap.title, gap.urgency) == ("Stay 2, and the file has gaps", 4)
    assert gap.say is None, "in which language is one of the gaps"


async def test_the_gap_closes_when_the_guest_has_answered_and_a_complete_file_has_none() -> None:
    line = await expected({"language": "fr", "preferences": {"temperature": 20, "pillow": "down"}})
    [gap] = (await told(line))["incomplete_file"]
    await line.tell(a.profile(a.NOON + 60, {"preferences": {"allergies": []}}, **WHO))
    assert over(line, gap) == ["done"]
    assert "incomplete_file" not in await told(await expected())


async def test_what_was_seen_in_the_last_stay_is_no_gap() -> None:
    line = Line()
    for service, item in (("temperature", "19"), ("allergies", "nuts"), ("wine", "Chablis")):
        await line.tell(a.hotel("service", a.NOON - 9e6, "b0", service=service, item=item, **WHO))
    await line.tell(a.profile(a.NOON - 60, {"language": "fr"}, **WHO))
    await line.tell(a.arrival(a.NOON, a.NOON + DAY, **WHO))
    assert "incomplete_file" not in await told(line)


@pytest.mark.parametrize("nothing", ["-", "?", ["", "…"]])
async def test_what_a_system_fills_in_for_want_of_a_word_is_not_known(nothing: Any) -> None:
    """It was waited for in the room, hid what was seen, and an allergy that nobody had asked for was none."""
    line = Line()
    await line.tell(a.hotel("service", a.NOON - 9e6, "b0", service="wine", item="Chablis", **WHO))
    fields = FULL | {"preferences": WISHES | {"wine": nothing, "allergies": nothing}}
    await line.tell(a.profile(a.NOON - 9_000, fields, **WHO))
    await line.tell(a.booking(a.NOON - 8_000, **WHO))
    await line.tell(a.arrival(a.NOON, a.NOON + 2 * a.HOUR, by="taxi", **WHO))
    cards = await told(line)
    [gap], [room] = cards["incomplete_file"], cards["room_setup"]
    assert gap.why[0] == "Missing: allergies"
    assert room.why[:2] == ["To prepare: room at 20 °C; pillow: goose down", "Last time: wine Chablis"]


# -- during the stay


@pytest.mark.parametrize("wine", ["-", "?", ["", "…"], ["-", "Barolo"], [None, "Barolo"], "🍷"])
async def test_who_states_nothing_likes_nothing_in_particular(wine: Any) -> None:
    """A hotel's system fills a field that nobody asked for: any offer went by such a name."""
    line = await here({"language": "fr", "preferences": {"wine": wine}}, "personalisation")
    await line.tell(
        a.hotel("service", a.NOON - 2 * a.HOUR, "b1", service="breakfast", item="Verveine", **WHO)
    )
    cards = (await told(line, a.NOON + 6 * a.HOUR)).get("during_stay", [])
    assert not [text for card in cards for text in card.why if text.startswith("Says they like")]


@pytest.mark.parametrize("booking", ["b1", "b1" * 24])
async def test_at_tea_another_drink_is_suggested_than_at_breakfast_and_at_dinner_another_still(
    booking: str,
) -> None:
    line = await here(FULL, "personalisation", booking=booking)
    await line.tell(
        a.hotel("service", a.NOON - 2 * a.HOUR, booking, service="breakfast", item="Verveine", **WHO)
    )
    [tea] = (await told(line, a.NOON + 3 * a.HOUR))["during_stay"]
    assert tea.title == "For tea: Silver Needle white tea", "verbena was had, and the orgeat has nuts in it"
    assert tea.say == "Puis-je vous proposer un thé blanc Aiguilles d'Argent\u202f?"
    assert "Had Verveine at 11:00" in tea.why
    assert tea.avoid[0] == "Again today: Verveine"
    await line.tell(a.hotel("service", line.now, booking, service="tea", item="white tea", **WHO))
    _, dinner = (await told(line, a.NOON + 6 * a.HOUR))["during_stay"]
    assert dinner.title == "For dinner: Sancerre, Les Caillottes"
    assert dinner.why[0] == "Says they like Sancerre"
    await line.tell(a.hotel("service", line.now, booking, service="dinner", item="Sancerre", **WHO))
    assert len((await told(line, a.NOON + DAY))["during_stay"]) == 2, "the card of breakfast has run out"
    await line.tell(a.hotel("checkout", line.now, booking, **WHO))
    assert over(line, dinner) in (["expired"], ["done"])


@pytest.mark.parametrize(
    ("heard", "status"),
    [
        (a.profile(a.NOON + 3 * a.HOUR + 9, {"preferences": {"allergies": ["nuts"]}}, **WHO), "retracted"),
        (a.profile(a.NOON + 3 * a.HOUR + 9, {"preferences": {"diet": "no almonds"}}, **WHO), "retracted"),
        (a.hotel("service", a.NOON + 3 * a.HOUR + 9, service="allergies", item="nuts", **WHO), "retracted"),
        (a.hotel("service", a.NOON + 3 * a.HOUR + 9, service="bar", item="almond orgeat", **WHO), "done"),
        (a.profile(a.NOON + 3 * a.HOUR + 9, {"preferences": {"allergies": ["lilies"]}}, **WHO), None),
    ],
)
async def test_a_suggestion_goes_when_the_guest_may_not_have_it_or_has_had_it(
    heard: Any, status: str | None
) -> None:
    line = await here({"language": "fr", "preferences": {"likes": ["orgeat"]}}, "personalisation")
    await line.tell(a.hotel("service", a.NOON - 2 * a.HOUR, service="breakfast", item="Verveine", **WHO))
    [tea] = (await told(line, a.NOON + 3 * a.HOUR))["during_stay"]
    assert tea.title == "For tea: Almond orgeat"
    await line.tell(heard)
    assert over(line, tea) == ([status] if status else [])


async def test_without_consent_nothing_is_made_of_what_a_guest_drinks() -> None:
    line = await here(FULL)
    await line.tell(a.hotel("service", a.NOON - 2 * a.HOUR, service="breakfast", item="Verveine", **WHO))
    assert "during_stay" not in await told(line, a.NOON + DAY)
    assert ("consent", "during_stay") in line.vetoes


# -- a birthday


async def celebrating(*consents: str, advisor: str | None = "camille") -> Line:
    """A guest who will check in on their birthday; they live in Paris."""
    line = Line()
    fields = FULL | {"birth_date": "1981-11-22", "timezone": "Europe/Paris", "advisor": advisor}
    await line.tell(a.profile(a.NOON - 9 * DAY, fields, **WHO))
    for purpose in consents:
        await line.tell(a.consent(a.NOON - 8 * DAY, purpose, **WHO))
    await line.tell(a.booking(a.NOON - DAY, **WHO))
    return line


async def test_who_has_their_birthday_in_the_hotel_is_wished_well_there_and_by_their_advisor() -> None:
    line = await celebrating("one_to_one")
    await line.tell(a.hotel("checkin", a.NOON, room="214", **WHO))
    by = {alert.site: alert for alert in (await told(line, a.NOON + 23 * a.HOUR))["birthday"]}
    assert by.keys() == {"vendome", "riviera"}
    there = by["riviera"]
    assert (there.for_.team, there.contact, there.channel) == ("riviera-team", False, None)
    assert there.why == ["It is their birthday today", "Stays at Hôtel Riviera, Room 214"]
    assert there.say == by["vendome"].say
    assert not any("214" in why for why in by["vendome"].why)
    await line.tell(a.hotel("checkout", line.now + 60, **WHO))
    assert (over(line, there), over(line, by["vendome"])) == (["done"], [])


async def test_who_has_no_advisor_is_wished_well_by_the_hotel_alone_while_they_are_there() -> None:
    """A team that never met them would telephone to their room."""
    line = await celebrating("one_to_one", advisor=None)
    await line.tell(a.hotel("checkin", a.NOON, room="214", **WHO))
    assert [one.site for one in (await told(line, a.NOON + 23 * a.HOUR))["birthday"]] == ["riviera"]


async def test_who_checks_in_on_their_birthday_is_wished_well_by_the_hotel_where_they_allow_it() -> None:
    for consents in ((), ("one_to_one",)):
        line = await celebrating(*consents)
        await line.until(a.NOON + 23 * a.HOUR, step=a.HOUR)
        before = len(line.alerts)
        await line.tell(a.hotel("checkin", line.now, **WHO))
        new = [(change.alert.action, change.alert.site) for _, change in line.alerts[before:]]
        assert (("birthday", "riviera") in new) is bool(consents)
        await line.tell(a.hotel("checkin", line.now + 60, **WHO))
        assert [one.alert.action for _, one in line.alerts[before:]].count("birthday") == len(consents)


async def test_what_a_check_in_led_to_goes_with_it_where_it_was_an_error_and_comes_with_the_next() -> None:
    line = await celebrating("one_to_one")
    await line.tell(a.profile(a.NOON - 60, {"preferences": {"vip": True}}, **WHO))
    await line.until(a.NOON + 23 * a.HOUR, step=a.HOUR)
    before = len(line.alerts)
    await line.tell(a.hotel("checkin", line.now, **WHO))
    await line.until(line.now + 60, step=60)
    new = {one.alert.action: one.alert for _, one in line.alerts[before:]}
    assert new.keys() == {"very_important", "birthday"}
    await line.tell(a.booking(line.now + 60, "changed", in_house=False, **WHO))
    assert [over(line, alert) for alert in new.values()] == [["retracted"]] * 2
    before = len(line.alerts)
    await line.tell(a.hotel("checkin", line.now + 600, **WHO))
    await line.until(line.now + 60, step=60)
    assert {one.alert.action for _, one in line.alerts[before:]} == new.keys()
    await line.tell(a.booking(line.now + 60, "changed", **WHO))
    assert [over(line, one.alert) for _, one in line.alerts[before:]] == [[], []]


# -- leaving


async def test_on_the_eve_of_leaving_the_way_on_is_thought_of() -> None:
    fields = FULL | {"preferences": WISHES | {"likes": ["opera"]}}
    line = await here(fields, "personalisation")
    assert "farewell" not in await told(line, a.NOON + DAY)
    [eve] = (await told(line, a.NOON + 29 * a.HOUR))["farewell"]
    assert (eve.title, eve.due) == ("Leaves on Mon 23 Nov at 12:00", "2026-11-23T11:00:00.000Z")
    assert [(r.sku, r.why) for r in eve.recommendations] == [
        ("laguna", "likes opera; at its best in February"),
        ("cimes", "at its best in December"),
        ("higashiyama", "at its best in March"),
    ]
    await line.tell(a.hotel("checkout", line.now, **WHO))
    assert over(line, eve) == ["done"]


async def test_a_stay_that_is_prolonged_is_not_hurried_away() -> None:
    line = await here()
    [eve] = (await told(line, a.NOON + 29 * a.HOUR))["farewell"]
    assert eve.recommendations == [], "places are named to who allows it"
    await line.tell(a.booking(line.now, "changed", departure="2026-11-27", **WHO))
    assert over(line, eve) == ["retracted"]
    _, again = (await told(line, a.NOON + 6 * DAY))["farewell"]
    assert again.due == "2026-11-27T11:00:00.000Z"


async def test_who_stays_on_and_leaves_after_all_is_seen_off() -> None:
    line = await here()
    [eve] = (await told(line, a.NOON + 29 * a.HOUR))["farewell"]
    await line.tell(a.booking(line.now, "changed", departure="2026-11-27", **WHO))
    await line.tell(a.booking(line.now + 600, "changed", **WHO))
    _, again = (await told(line))["farewell"]
    assert (again.due, over(line, eve), over(line, again)) == (eve.due, ["retracted"], [])


async def test_a_stay_that_is_prolonged_by_a_booking_of_its_own_is_not_hurried_away_either() -> None:
    line = await here()
    [eve] = (await told(line, a.NOON + 29 * a.HOUR))["farewell"]
    on = {"booking_id": "b2", "arrival": "2026-11-23", "departure": "2026-11-25", **WHO}
    await line.tell(a.booking(line.now, **on))
    await told(line)
    assert over(line, eve) == ["retracted"]
    await line.tell(a.booking(line.now + 60, "cancelled", **on))
    *_, again = (await told(line))["farewell"]
    assert (again.due, over(line, again)) == (eve.due, [])
    await line.tell(a.booking(line.now + 60, "changed", **on))
    await line.tell(a.hotel("checkout", a.NOON + 47 * a.HOUR, **WHO))
    await line.tell(a.hotel("checkin", a.NOON + 48 * a.HOUR, "b2", **WHO))
    *_, last = (await told(line, a.NOON + 80 * a.HOUR))["farewell"]
    assert last.due == "2026-11-25T11:00:00.000Z"


async def test_whoever_sees_a_guest_off_knows_where_the_house_expects_them_next() -> None:
    line = await here()
    sites = {"arrival": "2026-11-26", "departure": "2026-11-27", "site": "riviera", **WHO}
    await line.tell(a.booking(a.NOON - a.HOUR, booking_id="b2", **sites))
    [eve] = (await told(line, a.NOON + 29 * a.HOUR))["farewell"]
    assert "Expected next at Hôtel Riviera on Thu 26 Nov at 15:00" in eve.why


# -- after the stay


async def test_who_allows_it_is_in_the_audience_for_a_month_with_what_to_show() -> None:
    line = await here(FULL, "marketing", "profiling", "sharing")
    await line.tell(a.hotel("checkout", a.NOON, **WHO))
    await line.until(a.NOON + 3 * DAY, step=DAY / 4)
    entered = [c for c in line.changes if c.segment == "after-a-stay"]
    assert [(c.change, c.team, c.shows[0]) for c in entered] == [("entered", "e-commerce", "higashiyama")]
    await line.tell(a.consent(line.now, "sharing", "none", **WHO))
    assert line.changes[-1].change == "left"
    await line.tell(a.consent(line.now + 1, "sharing", "all", **WHO))
    await line.until(a.NOON + 40 * DAY, step=DAY / 2)
    assert line.changes[-1].change == "left"


async def test_an_audience_of_who_did_not_agree_to_all_of_it_is_empty() -> None:
    line = await here(FULL, "marketing", "profiling")
    await line.tell(a.hotel("checkout", a.NOON, **WHO))
    await line.until(a.NOON + 3 * DAY, step=DAY / 4)
    assert [c for c in line.changes if c.segment == "after-a-stay"] == []


# -- who matters


async def test_the_manager_hears_of_who_the_house_declares_important_wherever_they_are() -> None:
    line = Line()
    card = {"card": "c1"}
    await line.tell(a.profile(a.NOON - 60, {"name": "Aline", "preferences": {"vip": True}}, **card))
    await line.tell(a.checkin(a.NOON, **card))
    [word] = (await told(line))["very_important"]
    assert (word.for_.staff, word.site, word.title) == ("helene", "vendome", "Is at Place Vendôme")
    assert word.why == ["Declared important by the house"]
    await line.tell(a.event("store.leave", line.now, who=card, site="vendome", method="nfc"))
    assert over(line, word) == ["done"]


async def test_a_word_to_the_manager_that_stands_says_no_more_than_one_would_now() -> None:
    line, card = Line(), {"card": "c1"}
    vip = {"name": "Aline", "language": "fr", "preferences": {"vip": True}}
    await line.tell(a.profile(a.NOON - 60, vip, **card), a.checkin(a.NOON, **card))
    [word] = (await told(line))["very_important"]
    assert word.say
    await line.tell(a.case(line.now + 60, "mourning", **card))
    word, mourns = (await told(line))["very_important"]
    assert (mourns.id, mourns.say, mourns.valid_to) == (word.id, None, word.valid_to)
    assert "Cheer of any kind: they are in mourning" in mourns.avoid
    await line.tell(a.profile(line.now + 60, {"preferences": {"vip": "no"}}, **card))
    await told(line)
    assert over(line, word) == ["retracted"]


async def test_who_gives_back_one_of_two_rooms_is_still_here() -> None:
    line = Line()
    guest = {"name": "Giulia", "language": "it", "preferences": {"vip": True}}
    await line.tell(a.profile(a.NOON - DAY, guest, **WHO), a.consent(a.NOON - DAY, "personalisation", **WHO))
    for booking in ("b1", "b2"):
        await line.tell(a.booking(a.NOON - a.HOUR, booking_id=booking, **WHO))
        await line.tell(a.hotel("checkin", a.NOON + 1.5 * a.HOUR, booking, **WHO))
    await line.tell(a.hotel("service", a.NOON + 1.6 * a.HOUR, service="bar", item="Chablis", **WHO))
    open = await told(line, a.NOON + 2.5 * a.HOUR)
    [tea], [word] = open["during_stay"], open["very_important"]
    await line.tell(a.hotel("checkout", line.now, "b2", **WHO))
    assert (over(line, tea), over(line, word)) == ([], [])
    await line.tell(a.hotel("checkout", line.now + 60, "b1", **WHO))
    assert (over(line, tea), over(line, word)) == (["done"], ["done"])


async def test_who_only_spends_is_announced_to_nobody() -> None:
    line = Line()
    card = {"card": "c1"}
    await line.tell(a.profile(a.NOON - 90, {"name": "Aline", "preferences": {"vip": "no"}}, **card))
    await line.tell(a.purchase(a.NOON - 60, lines=[a.line(amount=90_000_000)], **card), a.checkin(**card))
    assert "very_important" not in await told(line)


async def test_of_a_visit_that_is_long_over_or_has_ended_meanwhile_no_manager_hears() -> None:
    card = {"card": "c1"}
    line = Line()
    await line.tell(a.profile(a.NOON - 9 * DAY, {"name": "Aline", "preferences": {"vip": "yes"}}, **card))
    await line.tell(a.checkin(a.NOON - 3 * DAY, **card), now=a.NOON)
    assert "very_important" not in await told(line)
    left = a.event("store.leave", line.now, site="vendome", method="nfc", **card)
    await line.slice([a.checkin(line.now - 60, **card), left])
    assert "very_important" not in await told(line)
    came = line.now + 60
    await line.tell(a.checkin(came, **card), now=came + 600)
    [word] = (await told(line))["very_important"]
    assert seconds(word.valid_to) == came + 2 * a.HOUR


async def test_a_segment_may_be_important_unless_it_asks_for_money() -> None:
    when = {"field": "facts.visits", "op": ">=", "value": 1}
    declared = {"id": "friends", "name": "Friends of the house", "team": "client-service", "important": True}
    maison = a.lumiere(segments=[declared | {"when": when, "purpose": "service"}])
    line = Line(maison)
    card = {"card": "c1"}
    await line.tell(a.profile(a.NOON - 90, {"name": "Aline"}, **card))
    await line.tell(a.checkin(a.NOON - DAY, **card), a.checkin(**card))
    [word] = (await told(line))["very_important"]
    assert word.why == ["In the segment: Friends of the house"]
    rich = declared | {"when": {"field": "value.monetary", "op": "=", "value": 5}}
    with pytest.raises(ValueError, match="nobody is important by what they spent"):
        a.lumiere(segments=[rich])


def test_nothing_of_the_hotels_card_is_named_twice() -> None:
    offer = msgspec.to_builtins(a.LUMIERE.menu[0])
    for twice in ([offer, offer], [offer | {"id": "bag-aurore"}]):
        with pytest.raises(ValueError, match="names two things"):
            a.lumiere(menu=twice)
