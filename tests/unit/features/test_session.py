"""The visit under way on the web."""

from typing import Any

from feature_store import record as records
from feature_store.features.session import FEATURE, LONGEST, SETTLED, settled_at
from tests import builders as a


def session(*events: Any, now: float = a.NOON) -> dict[str, Any]:
    return dict(records.values(a.record_of(*events), now)["session"])


def test_two_views_and_a_cart_in_one_visit() -> None:
    values = session(a.view(), a.view(), a.cart(), now=a.NOON + 60)
    assert values == {"live": True, "views": 2, "cart": ["bag-aurore"], "quiet_seconds": 60.0}


def test_half_an_hour_of_silence_ends_it() -> None:
    assert session(a.view(), now=a.NOON + 30 * a.MINUTE - 1)["live"]
    assert not session(a.view(), now=a.NOON + 30 * a.MINUTE)["live"]
    assert session(a.view())["quiet_seconds"] == 0.0
    assert session(a.purchase(card="c1"))["quiet_seconds"] is None, "who never came is not silent"


def test_a_new_visit_starts_with_an_empty_cart_and_a_late_click_of_the_old_one_changes_nothing() -> None:
    old, new = a.cart(a.NOON, "s1"), a.view(a.NOON + 10, "s2")
    late = a.cart(a.NOON + 5, "s1", "scarf-brise")
    assert session(old, new, late)["cart"] == []
    assert session(old, new, late)["views"] == 1
    assert session(a.view(), a.view(), a.view(visit="s2"))["views"] == 1, "within the same second too"


def test_the_cart_remembers_its_last_five_articles_once_each() -> None:
    skus = ["a", "b", "c", "b", "d", "e", "f"]
    values = session(*(a.cart(a.NOON + n, sku=sku) for n, sku in enumerate(skus)))
    assert values["cart"] == ["b", "c", "d", "e", "f"]
    long = "x" * LONGEST
    assert session(a.cart(sku=long), a.cart(sku=f"{long}x"))["cart"] == [long]


def test_what_is_taken_out_of_the_cart_is_not_in_it() -> None:
    bag, scarf = a.cart(sku="bag-aurore"), a.cart(a.NOON + 1, sku="scarf-brise")
    out = a.cart(a.NOON + 2, sku="bag-aurore", quantity=0)
    assert session(bag, scarf, out)["cart"] == ["scarf-brise"]
    assert session(bag, scarf, out, a.cart(a.NOON + 3))["cart"] == ["scarf-brise", "bag-aurore"]


def test_an_order_on_the_web_empties_the_cart_and_one_at_the_till_takes_what_was_bought() -> None:
    carts = [a.cart(sku="bag-aurore"), a.cart(a.NOON + 1, sku="scarf-brise")]
    assert session(*carts, a.purchase(a.NOON + 9, channel="web", card="c1"))["cart"] == []
    assert session(*carts, a.purchase(a.NOON + 9, channel="store", card="c1"))["cart"] == ["scarf-brise"]
    assert session(*carts, a.purchase(a.NOON - 9, channel="web", card="c1"))["cart"] != []


def test_what_was_put_into_the_cart_by_the_second_of_an_order_on_the_web_is_gone_in_any_order() -> None:
    paid = a.purchase(a.NOON + 9, channel="web", lines=[a.line("watch-meridien")], card="c1")
    for second, left in ((0, []), (9, []), (10, ["bag-aurore"])):
        cart = a.cart(a.NOON + second)
        assert session(cart, paid)["cart"] == session(paid, cart)["cart"] == left, second


def test_what_is_bought_at_the_till_by_one_part_leaves_the_cart_of_another() -> None:
    cart = [a.cart(sku="bag-aurore"), a.cart(a.NOON + 1, sku="scarf-brise")]
    bought = a.purchase(a.NOON + 60, client_id="c1")
    browser, client = (records.slice_of(a.record_of(*said), "session") for said in (cart, [bought]))
    again = records.slice_of(a.record_of(*cart, a.cart(a.NOON + 90)), "session")
    for parts in ([browser, client], [client, browser]):
        assert FEATURE.values(FEATURE.merge(parts), a.NOON + 90)["cart"] == ["scarf-brise"]
    assert FEATURE.values(FEATURE.merge([again, client]), a.NOON + 90)["cart"] == [
        "bag-aurore",
        "scarf-brise",
    ]


