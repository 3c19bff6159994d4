"""How good a record is, what wants repair in it, and that a repair takes it from the queue."""

import time
from typing import Any

import pytest

from feature_store.quality import flaws, quality
from schemas.codec import decode, encode
from streams.doubt import doubting
from tests import builders as a
from tests.builders import SHARDS

WHO = {"client_id": "k1"}
YEAR = 365.25 * 86_400


def said(source: str, at: float = a.NOON - 60, verified: list[str] | None = None, **fields: Any) -> Any:
    return a.profile(at, fields, envelope={"source": source}, verified=verified, **WHO)


def wrong(*told: Any) -> list[tuple[str, str]]:
    return [(flaw.kind, flaw.field) for flaw in flaws(a.record_of(*told), a.NOON)]


@pytest.mark.parametrize(
    ("field", "bad", "good"),
    [
        ("birth_date", "2031-01-01", "1980-01-01"),
        ("birth_date", "1880-01-01", "1906-11-30"),
        ("timezone", "Europe/Pariss", "Europe/Paris"),
        ("language", "12", "zh_Hant"),
        ("language", "_fr", "fr"),
        ("birth_date", "2026-11-22", "2026-11-21"),
    ],
)
def test_a_value_that_can_not_be_is_told(field: str, bad: str, good: str) -> None:
    assert wrong(said("/crm", **{field: bad})) == [(f"impossible_{field}", field)]
    assert wrong(said("/crm", **{field: good})) == []


def test_a_day_that_has_not_begun_in_utc_is_no_birthday_wherever_the_server_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record = a.record_of(said("/crm", birth_date="2026-11-22"))
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        found = flaws(record, a.NOON + 6 * 3600)
    time.tzset()
    assert [flaw.kind for flaw in found] == ["impossible_birth_date"]


def test_how_good_a_record_is_is_told_to_a_thousandth() -> None:
    record = a.record_of(said("/crm", a.NOON - YEAR / 3, name="Aline"))
    assert quality(record, a.NOON)["freshness"] == 0.891


def test_two_systems_that_say_otherwise_contradict_until_somebody_has_checked() -> None:
    torn = [said("/crm", language="it", gender="women"), said("/pms", language="fr", gender="women")]
    assert wrong(*torn) == [("contradiction", "language")]
    assert wrong(*torn, said("/staff/camille", a.NOON, ["language"], language="fr")) == []
    assert wrong(said("/crm", language="it"), said("/crm", a.NOON, language="fr")) == []  # changed its mind
    assert wrong(said("/crm", name="A. Martel"), said("/pms", name="Aline Martel")) == []


def test_what_a_page_says_contradicts_nobody() -> None:
    page = a.profile(a.NOON, {"language": "ja"}, session="s", envelope={"scope": "web", "source": "/web"})
    assert wrong(said("/crm", language="it"), page) == []


def test_somebody_who_comes_again_on_a_poor_file_is_told_before_they_arrive() -> None:
    before = [a.hotel("checkout", a.NOON - YEAR, "b0", **WHO), said("/crm", name="Aline")]
    again = a.booking(a.NOON - 60, booking_id="b1", **WHO)
    missing = [("incomplete_stay_history", "language"), ("incomplete_stay_history", "preferences")]
    assert wrong(*before, again) == missing
    assert wrong(*before) == wrong(again) == []
    assert wrong(*before, a.booking(a.NOON - 30, "cancelled", "b1", **WHO)) == []
    whole = said("/staff/louis", a.NOON, language="it", preferences={"wine": "Chablis"})
    assert wrong(*before, again, whole) == []


def test_an_identifier_that_looks_wrong_is_told_until_somebody_says_it_is_right() -> None:
    sent = a.raw_event(
        "client.profile", {"who": {"email": "a@b", "phone": "+33 6 12 34 56 78"}, "fields": {}}
    )
    assert doubting(sent)["data"]["doubtful"] == ["email"]
    bad = a.profile(a.NOON - 60, {"name": "A"}, email="a@b", doubtful=["email"])
    assert wrong(bad) == [("doubtful_identifier", "email")]
    right = said("/staff/camille", a.NOON, ["email"])
    assert wrong(bad, right) == wrong(right, bad) == []
    assert wrong(said("/staff/camille", a.NOON - 90, ["email"]), bad) == [("doubtful_identifier", "email")]


