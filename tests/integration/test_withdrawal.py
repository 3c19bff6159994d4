"""A withdrawn consent, once acknowledged, is obeyed at once, whatever lies in the topics."""

import asyncio
import csv
import io
import signal
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import msgspec
import pytest
from click.testing import CliRunner
from redis.asyncio import Redis as Client

from feature_store.changes import stored_name
from feature_store.denials import START, Denial, Denials
from feature_store.features.consent import code, coded
from feature_store.record import VERSION
from feature_store.redis_inbox import RedisInboxes
from schemas.alerts import AlertChange, ClientRef, Recommendation, decode_inbox
from schemas.audit import Viewed, decode_entry
from streams.cli import main
from streams.connect import open_redis
from streams.produce import Message, Producer
from streams.taking_back import LOOK
from tests import alerts
from tests.brokers.kafka import Kafka
from tests.brokers.redis import Redis
from tests.line import PEPPER, Line, delivering_apart, oid, standing_still
from tests.outside import Outside, event
from tests.people import House, a_house
from tests.reading import stored
from tests.waiting import wait_until

ALINE = "AlineMoreau00001"
AT_ONCE = 1.0
"""Seconds after its acknowledgement in which a withdrawal has taken the open cards off every screen."""
VENDOME = "lumiere/vendome"
WRITES = {"channel": "whatsapp", "conversation": "w1", "message": "m1", "direction": "in"}


@pytest.fixture
async def house(redis_url: str) -> AsyncIterator[House]:
    async with a_house(redis_url, heartbeat=0.2, poll=0.5) as running:
        yield running


def a_change(id: str = "a1", client: str = ALINE, purposes: Any = ("service",), **fields: Any) -> AlertChange:
    named = ClientRef(id=client, name="Aline")
    return alerts.a_change(id, now=time.time(), client=named, purposes=list(purposes), **fields)


async def withdraw(house: House, purpose: str = "service", client: str = ALINE) -> None:
    """What the gateway does before it answers; nobody else is told."""
    said = coded("none", time.time())
    await house.denials.deny([Denial(("lumiere", client), code(purpose, None), said)])


