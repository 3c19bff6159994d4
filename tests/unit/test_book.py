"""The client book: when each of its rules speaks, to whom, and when it keeps silent."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from agents.book import BOOK, next_due
from agents.channels import WHERE
from agents.forecasts import next_category, repeat, second
from agents.moment import Moment, Proposal, Withdraw
from agents.phrase import facts_of
from agents.phrases import on_day
from agents.potential import potential
from agents.registry import BOOKED, CLOCKS, GUARDS, RULES
from agents.rule import Rule
from agents.rules.birthday import NEAR
from agents.shares import Shares
from feature_store import record as records
from feature_store.scale import Scale
from feature_store.store import Timer
from schemas.events.web import WebCart
from schemas.maison import Maison
from schemas.messages import Example
from streams.outbox import review
from tests import builders as a
from tests.builders import Line
from tests.guarding import left

DAY = 86_400.0
BY_NAME = {rule.name: rule for rule in RULES}
ALINE = {"name": "Aline", "language": "fr", "advisor": "camille"}
YES = [a.consent(a.NOON - 900 * DAY, purpose, "all", card="c") for purpose in ("one_to_one", "profiling")]
FOIRE = {"id": "foire", "name": "Soirée Aurore", "site": "vendome", "at": "2026-12-12T19:00:00+01:00"}


def known(*events: Any, **fields: Any) -> Any:
    """A client of Camille's who may be written to."""
    return a.record_of(a.profile(a.NOON - 900 * DAY, ALINE | fields, card="c"), *YES, *events)


def bought(*days: float, **data: Any) -> list[Any]:
    """A purchase so many days ago, each."""
    return [a.purchase(a.NOON - ago * DAY, card="c", **data) for ago in days]


def opened(client: Any, at: float = a.NOON, maison: Maison = a.LUMIERE, scale: Scale | None = None) -> Moment:
    """The moment at which the client's book is opened."""
    timer = Timer("lumiere", "part-of-a-client", BOOK, at)
    moment = a.moment(client=client, now=at, timer=timer, maison=maison)
    return Moment(
        id=moment.id, maison=maison, part=moment.part, event=None, timer=timer, client=client, at=at, now=at,
        scale=scale or Scale(), house=moment.house,
    )  # fmt: skip


def said(rule: str, client: Any, at: float = a.NOON, **given: Any) -> list[Proposal]:
    return said_of(rule, opened(client, at, **given))


def said_of(rule: str, moment: Moment) -> list[Proposal]:
    return [s for s in BY_NAME[rule].propose(moment) if isinstance(s, Proposal)]


def asked(rule: str, client: Any, at: float = a.NOON, **given: Any) -> float | None:
    due = BY_NAME[rule].due
    assert due is not None
    return due(opened(client, at, **given))


def test_a_day_is_said_by_the_clients_own_calendar_and_another_year_with_its_year() -> None:
    tokyo = a.profile(a.NOON - 9e6, {"timezone": "Asia/Tokyo"}, card="c")
    there = a.moment(client=a.record_of(tokyo), now=a.NOON)
    assert on_day(there, a.NOON - 9 * DAY) == "on 12 November"
    assert on_day(there, a.NOON + 4 * 3_600) == "on 22 November"
    assert on_day(there, a.NOON - 400 * DAY) == "on 17 October 2025"


def days_from_now(at: float | None) -> float | None:
    return None if at is None else round((at - a.NOON) / DAY, 1)


# -- after a purchase


def test_ten_days_after_a_purchase_somebody_asks_how_it_wears_and_offers_its_care() -> None:
    [ask] = said("after_purchase", known(*bought(12)))
    assert ask.why[0] == "Aurore bag, bought on 9 November"
    assert ask.why[1].startswith("To offer: how to keep the leather")
    assert (ask.staff, ask.contact, ask.subject) == ("camille", True, ["bag-aurore"])
    assert ask.say is not None
    assert ask.say.startswith("J'espère")


@pytest.mark.parametrize(
    "events",
    [
        bought(3),
        bought(40),
        bought(12, gift=True),
        bought(12, for_={"card": "other"}),
        [*bought(12, order="o1"), a.returned(a.NOON - DAY, "o1", card="c")],
        [],
    ],
    ids=["too early", "too late", "a gift", "for somebody", "brought back", "nothing bought"],
)
def test_nobody_asks_how_it_wears(events: list[Any]) -> None:
    assert said("after_purchase", known(*events)) == []


