"""D7: after an erasure nobody finds what the client said, in Kafka or in Redis, by whatever bytes."""

import json
import os
import signal
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
import redis
from confluent_kafka.admin import AdminClient

from feature_store import keys
from schemas.who import oid_of
from streams import topics
from tests.brokers.kafka import Kafka
from tests.brokers.redis import Redis
from tests.line import PEPPER, Line
from tests.outside import Outside, event
from tests.reading import stored
from tests.waiting import wait_until

SAID = {
    "name": "Aliénor de Sainte-Hermine",
    "email": "alienor.ste.hermine@example.org",
    "phone": "+33639980127",
    "card": "LUM-ALIENOR-1",
    "wine": "Château-Grillet 1990",
    "text": "Ma soeur Bérengère ne doit rien savoir du collier",
    "query": "collier émeraude anniversaire Bérengère",
    "note": "Divorce en cours, ne jamais parler de Tancrède",
    "subject": "dossier-hermine",
    "proof": "signature-alienor-0711",
}
PRIVACY = "maud"
WHO = {"client_id": "C-erase-1", "card": SAID["card"], "email": SAID["email"], "phone": SAID["phone"]}


@pytest.fixture
def line(empty_kafka: Kafka, tmp_path: Any) -> Iterator[Line]:
    empty_kafka.wipe()  # whoever was erased in the test before is a stranger in its log
    with Redis() as server, Line(empty_kafka.bootstrap, server.url, tmp_path) as line:
        line.start("gateway", "worker", "console")
        yield line


async def test_after_an_erasure_nothing_of_the_client_can_be_read_anywhere(line: Line) -> None:
    async with line.outside() as outside:
        oid = await _a_life(outside)
        held = await outside.client(card=SAID["card"])
        assert held is not None
        assert _found(line) == set(), "sealed from the first moment, in Kafka and in Redis"
        with redis.Redis.from_url(line.redis) as client:
            client.hset("planted", "by", 9 * SAID["note"])
            assert _found(line) == {SAID["note"]}, "the search finds what is there"
            client.delete("planted")

        held_of_them = await outside.ask("GET", f"/v1/clients/{oid}/export", PRIVACY)
        told = json.dumps(held_of_them, ensure_ascii=False)
        assert {text for text in SAID.values() if text not in told} == set(), "the export is complete"
        assert {"kind": "phone", "value": SAID["phone"]} in held_of_them["identifiers"]
        assert [a["why"] for a in held_of_them["alerts"] if a["action"] == "boutique_welcome"]
        assert "helene" in {one["staff"] for one in held_of_them["recipients"]}

        path = f"/v1/clients/{oid}"
        status, refused = await outside.asked("DELETE", path, PRIVACY, {"case": SAID["name"]})
        assert (status, refused["error"].partition(":")[0]) == (400, "case")
        assert SAID["name"] not in refused["error"]
        assert await outside.client(card=SAID["card"]), "nothing is erased by what was refused"
        status, answer = await outside.asked("DELETE", path, PRIVACY, {"case": "DPO-2026-118"})
        assert (status, answer["case"]) == (200, "DPO-2026-118")
        seen = (await outside.ask("GET", f"/v1/audit?client={oid}", PRIVACY))["views"]
        assert [one["case"] for one in seen if one["via"] == "erasure"] == ["DPO-2026-118"]

        assert answer["parts"] == sorted(held["parts"])
        signed = jwt.PyJWK((await outside.ask("GET", "/v1/receipts/key", PRIVACY)) | {"alg": "EdDSA"})
        claims = jwt.decode(answer["receipt"], signed.key, algorithms=["EdDSA"])
        assert claims == {name: value for name, value in answer.items() if name != "receipt"}
        assert await outside.client(card=SAID["card"]) is None
        assert [a for a in await outside.alerts() if a["client"]["id"] in answer["parts"]] == []

        await outside.post([event("web.view", session="s-9", who={"client_id": WHO["client_id"]})])
        await outside.post([event("client.profile", who=WHO, fields={"name": SAID["name"]})])
        await outside.facts_become({"visits": 1}, client_id=await _somebody_else(outside))
        assert await outside.client(client_id=WHO["client_id"]) is None, "no click brings a client back"
        assert _keys_left(line, answer["parts"]) == []
        assert _found(line) == set()


