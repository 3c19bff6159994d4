"""The first order and the last."""

from itertools import permutations
from typing import Any

from feature_store import record as records
from feature_store.features.orders import FEATURE, Orders, came_back
from tests import builders as a

MAY, JULY = a.NOON - 200 * 86_400, a.NOON - 130 * 86_400
BOTH = [a.line("scarf-brise", 46_000), a.line("bag-aurore", 345_000)]


def orders(*events: Any) -> Orders:
    slice: Orders = records.slice_of(a.record_of(*events), "orders")
    return slice


def test_a_first_order_tells_how_much_was_chosen_at_once_and_never_what_it_cost() -> None:
    held = a.record_of(a.purchase(MAY, lines=BOTH, card="c"), a.purchase(JULY, card="c"))
    told = records.values(held, a.NOON)["orders"]
    assert told["first"] == {"at": int(MAY), "articles": 2, "kinds": 2, "web": False}
    assert told["last"] == {"at": int(JULY), "sku": "bag-aurore", "back": False}
    assert "391000" not in str(told)
    first = records.slice_of(held, "orders").first
    assert (first.amount, first.currency) == (391_000, "EUR")


def test_an_order_that_comes_late_is_the_first_all_the_same() -> None:
    late = orders(a.purchase(JULY, card="c"), a.purchase(MAY, lines=BOTH, card="c"))
    assert late.first is not None
    assert late.first.at == MAY


def test_what_came_back_is_known_by_its_order_or_by_its_article_whichever_is_heard_first() -> None:
    bought = a.purchase(MAY, "o7", lines=BOTH, card="c")
    by_order = a.returned(JULY, "o7", lines=[a.line("scarf-brise")], card="c")
    by_article = a.returned(JULY, "till-9", lines=[a.line("bag-aurore")], card="c")
    for back in (by_order, by_article):
        assert came_back(orders(bought, back))
        assert came_back(orders(back, bought))
    assert not came_back(orders(bought, a.returned(JULY, "o1", lines=[a.line("shoes-pas")], card="c")))


def test_an_order_of_many_articles_that_came_back_whole_is_known_by_its_order_and_by_its_dearest() -> None:
    for n in range(40):
        lines = [a.line(f"look-{n}-{nth}", 90_000 - nth) for nth in range(8)]
        bought = a.purchase(MAY, f"o{n}", channel="web", lines=lines, card="c")
        for receipt in (f"o{n}", f"till-{n}"):
            assert came_back(orders(bought, a.returned(JULY, receipt, lines=lines[::-1], card="c")))


def test_an_article_that_came_back_and_was_bought_again_has_not_come_back() -> None:
    back = a.returned(MAY, "o7", card="c")
    assert not came_back(orders(a.purchase(MAY - 9, "o7", card="c"), back, a.purchase(JULY, "o8", card="c")))


def test_of_a_gift_no_article_is_kept() -> None:
    for given in ({"gift": True}, {"for_": {"card": "other"}}):
        last = orders(a.purchase(MAY, card="c", **given)).last
        assert last is not None
        assert (last.gift, last.sku) == (True, "")


def test_nothing_bought_is_nothing_known() -> None:
    assert records.values(a.record_of(a.returned(card="c")), a.NOON)["orders"] == {}


def test_an_order_in_the_web_shop_is_told_as_one() -> None:
    held = a.record_of(a.purchase(MAY, channel="web", card="c"))
    assert records.values(held, a.NOON)["orders"]["first"]["web"]


def test_articles_of_no_catalogue_are_of_the_kind_that_their_order_says() -> None:
    lines = [
        a.line("x-1", category="bags"),
        a.line("x-2", category="scarves"),
        a.line("x-3", category="bags"),
    ]
    first = orders(a.purchase(MAY, lines=lines, card="c")).first
    assert first is not None
    assert first.kinds == 2


def test_of_two_orders_in_one_second_the_same_is_the_first_whichever_is_heard_first() -> None:
    one, two = a.purchase(MAY, lines=BOTH, card="c"), a.purchase(MAY, card="c")
    assert orders(one, two).first == orders(two, one).first
    assert orders(one, two, a.purchase(JULY, card="c")).first == orders(two).first


def test_what_came_back_last_is_remembered_whatever_it_is_called_and_whenever_it_is_heard() -> None:
    for names in permutations(("o1", "o2", "o3", "o4")):
        told = [
            a.returned(MAY + n, name, lines=[a.line(f"sku-{name}")], card="c") for n, name in enumerate(names)
        ]
        for heard in (told, told[::-1]):
            known = [came_back(orders(a.purchase(JULY, name, card="c"), *heard)) for name in names]
            assert known == [False, False, True, True]


def test_an_article_stays_brought_back_when_an_earlier_return_of_it_is_heard_later() -> None:
    bought, back = a.purchase(MAY + 9, card="c"), a.returned(JULY, card="c")
    assert came_back(orders(bought, back, a.returned(MAY, card="c")))


def test_what_one_part_brought_back_the_other_had_bought() -> None:
    parts = [orders(a.purchase(MAY, "o7", card="c")), orders(a.returned(JULY, "o7", card="d"))]
    assert came_back(FEATURE.merge(parts))
