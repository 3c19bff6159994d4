"""Reading a slice of a topic: what is unreadable or mis-keyed never stops the rest."""

import json
from typing import Any

import pytest

from agents.plan import AHEAD, Plan, context, plan
from agents.registry import WAKES
from schemas.who import oid_of
from tests import builders as a
from tests.builders import Raw

CTX = context({"lumiere": a.LUMIERE}, a.PEPPER, {})


def planned(*raws: Raw, now: float = a.NOON) -> Plan:
    return plan(raws, now, WAKES.keys(), CTX)


def sent(type_: str = "store.checkin", **changes: Any) -> bytes:
    data = {"who": {"card": "c1"}, "site": "vendome", "method": "nfc"}
    return json.dumps(a.raw_event(type_, data) | changes).encode()


def test_events_of_a_client_are_read_once_and_wake_where_a_rule_listens() -> None:
    made = planned(
        a.raw(a.checkin(card="c1")), a.raw(a.view(card="c2")), a.raw(a.checkin(a.NOON + 1, card="c1"))
    )
    assert made.parts == [a.part_of(card="c1"), a.part_of(card="c2")]
    assert made.waking == [a.part_of(card="c1")]
    assert len(made.touches) == 3


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "empty"),
        (b"", "empty"),
        (b"\xff\xfe", "not JSON"),
        (b"{", "not JSON"),
        (b"[" * 100_000, "Expected `object`"),
        (
            sent(data={"who": {"card": "c1"}, "site": "vendome", "method": "nfc", "x": 1}).replace(
                b"1}", b"[" * 99_000
            ),
            "not JSON",
        ),
        (sent(extra=1).replace(b"1}", b"9" * 5_000), "not JSON"),
        (b"x" * 800_000, "too large"),
        (sent(type_="store.teleport"), "unknown type - at `$.type`"),
        (sent(specversion="9.9"), "invalid value - at `$.specversion`"),
        (sent(maison="elsewhere"), "unknown maison - at `$.maison`"),
        (sent(data={"who": {}, "site": "vendome", "method": "nfc"}), "names nobody"),
        (
            sent(data={"who": {"card": "Aline"}, "site": "vendome", "method": "Aline"}),
            "invalid value - at `$.data.method`",
        ),
        (sent(time="yesterday, said Aline"), "RFC3339"),
        (
            sent(
                "staff.feedback",
                data={"who": {"oid": "Aline:l"}, "alert": "a", "staff": "s", "verdict": "done"},
            ),
            "regex",
        ),
        (sent().replace(b'"nfc"', b"NaN"), "not JSON"),
    ],
)
def test_what_can_not_be_read_is_set_aside_with_its_reason_and_no_personal_value(
    value: bytes | None, reason: str
) -> None:
    good = a.raw(a.checkin(card="c1"), offset=8)
    made = planned(Raw(7, b"key", value), good)
    [dead] = made.dead
    assert reason in dead.reason
    assert "Aline" not in dead.reason
    assert dead.raw == Raw(7, b"key", value)
    assert len(made.touches) == 1


@pytest.mark.parametrize("key", [None, b"", b"somebody-else", b"\xff"])
def test_an_event_with_a_wrong_key_goes_back_with_the_right_one(key: bytes | None) -> None:
    wrong = Raw(3, key, a.raw(a.checkin(card="c1")).value)
    made = planned(wrong)
    assert made.rekeyed == [(a.part_of(card="c1")[1], wrong)]
    assert (made.touches, made.dead, made.parts) == ([], [], [])


def test_an_event_is_keyed_by_its_strongest_identifier() -> None:
    both = a.raw(a.checkin(card="c1", email="Aline@Example.com ", client_id="k1"))
    assert planned(both).parts == [a.part_of(client_id="k1")]
    [mail] = planned(a.raw(a.checkin(email="Aline@Example.com "))).parts
    assert mail == a.part_of(email="aline@example.com")


def test_a_time_far_ahead_is_read_as_now_and_one_a_little_ahead_as_it_is() -> None:
    made = planned(a.raw(a.checkin(a.NOON + 9e9, card="c1")), a.raw(a.checkin(a.NOON + AHEAD, card="c2")))
    assert [touch.at for touch in made.touches] == [a.NOON, a.NOON + AHEAD]
    assert made.touches[0].event.time.year > 2300


def test_presence_goes_to_the_inbox_of_its_site_and_its_time_is_no_further_than_now() -> None:
    made = planned(a.raw(a.presence(a.NOON + 9e9)))
    [(inbox, change)] = made.presence
    assert (inbox, change.staff, change.status, change.at) == ("lumiere/vendome", "camille", "on", a.NOON)
    key = oid_of("lumiere", "staff", "camille", a.PEPPER).encode()
    assert planned(a.raw(a.presence(), key=b"wrong")).rekeyed[0][0].encode() == key
