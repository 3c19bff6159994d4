"""R3, R4: value, referral, sharing and segments, from events over HTTP to what people see over HTTP."""

import uuid
from typing import Any

from tests.e2e.demo import PATIENCE, Demo, event
from tests.waiting import wait_blocking

DAY = 86_400.0


def somebody() -> dict[str, str]:
    return {"client_id": f"C-{uuid.uuid4().hex[:10]}"}


def bought(who: dict[str, str], amount: int, ago: float = DAY, **data: Any) -> dict[str, Any]:
    line = {"sku": "scarf-brise", "quantity": 1, "amount": amount, "currency": "EUR"}
    order = uuid.uuid4().hex
    return event("store.purchase", who, ago, channel="store", order_id=order, lines=[line], **data)


def agrees(who: dict[str, str], *purposes: str) -> list[dict[str, Any]]:
    return [event("client.consent", who, purpose=purpose, state="all") for purpose in purposes]


def test_r3_who_buys_most_scores_five_once_others_are_known_and_the_facts_stand_beside(demo: Demo) -> None:
    crowd = [somebody() for _ in range(25)]
    best, refused = crowd[-1], crowd[0]
    demo.post(*(bought(who, 10_000 * 2**n, DAY * (24 - n)) for n, who in enumerate(crowd)))
    demo.post(*agrees(best, "profiling"))

    def scored(client: dict[str, Any]) -> object:
        return client["features"].get("value", {}).get("monetary") == 5

    client = demo.until_taken(best, scored, "helene")
    value = client["features"]["value"]
    assert (value["recency"], value["net"], value["currency"]) == (5, 10_000 * 2**24, "EUR")
    assert "expected" not in value, "25 clients foretell nothing"
    unscored = demo.lookup(refused, "helene")
    assert unscored is not None
    assert "value" not in unscored["features"], "who may not be profiled is not scored"


def test_r3_whoever_brings_somebody_is_credited_when_that_one_buys(demo: Demo) -> None:
    host, friend = somebody(), somebody()
    demo.post(event("client.referral", host, referred=friend))
    demo.post(event("client.referral", host, influencer="@ana"), bought(friend, 46_000))

    def credited(client: dict[str, Any]) -> object:
        return client["features"].get("referral", {}).get("bought") == 1

    seen = demo.until_taken(host, credited, "helene")["features"]["referral"]
    assert (seen["brought"], seen["known"], seen["spend"]) == (1, 1, None)


def test_r3_what_a_client_tells_of_their_own_accord_is_measured(demo: Demo) -> None:
    who = somebody()
    told = event("client.profile", who, fields={"language": "fr", "sizes": {"ring": 52}})
    demo.post({**told, "source": "/web"}, *agrees(who, "marketing"))

    def measured(client: dict[str, Any]) -> object:
        return client["features"].get("sharing", {}).get("times") == 2

    sharing = demo.until_taken(who, measured, "helene")["features"]["sharing"]
    assert (sharing["told"], sharing["licences"]) == (2, 0)


def test_r4_a_client_enters_a_segment_and_a_withdrawal_takes_them_out(demo: Demo) -> None:
    who = somebody()
    before = regulars(demo)
    demo.post(*agrees(who, "personalisation"))
    visits = [event("store.checkin", who, DAY * n, site="vendome", method="nfc") for n in range(24, 0, -1)]
    demo.post(*visits)
    wait_blocking(lambda: regulars(demo) == before + 1, PATIENCE, "the visitor is a regular")
    client = demo.lookup(who, "helene")
    assert client is not None
    status, listed = demo.call("GET", "/v1/segments/regulars", bearer=demo.token("camille"))
    assert status == 200
    assert client["id"] in {member["client"] for member in listed["members"]}
    demo.post(event("client.consent", who, purpose="personalisation", state="none"))
    wait_blocking(lambda: regulars(demo) == before, PATIENCE, "who withdraws leaves")


def regulars(demo: Demo) -> int:
    """How many there are, as a manager sees it."""
    status, seen = demo.call("GET", "/v1/segments", bearer=demo.token("helene"))
    assert status == 200
    return next(int(s["clients"]) for s in seen["segments"] if s["id"] == "regulars")
