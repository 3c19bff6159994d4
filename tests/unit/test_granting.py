"""The bridge between two houses at the gateway: closed unless both opened it, and narrow where it is open."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from schemas.who import oid_of
from streams.granting import bridged
from streams.inbound import Refused
from streams.produce import Message
from streams.write_keys import WriteKey
from tests.alerts import lumiere
from tests.doors import PEPPER, bearer, deps, door, event

HERE = msgspec.structs.replace(lumiere(), tells=["autre"])
THERE = msgspec.structs.replace(lumiere(), id="autre", hears=["lumiere"])
OPEN = {"lumiere": HERE, "autre": THERE}
SERVER = WriteKey(maison="lumiere")
DATA: dict[str, Any] = {
    "who": {"client_id": "L-1"},
    "grant": "g1",
    "to": "autre",
    "with": {"client_id": "A-1"},
    "purpose": "personalisation",
    "facts": {"language": "ja", "sizes.ring": 52},
    "expires": "2027-05-21T00:00:00Z",
    "proof": "form 31",
}


def grant(**changes: Any) -> dict[str, Any]:
    data = {name: value for name, value in (DATA | changes).items() if value is not None}
    return event("client.grant", source="/crm", data=data)


def test_each_house_learns_its_own_side_alone() -> None:
    bridge = bridged(grant(), SERVER, OPEN)
    assert bridge is not None
    assert "with" not in bridge.kept["data"]
    assert "A-1" not in json.dumps(bridge.kept)
    assert "L-1" not in json.dumps(bridge.told)
    assert bridge.told["source"] == "grant:lumiere"
    assert (bridge.told["data"]["who"], bridge.told["data"]["from"]) == ({"client_id": "A-1"}, "lumiere")
    assert "to" not in bridge.told["data"]
    assert bridge.key.maison == "autre"
    assert bridged(event(), SERVER, OPEN) is None


@pytest.mark.parametrize(
    ("changes", "houses", "status", "why"),
    [
        ({}, {"lumiere": lumiere(), "autre": THERE}, 403, "not open"),
        ({}, {"lumiere": HERE, "autre": msgspec.structs.replace(THERE, hears=[])}, 403, "not open"),
        ({"to": "nowhere"}, OPEN, 400, "no other house"),
        ({"to": "lumiere"}, OPEN, 400, "no other house"),
        ({"to": None}, OPEN, 400, "no other house"),
        ({"with": None}, OPEN, 400, "data.with: is required"),
        ({"facts": {"language": 5}}, OPEN, 400, "can't be"),
        ({"from": "autre"}, OPEN, 400, "written by the gateway"),
        ({"proof": None}, OPEN, 400, "proof: is required"),
        ({"expires": None}, OPEN, 400, "expires: is required"),
        ({"facts": {}}, OPEN, 400, "facts: is required"),
        ({"facts": {f"sizes.{n}": 1 for n in range(30)}}, OPEN, 400, "facts: is required"),
        ({"facts": {"name": "Aline"}}, OPEN, 403, "too intimate"),
        ({"facts": {"facts.spend": 3}}, OPEN, 403, "too intimate"),
        ({"facts": {"preferences.religion": "x"}}, OPEN, 403, "too intimate"),
        ({"facts": {"advisor": "camille"}}, OPEN, 403, "means nothing there"),
        ({"facts": {"sizes.ring": "x" * 65}}, OPEN, 400, "no text of 64"),
        ({"facts": {"sizes.ring": {"a": 1}}}, OPEN, 400, "no text of 64"),
    ],
)
def test_what_may_not_cross_is_refused_with_its_reason(
    changes: dict[str, Any], houses: dict[str, Any], status: int, why: str
) -> None:
    with pytest.raises(Refused, match=why) as refused:
        bridged(grant(**changes), SERVER, houses)
    assert refused.value.status == status


def test_what_two_senders_of_a_house_say_under_one_id_is_two_things_in_the_other() -> None:
    """Ids are a sender's own: what one gave, another takes back, and both may begin to count at 1."""
    given, back = grant() | {"id": "1"}, grant(revoked=True) | {"id": "1", "source": "/app"}
    told = [bridged(one, SERVER, OPEN) for one in (given, back, given)]
    ids = [bridge.told["id"] for bridge in told if bridge is not None]
    assert (len(set(ids)), ids[2]) == (2, ids[0])


def contact(**changes: Any) -> dict[str, Any]:
    said: dict[str, Any] = {name: DATA[name] for name in ("who", "grant", "to", "with")}
    said |= {"channel": "email", "campaign": "winter", "by": "mailer"} | changes
    data = {name: value for name, value in said.items() if value is not None}
    return event("client.contacted", source="/mailer", data=data)


def test_of_a_contact_the_other_house_is_told_the_day_and_the_channel_and_nothing_else() -> None:
    bridge = bridged(contact(), SERVER, OPEN)
    assert bridge is not None
    assert bridge.kept["data"] == {
        "who": {"client_id": "L-1"}, "grant": "g1", "to": "autre",
        "channel": "email", "campaign": "winter", "by": "mailer",
    }  # fmt: skip
    assert bridge.told["data"] == {
        "who": {"client_id": "A-1"}, "grant": "g1", "from": "lumiere", "channel": "email",
    }  # fmt: skip
    assert (bridge.told["source"], bridge.key.maison) == ("grant:lumiere", "autre")