def test_what_is_brought_back_takes_the_card_off_the_desk() -> None:
    back = a.returned(order="o1", card="c")
    client = known(*bought(12, order="o1"), back)
    [gone] = BY_NAME["after_purchase"].propose(a.moment(back, client=client))
    assert isinstance(gone, Withdraw)


def test_it_is_asked_in_the_clients_own_morning_and_again_while_its_window_is_open() -> None:
    tokyo = known(*bought(3), timezone="Asia/Tokyo")
    first = asked("after_purchase", tokyo)
    assert first is not None
    assert f"{datetime.fromtimestamp(first, ZoneInfo('Asia/Tokyo')):%H:%M}" == "09:30"
    assert days_from_now(first) == 7.5
    again = asked("after_purchase", tokyo, first + 60)
    assert again is not None
    assert again - first == 3 * DAY


# -- the second purchase


def promising(*more: Any) -> Any:
    lines = [a.line("bag-aurore"), a.line("scarf-brise", 46_000)]
    visit = a.checkin(a.NOON - 32 * DAY, card="c")
    return known(*bought(30, lines=lines), visit, a.chat(a.NOON - 20 * DAY, whatsapp="w"), *more)


def test_a_first_buyer_who_promises_more_is_nurtured_with_what_is_known_of_them() -> None:
    moment = opened(promising())
    found = potential(moment)
    assert found is not None
    assert found.score == 0.8
    [nurture] = said("second_purchase", promising())
    assert nurture.why[:2] == [
        "First purchase on 22 October, none since",
        "Chose 2 articles of 2 categories the first time",
    ]
    assert nurture.also == ("profiling",)
    assert "391" not in str(nurture)


def test_what_a_first_buyer_is_likeliest_to_choose_next_is_told_with_what_that_rests_on() -> None:
    shares = Shares()
    for category, times in (("bags", 80), ("silk", 120)):
        for _ in range(times):
            shares.count(next_category.CELL, category)
    moment = opened(promising(a.consent(a.NOON - 60 * DAY, "profiling", card="c")))
    learned = msgspec.structs.replace(moment, estimators={("lumiere", next_category.NAME): shares})
    likely = next_category.next_categories(moment.client, a.NOON, moment.house, learned.priors)
    assert [(one.category, one.own, one.here, one.of) for one in likely] == [
        ("silk", 1, 120, 200), ("bags", 1, 80, 200)
    ]  # fmt: skip
    assert sum(one.p for one in likely) == pytest.approx(1)
    [nurture] = BY_NAME["second_purchase"].propose(learned)
    assert isinstance(nurture, Proposal)
    assert (
        nurture.why[2]
        == "Likeliest to choose silk next: like their first, and of 200 articles chosen here 120 are"
    )
    shares.unsettle()
    shares.unsettle()
    assert next_category.next_categories(moment.client, a.NOON, moment.house, learned.priors) == []


def test_a_first_order_like_those_that_are_followed_is_evidence_and_shown_beside_what_it_rests_on() -> None:
    one = known(*bought(30), a.chat(a.NOON - 20 * DAY, whatsapp="w"))
    x, estimator = second.features(one) or {}, second.FORECAST.new()
    for n in range(600):
        second.FORECAST.learn(estimator, x if n % 3 else {"worth/EUR/1": 1.0}, int(n % 3 > 0))
    moment = opened(one)
    alike = msgspec.structs.replace(moment, estimators={("lumiere", second.NAME): estimator})
    plain, more = potential(moment), potential(alike)
    assert plain is not None
    assert more is not None
    assert more.score - plain.score == pytest.approx(0.2)
    assert plain.likely is None
    assert re.fullmatch(
        r"Of 100 orders like it \d+ are followed by a second, of all here 67", more.likely or ""
    )
    [nurture] = said_of("second_purchase", alike)
    card = left(alike, nurture, GUARDS)
    assert card is not None
    assert more.likely in card.why, "no guard takes it for a discount"
    none = msgspec.structs.replace(moment, estimators={("lumiere", second.NAME): second.FORECAST.new()})
    assert potential(none) == plain