async def open_now(house: House) -> dict[str, dict[str, Any]]:
    """What a person is shown, by alert."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{house.url}/v1/alerts", headers=house.bearer("matteo")) as answer,
    ):
        assert answer.status == 200, await answer.text()
        return {alert["id"]: alert for alert in (await answer.json())["alerts"]}


async def seen(house: House, alert: str) -> dict[str, Any]:
    """What is answered to a verdict that changes nothing."""
    url = f"{house.url}/v1/alerts/{alert}/seen"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, headers=house.bearer("matteo"), json={}) as answer,
    ):
        assert answer.status == 200, await answer.text()
        return dict(await answer.json())


async def held(house: House) -> set[str]:
    """The open alerts of the inbox, shown or not."""
    return set((await house.inboxes.read_open([VENDOME]))[VENDOME].held)


async def test_open_cards_leave_their_inbox_by_the_word_of_the_gateway_alone(house: House) -> None:
    await house.say(
        a_change("a1"), a_change("a2", purposes=["marketing"]), a_change("b1", "BrunoGiraud00001")
    )
    await withdraw(house)
    await wait_until(lambda: _is(held, house, {"a2", "b1"}), what="her card is taken back, no other")
    assert set(await open_now(house)) == {"a2", "b1"}


async def _is(asked: Any, house: House, expected: Any) -> bool:
    return bool(await asked(house) == expected)


async def test_a_record_that_it_cannot_read_keeps_no_console_from_taking_back_what_comes_after(
    house: House, redis_url: str
) -> None:
    """As an older console meets it while workers are upgraded before it."""
    await house.say(a_change("a1"), a_change("b1", "BrunoGiraud00001"))
    async with Client.from_url(redis_url) as client:
        name = stored_name(0, ("lumiere", ALINE))
        await client.set(name, msgspec.msgpack.encode({"v": VERSION + 1}))
        await withdraw(house)
        await asyncio.sleep(5 * LOOK)
        await withdraw(house, client="BrunoGiraud00001")
        await wait_until(lambda: _is(held, house, {"a1"}), what="the card of whom it can read is taken back")
        async with aiohttp.ClientSession(headers=house.bearer("matteo")) as session:
            assert (await session.get(f"{house.url}/v1/alerts")).status == 503
            stream = await session.get(f"{house.url}/v1/alerts/stream")
            assert (stream.status, await stream.read()) == (200, b"retry: 1000\n\n")
        await client.delete(name)
    await wait_until(lambda: _is(held, house, set()), what="her card is taken back")


async def test_what_reaches_an_inbox_later_is_shown_to_nobody(house: House) -> None:
    """An alert that was looked at before the withdrawal and written after what was open was taken back."""
    await house.say(a_change("a0"))
    await withdraw(house)
    await wait_until(lambda: _is(held, house, set()), what="the open card is taken back")
    await house.say(a_change("a1"), a_change("b1", "BrunoGiraud00001"))
    assert set(await open_now(house)) == {"b1"}
    assert await held(house) == {"a1", "b1"}
    assert (await seen(house, "b1"))["why"]
    assert (await seen(house, "a1"))["why"] == []
    told: list[tuple[str, str]] = []
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{house.url}/v1/alerts/stream", headers=house.bearer("matteo")) as stream,
    ):
        kind = ""
        async with asyncio.timeout(8):
            async for line in stream.content:
                if line.startswith(b"event:"):
                    kind = line[7:].decode().strip()
                elif line.startswith(b"data:"):
                    told.append((kind, msgspec.json.decode(line[5:])["id"]))
                elif line == b":\n":  # nothing more to be told
                    break
    assert told == [("alert", "b1")]


async def test_without_profiling_a_welcome_loses_what_came_of_it_and_stays(house: House) -> None:
    shown = [Recommendation(sku="bag-aurore", why="in the online cart")]
    await house.say(a_change("a1", recommendations=shown))
    assert (await open_now(house))["a1"]["recommendations"]
    await withdraw(house, "profiling")
    await wait_until(lambda: _revision(house), what="the card is updated")
    left = (await open_now(house))["a1"]
    assert (left["recommendations"], left["status"]) == ([], "open")


async def _revision(house: House) -> bool:
    return (await open_now(house))["a1"]["revision"] == 2


@pytest.fixture(scope="module")
def line(empty_kafka: Kafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with Redis() as redis, delivering_apart(empty_kafka, redis, tmp_path_factory.mktemp("line")) as line:
        yield line


async def come_in(outside: Outside, client: str, **more: Any) -> None:
    await outside.post([event("store.checkin", client_id=client, site="vendome", method="nfc", **more)])


async def consent(outside: Outside, client: str, state: str) -> None:
    await outside.post([event("client.consent", client_id=client, purpose="service", state=state)])


def decided(line: Line, client: str) -> bool:
    """Whether the alert of a client lies in the topic."""
    found = [decode_inbox(record.value()) for record in stored(line.kafka, "alerts")]
    return any(isinstance(m, AlertChange) and m.alert.client.id == oid(client) for m in found)


async def remembered(line: Line, client: str) -> list[str]:
    """The statuses of a client's alerts in their inbox, shown or not."""
    async with open_redis(line.redis) as redis:
        ids = [a.decode() for a in await redis.hkeys("{lumiere/vendome}:inbox:over")]
        view = (await RedisInboxes(redis).read({VENDOME: ids}))[VENDOME]
    return [h.entry.alert.status for h in view.held.values() if h.entry.alert.client.id == oid(client)]


async def test_a_withdrawal_acts_within_a_second_while_nobody_reads_the_topics(line: Line) -> None:
    async with line.outside() as outside, outside.hear("camille") as heard:
        for name in ("aline", "bruno"):
            await outside.post([event("client.profile", client_id=name, fields={"name": name})])
            await outside.facts_become({"visits": 0}, client_id=name)
        await come_in(outside, "aline")
        card = (await outside.alert_of(oid("aline")))["id"]
        await wait_until(lambda: heard.of(card), what="her card on the screen")
        async with standing_still(line, "deliver"):
            await come_in(outside, "bruno")
            await wait_until(lambda: decided(line, "bruno"), what="his alert in the topic", every=0.2)
            async with standing_still(line, "worker"):
                clicks = [event("web.view", client_id=f"c{n}", session="s") for n in range(500)]
                await outside.post(clicks)
                await consent(outside, "bruno", "none")
                await consent(outside, "aline", "none")
                await wait_until(
                    lambda: heard.of(card)[-1].event == "retract", AT_ONCE, "her card is off the screen"
                )
                assert await outside.alerts("camille") == []
                line["deliver"].signal(signal.SIGCONT)
                await wait_until(lambda: remembered(line, "bruno"), what="his alert is looked at", every=0.1)
                assert await remembered(line, "bruno") == ["retracted"]
        await outside.facts_become({"views": 1}, client_id="c499")
        await come_in(outside, "bruno", at=time.time() - 30)
        await outside.facts_become({"visits": 2}, client_id="bruno")
        assert [h for h in heard.told if h.data["client"]["id"] == oid("bruno")] == []

        await consent(outside, "bruno", "all")
        await outside.post([event("chat.message", client_id="bruno", **WRITES)])
        again = await outside.alert_of(oid("bruno"))
        await wait_until(lambda: heard.of(again["id"]), what="his card, now that he allows it")
    assert heard.twice == []