async def test_what_comes_of_the_erased_while_redis_stands_still_is_kept_under_no_key(line: Line) -> None:
    """A gateway that can't ask whether a key was destroyed draws one: it is none of whoever was erased."""
    async with line.outside() as outside:
        oid = await _a_life(outside)
        status, answer = await outside.asked("DELETE", f"/v1/clients/{oid}", PRIVACY, {})
        assert status == 200
        line.stop("gateway")
        line.start("gateway")  # it knows of no key
        with redis.Redis.from_url(line.redis) as client:
            pid = client.info("server")["process_id"]
        stranger = {"client_id": "C-other-2", "email": "stranger@example.org"}
        os.kill(pid, signal.SIGSTOP)
        try:
            for who in (WHO, stranger):
                await outside.post([event("client.profile", who=who, fields={"name": SAID["name"]})])
        finally:
            os.kill(pid, signal.SIGCONT)
        await outside.facts_become({"visits": 1}, client_id=await _somebody_else(outside))
        await wait_until(lambda: _keys_left(line, answer["parts"]) == [], 20, "that key is destroyed")
        assert _salts(line, answer["parts"]) == {}
        assert await outside.client(client_id=WHO["client_id"]) is None
        held = await outside.client(client_id=stranger["client_id"])
        assert held is not None
        assert held["profile"]["name"] == SAID["name"], "nobody else loses a word by it"
        assert _found(line) == set()


async def test_what_comes_of_the_erased_while_a_redis_is_empty_is_kept_under_no_key(line: Line) -> None:
    """It knows of no key, nor that one was destroyed, until the log has been read again."""
    async with line.outside() as outside:
        oid = await _a_life(outside)
        status, answer = await outside.asked("DELETE", f"/v1/clients/{oid}", PRIVACY, {})
        assert status == 200
        line.stop("worker", "gateway")
        with redis.Redis.from_url(line.redis) as client:
            client.flushall()
        line.start("gateway")
        await outside.post([event("client.profile", who=WHO, fields={"name": SAID["name"]})])
        line.start("worker")
        await outside.facts_become({"visits": 1}, client_id=await _somebody_else(outside))
        await wait_until(lambda: _keys_left(line, answer["parts"]) == [], 20, "that key is destroyed")
        assert _salts(line, answer["parts"]) == {}
        assert await outside.client(client_id=WHO["client_id"]) is None
        assert _found(line) == set()


async def test_an_address_that_two_share_and_no_event_is_keyed_by_is_found_and_erased(line: Line) -> None:
    shared = {"email": "chez.les.hermine@example.org"}
    async with line.outside() as outside:
        for n in (1, 2):
            who = {"client_id": f"C-couple-{n}", "phone": f"+3363998013{n}", **shared}
            await outside.post([event("client.profile", who=who, fields={"language": "fr"})])
            await outside.facts_become({"visits": 0}, client_id=f"C-couple-{n}")
        oids = [oid_of("lumiere", "client_id", f"C-couple-{n}", PEPPER.encode()) for n in (1, 2)]
        address = oid_of("lumiere", "email", shared["email"], PEPPER.encode())
        for oid in oids:
            status, _ = await outside.asked("DELETE", f"/v1/clients/{oid}", PRIVACY, {})
            assert status == 200
        assert _keys_left(line, [address]) != [], "nobody who shared it takes it along"

        assert await outside.client(**shared) is None, "a colleague does not hear of it"
        status, found = await outside.asked("POST", "/v1/clients/lookup", PRIVACY, {"who": shared})
        assert (status, found["id"], found["profile"]) == (200, address, {})
        export = await outside.ask("GET", f"/v1/clients/{address}/export", PRIVACY)
        assert export["identifiers"] == [{"kind": "email", "value": shared["email"]}]
        status, answer = await outside.asked("DELETE", f"/v1/clients/{address}", PRIVACY, {})
        assert (status, answer["parts"]) == (200, [address])
        assert _keys_left(line, [address]) == []
        status, _ = await outside.asked("POST", "/v1/clients/lookup", PRIVACY, {"who": shared})
        assert status == 404