async def test_each_order_teaches_which_category_follows_what_was_kept_and_a_gift_teaches_nothing() -> None:
    line, who = Line(), {"card": "c"}
    await line.tell(a.consent(a.NOON - 90 * DAY, "profiling", **who))
    both = [a.line("scarf-brise", 46_000), a.line("bag-aurore")]
    await line.tell(
        a.purchase(a.NOON - 50 * DAY, lines=both, **who),
        a.purchase(a.NOON - 40 * DAY, lines=[a.line("watch-meridien")], gift=True, **who),
        a.returned(a.NOON - 30 * DAY, lines=both[:1], **who),
        a.purchase(a.NOON - 20 * DAY, lines=both[:1], **who),
        a.purchase(a.NOON - 10 * DAY, lines=[a.line("heard-of-by-nobody")], **who),
    )
    cases = [one.x for one in line.taught[next_category.NAME] if isinstance(one, Example)]
    assert cases == [
        {"in/category": 1.0, "chose/bags": 1.0},
        {"in/category": 1.0, "own/bags": 1, "chose/silk": 1.0},
    ]


def test_who_only_bought_once_online_promises_nothing_known() -> None:
    once = known(*bought(30, channel="web"))
    found = potential(opened(once))
    assert found is not None
    assert found.score < 0.5
    assert said("second_purchase", once) == []
    gift = known(*bought(30, gift=True, lines=[a.line("bag-aurore"), a.line("scarf-brise")]))
    assert said("second_purchase", gift) == []


def test_a_first_order_worth_as_much_as_most_clients_spend_says_more() -> None:
    from feature_store.scale import ladder_of
    from feature_store.tally import bucket

    rich = Scale({"m:EUR": ladder_of({bucket(10_000): 50, bucket(345_000): 50})})
    moment = opened(known(*bought(30)), scale=rich)
    poorer = opened(known(*bought(30)))
    assert potential(moment).score - potential(poorer).score == pytest.approx(0.2)  # type: ignore[union-attr]


def test_the_second_purchase_ends_the_nurture() -> None:
    second = a.purchase(card="c")
    [done] = BY_NAME["second_purchase"].propose(a.moment(second, client=promising(second)))
    assert isinstance(done, Withdraw)
    assert done.status == "done"
    assert said("second_purchase", promising(second)) == []


# -- lapsing


@pytest.mark.parametrize("rule", ["lapsing", "appointment"])
def test_whom_a_client_began_like_moves_when_they_are_expected(rule: str) -> None:
    client = known(*bought(300, 200, 100), a.checkin(a.NOON - 100 * DAY, card="c"))
    at = a.NOON - 90 * DAY
    soon, late = (asked(rule, client, at, scale=Scale(gap=90.0, alike={1: gap})) for gap in (60.0, 400.0))
    assert soon is not None
    assert late is not None
    assert late - soon > 50 * DAY
    assert asked(rule, client, at, scale=Scale(gap=60.0, alike={2: 400.0})) == soon


def test_a_client_overdue_by_their_own_rhythm_is_written_to_without_reproach() -> None:
    regular = known(*bought(400, 320, 240, 160))  # own gap 80, shrunk to (2 * 180 + 240) / 5 = 120
    assert days_from_now(asked("lapsing", regular, a.NOON - 150 * DAY)) == pytest.approx(20, abs=1.5)
    late = a.NOON + 22 * DAY
    [write] = said("lapsing", regular, late)
    assert write.why[0] == "4 purchases, usually every 4 months; the last on 14 June"
    assert any("reproach" in caution for caution in write.avoid)


def foretold(client: Any, *, back: bool, at: float, learned: int = repeat.TRUSTED) -> list[Proposal]:
    """What is said of a client in a house in which such clients always, or never, came back."""
    estimator = repeat.FORECAST.new()
    for _ in range(repeat.LEAST):
        estimator.learn(repeat.features(client, at), int(back))
    estimator.learned = learned
    moment = msgspec.structs.replace(opened(client, at), estimators={("lumiere", repeat.NAME): estimator})
    return said_of("lapsing", moment)