async def test_a_letter_entered_while_nobody_reads_the_topics_acts_on_all_they_are_known_by(
    line: Line,
) -> None:
    who = {"client_id": "elise", "card": "elise-card"}
    async with line.outside() as outside:
        await outside.post([event("client.profile", who=who, fields={"name": "Elise"})])

        async def linked() -> Any:
            found = await outside.client(card="elise-card")
            return found if found and len(found["parts"]) == 2 else None

        client: Any = await wait_until(linked, 20, "the card leads to her")
        await come_in(outside, "elise")
        await outside.alert_of(oid("elise"))
        async with standing_still(line, "worker"):
            answer = await outside.entered(oid("elise"), purpose="service", state="none", case="DPO-9")
            assert (answer["parts"], answer["holds"]) == (client["parts"], True)
            assert oid("elise") not in [a["client"]["id"] for a in await outside.alerts("camille")]
        await wait_until(lambda: _known_of(line, client["parts"]), what="each of her records has it")
        (one,) = (await outside.ask("GET", f"/v1/clients/{oid('elise')}/consent", "maud"))["ledger"]
        assert (one["id"], one["proof"]) == (answer["id"], "DPO-9")


async def _known_of(line: Line, parts: list[str]) -> bool:
    entered = [
        msgspec.json.decode(r.value()) for r in await asyncio.to_thread(stored, line.kafka, "consent.ledger")
    ]
    return {e["client"] for e in entered if e["source"] == "/staff/maud"} == {*parts}


async def test_a_withdrawal_that_reaches_kafka_past_the_gateway_is_marked_from_the_log(line: Line) -> None:
    said = event("client.consent", client_id="chloe", purpose="service", state="none") | {"maison": "lumiere"}
    producer = Producer(line.kafka, client_id="past-the-gateway")
    try:
        value = msgspec.json.encode(said)
        await producer.send([Message(topic="client.declarations", key=oid("chloe").encode(), value=value)])
    finally:
        await producer.close()
    part = ("lumiere", oid("chloe"))
    async with open_redis(line.redis) as redis:
        denials = Denials(redis)
        await wait_until(lambda: denials.read([part]), what="the marker is set")

        async def told() -> bool:
            return part[1] in (await denials.since("lumiere", START))[1]

        await wait_until(told, what="consoles are told of it")


async def test_the_ledger_is_exported_statement_by_statement_as_json_lines_and_csv(line: Line) -> None:
    environ = {
        "PREVENANCE_KAFKA": line.kafka,
        "PREVENANCE_REDIS": line.redis,
        "PREVENANCE_PEPPER": PEPPER,
    }

    def ledger(*argv: str) -> str:
        done = CliRunner().invoke(
            main, ["consent", "--maison", "lumiere", "--by", "ines", *argv], env=environ
        )
        assert done.exit_code == 0, done.output
        assert bool(done.stdout) != ("nothing is stated" in done.stderr), done.output
        return done.stdout

    async with line.outside() as outside:
        sent = [
            event("client.consent", client_id="denise", purpose="marketing", state=state, proof=proof)
            for state, proof in (("all", "=signed by Denise"), ("none", "by telephone"))
        ]
        await outside.post(sent)
        await outside.post(sent)

        async def told() -> list[Any]:
            lines = await asyncio.to_thread(ledger, oid("denise"))
            return [msgspec.json.decode(one) for one in lines.splitlines()]

        await wait_until(lambda: _both(told), 30, "both statements are in the ledger", every=0.5)
        found = await told()
        assert [(s["state"], s["proof"]) for s in found] == [
            ("all", "=signed by Denise"),
            ("none", "by telephone"),
        ]
        rows = csv.DictReader(io.StringIO(await asyncio.to_thread(ledger, oid("denise"), "--csv")))
        assert [row["proof"] for row in rows] == ["'=signed by Denise", "by telephone"]
        whole = await asyncio.to_thread(ledger)
        assert {s["id"] for s in found} < {msgspec.json.decode(one)["id"] for one in whole.splitlines()}
        raw = b"".join(record.value() or b"" for record in stored(line.kafka, "consent.ledger"))
        assert oid("denise").encode() in raw
        assert b"Denise" not in raw
        looks = [decode_entry(record.value()) for record in stored(line.kafka, "access.audit")]
        told_of = [look.parts for look in looks if isinstance(look, Viewed) and look.staff == "ines"]
        assert told_of[-2:] == [[oid("denise")], []], "of her, then of the whole house"


async def _both(told: Any) -> bool:
    return len(await told()) == 2
