"""When the house last reached out."""

from typing import Any

from feature_store import record as records
from feature_store.features.contacts import FEATURE, HOUSE
from tests import builders as a

DAY = 86_400.0


def contacts(*events: Any, now: float = a.NOON) -> dict[str, Any]:
    return dict(records.values(a.record_of(*events), now)["contacts"])


def test_a_mail_and_a_message_in_one_week_are_two_contacts() -> None:
    told = contacts(
        a.contacted(a.NOON - 3 * DAY, "email", campaign="autumn", email="a@example.com"),
        a.contacted(a.NOON - DAY, "whatsapp", email="a@example.com"),
        a.contacted(a.NOON - 20 * DAY, "email", email="a@example.com"),
    )
    assert told == {"week": 2, "month": 3, "last_days": 1, "channels": {"email": 3, "whatsapp": 1}}


def test_two_mails_of_one_day_take_the_attention_of_one_day() -> None:
    twice = [a.contacted(a.NOON - n, "email", email="a@example.com") for n in range(5)]
    assert contacts(*twice)["week"] == 1


def test_an_answer_is_no_contact_and_a_message_out_of_the_blue_is() -> None:
    asked = a.chat(a.NOON - 2 * DAY, whatsapp="w")
    answered = a.chat(a.NOON - DAY, "out", whatsapp="w")
    assert contacts(asked, answered)["week"] == 0
    assert contacts(answered, asked)["week"] == 0
    assert contacts(answered)["week"] == 1
    elsewhere = a.chat(a.NOON - DAY, "out", channel="wechat", whatsapp="w")
    assert contacts(asked, elsewhere)["week"] == 1


def test_who_rang_is_called_back_and_that_is_no_contact() -> None:
    rang = a.event("call.incoming", a.NOON - DAY, phone="+33612345678", line="+331", conversation="k1")
    called = [
        a.chat(a.NOON, "out", channel=channel, phone="+33612345678") for channel in ("phone", "whatsapp")
    ]
    assert contacts(rang, *called)["channels"] == {"whatsapp": 0}


def test_what_one_part_asked_is_answered_by_another() -> None:
    asked, answered = a.chat(a.NOON - DAY, whatsapp="w"), a.chat(a.NOON, "out", whatsapp="w")
    parts = [records.slice_of(a.record_of(one), "contacts") for one in (asked, answered)]
    for order in (parts, parts[::-1]):
        assert FEATURE.values(FEATURE.merge(order), a.NOON)["week"] == 0


def test_the_last_days_with_a_contact_are_remembered() -> None:
    long = [a.contacted(a.NOON - n * DAY, "email", email="a@example.com") for n in range(30)]
    assert contacts(*long)["month"] == HOUSE
    assert contacts(*long[::-1])["last_days"] == 0


def test_nothing_heard_is_not_never_contacted() -> None:
    assert "contacts" not in records.values(a.record_of(), a.NOON)
    assert contacts(a.chat(whatsapp="w"))["last_days"] is None