def test_who_is_likely_to_be_back_by_themselves_is_left_in_peace_and_of_others_it_is_said_how_likely() -> (
    None
):
    regular, late = known(*bought(400, 320, 240, 160)), a.NOON + 22 * DAY
    assert foretold(regular, back=True, at=late) == []
    [write] = foretold(regular, back=False, at=late)
    assert write.why[0] == "4 purchases, usually every 4 months; the last on 14 June"
    assert re.fullmatch(r"By what such clients did, \d\d of 100 stay away for 8 months more", write.why[1])
    assert facts_of(write.why[1]) == facts_of(write.why[0])
    card = left(opened(regular, late), write, GUARDS)
    assert card is not None
    assert write.why[1] in card.why, "no guard takes it for a discount"


def test_a_house_that_has_learned_little_goes_by_the_rhythm() -> None:
    regular, late = known(*bought(400, 320, 240, 160)), a.NOON + 22 * DAY
    [write] = foretold(regular, back=True, at=late, learned=repeat.TRUSTED - 1)
    assert not [why for why in write.why if "likely" in why]


def test_of_who_may_not_be_profiled_their_rhythm_alone_decides() -> None:
    no = a.consent(a.NOON - 800 * DAY, "profiling", "none", card="c")
    [write] = foretold(known(*bought(400, 320, 240, 160), no), back=True, at=a.NOON + 22 * DAY)
    assert not [why for why in write.why if "likely" in why]


def test_who_was_here_is_not_lost_and_the_lost_are_let_be() -> None:
    regular = bought(400, 320, 240, 160)
    came = known(*regular, a.checkin(a.NOON - 5 * DAY, card="c"))
    assert said("lapsing", came, a.NOON + 22 * DAY) == []
    assert asked("lapsing", known(*regular), a.NOON + 900 * DAY) is None
    assert asked("lapsing", known(*bought(100))) is None


def test_who_comes_back_ends_it() -> None:
    here = a.checkin(card="c")
    [done] = BY_NAME["lapsing"].propose(a.moment(here, client=known(*bought(400, 320), here)))
    assert isinstance(done, Withdraw)


# -- birthday and anniversary


def test_a_birthday_is_wished_in_the_clients_morning_without_an_age() -> None:
    born = known(birth_date="1981-11-22", timezone="Asia/Tokyo")
    due = asked("birthday", born)
    assert due == datetime(2026, 11, 22, 9, 30, tzinfo=ZoneInfo("Asia/Tokyo")).timestamp()
    [wish] = said("birthday", born, due)
    assert wish.why == ["It is their birthday today"]
    assert "45" not in str(wish)
    assert wish.valid_to == datetime(2026, 11, 23, tzinfo=ZoneInfo("Asia/Tokyo")).timestamp()


@pytest.mark.parametrize(
    ("refused", "channel"), [([], "phone"), (["phone"], "app"), (["phone", "app"], "mail"), (NEAR, None)]
)
def test_nobody_is_wished_a_happy_birthday_where_they_refused_to_be_reached(
    refused: Sequence[str], channel: str | None
) -> None:
    no = [a.consent(a.NOON - DAY, "one_to_one", "none", channel=one, card="c") for one in refused]
    moment = opened(known(*no, birth_date="1981-11-21"))
    [wish] = said_of("birthday", moment)
    passed = left(moment, wish, GUARDS)
    assert (passed and passed.channel) == channel
    if passed and refused:
        assert not any(WHERE[str(passed.channel)] in text for text in passed.avoid)


def test_no_card_is_posted_to_who_wants_no_post() -> None:
    no = a.consent(a.NOON - DAY, "one_to_one", "none", channel="mail", card="c")
    for more, cards in (([], 1), ([no], 0)):
        moment = opened(known(*bought(6, lines=[a.line("clutch-nuit")]), *more))
        kept = [left(moment, card, GUARDS) for card in said_of("handwritten_card", moment)]
        assert len([one for one in kept if one]) == cards


def test_after_this_years_morning_comes_next_years() -> None:
    born = known(birth_date="1981-11-21", timezone="Europe/Paris")
    assert (
        asked("birthday", born) == datetime(2027, 11, 21, 9, 30, tzinfo=ZoneInfo("Europe/Paris")).timestamp()
    )


