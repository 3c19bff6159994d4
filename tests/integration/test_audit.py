"""The audit of views on a real broker: who looked at whom, by client and by person, for privacy alone."""

import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from schemas.audit import Handled, TelephoneAsked, Viewed
from schemas.times import iso
from streams import topic_admin, topics
from streams.auditing import audit_routes, entry, looking, noting, noting_telephones
from streams.auth import Door, token_for
from streams.produce import Producer
from tests.alerts import lumiere
from tests.described import watched
from tests.reading import stored

SECRET = "a secret of thirty-two bytes, for tests"
ALINE, KENJI = "AlineMoreau00001", "KenjiTanaka00001"


def viewed(client: str = ALINE, staff: str = "camille", at: float = 0.0, **changes: Any) -> Viewed:
    given: dict[str, Any] = {
        "at": iso(at), "maison": "lumiere", "client": client, "parts": [client, f"{client[:-1]}2"],
        "staff": staff, "role": "advisor", "circle": "house", "via": "record", "alerts": [],
        "facts": ["language"], "tiers": [0], "masked": ["name"],
    }  # fmt: skip
    return Viewed(**(given | changes))


def handled(maison: str) -> Handled:
    return Handled(
        at=iso(9.0),
        maison=maison,
        by="ines",
        act="discarded",
        letters=["a"],
        clients=[KENJI],
        why="w",
    )


@pytest.fixture
async def client(fresh_kafka: Any) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    topic_admin.create_and_check(fresh_kafka.bootstrap, 4, 1)
    producer = Producer(fresh_kafka.bootstrap, client_id="test-audit")
    note = noting(producer)
    for at, view in enumerate(
        (viewed(), viewed(KENJI, "haruka"), viewed(ALINE, "haruka"), viewed(ALINE, maison="orfevre"))
    ):
        await note(msgspec.structs.replace(view, at=iso(float(at))))
    for maison in ("lumiere", "orfevre"):
        act = handled(maison)
        await producer.send([entry(maison, act)])
    await noting_telephones(producer)(
        TelephoneAsked(
            at=iso(9.5), maison="lumiere", staff="camille", role="advisor", telephone="t1", rings=True
        )
    )
    await producer.close()
    assert len(stored(fresh_kafka.bootstrap, topics.AUDIT)) == 7  # a new topic is served by all its leaders
    app = web.Application()
    audit_routes(
        app,
        looking(fresh_kafka.bootstrap),
        Door(maisons={"lumiere": lumiere()}, secret=SECRET, now=time.time),
    )
    undescribed = watched(app)
    async with TestClient(TestServer(app)) as running:
        yield running
    assert not undescribed, undescribed


async def ask(
    client: TestClient[web.Request, web.Application], query: str, role: Any = "privacy"
) -> tuple[int, Any]:
    person = lumiere().person("noe")
    assert person is not None
    token = token_for(msgspec.structs.replace(person, role=role), lumiere(), SECRET, time.time() + 60)
    async with client.get(f"/v1/audit?{query}", headers={"Authorization": f"Bearer {token}"}) as answer:
        return answer.status, await answer.json()


async def test_privacy_asks_who_looked_at_a_client_and_at_whom_a_person_looked(
    client: TestClient[web.Request, web.Application],
) -> None:
    status, found = await ask(client, f"client={ALINE}")
    assert (status, found["complete"]) == (200, True)
    assert [(v["staff"], v["client"]) for v in found["views"]] == [("camille", ALINE), ("haruka", ALINE)]
    assert (await ask(client, f"client={ALINE[:-1]}2"))[1] == found, "by any part of theirs"
    _, found = await ask(client, "staff=haruka")
    assert [v["client"] for v in found["views"]] == [KENJI, ALINE]
    _, found = await ask(client, f"staff=haruka&client={KENJI}")
    assert len(found["views"]) == 1
    _, found = await ask(client, "staff=haruka&limit=1")
    assert ([v["client"] for v in found["views"]], found["complete"]) == ([ALINE], False)
    nothing = {"views": [], "letters": [], "telephones": [], "complete": True}
    assert (await ask(client, "staff=nobody"))[1] == nothing
    for query, role, refused in (
        ("", "privacy", 400),
        ("client=", "privacy", 400),
        ("staff=haruka&limit=0", "privacy", 400),
        ("staff=haruka&limit=99999999", "privacy", 400),
        ("staff=haruka", "manager", 403),
        ("staff=haruka", "platform", 403),
    ):
        assert (await ask(client, query, role))[0] == refused


async def test_privacy_asks_who_did_what_with_the_dead_letters_of_its_house(
    client: TestClient[web.Request, web.Application],
) -> None:
    for query in (f"client={KENJI}", "staff=ines"):
        _, found = await ask(client, query)
        [one] = found["letters"]
        assert (one["act"], one["maison"], one["why"]) == ("discarded", "lumiere", "w")
    assert (await ask(client, "staff=haruka"))[1]["letters"] == []


async def test_privacy_asks_whose_telephones_ring(client: TestClient[web.Request, web.Application]) -> None:
    _, found = await ask(client, "staff=camille")
    assert [(one["telephone"], one["rings"]) for one in found["telephones"]] == [("t1", True)]
    assert (await ask(client, "staff=haruka"))[1]["telephones"] == []
    assert (await ask(client, f"client={ALINE}"))[1]["telephones"] == []