def test_what_is_said_beside_the_contract_stays_in_the_house_that_said_it() -> None:
    for one in (contact(list="VIP Paris", doubtful=["email"]), grant(note="met at her divorce")):
        bridge = bridged(one | {"subject": "Aline Moreau"}, SERVER, OPEN)
        assert bridge is not None
        assert (bridge.kept["subject"], bridge.told.get("subject")) == ("Aline Moreau", None)
        assert not {"list", "doubtful", "note"} & bridge.told["data"].keys()
        assert {"id", "source", "specversion", "time", "type"} <= bridge.told.keys()


def test_a_contact_that_names_no_grant_crosses_nothing() -> None:
    assert bridged(contact(**{"grant": None, "to": None, "with": None}), SERVER, OPEN) is None


@pytest.mark.parametrize(
    ("changes", "houses", "status", "why"),
    [
        ({}, {"lumiere": lumiere(), "autre": THERE}, 403, "not open"),
        ({"to": None}, OPEN, 400, "no other house"),
        ({"with": None}, OPEN, 400, "data.with: is required"),
        ({"grant": None}, OPEN, 400, "data.grant: is required"),
        ({"from": "autre"}, OPEN, 400, "written by the gateway"),
        ({"grant": None, "to": None, "with": None, "from": "autre"}, OPEN, 400, "written by the gateway"),
    ],
)
def test_a_contact_that_may_not_cross_is_refused_with_its_reason(
    changes: dict[str, Any], houses: dict[str, Any], status: int, why: str
) -> None:
    with pytest.raises(Refused, match=why) as refused:
        bridged(contact(**changes), SERVER, houses)
    assert refused.value.status == status


def test_a_grant_of_attention_alone_tells_no_fact() -> None:
    alone = bridged(grant(facts=None, attention=True), SERVER, OPEN)
    assert alone is not None
    assert (alone.told["data"]["attention"], "facts" in alone.told["data"]) == (True, False)
    with pytest.raises(Refused, match="facts: is required"):
        bridged(grant(facts=None, attention=False), SERVER, OPEN)


async def test_a_contact_is_stored_on_both_sides_each_under_its_own_key() -> None:
    stored: list[Message] = []

    async def publish(messages: Sequence[Message]) -> None:
        stored.extend(messages)

    async with door(deps(publish, maisons=OPEN)) as client:
        headers = {**bearer(), "Content-Type": "application/cloudevents+json"}
        async with client.post("/v1/events", json=contact(), headers=headers) as answer:
            assert (answer.status, (await answer.json())["accepted"]) == (202, 1)
    said = [json.loads(m.value or b"")["maison"] for m in stored if m.topic == "client.declarations"]
    assert said == ["lumiere", "autre"]


def test_a_house_that_raised_a_fact_does_not_tell_it() -> None:
    careful = {"lumiere": msgspec.structs.replace(HERE, tiers={"sizes.ring": 2}), "autre": THERE}
    with pytest.raises(Refused, match="too intimate"):
        bridged(grant(), SERVER, careful)


def test_taking_back_needs_neither_proof_nor_facts() -> None:
    back = bridged(grant(revoked=True, proof=None, expires=None, facts=None), SERVER, OPEN)
    assert back is not None
    assert back.told["data"]["revoked"] is True


@pytest.mark.parametrize(
    "closed",
    [{"lumiere": lumiere(), "autre": THERE}, {**OPEN, "autre": msgspec.structs.replace(THERE, hears=[])}],
    ids=["here", "there"],
)
def test_a_bridge_that_was_closed_since_keeps_nobody_from_taking_back(closed: dict[str, Any]) -> None:
    back = bridged(grant(revoked=True), SERVER, closed)
    assert back is not None
    assert (back.told["data"]["revoked"], back.key.maison) == (True, "autre")
    assert "facts" not in back.told["data"], "nothing crosses with it"
    for unclear in (None, False, "true", 1):
        with pytest.raises(Refused, match="not open"):
            bridged(grant(revoked=unclear), SERVER, closed)


def test_what_another_house_tells_links_nothing() -> None:
    assert not lumiere().trusts("grant:autre")


async def test_both_sides_are_stored_together_each_under_its_own_key() -> None:
    stored: list[Message] = []

    async def publish(messages: Sequence[Message]) -> None:
        stored.extend(messages)

    async with door(deps(publish, maisons=OPEN)) as client:
        headers = {**bearer(), "Content-Type": "application/cloudevents+json"}
        async with client.post("/v1/events", json=grant(), headers=headers) as answer:
            assert (answer.status, (await answer.json())["accepted"]) == (202, 1)
        page = headers | bearer("page-key")
        async with client.post("/v1/events", json=grant(), headers=page) as answer:
            assert answer.status == 403
    said = [m for m in stored if m.topic == "client.declarations"]
    assert {m.key.decode() for m in said if m.key} == {
        oid_of("lumiere", "client_id", "L-1", PEPPER), oid_of("autre", "client_id", "A-1", PEPPER),
    }  # fmt: skip
    assert [json.loads(m.value or b"")["maison"] for m in said] == ["lumiere", "autre"]
    assert not any(b"form 31" in (m.value or b"") for m in said)  # sealed