@pytest.mark.parametrize("day", ["2030-01-01", "1981-02-29x"])
def test_an_impossible_birth_date_is_no_birthday(day: str) -> None:
    if day.endswith("x"):
        day = "2026-11-21"
    assert said("birthday", known(birth_date=day)) == []


def test_whoever_gave_no_birth_date_is_thanked_on_the_day_of_their_first_purchase() -> None:
    [thanks] = said("birthday", known(*bought(365, 100)))
    assert thanks.why == ["A client for 1 year today"]
    assert said("birthday", known(*bought(0))) == []


# -- appointment


def test_a_visit_is_proposed_when_a_client_is_to_be_expected_with_whom_they_know() -> None:
    met = [a.checkin(a.NOON - ago * DAY, staff="camille", card="c") for ago in (330, 240, 150)]
    regular = known(*bought(420, 330, 240, 150), *met)
    due = asked("appointment", regular, a.NOON - 100 * DAY)
    assert due is not None
    [visit] = said("appointment", regular, due)
    assert visit.why[0].startswith("Comes about every 126 days; the last purchase")
    assert visit.why[1] == "Met Camille Roux on 3 of the last 3 occasions"


def test_a_missed_visit_is_proposed_again_the_day_after_and_any_answer_ends_it() -> None:
    missed = a.appointment(a.NOON - 2 * DAY, "missed", begins=a.NOON - 3 * DAY, card="c")
    [visit] = said("appointment", known(missed))
    assert visit.why[0] == "A visit was missed on 18 November"
    answer = a.appointment(status="declined", card="c")
    [done] = BY_NAME["appointment"].propose(a.moment(answer, client=known(missed, answer)))
    assert isinstance(done, Withdraw)


# -- gifts


def test_a_year_after_a_gift_help_is_offered_and_nothing_remembered_aloud() -> None:
    gave = known(*bought(345, lines=[a.line("scarf-brise")], for_={"client_id": "friend"}))
    [season] = said("gift_season", gave)
    assert season.why[0] == "Brise silk scarf, bought as a gift on 11 December 2025"
    assert season.say is not None
    assert "Brise" not in season.say
    assert "gifts.given" not in season.say.facts  # type: ignore[attr-defined]
    assert "friend" not in str(season)
    assert season.value >= 0.6


def test_last_months_gift_is_no_season_and_one_is_prepared_in_time() -> None:
    assert said("gift_season", known(*bought(30, gift=True))) == []
    assert days_from_now(asked("gift_season", known(*bought(100, gift=True)))) == pytest.approx(237, abs=1.5)
    assert said("gift_season", known(*bought(362, gift=True))) == []


# -- events


def house(**event: Any) -> Maison:
    return a.lumiere(events=[FOIRE | {"capacity": 20} | event])


def test_an_invitation_goes_to_those_whose_taste_it_is() -> None:
    tagged = house(tags=["bags"])
    fond = known(*(a.view(a.NOON - n * 60, sku="bag-aurore", card="c") for n in range(9)))
    [invite] = said("event_invitation", fond, maison=tagged)
    assert invite.why == [
        "Drawn to bags lately",
        "Soirée Aurore, Place Vendôme on Sat 12 Dec at 19:00, 20 places",
    ]
    assert invite.say is not None
    assert "Soirée Aurore" in invite.say
    assert said("event_invitation", known(), maison=tagged) == []
    assert said("event_invitation", known(*bought(50)), maison=house(tags=["Aurore"]))[0].why[0] == (
        "Chose Aurore bag"
    )


def test_nobody_is_invited_twice_nor_too_late_and_no_more_are_drawn_than_there_is_room_for() -> None:
    invited = a.appointment(
        kind="event", status="declined", begins=datetime(2026, 12, 12, 18, tzinfo=UTC).timestamp(), card="c"
    )
    assert said("event_invitation", known(), maison=house())
    assert said("event_invitation", known(invited), maison=house()) == []
    assert said("event_invitation", known(), a.NOON + 18 * DAY, maison=house()) == []
    many = house(among=400)
    moment = opened(known(), maison=many)
    drawn = 0
    for n in range(2_000):
        one = Moment(
            id="m", maison=many, part=f"p{n}", event=None, timer=moment.timer, client=moment.client,
            at=a.NOON, now=a.NOON,
        )  # fmt: skip
        drawn += bool([*BY_NAME["event_invitation"].propose(one)])
    assert drawn == pytest.approx(100, abs=30)


