"""What a client buys for others."""

import time

import pytest

from feature_store import record as records
from feature_store.feature import code_of
from feature_store.features.gifts import given, person_mark
from tests import builders as a


def test_a_gift_is_remembered_with_its_day_its_article_and_for_whom_as_marks_alone() -> None:
    bought = a.purchase(gift=True, lines=[a.line("scarf-brise")], for_={"client_id": "friend"}, card="c")
    [gift] = given(records.slice_of(a.record_of(bought), "gifts"))
    assert gift.article == code_of("scarf-brise")
    assert gift.to == person_mark(a.part_of(client_id="friend")[1])
    told = records.values(a.record_of(bought), a.NOON)["gifts"]["given"]
    assert told == [{"day": "2026-11-21", "somebody_known": True, "article": gift.article}]


def test_what_is_bought_for_oneself_is_no_gift_and_one_for_nobody_named_is() -> None:
    record = a.record_of(a.purchase(card="c"), a.purchase(gift=True, card="c"))
    assert [gift.to for gift in given(records.slice_of(record, "gifts"))] == [0]
    assert [gift["somebody_known"] for gift in records.values(record, a.NOON)["gifts"]["given"]] == [False]


def test_a_day_is_one_of_the_calendar_wherever_the_server_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    record = a.record_of(a.purchase(gift=True, card="c"))
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "America/New_York")
        time.tzset()
        [gift] = records.values(record, a.NOON)["gifts"]["given"]
    time.tzset()
    assert gift["day"] == "2026-11-21"


def test_the_last_four_are_kept_in_whatever_order_they_come() -> None:
    days = [a.NOON - n * 86_400 for n in range(9)]
    bought = [a.purchase(at, gift=True, card="c") for at in days]
    for order in (bought, bought[::-1]):
        kept = [gift.day for gift in given(records.slice_of(a.record_of(*order), "gifts"))]
        assert kept == [int(at // 86_400) for at in days[3::-1]]
