"""New arrivals, wishes tried elsewhere, carts that are worth a person."""

from typing import Any

import pytest

from agents.guard import spared, vetoed
from agents.moment import Again, Moment, Proposal
from agents.phrase import Phrase, facts_of
from agents.registry import GUARDS, RULES
from feature_store.features.session import LIVE
from feature_store.store import Timer
from tests import builders as a
from tests.builders import Line

BY_NAME = {rule.name: rule for rule in RULES}
WHO = {"card": "c1"}
DAY = 86_400.0
NAMED = a.profile(a.NOON - 9e6, {"name": "Aline", "language": "fr", "advisor": "camille"}, **WHO)
ALLOWS = [a.consent(a.NOON - 9e6, p, "all", **WHO) for p in ("one_to_one", "profiling")]
BAG = a.purchase(a.NOON - 40 * DAY, **WHO)


def at_timer(name: str, *events: Any, now: float = a.NOON) -> Moment:
    return a.moment(client=a.record_of(NAMED, *events), now=now, timer=Timer("lumiere", "p", name, now))


def said(rule: str, moment: Moment) -> list[Proposal]:
    """What is left of what a rule proposes, once every guard has been asked."""
    proposed = [one for one in BY_NAME[rule].propose(moment) if isinstance(one, Proposal)]
    left = [spared(moment, one, GUARDS) for one in proposed]
    return [one for one in left if vetoed(moment, one, GUARDS) is None]


def test_an_arrival_to_their_taste_is_told_to_the_advisor_with_why_and_without_how() -> None:
    [told] = said("new_arrival", at_timer("book", *ALLOWS, BAG))
    assert (told.staff, told.site, told.ref, told.contact) == (
        "camille",
        "vendome",
        "clutch-nuit-perle",
        True,
    )
    assert told.title == "Nuit clutch, pearls has arrived, to their taste, speaks French"
    assert told.why[0] == "Nuit clutch, pearls: drawn to bags lately"
    assert told.say
    assert facts_of(told.say) == ("language",)


@pytest.mark.parametrize(
    "events",
    [
        [BAG],
        [*ALLOWS],
        [*ALLOWS, a.purchase(a.NOON - 40 * DAY, lines=[a.line("shoes-pas")], **WHO)],
        [*ALLOWS, a.purchase(a.NOON - 40 * DAY, gift=True, **WHO)],
        [*ALLOWS, BAG, a.profile(fields={"gender": "men"}, **WHO)],
        [*ALLOWS, BAG, a.profile(fields={"preferences": {"avoid": "silk"}}, **WHO)],
    ],
    ids=[
        "no consent",
        "no taste",
        "another taste",
        "somebody else's",
        "made for others",
        "of what they avoid",
    ],
)
def test_an_arrival_that_is_not_to_their_taste_is_not(events: list[Any]) -> None:
    assert said("new_arrival", at_timer("book", *events)) == []


def test_an_arrival_is_news_for_four_weeks_and_not_before_it_has_come() -> None:
    for days, told in ((-6, 0), (-4, 1), (20, 1), (24, 0)):
        moment = at_timer("book", *ALLOWS, BAG, now=a.NOON + days * DAY)
        assert len(said("new_arrival", moment)) == told, days


def test_who_was_not_heard_of_for_a_year_is_not_looked_at_again() -> None:
    moment = at_timer("book", BAG, now=a.NOON + 400 * DAY)
    assert list(BY_NAME["new_arrival"].propose(moment)) == []


async def test_once_a_week_one_timer_looks_and_says_each_arrival_once() -> None:
    line = Line()
    who = {"client_id": "k1"}
    await line.tell(
        a.profile(a.NOON - 11 * DAY, {"name": "Aline", "language": "fr", "advisor": "camille"}, **who),
        *(a.consent(a.NOON - 11 * DAY, p, "all", **who) for p in ("one_to_one", "profiling")),
        a.purchase(a.NOON - 10 * DAY, **who),
        a.purchase(a.NOON - 9 * DAY, lines=[a.line("bag-aurore-mini")], **who),
    )
    await line.until(a.NOON - 3 * DAY, step=DAY / 4)
    assert line.alerts == []
    await line.until(a.NOON + 12 * DAY, step=DAY / 4)
    arrivals = [c.alert for _, c in line.alerts if c.alert.action == "new_arrival"]
    assert [alert.recommendations[0].sku for alert in arrivals] == ["clutch-nuit-perle"]


