"""A receipt of an erasure is given once every part is empty and every key destroyed, and not before."""

import time
from collections.abc import AsyncIterator, Collection
from typing import Any

import jwt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from feature_store import record as records
from feature_store.store import PartKey
from schemas.audit import Viewed
from schemas.codec import decode
from streams import erasure
from streams.auth import token_for
from streams.erasure import Rights, erasure_routes, signing_key
from tests import builders as a
from tests.alerts import lumiere
from tests.fakes import FakeProducer

LUMIERE, SECRET = lumiere(), "a secret of thirty-two bytes, for tests"
ASKED, LINKED = a.part_of(client_id="c-1"), a.part_of(card="k-1")
HELD = records.encode(a.record_of(a.profile(client_id="c-1", fields={"language": "fr"})))
ERASED = records.encode(records.forgotten(a.NOON))


class Kept:
    """What is known of a client of two parts; what is told of it does nothing by itself."""

    def __init__(self) -> None:
        self.parts: dict[PartKey, bytes | None] = {ASKED: HELD, LINKED: HELD}
        self.keys: dict[PartKey, list[bytes] | None] = {ASKED: [bytes(16)], LINKED: [bytes(16)]}
        self.happened: list[str] = []

    async def links(self, parts: Collection[PartKey]) -> dict[PartKey, tuple[str, ...]]:
        return {ASKED: (LINKED[1],)}

    async def peek(self, parts: Collection[PartKey]) -> dict[PartKey, bytes | None]:
        return {part: self.parts[part] for part in parts}

    async def salts(self, parts: Collection[PartKey]) -> dict[PartKey, list[bytes] | None]:
        return {part: self.keys[part] for part in parts}

    async def note(self, viewed: Viewed) -> None:
        self.happened.append(f"noted {viewed.via} of {len(viewed.parts)} by {viewed.staff}")

    async def publish(self, messages: Collection[Any]) -> None:
        assert {m.key for m in messages} == {decode(m.value).data.who.oid.encode() for m in messages}
        self.happened.append(f"told {len(messages)}")


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
async def door(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TestClient[Any, Any]]:
    monkeypatch.setattr(erasure, "PATIENCE", 0.1)
    app, doubles = web.Application(), dict.fromkeys(("store", "keyring"), kept)
    signing, producer = signing_key(bytes(32)), FakeProducer(kept.publish)
    others: Any = doubles | {"producer": producer, "maisons": {"lumiere": LUMIERE}, "secret": SECRET}
    erasure_routes(app, Rights(signing=signing, note=kept.note, now=time.time, **others))
    async with TestClient(TestServer(app)) as client:
        yield client


async def forget(door: TestClient[Any, Any], staff: str = "maud") -> tuple[int, dict[str, Any]]:
    person = LUMIERE.person(staff)
    assert person is not None
    token = token_for(person, LUMIERE, SECRET, time.time() + 60, issued=time.time())
    headers = {"Authorization": f"Bearer {token}"}
    async with door.delete(f"/v1/clients/{ASKED[1]}", headers=headers) as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize("left", ["a part", "the other part", "a key", "the key of the other"])
async def test_while_anything_is_left_there_is_no_receipt(
    door: TestClient[Any, Any], kept: Kept, left: str
) -> None:
    kept.parts = {ASKED: HELD if left == "a part" else ERASED, LINKED: ERASED}
    kept.keys = {ASKED: [bytes(16)] if left == "a key" else [], LINKED: []}
    if left == "the other part":
        kept.parts[LINKED] = HELD
    if left == "the key of the other":
        kept.keys[LINKED] = [bytes(16)]
    status, answer = await forget(door)
    assert (status, "receipt" in answer, "not yet through" in answer["error"]) == (503, False, True)


async def test_the_receipt_names_every_part_and_the_audit_had_it_before_anything_was_told(
    door: TestClient[Any, Any], kept: Kept
) -> None:
    kept.parts, kept.keys = dict.fromkeys(kept.parts, ERASED), {ASKED: [], LINKED: None}
    status, answer = await forget(door)
    assert (status, answer["parts"]) == (200, sorted(part for _, part in (ASKED, LINKED)))
    assert kept.happened == ["noted erasure of 2 by maud", "told 2"]
    key = signing_key(bytes(32)).public_key()
    assert jwt.decode(answer["receipt"], key, algorithms=["EdDSA"])["parts"] == answer["parts"]


async def test_nobody_but_who_answers_for_rights_erases(door: TestClient[Any, Any], kept: Kept) -> None:
    for staff in ("camille", "helene", "noe"):
        assert (await forget(door, staff))[0] == 403, staff
    assert kept.happened == []