@pytest.mark.parametrize("data", [7, None, {"who": 7}, {"who": {"email": 7}}])
def test_what_names_nobody_is_left_as_it_is(data: Any) -> None:
    sent = {"type": "client.profile", "data": data}
    assert doubting(sent) == sent
    assert doubting(data) == data


@pytest.mark.parametrize("who", [{"email": "a@b.fr"}, {"card": "c-1"}])
def test_a_sender_can_not_doubt_by_itself(who: dict[str, str]) -> None:
    data = {"who": who, "fields": {}, "doubtful": ["phone"]}
    assert "doubtful" not in doubting(a.raw_event("client.profile", data))["data"]


@pytest.mark.parametrize("type_", ["store.purchase", "client.consent", "hotel.booking"])
def test_what_looks_wrong_is_told_of_whatever_event_it_stands_in(type_: str) -> None:
    sent = a.raw_event(type_, {"who": {"card": "c-1", "email": "n/a", "phone": "06 12 34 56 78"}})
    assert doubting(sent)["data"]["doubtful"] == ["email", "phone"]


@pytest.mark.parametrize(
    "who",
    [
        {"email": "Reservations@agency.example"},
        {"email": "noreply@agency.example"},
        {"email": "noemail@noemail.example"},
        {"phone": "+33 6 00 00 00 00"},
    ],
)
async def test_an_agencys_address_makes_no_guest_and_client_one(who: dict[str, str]) -> None:
    line = a.Line()
    for named in ({"guest_id": "g1"}, {"client_id": "c9"}):
        sent = a.raw_event("client.profile", {"who": {**named, **who}, "fields": {}})
        await line.tell(decode(encode(doubting(sent))))
    await line.tell(a.purchase(client_id="c9"))
    assert (await line.facts(guest_id="g1"))["spend"] == {}


def test_a_record_is_scored_by_what_is_known_valid_of_one_value_and_fresh() -> None:
    assert quality(a.record_of(a.view()), a.NOON) == {}
    old = said("/crm", a.NOON - 2 * YEAR, name="Aline", language="fr")
    new = said("/crm", a.NOON, birth_date="2031-01-01", residences=["Paris"])
    assert quality(a.record_of(old, new), a.NOON) == {
        "completeness": 0.8, "validity": 0.75, "uniqueness": 1.0, "freshness": 0.75, "all": 0.825,
    }  # fmt: skip
    torn = quality(a.record_of(old, said("/pms", a.NOON, language="it")), a.NOON)
    assert torn["uniqueness"] == 0.5


async def marks(line: a.Line) -> list[str]:
    return [mark.oid for shard in range(SHARDS) for mark in await line.store.marked(shard, 9)]


async def test_a_flaw_marks_its_part_and_a_repair_takes_the_mark_away() -> None:
    line, oid = a.Line(), a.part_of(**WHO)[1]
    bad = said("/crm", birth_date="2031-01-01")
    await line.tell(bad, bad)
    assert await marks(line) == [oid]
    assert await line.timers() == 0
    await line.tell(a.profile(a.NOON, {"birth_date": "1980-01-01"}, who={"oid": oid}, verified=["birth_date"],
                              envelope={"source": "/staff/camille"}))  # fmt: skip
    assert await marks(line) == []
    await line.slice([said("/crm", a.NOON + 60, language="12")], silent=True)  # a replay marks as well
    assert await marks(line) == [oid]


async def test_parts_that_contradict_each_other_are_found_once_they_are_one_client() -> None:
    line = a.Line()
    await line.tell(
        a.profile(a.NOON, {"language": "fr"}, card="c1", envelope={"source": "/crm"}),
        a.profile(a.NOON, {"language": "it"}, guest_id="g1", envelope={"source": "/pms"}),
        a.link(a.NOON, card="c1", with_={"guest_id": "g1"}),
    )
    assert await marks(line) == []
    await line.tell(a.booking(a.NOON + 60, guest_id="g1"))
    assert await marks(line) == [a.part_of(guest_id="g1")[1]]
