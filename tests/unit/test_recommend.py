"""What is recommended to whom, why, and how unlike one another."""

from typing import Any

import pytest

from agents.guard import spared
from agents.moment import Moment
from agents.phrase import facts_of
from agents.recommend import POOL, recommend
from agents.registry import GUARDS
from agents.tastes import taste_of
from feature_store.decay import HALF_LIFE
from tests import builders as a

WHO = {"card": "c1"}
YES = a.consent(a.NOON - 9e6, "profiling", "all", **WHO)


def client(*events: Any, now: float = a.NOON) -> Moment:
    return a.moment(client=a.record_of(*events), now=now)


def skus(*events: Any, now: float = a.NOON) -> list[str]:
    return [article.sku for article in recommend(client(*events, now=now))]


def looked(sku: str, at: float = a.NOON) -> Any:
    return a.view(at, sku=sku, **WHO)


def tried(sku: str, at: float = a.NOON - 9e4) -> Any:
    return a.event("store.item", at, site="vendome", sku=sku, action="tried", **WHO)


def wished(sku: str) -> Any:
    return a.event("web.wish", a.NOON - 9e4, who=WHO, session="s1", sku=sku)


def test_of_a_client_nobody_knows_anything_of_nothing_is_guessed() -> None:
    assert skus(YES, a.checkin(**WHO)) == []


def test_without_consent_no_step_is_read_and_what_the_client_says_is() -> None:
    steps = [looked("bag-aurore"), tried("clutch-nuit"), wished("ring-solstice"), a.cart(**WHO)]
    assert skus(*steps) == []
    said = a.profile(fields={"preferences": {"likes": ["watches"]}}, **WHO)
    [first, *_] = recommend(client(*steps, said))
    assert first.sku.startswith("watch-")
    assert facts_of(first.why) == ("preferences.likes",)


def test_the_cart_comes_first_then_the_wish_list_then_what_was_tried_and_kept_in_mind() -> None:
    steps = [tried("clutch-nuit"), wished("ring-solstice"), a.cart(sku="scarf-brise", **WHO)]
    assert skus(YES, *steps)[:3] == ["scarf-brise", "ring-solstice", "clutch-nuit"]
    back = a.event("store.item", a.NOON - 9e3, site="vendome", sku="clutch-nuit", action="back", **WHO)
    assert "tried it, and did not put it back" not in [
        r.why for r in recommend(client(YES, *steps, back))
    ]  # fmt: skip


def test_a_click_of_this_hour_outweighs_months_of_others_and_no_longer_next_month() -> None:
    past = [looked("scarf-brise", a.NOON - n * 86_400) for n in range(1, 6)]
    assert skus(YES, *past)[0].startswith("scarf-")
    now = looked("watch-meridien-or")
    assert skus(YES, *past, now)[0].startswith("watch-")
    assert skus(YES, *past, now, now=a.NOON + 30 * 86_400)[0].startswith("scarf-")


def test_among_like_articles_the_one_in_their_colour_and_collection_comes_first() -> None:
    bought = a.purchase(a.NOON - 9e6, lines=[a.line("clutch-nuit")], **WHO)
    order = [sku for sku in skus(YES, bought) if sku != "clutch-nuit"]
    assert order[0] == "clutch-nuit-perle", "the sister of the same collection, satin, for the evening"


def test_a_card_is_not_three_times_the_same() -> None:
    steps = [looked("bag-aurore"), looked("bag-aurore-mini"), looked("scarf-brise", a.NOON - 9e4)]
    moment = client(YES, *steps)
    card = spared(moment, a.proposal(recommendations=recommend(moment)), GUARDS).recommendations[:3]
    kinds = [moment.house.articles[article.sku].category for article in card]
    assert sorted(kinds) == ["bags", "bags", "silk"]


def test_black_alone_is_no_reason_to_show_a_ring() -> None:
    assert all(sku.startswith(("bag", "clutch")) for sku in skus(YES, looked("bag-aurore", a.NOON - 9e5)))


@pytest.mark.parametrize(("gender", "shown"), [("men", False), ("women", True), ("M.", True)])
def test_what_is_made_for_others_than_they_say_they_are_is_no_candidate(gender: str, shown: bool) -> None:
    says = a.profile(fields={"gender": gender}, **WHO)
    assert ("bag-aurore" in skus(YES, says, looked("bag-aurore"))) == shown


def test_no_reason_tells_a_price_and_each_rests_on_a_fact() -> None:
    steps = [looked(article.sku) for article in a.LUMIERE.catalogue]
    found = recommend(client(YES, *steps, a.purchase(**WHO), tried("ring-solstice")))
    assert 3 <= len(found) <= POOL
    for article in found:
        assert facts_of(article.why) not in ((), ("words",))
        assert "leanings.band" not in facts_of(article.why)


def test_a_word_that_stands_alone_on_little_is_worth_less_than_on_much() -> None:
    little = taste_of(client(YES, looked("bag-aurore", a.NOON - HALF_LIFE)))
    much = taste_of(client(YES, a.purchase(**WHO), a.purchase(**WHO)))
    assert 0 < little.shares["lAurore"] < much.shares["lAurore"] < 1
    assert little.said == frozenset()