def wish(ago: float = 9 * DAY, sku: str = "clutch-nuit") -> Any:
    return a.event("web.wish", a.NOON - ago, who=WHO, session="s1", sku=sku)


def item(action: str = "tried", ago: float = DAY, sku: str = "clutch-nuit") -> Any:
    return a.event("store.item", a.NOON - ago, site="ginza", sku=sku, action=action, **WHO)


@pytest.mark.parametrize("order", [[wish(), item()], [item(), wish(DAY / 2)], [wish(), item(), item("back")]])
def test_what_they_wished_for_and_tried_elsewhere_is_for_their_advisor_who_speaks_of_the_boutique(
    order: list[Any],
) -> None:
    [told] = said("wish_elsewhere", at_timer("tried:ginza", *ALLOWS, *order))
    assert (told.staff, told.site, told.ref) == ("camille", "vendome", "clutch-nuit")
    assert told.title == "Tried at Ginza what is on their wish list, speaks French"
    assert told.why[0] == "Tried the Nuit clutch at Ginza on 20 November, left without it"
    assert told.say
    assert facts_of(told.say) == ("language", "handled.tried")


@pytest.mark.parametrize(
    "events",
    [
        [wish(), item()],
        [*ALLOWS, item()],
        [*ALLOWS, wish()],
        [*ALLOWS, wish(), item(), a.purchase(a.NOON - DAY / 2, lines=[a.line("clutch-nuit")], **WHO)],
        [*ALLOWS, wish(), item(ago=6 * DAY)],
        [*ALLOWS, wish(sku="ring-solstice"), item()],
    ],
    ids=["no consent", "no wish", "never tried", "taken along", "too long ago", "another"],
)
def test_otherwise_nobody_hears_of_it(events: list[Any]) -> None:
    assert said("wish_elsewhere", at_timer("tried:ginza", *events)) == []


async def test_the_day_after_whatever_part_of_the_record_the_wish_lies_in() -> None:
    line = Line()
    both = {"client_id": "k1", "card": "c1"}
    await line.tell(
        a.profile(a.NOON - 9e5, {"name": "Aline", "language": "fr", "advisor": "camille"}, **both),
        *(a.consent(a.NOON - 9e5, p, "all", client_id="k1") for p in ("one_to_one", "profiling")),
        a.event("web.wish", a.NOON - 9e4, who={"client_id": "k1"}, session="s1", sku="clutch-nuit"),
        a.event("store.item", a.NOON, card="c1", site="ginza", sku="clutch-nuit", action="tried"),
    )
    await line.until(a.NOON + DAY, step=3600.0)
    assert [c.alert.action for _, c in line.alerts] == ["wish_elsewhere"]


@pytest.mark.parametrize(
    ("cart", "told"),
    [
        (["bag-aurore"], 1),
        (["scarf-brise"], 0),
        (["scarf-brise", "clutch-nuit", "scarf-brise-xl"], 1),
        (["x"], 0),
    ],
    ids=["a bag", "a scarf", "three small things", "nobody knows what"],
)
def test_a_cart_is_worth_a_person_from_the_price_of_a_middling_article_on(cart: list[str], told: int) -> None:
    carted = [a.cart(a.NOON + n, sku=sku, **WHO) for n, sku in enumerate(cart)]
    moment = at_timer("cart", *ALLOWS, *carted, now=a.NOON + 60 + LIVE)
    left = said("abandoned_cart", moment)
    assert len(left) == told
    assert all(one.contact and one.subject for one in left)
    assert not [again for again in BY_NAME["abandoned_cart"].propose(moment) if isinstance(again, Again)]
    assert all(isinstance(one.title, Phrase) for one in left)