def test_what_was_bought_before_the_cart_was_heard_of_is_not_in_it() -> None:
    for second in (0, 60):
        late = a.purchase(a.NOON + 60, card="c1"), a.cart(a.NOON + second)
        assert session(*late)["cart"] == []
    assert session(a.purchase(a.NOON - 60, card="c1"), a.cart(a.NOON))["cart"] == ["bag-aurore"]


def test_the_articles_bought_or_brought_back_last_are_remembered() -> None:
    many = [a.purchase(a.NOON + n, lines=[a.line(f"sku-{n}")], card="c1") for n in range(SETTLED)]
    slice = records.slice_of(a.record_of(*many, a.returned(a.NOON + 90, card="c1")), "session")
    assert settled_at(slice, "bag-aurore") == a.NOON + 90
    assert [settled_at(slice, f"sku-{n}") for n in (0, 1)] == [None, a.NOON + 1]


def test_an_article_was_bought_last_when_it_was_however_late_that_is_heard() -> None:
    told = [a.purchase(a.NOON + 90, card="c1"), a.purchase(a.NOON + 10, card="c1")]
    assert settled_at(records.slice_of(a.record_of(*told), "session"), "bag-aurore") == a.NOON + 90
    parts = [records.slice_of(a.record_of(one), "session") for one in told]
    for order in (parts, parts[::-1]):
        assert settled_at(FEATURE.merge(order), "bag-aurore") == a.NOON + 90


def test_an_order_of_one_part_empties_the_cart_of_another() -> None:
    cart = [a.cart(), a.cart(a.NOON + 60, sku="scarf-brise")]
    paid = a.purchase(a.NOON + 60, channel="web", lines=[a.line("watch-meridien")], client_id="c1")
    later = a.cart(a.NOON + 61, sku="candle-figuier")
    browser, client, again = (records.slice_of(a.record_of(*of), "session") for of in (cart, [paid], [later]))
    for parts in ([browser, client], [client, browser]):
        merged = FEATURE.merge(parts)
        assert (merged.cart, merged.paid) == ([], a.NOON + 60)
    assert FEATURE.merge([browser, client, again]).cart == ["candle-figuier"]


def test_who_signs_in_goes_on_with_the_cart_that_they_filled_before() -> None:
    """Their first clicks were of the session alone, the others are of the client: one visit all the same."""
    before = [a.view(), a.cart(a.NOON + 1), a.cart(a.NOON + 2, sku="scarf-brise")]
    client = {"client_id": "c1"}
    seen = [a.view(a.NOON + 9, who=client)]
    out = [a.cart(a.NOON + 20, sku="bag-aurore", quantity=0, who=client)]
    more = [*out, a.cart(a.NOON + 30, sku="candle-figuier", who=client)]
    for after, views, cart in (
        (seen, 2, ["bag-aurore", "scarf-brise"]),
        (out, 1, ["scarf-brise"]),
        (more, 1, ["scarf-brise", "candle-figuier"]),
    ):
        parts = [records.slice_of(a.record_of(*said), "session") for said in (before, after)]
        for order in (parts, parts[::-1]):
            known = FEATURE.values(FEATURE.merge(order), a.NOON + 90)
            assert (known["views"], known["cart"]) == (views, cart)
    again = [a.cart(a.NOON + n, quantity=q, who=client) for n, q in ((10, 1), (20, 0), (20, 1))]
    put_back = records.slice_of(a.record_of(*again), "session")
    assert FEATURE.merge([parts[0], put_back]).cart == ["scarf-brise", "bag-aurore"], "in the same second"
    other = records.slice_of(a.record_of(a.view(a.NOON + 40, visit="s2", who=client)), "session")
    assert FEATURE.merge([parts[0], other]).cart == [], "another visit begins anew"