# -- cards by hand


def test_who_drew_a_piece_signs_the_card_for_it() -> None:
    drawn = a.lumiere(
        designers=[{"id": "elise", "name": "Élise Aubry"}],
        catalogue=[
            {"sku": "bag-aurore", "name": "Aurore bag", "category": "bags", "price": 1, "designer": "elise"}
        ],
    )
    [card] = said("handwritten_card", known(*bought(6)), maison=drawn)
    assert (card.signatory, card.channel, card.staff) == ("elise", "mail", "camille")
    assert card.title == "A card by hand, signed by Élise Aubry, speaks French"
    assert said("handwritten_card", known(*bought(6)), maison=a.LUMIERE) == []


def test_a_hotels_director_signs_after_a_first_stay_and_no_boutique_hears_of_it() -> None:
    left = [a.booking(a.NOON - 9 * DAY, guest_id="g"), a.hotel("checkout", a.NOON - 3 * DAY, guest_id="g")]
    sites = [
        {"id": "vendome", "kind": "boutique", "name": "V", "timezone": "Europe/Paris"},
        {"id": "ginza", "kind": "boutique", "name": "G", "timezone": "Asia/Tokyo"},
        {"id": "riviera", "kind": "hotel", "name": "R", "timezone": "Europe/Paris", "director": "helene"},
    ]
    [card] = said("handwritten_card", known(*left), maison=a.lumiere(sites=sites))
    assert (card.signatory, card.site, card.staff) == ("helene", "riviera", "helene")


def test_years_with_the_house_are_marked_early_enough_for_the_post() -> None:
    [card] = said("handwritten_card", known(*bought(5 * 365.25 - 8, 1)))
    assert card.why[0] == "A client for 5 years on 29 November"
    assert card.signatory == "camille"
    assert said("handwritten_card", known(*bought(2 * 365.25 - 8, 1))) == []


# -- the book itself


def test_who_may_not_be_written_to_has_no_book_and_no_timer() -> None:
    silent = a.record_of(a.profile(fields=ALINE, card="c"), *bought(3))
    assert next_due(opened(silent), BOOKED, []) is None
    assert next_due(opened(known(*bought(3))), BOOKED, []) is not None


def test_a_client_without_an_advisor_is_written_to_by_whom_they_met_most_or_goes_to_the_team() -> None:
    nobodys = [a.profile(a.NOON - 900 * DAY, {"language": "fr"}, card="c"), *YES, *bought(12)]
    [team] = said("after_purchase", a.record_of(*nobodys))
    assert (team.staff, team.site) == (None, None)
    met = [a.checkin(a.NOON - 99 * DAY, staff="haruka", card="c")]
    [hers] = said("after_purchase", a.record_of(*nobodys, *met))
    assert (hers.staff, hers.site) == ("haruka", "ginza")


def test_a_client_is_reached_on_the_channel_they_write_on_unless_it_is_refused() -> None:
    writes = [a.chat(a.NOON - 99 * DAY + n, channel="wechat", whatsapp="w") for n in range(3)]
    [ask] = said("after_purchase", known(*bought(12), *writes))
    assert ask.channel == "wechat"
    assert "Usually writes on WeChat, around 14:00 where they live" in ask.why
    refused = a.consent(a.NOON - DAY, "one_to_one", "none", channel="wechat", card="c")
    [ask] = said("after_purchase", known(*bought(12), *writes, refused))
    assert ask.channel is None


SPEAK: dict[str, list[Any]] = {
    "after_purchase": bought(11),
    "second_purchase": [
        *bought(32, lines=[a.line("bag-aurore"), a.line("scarf-brise")]),
        a.checkin(a.NOON - 34 * DAY, card="c"),
    ],
    "lapsing": bought(406, 256),
    "birthday": [a.profile(a.NOON - DAY, {"birth_date": "1981-11-21"}, card="c")],
    "appointment": [a.appointment(a.NOON - 2 * DAY, "missed", begins=a.NOON - 3 * DAY, card="c")],
    "gift_season": bought(345, gift=True),
    "event_invitation": bought(2, lines=[a.line("ring-solstice")]),
    "handwritten_card": bought(6, lines=[a.line("clutch-nuit")]),
    "new_arrival": bought(20),
}