async def test_a_backup_of_before_an_erasure_brings_nobody_back(line: Line) -> None:
    """It has their record, their cards and their keys: all that was destroyed since is destroyed again."""
    async with line.outside() as outside:
        oid = await _a_life(outside)
        held = await outside.client(card=SAID["card"])
        assert held is not None
        with redis.Redis.from_url(line.redis) as client:
            yesterday = {name: client.dump(name) for name in client.scan_iter()}
            assert (await outside.asked("DELETE", f"/v1/clients/{oid}", PRIVACY, {}))[0] == 200
            line.stop("worker", "gateway")
            client.flushall()
            for name, value in yesterday.items():
                client.restore(name, 0, value, replace=True)  # the console writes on
        line.start("worker", "gateway")
        await wait_until(lambda: _salts(line, held["parts"]) == {}, 20, "their keys are destroyed again")

        async def gone() -> bool:
            shown = [a for a in await outside.alerts() if a["client"]["id"] in held["parts"]]
            return not shown and await outside.client(card=SAID["card"]) is None

        await wait_until(gone, 20, "their records and their cards are empty again")
        assert _found(line) == set()


def _salts(line: Line, parts: list[str]) -> dict[str, bytes]:
    """What the store still has to open these parts with."""
    with redis.Redis.from_url(line.redis) as client:
        held = {oid: client.hget(keys.salts("lumiere", oid), oid) for oid in parts}
    return {oid: salts for oid, salts in held.items() if salts}


async def _a_life(outside: Outside) -> str:
    """A client who declares, writes, searches and comes in, with something personal in every field."""
    await outside.post(
        [
            event(
                "client.profile",
                who=WHO,
                fields={"name": SAID["name"], "language": "fr", "preferences": {"wine": SAID["wine"]}},
            ),
            event(
                "chat.message", who=WHO, channel="whatsapp", conversation=SAID["phone"], message="m-1",
                direction="in", text=SAID["text"],
            ),
            event("web.search", who=WHO, session="s-1", query=SAID["query"], url="/?q=" + SAID["email"]),
            event("client.note", who=WHO, text=SAID["note"], by="camille"),
            event("client.consent", who=WHO, purpose="marketing", state="all", proof=SAID["proof"]),
            event("client.contacted", who=WHO, channel="email") | {"subject": SAID["subject"]},
        ]
    )  # fmt: skip
    oid = oid_of("lumiere", "client_id", WHO["client_id"], PEPPER.encode())

    async def linked() -> bool:
        found = await outside.client(card=SAID["card"])
        return bool(found and found["profile"].get("name"))

    await wait_until(linked, 20, "the card leads to the client")
    await outside.post([event("store.checkin", who={"card": SAID["card"]}, site="vendome", method="nfc")])

    async def welcomed() -> bool:
        return any(a["client"]["name"] == SAID["name"] for a in await outside.alerts())

    await wait_until(welcomed, 20, "the advisor reads who came in")
    return oid


async def _somebody_else(outside: Outside) -> str:
    """Another client's visit, sent after: when it is counted, what came before has been read."""
    name = "C-other-1"
    await outside.post([event("store.checkin", client_id=name, site="vendome", method="nfc")])
    return name


def _found(line: Line) -> set[str]:
    """What of all that was said can be read in any record of any topic, or in any value of Redis."""
    spellings = {text: {text.encode(), json.dumps(text)[1:-1].encode()} for text in SAID.values()}
    names = AdminClient({"bootstrap.servers": line.kafka}).list_topics(timeout=10).topics
    heap = [
        part
        for topic in names
        if not topic.startswith("__")
        for record in stored(line.kafka, topic)
        for part in (record.key() or b"", record.value() or b"", repr(record.headers()).encode())
    ]
    with redis.Redis.from_url(line.redis) as client:
        client.config_set("rdbcompression", "no")  # or what is dumped can't be searched
        for key in client.scan_iter(count=1000):
            heap += [key, client.dump(key) or b""]
    everything = b"\n".join(heap)
    return {text for text, ways in spellings.items() if any(way in everything for way in ways)}


def _keys_left(line: Line, parts: list[str]) -> list[bytes]:
    """Salts of these parts that `client.keys` still says."""
    last: dict[bytes, bytes | None] = {r.key(): r.value() for r in stored(line.kafka, topics.KEYS)}
    ours = [(k, v) for k, v in last.items() if k.decode().split("/")[1] in parts and v is not None]
    return [key for key, value in ours if json.loads(value)["salt"]]
