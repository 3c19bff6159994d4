"""What the gateway does about consent before it stores anything."""

import io
from typing import Any

import orjson
import pytest

from feature_store import record as records
from feature_store.denials import Denial
from feature_store.features.consent import code, coded
from feature_store.memory_store import MemoryStore
from feature_store.store import Fence, Write
from schemas.who import oid_of
from tests import builders as a
from tests.doors import NOW, PEPPER, bearer, deps, door, event
from tests.fakes import FakeDenials, FakeLog

AT = NOW.timestamp()
WHO = {"client_id": "c-1", "email": "aline@example.com"}


def part(kind: str = "client_id") -> tuple[str, str]:
    return "lumiere", oid_of("lumiere", kind, WHO[kind], PEPPER)


def consent(state: str = "none", purpose: str = "marketing", **changes: Any) -> dict[str, Any]:
    data = {"who": WHO, "purpose": purpose, "state": state, **changes.pop("data", {})}
    return event("client.consent", **{"source": "/crm", "data": data} | changes)


def emotion(by: str = "device") -> dict[str, Any]:
    return event("client.emotion", data={"who": WHO, "signal": "joy", "value": 0.8, "by": by})


class Door:
    """A gateway with its log and its markers."""

    def __init__(self, **other: Any) -> None:
        self.log, self.denials = FakeLog(), FakeDenials()
        self.deps = deps(self.log.publish, denials=self.denials, **other)

    async def send(self, *events: dict[str, Any], key: str = "server-key") -> tuple[int, Any]:
        body: Any = events[0] if len(events) == 1 else list(events)
        kind = "application/cloudevents-batch+json" if len(events) > 1 else "application/cloudevents+json"
        async with (
            door(self.deps) as client,
            client.post(
                "/v1/events",
                data=io.BytesIO(orjson.dumps(body)),
                headers={"Content-Type": kind, **bearer(key)},
            ) as answer,
        ):
            return answer.status, await answer.json()


@pytest.mark.parametrize("state", ["none", "one_to_one"])
async def test_a_withdrawal_is_in_force_for_all_it_names_before_it_is_acknowledged(state: str) -> None:
    gateway = Door()
    said = consent(state, time="2026-11-21T14:00:00Z")
    assert (await gateway.send(said))[0] == 202
    marker = {code("marketing", None): coded(state, AT - 3600)}
    assert gateway.denials.held == {part(): marker, part("email"): marker}
    assert (await gateway.send(said, said))[0] == 200
    assert gateway.denials.held == {part(): marker, part("email"): marker}


async def test_markers_are_set_before_kafka_is_asked_and_stay_when_it_is_away() -> None:
    gateway = Door()
    gateway.log.away = True
    assert (await gateway.send(consent()))[0] == 503
    assert part() in gateway.denials.held


async def test_without_redis_no_withdrawal_is_acknowledged_or_stored_and_all_else_is() -> None:
    gateway = Door()
    gateway.denials.away = True
    status, body = await gateway.send(event(id="e-2"), consent())
    assert (status, gateway.log.messages) == (503, [])
    assert "send it all again" in body["error"]
    assert (await gateway.send(event(), consent("all")))[0] == 200


async def test_what_is_granted_sets_no_marker_and_lifts_none() -> None:
    gateway = Door()
    await gateway.send(consent(time="2026-11-21T14:00:00Z"), consent("all", id="e-9"))
    assert gateway.denials.held[part()] == {code("marketing", None): coded("none", AT - 3600)}


async def test_a_withdrawal_dated_far_ahead_is_of_now() -> None:
    gateway = Door()
    await gateway.send(consent(time="2031-01-01T00:00:00Z"))
    assert gateway.denials.held[part()] == {code("marketing", None): coded("none", AT)}


@pytest.mark.parametrize(
    ("key", "source"), [("server-key", "/staff/camille"), ("till-key", "/till"), ("pms-key", "/pms")]
)
async def test_staff_allow_nothing_for_a_client_without_proof(key: str, source: str) -> None:
    gateway = Door()
    status, body = await gateway.send(consent("all", source=source), key=key)
    assert (status, body["field"]) == (400, "data.proof")
    assert "staff allow nothing" in body["error"]
    assert gateway.log.messages == []
    assert (await gateway.send(consent("all", source=source, data={"proof": "form 12"}), key=key))[0] == 202
    assert (await gateway.send(consent("none", source=source), key=key))[0] == 202


async def test_a_mood_that_a_device_measured_is_not_stored_unless_its_client_allows_it() -> None:
    store = MemoryStore(lambda _: 0)
    gateway = Door(store=store)
    status, body = await gateway.send(emotion())
    assert (status, gateway.log.messages) == (403, [])
    assert "has not consented to emotion" in body["error"]

    said = a.record_of(a.consent(AT - 60, "emotion", "all", card="c"))
    await store.apply(0, Write(seen=b"", fence=Fence("log"), parts={part(): records.encode(said)}))
    assert (await gateway.send(emotion()))[0] == 202

    await gateway.denials.deny([Denial(part(), code("emotion", None), coded("none", AT - 30))])
    assert (await gateway.send(emotion()))[0] == 403
    gateway.denials.away = True
    assert (await gateway.send(emotion()))[0] == 503


@pytest.mark.parametrize("by", ["staff", "text"])
async def test_what_a_person_perceives_or_reads_needs_no_leave(by: str) -> None:
    assert (await Door().send(emotion(by)))[0] == 202


async def test_what_a_client_does_online_is_stored_whatever_they_allow() -> None:
    """It is counted, and used only where profiling is allowed: the gateway can't know whose a session is."""
    gateway = Door()
    await gateway.send(consent(purpose="profiling"))
    assert (await gateway.send(event()))[0] == 202