@pytest.mark.parametrize("rule", [rule.name for rule in BOOKED])
@pytest.mark.parametrize("channel", [None, "whatsapp", "email"])
def test_what_the_book_proposes_gets_past_every_guard_with_its_draft(rule: str, channel: str | None) -> None:
    wrote = [a.chat(a.NOON - 80 * DAY, channel=channel, card="c")] if channel else []
    moment = opened(known(*SPEAK[rule], *wrote))
    [proposal, *_] = said(rule, moment.client)
    passed = left(moment, proposal, GUARDS)
    assert passed is not None
    assert passed.say == proposal.say is not None
    assert [*passed.why] == [*proposal.why]


async def told(line: Line, *events: Any) -> None:
    """Each event at its own time, also one of last month."""
    for event in events:
        await line.tell(event, now=event.time.timestamp())


async def book_timers(line: Line) -> int:
    """How many timers open a book."""
    shards = [(await line.store.read(shard, (), (), 1e10)).due for shard in range(a.SHARDS)]
    return sum(timer.name == BOOK for due in shards for timer in due)


async def test_one_timer_a_client_opens_the_whole_book_and_nothing_runs_at_night() -> None:
    line = Line()
    start = a.NOON - 30 * DAY
    profile = a.profile(start, ALINE | {"birth_date": "1981-11-05"}, card="c")
    agreed = [a.consent(start + 1, purpose, "all", card="c") for purpose in ("one_to_one", "profiling")]
    await told(line, profile, *agreed, a.purchase(start + 60, card="c"))
    assert await book_timers(line) == 1
    await line.until(a.NOON + DAY, step=3_600.0)
    actions = [change.alert.action for _, change in line.alerts]
    assert actions == ["after_purchase", "birthday", "new_arrival"]
    hours = {
        datetime.fromisoformat(c.alert.at).astimezone(ZoneInfo("Europe/Paris")).hour for _, c in line.alerts
    }
    assert hours <= {9, 10}
    assert line.alerts[1][1].alert.title == "Birthday today, speaks French"
    assert await book_timers(line) == 1


async def test_a_purchase_that_is_heard_of_late_is_asked_after_as_if_it_had_not_been() -> None:
    line = Line()
    await told(line, a.profile(a.NOON - DAY, ALINE, card="c"), a.consent(a.NOON - DAY, card="c"))
    await line.tell(*bought(12))
    await line.until(a.NOON + 60)
    assert [change.alert.action for _, change in line.alerts] == ["after_purchase"]
    await line.tell(*bought(500))
    await line.until(a.NOON + 120)
    assert len(line.alerts) == 1, "what is long over is not"


async def test_a_purchase_by_card_opens_the_book_once_it_is_known_whose_card_it_is() -> None:
    line = Line()
    await told(line, a.profile(a.NOON - DAY, ALINE, client_id="x"), a.consent(a.NOON - DAY, client_id="x"))
    before = await line.timers()
    await line.tell(*bought(3))
    assert await line.timers() == before, "nobody knows yet that they may be written to"
    await line.tell(a.link(a.NOON + 60, client_id="x", with_={"card": "c"}))
    assert await line.timers() > before
    await line.until(a.NOON + 9 * DAY, step=DAY / 4)
    assert [change.alert.action for _, change in line.alerts] == ["after_purchase"], "once, by whichever part"


async def test_a_word_of_who_is_whom_puts_off_nothing_that_is_due() -> None:
    line = Line()
    await told(line, a.profile(a.NOON - DAY, ALINE, card="c"), a.consent(a.NOON - DAY, card="c"))
    await line.tell(*bought(12))
    await line.slice([review(a.part_of(card="c"), a.NOON)])
    await line.until(a.NOON + 60)
    assert [change.alert.action for _, change in line.alerts] == ["after_purchase"]


