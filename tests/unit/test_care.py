"""Who answers for the house when something went wrong, who calls the worried, what is taken back."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from agents.hours import after_open
from agents.moment import Proposal, Withdraw
from agents.registry import RULES
from feature_store import record as records
from feature_store.features.attention import Proposed, coded, keep
from schemas.alerts import AlertChange
from schemas.events.client import PURPOSES
from schemas.times import iso
from tests import builders as a
from tests.builders import Line

BY_NAME = {rule.name: rule for rule in RULES}
WHO = {"client_id": "c1"}
KNOWN = a.profile(
    a.NOON - 9e5, {"name": "Aline", "language": "fr", "advisor": "camille", "timezone": "Europe/Paris"}, **WHO
)
BOUGHT = a.purchase(a.NOON - 8e5, "long ago", lines=[a.line("watch-meridien")], **WHO)
DAY = 86_400.0


def said(rule: str, event: Any, *before: Any) -> list[Any]:
    client = a.record_of(KNOWN, *before, event)
    return list(BY_NAME[rule].propose(a.moment(event, client=client, now=event.time.timestamp())))


def test_a_repair_has_one_person_who_gives_news_of_it() -> None:
    [card] = said("service_recovery", a.case(status="waiting for a part", due="2026-12-05T17:00:00Z", **WHO))
    assert (card.staff, card.care, card.contact, card.purpose) == ("camille", True, True, "service")
    assert card.title == "Waits for a repair: give them news, speaks French"
    assert card.why[:2] == [
        "The repair is at: waiting for a part",
        "They were promised to hear by Sat 5 Dec at 18:00",
    ]
    [today] = said("service_recovery", a.case(due="2026-11-21T17:00:00Z", **WHO))
    assert "They were promised to hear by 18:00" in today.why
    assert "atelier" in card.say
    assert "A date the workshop has not confirmed" in card.avoid


async def test_a_card_about_a_case_warns_of_no_case_but_another() -> None:
    line = Line()
    await line.tell(KNOWN)
    [alone] = await line.tell(a.case(status="received", **WHO))
    own = ["A date the workshop has not confirmed", "Anything to buy, until this is over"]
    assert alone.alert.avoid == own
    await line.tell(a.case(a.NOON + 60, kind="complaint", case="k2", **WHO))
    [beside] = await line.tell(a.case(a.NOON + 120, status="at the bench", **WHO))
    assert beside.alert.avoid == [*own, "Not knowing that a complaint is open"]


@pytest.mark.parametrize("kind", ["mourning", "illness"])
def test_nobody_is_asked_to_see_to_a_grief(kind: str) -> None:
    assert said("service_recovery", a.case(kind=kind, **WHO)) == []


def test_a_dispute_has_no_draft_and_a_closed_case_no_card() -> None:
    [card] = said("service_recovery", a.case(kind="dispute", **WHO))
    assert card.say is None
    [gone] = said("service_recovery", a.case(status="settled", **WHO))
    assert isinstance(gone, Withdraw)
    assert gone.status == "done"


async def test_a_case_is_one_card_until_it_is_closed_and_the_promised_day_brings_it_back() -> None:
    line = Line()
    await line.tell(KNOWN)
    due = a.NOON + 2 * DAY
    [first] = await line.tell(a.case(status="received", due=a.iso(due), **WHO))
    [second] = await line.tell(a.case(a.NOON + 60, status="at the bench", due=a.iso(due), **WHO))
    assert (second.alert.id, second.alert.revision) == (first.alert.id, 2)
    await line.until(due + 60, 3_600.0)
    _, late = line.alerts[-1]
    assert (late.alert.id, late.alert.urgency) == (first.alert.id, 5)
    assert "They were to have heard by 13:00" in late.alert.why
    await line.tell(a.case(due + 120, status="collected", **WHO))
    _, gone = line.statuses[-1]
    assert (gone.id, gone.status) == (first.alert.id, "done")
    assert await line.timers() == 0


async def test_a_card_of_the_night_is_asked_again_in_the_morning_of_the_client_as_they_are_then() -> None:
    line = Line()
    await line.tell(KNOWN)
    night = a.NOON + 12 * a.HOUR  # one in the morning in Paris
    assert await line.tell(a.case(night, status="received", **WHO)) == []
    assert line.vetoes == [("quiet_hours", "service_recovery")]
    assert await line.tell(a.case(night + 60, status="at the bench", **WHO)) == []
    await line.until(night + 7 * a.HOUR, 600.0)
    assert line.alerts == []
    await line.until(night + 8.5 * a.HOUR, 600.0)
    [(_, change)] = line.alerts
    assert "The repair is at: at the bench" in change.alert.why


def test_whoever_answers_for_the_house_reads_what_was_promised_by_a_clock_of_the_house() -> None:
    at_noon = a.case(due="2026-11-25T11:07:00Z", client_id="of nobody")
    moment = a.moment(at_noon, client=a.record_of(at_noon), now=a.NOON)
    [card] = list(BY_NAME["service_recovery"].propose(moment))
    assert (card.site, card.staff) == (None, None)
    assert "They were promised to hear by Wed 25 Nov at 12:07" in card.why


async def test_news_of_a_delivery_gives_no_gift_away_to_whom_it_is_for() -> None:
    line, ring = Line(), {"lines": [a.line("ring-solstice")]}
    await line.tell(KNOWN, a.profile(a.NOON - 99, {"advisor": "matteo"}, client_id="him"))
    await line.tell(a.purchase(a.NOON - 90, gift=True, for_=WHO, client_id="him", **ring))
    on_its_way = {"kind": "delivery", "status": "on its way", "sku": "ring-solstice"}
    assert await line.tell(a.case(a.NOON, case="of her", **on_its_way, **WHO)) == []
    [welcome] = [one.alert for one in await line.tell(a.checkin(a.NOON + 60, **WHO))]
    assert not any("delivery" in text or "Offers" in text for text in (*welcome.why, *welcome.avoid))
    [wrote] = [
        one.alert for one in await line.tell(a.chat(a.NOON + 120, text="C'est urgent, au secours", **WHO))
    ]
    assert wrote.action == "worried"
    assert not any("delivery" in text for text in (*wrote.why, *wrote.avoid))
    news = await line.tell(a.case(a.NOON + 180, case="of him", **on_its_way, client_id="him"))
    assert [one.alert.action for one in news] == ["service_recovery"]
    [own] = await line.tell(a.case(a.NOON + 240, "repair", case="own", sku="ring-solstice", **WHO))
    assert own.alert.action == "service_recovery"


async def test_news_of_a_delivery_that_proves_to_be_of_a_gift_for_them_is_taken_back() -> None:
    """The carrier names her before the shop tells for whom he bought it; her repair is none of that."""
    line, ring = Line(), {"lines": [a.line("ring-solstice")], "client_id": "him"}
    await line.tell(KNOWN, BOUGHT, a.purchase(a.NOON - 90, "o1", **ring))
    on_its_way = {"kind": "delivery", "status": "on its way", "sku": "ring-solstice"}
    [news] = await line.tell(a.case(a.NOON, case="of her", **on_its_way, **WHO))
    [own] = await line.tell(a.case(a.NOON + 60, "repair", case="own", sku="ring-solstice", **WHO))
    await line.tell(a.purchase(a.NOON + 90, "o1", "web", for_=WHO, **ring))
    assert own.alert.id != news.alert.id
    assert [(gone.id, gone.status) for _, gone in line.statuses] == [(news.alert.id, "retracted")]


async def test_a_delivery_of_which_nobody_says_what_it_is_gives_no_gift_away_either() -> None:
    """A carrier names the article once, or never: of whoever awaits a gift it may be that."""
    line, ring = Line(), {"lines": [a.line("ring-solstice")]}
    await line.tell(KNOWN, BOUGHT, a.purchase(a.NOON - 90, gift=True, for_=WHO, client_id="him", **ring))
    on_its_way = {"kind": "delivery", "case": "of her", **WHO}
    await line.tell(a.case(a.NOON, status="on its way", sku="ring-solstice", **on_its_way))
    assert await line.tell(a.case(a.NOON + 60, status="at customs", **on_its_way)) == []
    assert await line.tell(a.case(a.NOON + 120, status="late", **on_its_way | {"case": "unnamed"})) == []
    [own] = await line.tell(a.case(a.NOON + 180, sku="bag-aurore", **on_its_way | {"case": "hers"}))
    assert own.alert.action == "service_recovery"
    assert len(await line.tell(a.case(a.NOON + 240, status="late", **on_its_way | {"case": "hers"}))) == 1


async def test_a_delivery_to_whom_nobody_knew_when_it_was_bought_for_them_gives_no_gift_away() -> None:
    """Whatever they are named by, and who has bought nothing hears of no delivery at all."""
    line = Line()
    await line.tell(a.purchase(a.NOON - 90, gift=True, for_=WHO, client_id="him"), KNOWN)
    delivery = {"kind": "delivery", "case": "of her", "sku": "bag-aurore", **WHO}
    assert await line.tell(a.case(a.NOON, status="on its way", **delivery)) == []
    [welcome] = [one.alert for one in await line.tell(a.checkin(a.NOON + 60, **WHO))]
    assert not any("delivery" in text for text in (*welcome.why, *welcome.avoid))
    assert welcome.recommendations == [], "it may be theirs"


async def test_a_card_before_the_giver_does_not_say_that_they_have_just_bought_something() -> None:
    """Whoever it is for may stand beside them, and read it too."""
    line, him = Line(), {"client_id": "him", "card": "his"}
    await line.tell(a.profile(a.NOON - 99, {"language": "fr"}, **him), a.checkin(a.NOON - 95, **him))
    await line.tell(a.purchase(a.NOON - 90, "o1", gift=True, for_=WHO, **him))
    day = a.NOON + 2 * 86_400
    [alone] = await line.tell(a.checkin(day, **him))
    assert alone.alert.why == ["2 visits, 1 purchase"]
    await line.tell(a.purchase(day + 60, "o2", **him))
    [own] = await line.tell(a.checkin(day + 86_400, **him))
    assert own.alert.why == ["3 visits, 2 purchases, the last 23 hours ago"]
    await line.tell(a.purchase(day + 90_000, "o3", for_=WHO, lines=[a.line("ring-solstice")], **him))
    [beside] = await line.tell(a.checkin(day + 2 * 86_400, **him))
    assert beside.alert.why == ["4 visits, 3 purchases"]


async def test_whoever_welcomes_who_brought_their_last_purchase_back_is_told_so() -> None:
    """Else they ask how it wears."""
    line, who = Line(), {"client_id": "c1", "card": "hers"}
    await line.tell(a.profile(a.NOON - 99, {"language": "fr"}, **who))
    await line.tell(a.purchase(a.NOON - 90, "o1", **who), a.returned(a.NOON - 60, "o1", **who))
    [back] = await line.tell(a.checkin(a.NOON + 86_400, **who))
    assert back.alert.why == ["1 purchase, 1 day ago, brought back"]
    await line.tell(a.purchase(a.NOON + 86_460, "o2", **who))
    [again] = await line.tell(a.checkin(a.NOON + 2 * 86_400, **who))
    assert again.alert.why == ["2 visits, 2 purchases, the last 23 hours ago"]


async def test_what_was_settled_in_the_night_wakes_nobody() -> None:
    line = Line()
    await line.tell(KNOWN)
    night = a.NOON + 12 * a.HOUR
    await line.tell(a.case(night, **WHO), a.case(night + 60, status="settled", **WHO))
    await line.until(night + 12 * a.HOUR, 600.0)
    assert line.alerts == []


def test_a_worried_message_asks_a_person_to_call_before_anything_else() -> None:
    [call] = said("worried", a.chat(text="Toujours pas reçu ma bague, c'est urgent 😰", **WHO))
    assert (call.channel, call.care, call.staff, call.urgency) == ("phone", True, "camille", 5)
    assert call.title == "Sounds worried: call them, speaks French"
    assert call.why[0] == "Read in a message on WhatsApp at 13:00"
    assert not any("bague" in text for text in (*call.why, *call.avoid, call.title))


NIGHT = a.NOON + 8 * a.HOUR
"""Nine in the evening of a Saturday in Paris; Place Vendôme opens again on Monday at half past ten."""


@pytest.mark.parametrize(
    ("rule", "event", "until"),
    [
        ("worried", a.chat(NIGHT, text="C'est urgent 😰", **WHO), a.NOON + 49 * a.HOUR),
        ("worried", a.emotion(NIGHT, by="staff", value=0.9, **WHO), a.NOON + 49 * a.HOUR),
        ("client_writes", a.chat(NIGHT, text="Bonsoir", **WHO), a.NOON + 49 * a.HOUR),
        ("client_writes", a.chat(text="Bonjour", **WHO), a.NOON + 4 * a.HOUR),
        ("client_writes", a.chat(a.NOON + 5 * a.HOUR, text="Bonjour", **WHO), a.NOON + 47 * a.HOUR),
    ],
    ids=["in worry", "seen by a colleague", "in the night", "by day", "before it shuts"],
)
def test_whoever_writes_when_the_house_is_shut_is_answered_when_it_opens(
    rule: str, event: Any, until: float
) -> None:
    [card] = said(rule, event)
    assert card.valid_to == until


def test_a_house_that_is_shut_for_weeks_or_has_nobody_near_keeps_a_message_for_hours() -> None:
    hours: dict[str, list[str]]
    for hours in ({"sun": []}, {}):
        house = replace(a.LUMIERE, sites=[replace(site, hours=hours) for site in a.LUMIERE.sites])
        moment = a.moment(a.chat(NIGHT, **WHO), maison=house)
        assert after_open(moment, "vendome", 4) == after_open(moment, None, 4) == NIGHT + 4 * a.HOUR
    night = a.moment(a.chat(NIGHT, **WHO))
    assert after_open(night, "riviera", 4) == NIGHT + 4 * a.HOUR, "the hotel never shuts"
    assert after_open(night, None, 4) == a.NOON + 18 * a.HOUR, (
        "Ginza opens on Sunday, at two in the morning in Paris"
    )


IN_HOUSE = (
    a.booking(a.NOON - 90_000, guest_id="g1"),
    a.hotel("checkin", a.NOON - 80_000, room="214", guest_id="g1"),
)


def test_a_guest_without_an_advisor_is_seen_to_in_the_hotel_they_stay_in() -> None:
    stranger = a.profile(a.NOON - 9e5, {"language": "fr"}, guest_id="g1")
    for rule, event in (
        ("worried", a.chat(text="I am very worried, please help", guest_id="g1")),
        ("service_recovery", a.case(status="received", guest_id="g1")),
    ):
        [card] = list(
            BY_NAME[rule].propose(
                a.moment(event, client=a.record_of(stranger, *IN_HOUSE, event), now=event.time.timestamp())
            )
        )
        assert (card.site, card.staff) == ("riviera", None)
        assert "Stays at Hôtel Riviera, Room 214" in card.why
        gone = a.record_of(stranger, *IN_HOUSE, a.hotel("checkout", a.NOON - 9, guest_id="g1"), event)
        [card] = list(BY_NAME[rule].propose(a.moment(event, client=gone, now=event.time.timestamp())))
        assert (card.site, card.staff) == (None, None)
        assert not any("Room" in why for why in card.why)


async def test_where_a_guest_sleeps_is_not_told_to_their_advisor_in_a_boutique() -> None:
    line = Line()
    at_home = (a.booking(a.NOON - 90_000, **WHO), a.hotel("checkin", a.NOON - 80_000, room="214", **WHO))
    told = [KNOWN, *at_home, a.chat(text="I am very worried, please help", **WHO)]
    [call] = [change.alert for change in await line.tell(*told) if change.alert.action == "worried"]
    assert (call.site, call.for_.staff) == ("vendome", "camille")
    assert not any("214" in why or "Riviera" in why for why in call.why)


def test_who_seemed_worried_and_wrote_nothing_is_thanked_for_no_message() -> None:
    [wrote] = said("worried", a.chat(text="Toujours rien, c'est urgent 😰", **WHO))
    [seemed] = said("worried", a.emotion(by="staff", value=0.9, **WHO))
    assert "message" in str(wrote.say)
    assert seemed.say
    assert "message" not in str(seemed.say)


@pytest.mark.parametrize("later", [0.004, 2.0, 3 * a.HOUR])
@pytest.mark.parametrize("text", ["Je suis inquiète", "C'est inadmissible", "Il est décédé"])
async def test_one_word_of_worry_is_heard_however_much_later_it_is_read(text: str, later: float) -> None:
    line = Line()
    await line.tell(KNOWN)
    told = await line.tell(a.chat(text=text, **WHO), now=a.NOON + later)
    assert [change.alert.action for change in told] == ["worried"]


@pytest.mark.parametrize("zone", ["Asia/Seoul", "Europe/Paris", "America/Los_Angeles"])
async def test_whose_worry_is_seen_in_their_night_is_called_in_their_morning(zone: str) -> None:
    line = Line()
    at = datetime(2026, 11, 24, 2, tzinfo=ZoneInfo(zone)).timestamp()
    await line.tell(KNOWN, a.profile(a.NOON + 1, {"timezone": zone}, **WHO))
    assert await line.tell(a.emotion(at, value=0.6, **WHO)) == []
    await line.until(at + 30 * a.HOUR, 600.0)
    [call] = [change.alert for _, change in line.alerts if change.alert.action == "worried"]
    assert datetime.fromisoformat(call.at).astimezone(ZoneInfo(zone)).hour == 9
    assert call.why[0].startswith("Seen by a colleague")


@pytest.mark.parametrize(
    "lives", [{}, {"timezone": "Mars/Olympus"}, {"residences": ["Tokyo", "Paris", "New York"]}]
)
async def test_who_complains_is_answered_wherever_they_may_be(lives: dict[str, Any]) -> None:
    line = Line()
    await line.tell(a.profile(a.NOON - 9e5, {"name": "Aline", **lives}, **WHO))
    [card] = await line.tell(a.case(kind="complaint", **WHO))
    assert (card.alert.action, card.alert.for_.team) == ("service_recovery", "client-service")


async def test_whom_somebody_has_called_since_is_not_called_again_in_the_morning() -> None:
    line = Line()
    await line.tell(KNOWN)
    assert await line.tell(a.emotion(NIGHT + a.HOUR, **WHO)) == []
    wrote = await line.tell(a.chat(NIGHT + 2 * a.HOUR, text="C'est urgent 😰", **WHO))
    [call] = [change.alert for change in wrote]
    await line.tell(a.feedback(call, "done", NIGHT + 3 * a.HOUR))
    await line.until(NIGHT + 20 * a.HOUR, 600.0)
    assert [change.alert.id for _, change in line.alerts] == [call.id]


async def test_the_call_is_the_one_card_of_that_message() -> None:
    line = Line()
    changes = await line.tell(KNOWN, a.chat(text="I am very worried, please help", **WHO))
    assert [change.alert.action for change in changes] == ["worried"]
    changes = await line.tell(a.chat(a.NOON + 5 * a.HOUR, text="bonjour", conversation="other", **WHO))
    assert [change.alert.action for change in changes] == ["client_writes"]


async def test_who_writes_in_worry_all_night_is_one_card_in_the_morning() -> None:
    line = Line()
    await line.tell(KNOWN)
    for hours in range(6):
        await line.tell(a.chat(NIGHT + hours * a.HOUR, text="C'est urgent 😰", **WHO))
    (first, *later) = [change.alert for _, change in line.alerts]
    assert {(one.id, one.action) for one in later} == {(first.id, "worried")}
    assert later[-1].why[0] == "Read in a message on WhatsApp at 02:00"


async def test_who_refuses_to_be_called_and_writes_in_worry_is_written_to() -> None:
    line = Line()
    await line.tell(KNOWN, a.consent(a.NOON - 90, "service", "none", channel="phone", **WHO))
    [write] = await line.tell(a.chat(text="C'est urgent 😰", **WHO))
    assert (write.alert.title, write.alert.channel) == ("Sounds worried: write to them, speaks French", None)
    assert write.alert.avoid == ["Reaching them by telephone: refused", "Saying that their mood was noticed"]
    assert write.alert.say
    assert "appeler" not in write.alert.say


@pytest.mark.parametrize(
    ("said", "statuses"),
    [
        ({"state": "none", "channel": "phone"}, ["retracted"]),
        ({"state": "all", "channel": "phone", "expires": a.iso(a.NOON + a.HOUR)}, []),
        ({"state": "none", "channel": "whatsapp"}, []),
    ],
)
async def test_who_refuses_the_telephone_while_a_card_says_to_call_is_not_called(
    said: dict[str, Any], statuses: list[str]
) -> None:
    line = Line()
    await line.tell(KNOWN, a.chat(text="C'est urgent 😰", **WHO))
    [(_, call)] = line.alerts
    assert call.alert.channel == "phone"
    await line.tell(a.consent(a.NOON + 60, "service", **said, **WHO))
    assert [status.status for _, status in line.statuses] == statuses


async def test_a_card_that_says_to_call_stands_as_long_as_the_telephone_is_allowed() -> None:
    line = Line()
    of_phone = a.consent(a.NOON - 90, "service", channel="phone", expires=a.iso(a.NOON + a.HOUR), **WHO)
    refused = a.consent(a.NOON - 91, "service", "none", channel="phone", **WHO)
    await line.tell(KNOWN, refused, of_phone, a.chat(text="C'est urgent 😰", **WHO))
    [(_, call)] = line.alerts
    assert (call.alert.channel, call.alert.allowed_to) == ("phone", iso(a.NOON + a.HOUR))


def test_a_change_of_mood_is_told() -> None:
    joy = a.chat(a.NOON - 3 * DAY, text="Merveilleux, je suis ravie 😍", **WHO)
    [call] = said("worried", a.chat(text="C'est inadmissible 😡", **WHO), joy)
    assert call.title.startswith("Sounds upset")
    assert "Was delighted 3 days ago" in call.why


def test_words_of_a_loss_have_no_draft_and_ask_to_note_a_mourning() -> None:
    [call] = said("worried", a.chat(text="Mon mari est décédé, je suis en deuil", **WHO))
    assert call.say is None
    assert any("note a mourning" in text for text in call.avoid)


def test_what_is_open_with_whoever_is_worried_is_told_once_a_kind() -> None:
    several = [a.case(a.NOON - n, kind, case=f"k{n}", **WHO) for n, kind in enumerate(["delivery"] * 2, 60)]
    ill = a.case(a.NOON - 90, "illness", case="i", **WHO)
    [call] = said("worried", a.chat(text="C'est urgent 😰", **WHO), BOUGHT, ill, *several)
    assert call.why[1:] == ["Open with them: a delivery", "Open with them: an illness"]


def test_who_is_sad_is_not_said_to_have_lost_somebody_unless_they_write_it_nor_to_have_been_glad() -> None:
    joy = a.chat(a.NOON - 3 * DAY, text="Merveilleux, je suis ravie 😍", **WHO)
    [wrote] = said("worried", a.chat(text="Mon mari est décédé", **WHO), joy)
    [seen] = said("worried", a.emotion(signal="sadness", **WHO), joy)
    assert wrote.title.startswith("Their words speak of a loss")
    assert seen.title.startswith("Seems sad: be there")
    assert not any("delighted" in why for why in (*wrote.why, *seen.why))
    assert (wrote.say, seen.say) == (None, None)


@pytest.mark.parametrize(
    "event",
    [
        a.chat(text="Bonjour, avez-vous ce sac en vert ?", **WHO),
        a.chat(text="urgent", direction="out", **WHO),
        a.chat(**WHO),
        a.emotion(value=0.2, **WHO),
        a.emotion(signal="joy", value=1.0, **WHO),
        a.emotion(by="device", **WHO),
    ],
)
def test_what_shows_no_worry_asks_nobody(event: Any) -> None:
    assert not [one for one in said("worried", event) if isinstance(one, Proposal)]


def test_a_colleague_who_saw_them_well_outranks_words_and_closes_the_card() -> None:
    well = a.emotion(a.NOON - 60, value=0.0, **WHO)
    assert said("worried", a.chat(text="urgent 😰", **WHO), well) == []
    [gone] = said("worried", a.emotion(value=0.0, **WHO), a.emotion(a.NOON - 600, **WHO))
    assert isinstance(gone, Withdraw)


def test_a_device_is_heard_where_the_client_allows_it() -> None:
    allowed = a.consent(a.NOON - 9e4, "emotion", "all", **WHO)
    [call] = said("worried", a.emotion(by="device", **WHO), allowed)
    assert call.why[0] == "Measured as they allow at 13:00"


@pytest.mark.parametrize(
    ("event", "gone"),
    [
        (a.case(kind="mourning", **WHO), ["lapsing"]),
        (a.emotion(signal="not today", value=1, **WHO), ["lapsing"]),
        (a.emotion(signal="not today", value=1, by="text", **WHO), []),
        (a.case(status="closed", **WHO), []),
        (a.emotion(signal="joy", **WHO), []),
    ],
)
def test_what_offered_something_is_taken_back_and_services_stay(event: Any, gone: list[str]) -> None:
    client = a.record_of(KNOWN, event)
    until = int(a.NOON + 9_000)
    offer = Proposed(
        coded("lapsing"), "x", "vendome", int(a.NOON), until, purpose=PURPOSES.index("one_to_one")
    )
    service = Proposed(coded("hotel_arrival"), "b1", "riviera", int(a.NOON), until)
    keep(records.own(client, "attention"), {"one": offer, "other": service})
    taken = list(BY_NAME["quieted"].propose(a.moment(event, client=client)))
    assert [one.action for one in taken] == gone


async def test_joy_is_remembered_on_the_card_of_the_next_welcome() -> None:
    line = Line()
    await line.tell(KNOWN, a.emotion(a.NOON - 12 * DAY, "joy", 1.0, **WHO))
    change: AlertChange
    [change] = await line.tell(a.checkin(**WHO))
    assert "Was delighted 12 days ago" in change.alert.why


async def test_a_client_in_mourning_is_welcomed_without_cheer_or_offers() -> None:
    line = Line()
    allowed = a.consent(a.NOON - 9e5, "profiling", "all", **WHO)
    await line.tell(KNOWN, allowed, a.cart(a.NOON - 9_000, **WHO), a.case(a.NOON - 60, "mourning", **WHO))
    [change] = await line.tell(a.checkin(**WHO))
    alert = change.alert
    assert (alert.action, alert.say, alert.recommendations) == ("boutique_welcome", None, [])
    assert "Offers, congratulations, small talk: not now" in alert.avoid


@pytest.mark.parametrize(
    ("heard", "draft"),
    [
        (a.case(a.NOON + 60, "mourning", **WHO), False),
        (a.case(a.NOON + 60, "complaint", **WHO), True),
        (a.emotion(a.NOON + 60, "not today", 1.0, **WHO), True),
    ],
)
async def test_a_welcome_that_stands_says_no_more_than_one_would_now(heard: Any, draft: bool) -> None:
    line = Line()
    tried = a.event("store.item", a.NOON - 70, sku="ring-solstice", site="vendome", action="tried", **WHO)
    await line.tell(KNOWN, a.consent(a.NOON - 80, "profiling", **WHO), tried)
    [before] = await line.tell(a.checkin(**WHO))
    assert (before.alert.action, bool(before.alert.recommendations)) == ("boutique_welcome", True)
    await line.tell(heard)
    await line.until(a.NOON + 61, step=1)
    after = line.alerts[-1][1].alert
    assert (after.id, after.revision, after.valid_to) == (before.alert.id, 2, before.alert.valid_to)
    assert (after.recommendations, after.say is not None) == ([], draft)
    await line.tell(a.event("store.leave", a.NOON + 90, site="vendome", method="nfc", **WHO))
    assert [s.status for _, s in line.statuses if s.id == after.id] == ["done"]
    told = len(line.alerts)
    await line.tell(a.case(a.NOON + 99, "illness", case="k2", **WHO))
    await line.until(a.NOON + 101, step=1)
    assert len(line.alerts) == told


@pytest.mark.parametrize(
    ("zone", "at", "told"),
    [
        ("Europe/Paris", a.NOON + 9.5 * a.HOUR, a.NOON + 20 * a.HOUR),
        ("Asia/Tokyo", a.NOON + 3 * a.HOUR, a.NOON + 12 * a.HOUR),
        ("Asia/Tokyo", a.NOON + 20 * a.HOUR, a.NOON + 20 * a.HOUR),
    ],
    ids=["in the evening", "asleep in Tokyo", "awake in Tokyo"],
)
async def test_who_is_seen_to_be_worried_in_their_night_is_called_in_their_morning(
    zone: str, at: float, told: float
) -> None:
    """NOON is one in the afternoon in Paris, nine in the evening in Tokyo."""
    line = Line()
    await line.tell(KNOWN, a.profile(a.NOON - 8e5, {"timezone": zone}, **WHO))
    await line.tell(a.emotion(at, value=0.6, **WHO))
    await line.until(at + DAY, step=300)
    [(_, change)] = line.alerts
    assert (change.alert.action, change.alert.valid_from) == ("worried", iso(told))


async def test_who_is_well_by_the_morning_is_not_called() -> None:
    line, night = Line(), a.NOON + 9.5 * a.HOUR
    await line.tell(KNOWN, a.emotion(night, **WHO), a.emotion(night + 60, value=0.0, **WHO))
    await line.until(night + DAY, step=300)
    assert line.alerts == []


@pytest.mark.parametrize(
    ("action", "event"),
    [("worried", a.emotion(**WHO)), ("service_recovery", a.case(kind="complaint", **WHO))],
)
async def test_of_whom_no_place_is_known_somebody_hears_all_the_same(action: str, event: Any) -> None:
    [told] = await Line().tell(event)
    assert told.alert.action == action


async def test_what_a_device_perceived_goes_with_the_consent_that_it_rests_on() -> None:
    line = Line()
    await line.tell(KNOWN, a.consent(a.NOON - 60, "emotion", "all", **WHO))
    [worried] = await line.tell(a.emotion(by="device", **WHO))
    assert worried.alert.purposes == ["service", "emotion"]
    await line.tell(a.consent(a.NOON + 60, "emotion", "none", **WHO))
    [(_, gone)] = line.statuses
    assert (gone.id, gone.status) == (worried.alert.id, "retracted")
