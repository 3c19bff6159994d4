"""Whose word is taken: declared, unheard of, or bought."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from schemas.maison import Maison
from streams import quarantine, topics
from streams.quarantine import Admission, Held, by_source, known
from tests.builders import lumiere
from tests.doors import bearer, deps, door, event
from tests.fakes import FakeLog

Client = TestClient[web.Request, web.Application]
SOURCES: list[dict[str, Any]] = [
    {"source": "/till/*", "rank": 1},
    {"source": "/broker/*", "rank": 9, "kind": "third_party"},
    {"source": "/broker/agreed", "rank": 9, "kind": "third_party", "accept": True},
]
STRICT = lumiere(sources=SOURCES, unknown_sources="quarantine")
OPEN = lumiere(sources=SOURCES)


@pytest.fixture
def log() -> FakeLog:
    return FakeLog()


@pytest.fixture
async def client(log: FakeLog) -> AsyncIterator[Client]:
    async with door(deps(log.publish, maisons={"lumiere": STRICT})) as client:
        yield client


async def post(client: Client, sent: Any) -> tuple[int, Any]:
    async with client.post("/v1/events", json=sent, headers=bearer()) as answer:
        return answer.status, await answer.json()


async def test_an_unknown_source_is_kept_aside_with_its_bytes_and_the_reason(
    client: Client, log: FakeLog
) -> None:
    assert await post(client, event(source="/till/7")) == (202, {"accepted": 1, "rejected": []})
    taken = {"accepted": 1, "rejected": [], "quarantined": 1}
    assert await post(client, event(source="/unheard-of")) == (202, taken)
    gone_on, aside = log.messages
    assert (gone_on.topic, aside.topic) == ("web.clicks", topics.QUARANTINE)
    said = dict(aside.headers)
    assert (said["source"], said["maison"], said["topic"]) == (b"/unheard-of", b"lumiere", b"web.clicks")
    assert said["key"] == gone_on.key
    assert b"does not declare" in said["reason"]
    assert log.events[1] == {**log.events[0], "source": "/unheard-of"}


async def test_an_event_sent_twice_waits_once(client: Client, log: FakeLog) -> None:
    for sent in (event(source="/x"), event(source="/x"), event(source="/x", id="another")):
        await post(client, sent)
    first, twin, other = (message.key for message in log.messages)
    assert first == twin != other


async def test_what_was_bought_is_refused_unless_the_maison_accepts_it(client: Client, log: FakeLog) -> None:
    status, answer = await post(client, event(source="/broker/x"))
    assert (status, answer["field"]) == (403, "source")
    assert "third party" in answer["error"]
    assert (await post(client, event(source="/broker/agreed")))[0] == 202
    batch = [event(source="/broker/x", id="a"), event(source="/till/7", id="b")]
    status, answer = await post(client, batch)
    assert (status, answer["accepted"], answer["rejected"][0]["id"]) == (200, 1, "a")
    assert [m.topic for m in log.messages] == ["web.clicks"] * 2


@pytest.mark.parametrize(
    ("type_", "data"),
    [
        ("client.erase", {}),
        ("client.consent", {"purpose": "marketing", "state": "none"}),
        ("client.licence", {"licence": "l1", "purpose": "profiling", "revoked": True}),
    ],
)
async def test_what_only_takes_away_never_waits(
    client: Client, log: FakeLog, type_: str, data: dict[str, Any]
) -> None:
    sent = event(type_, source="/unheard-of", data={"who": {"client_id": "c-1"}, **data})
    assert await post(client, sent) == (202, {"accepted": 1, "rejected": []})
    assert log.messages[0].topic == "client.declarations"


async def test_what_gives_waits_whoever_gives_it(client: Client, log: FakeLog) -> None:
    data = {"who": {"client_id": "c-1"}, "purpose": "marketing", "state": "all"}
    await post(client, event("client.consent", source="/unheard-of", data=data))
    assert log.messages[0].topic == topics.QUARANTINE


@pytest.mark.parametrize("sent", [7, {}, {"source": 7}, {"source": None}])
def test_what_is_no_event_is_for_others_to_refuse(sent: Any) -> None:
    assert Admission({"lumiere": STRICT}).admits(sent, "lumiere")


def test_a_maison_that_says_nothing_takes_what_it_does_not_know() -> None:
    assert Admission({"lumiere": OPEN}).admits({"source": "/unheard-of"}, "lumiere")
    assert Admission({}).admits({"source": "/unheard-of"}, "lumiere")


def test_any_number_of_sources_is_told_apart_in_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "REMEMBERED", 3)
    admission = Admission({"lumiere": STRICT})
    for _ in range(2):
        named = ["/x/1", "/till/1", "/x/2", "/till/2", "/x/3"]
        taken = [admission.admits({"source": source}, "lumiere") for source in named]
        assert taken == [False, True, False, True, False]


def waiting(source: str, at: float) -> Held:
    return Held(
        name=b"n", at=at, maison="lumiere", source=source, reason="r", topic="t", key=b"k", value=b"{}"
    )


@pytest.mark.parametrize(
    ("maison", "expected"), [(STRICT, [False, False, True]), (OPEN, [False, True, True])]
)
def test_what_waits_is_told_by_source_and_whether_it_may_go_on(maison: Maison, expected: list[bool]) -> None:
    held = [
        waiting(s, at) for s, at in (("/new", 60.0), ("/till/7", 0.0), ("/new", 30.0), ("/broker/x", 0.0))
    ]
    told = by_source(iter(held), known({"lumiere": maison}))
    assert [(w.source, w.count, w.first) for w in told] == [
        ("/broker/x", 1, 0.0),
        ("/new", 2, 30.0),
        ("/till/7", 1, 0.0),
    ]
    assert [w.declared for w in told] == expected
    assert not known({})(held[0])