async def test_a_guard_that_bids_wait_has_the_book_opened_again() -> None:
    line = Line()
    await told(line, a.profile(a.NOON - DAY, ALINE, card="c"), a.consent(a.NOON - DAY, card="c"))
    mails = [a.contacted(a.NOON - ago * DAY, card="c") for ago in (1, 2)]
    await line.tell(*mails, *bought(10.5))
    await line.until(a.NOON + 2 * DAY, step=3_600.0)
    assert line.alerts == []
    assert ("cadence", "after_purchase") in line.vetoes
    await line.until(a.NOON + 9 * DAY, step=3_600.0)
    assert [change.alert.action for _, change in line.alerts] == ["after_purchase"]


async def test_what_waits_for_an_hour_is_asked_then_whatever_moves_the_book_meanwhile() -> None:
    """It is day in Paris and Los Angeles from six on: who bought at noon on their birthday had no wish."""
    lives = {"timezone": "Europe/Paris", "residences": ["Los Angeles"]}
    home, line = ALINE | {"birth_date": "1980-11-21"} | lives, Line()
    await told(line, a.profile(a.NOON - DAY, home, card="c"), a.consent(a.NOON - DAY, card="c"))
    await line.until(a.NOON, step=600.0)
    assert line.vetoes == [("quiet_hours", "birthday")]
    await line.tell(a.purchase(a.NOON + 60, card="c"))
    await line.until(a.NOON + 6 * 3_600, step=600.0)
    [(_, change)] = line.alerts
    assert (change.alert.action, change.alert.valid_from[:13]) == ("birthday", "2026-11-21T17")
    assert await book_timers(line) == 1


async def test_what_was_taken_back_and_stands_again_is_proposed_no_third_time() -> None:
    """A book that is opened for another reason found that it had been taken back, and not that it stands."""
    line = Line()
    born = ALINE | {"birth_date": "1980-11-25"}
    await told(line, a.profile(a.NOON - DAY, born, card="c"), a.consent(a.NOON - DAY, card="c"))
    await line.tell(*bought(12))
    await line.until(a.NOON + 60)
    await line.tell(a.emotion(a.NOON + 90, "not today", 1.0, card="c"))
    assert [gone.status for _, gone in line.statuses] == ["retracted"]
    await line.until(a.NOON + 5 * DAY, step=3_600.0)
    actions = [change.alert.action for _, change in line.alerts]
    assert actions == ["after_purchase", "after_purchase", "birthday"]


async def test_a_withdrawn_consent_closes_the_book() -> None:
    line = Line()
    await told(line, a.profile(fields=ALINE, card="c"), a.consent(card="c"), a.purchase(card="c"))
    assert await line.timers() == 1
    await told(line, a.consent(a.NOON + 60, state="none", card="c"))
    assert await line.timers() == 0


async def test_a_replay_opens_the_book_when_it_has_passed() -> None:
    line = Line()
    history = [a.profile(a.NOON - 90 * DAY, ALINE, card="c"), a.consent(a.NOON - 90 * DAY, card="c")]
    await line.slice([*history, *bought(60)], silent=True)
    assert line.alerts == []
    waiting = await line.timers()
    await line.until(a.NOON + 3_700, step=600.0)
    assert line.alerts == []
    assert 1 <= await line.timers() <= waiting, "set to what comes next"


def test_records_that_know_nothing_have_no_book() -> None:
    assert next_due(opened(records.Record()), BOOKED, []) is None


async def test_a_clock_with_an_error_in_it_leaves_the_others_their_timers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(record: Any, event: Any, at: float) -> None:
        raise ZeroDivisionError("Aline")

    monkeypatch.setitem(CLOCKS, WebCart, [("faulty", broken), *CLOCKS[WebCart]])
    line = Line()
    await line.tell(a.cart())
    assert [timer.name for timer in line.last.timers.values()] == ["cart"]
    [(name, where)] = line.last.broken
    assert (name, where.partition(":")[0]) == ("faulty", "ZeroDivisionError at test_book.py")


def test_a_rule_with_an_error_in_it_leaves_the_book_to_the_others() -> None:
    def broken(moment: Moment) -> float:
        raise ZeroDivisionError("Aline")

    moment, found = opened(known(*bought(3))), list[tuple[str, str]]()
    faulty = Rule(name="faulty", propose=lambda moment: (), due=broken)
    assert next_due(moment, [faulty, *BOOKED], found) == next_due(moment, BOOKED, [])
    assert [name for name, _ in found] == ["faulty"]
