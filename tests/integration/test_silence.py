"""The kill switch, once acknowledged, is obeyed at once, whatever lies in the topics; and undone as fast."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import msgspec
import pytest
from click.testing import CliRunner
from redis.asyncio import Redis as Client

from feature_store.silences import Silences
from schemas.alerts import AlertChange, decode_inbox
from schemas.silence import Silence
from streams.cli import main
from streams.kill_switch import KillSwitch
from tests import alerts
from tests.brokers.kafka import Kafka
from tests.brokers.redis import Redis
from tests.line import PEPPER, Line, delivering_apart, oid, standing_still
from tests.outside import Outside, event
from tests.people import House, a_house
from tests.reading import stored
from tests.waiting import wait_until

AT_ONCE = 1.0
"""Seconds after its acknowledgement in which the switch has taken the open cards off every screen."""
VENDOME = "lumiere/vendome"
WHY = {"why": "the wrong words are on every card"}


@pytest.fixture
async def house(redis_url: str) -> AsyncIterator[House]:
    async with a_house(redis_url, heartbeat=0.2, poll=0.5) as running:
        yield running


def a_change(id: str = "a1", **fields: Any) -> AlertChange:
    return alerts.a_change(id, now=time.time(), **fields)


async def switch(url: str, headers: dict[str, str], **asked: Any) -> tuple[int, dict[str, Any]]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{url}/v1/silence", headers=headers, json=WHY | asked) as answer,
    ):
        return answer.status, await answer.json()


async def turned(house: House, **asked: Any) -> None:
    status, answer = await switch(house.url, house.bearer("helene"), **asked)
    assert status == 200, answer


async def get(house: House, path: str, staff: str = "matteo") -> dict[str, Any]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{house.url}{path}", headers=house.bearer(staff)) as answer,
    ):
        assert answer.status == 200, await answer.text()
        return dict(await answer.json())


async def shown(house: House) -> set[str]:
    return {alert["id"] for alert in (await get(house, "/v1/alerts"))["alerts"]}


async def test_a_site_falls_silent_with_the_answer_and_what_is_held_comes_back(house: House) -> None:
    await house.say(a_change("drops"), a_change("holds", hold_or_drop="hold"))
    await house.say(a_change("elsewhere", site="riviera"), inbox="lumiere/riviera")
    await turned(house, site="vendome")
    assert await shown(house) == set()
    await house.say(a_change("later", hold_or_drop="hold"))
    assert await shown(house) == set()
    riviera = (await get(house, "/v1/alerts", "louis"))["alerts"]
    assert [alert["id"] for alert in riviera] == ["elsewhere"]

    async def settled() -> bool:
        held = (await house.inboxes.read_open([VENDOME]))[VENDOME].held
        return {id for id, one in held.items() if one.entry.withheld} == {"holds", "later"} == set(held)

    await wait_until(settled, what="what drops is gone, what holds is kept")
    await turned(house, site="vendome", lift=True)

    async def back() -> bool:
        return await shown(house) == {"holds", "later"}

    await wait_until(back, what="what was held, on the screens again")
    told = {(event.data.alert, event.data.verdict) for event in house.events}
    assert {("holds", "delivered"), ("later", "delivered")} <= told
    assert ("drops", "delivered") not in told


async def test_what_a_worker_wrote_too_late_is_hidden_until_it_is_settled(house: House) -> None:
    async def settled() -> bool:
        return not (await house.inboxes.read_open([VENDOME]))[VENDOME].held

    await house.say(a_change("a0"))
    await turned(house, site="vendome")
    await wait_until(settled, what="the open card is withheld")
    await house.say(a_change("a1"), late=True)
    assert await shown(house) == set()
    told: list[bytes] = []
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{house.url}/v1/alerts/stream", headers=house.bearer("matteo")) as stream,
    ):
        async with asyncio.timeout(8):
            async for line in stream.content:
                told.append(line)
                if line == b":\n":  # nothing more to be told
                    break
    assert not [line for line in told if line.startswith(b"data")]
    await wait_until(settled, what="the late card is withheld too")


async def test_who_may_turn_it_and_what_is_written_down(house: House) -> None:
    for staff, asked, expected in (
        ("matteo", {"site": "vendome"}, 403),
        ("maud", {"site": "vendome"}, 403),
        ("helene", {"site": "ginza"}, 403),
        ("helene", {}, 403),
        ("helene", {"site": "vendome", "action": "no_such_rule"}, 400),
        ("helene", {"site": "vendome", "why": ""}, 400),
        ("helene", {"site": "vendome", "until": "2020-01-01T00:00:00Z"}, 400),
        ("helene", {"site": "vendome", "action": "boutique_welcome"}, 200),
        ("noe", {}, 200),
        ("noe", {"site": "nowhere"}, 400),
    ):
        status, answer = await switch(house.url, house.bearer(staff), **asked)
        assert status == expected, (staff, asked, answer)
    told = await get(house, "/v1/silence", "camille")
    assert {(one["site"], one["action"], one["by"], one["why"]) for one in told["silences"]} == {
        ("vendome", "boutique_welcome", "helene", WHY["why"]),
        (None, None, "noe", WHY["why"]),
    }
    assert told["turns"] == []
    assert [one["by"] for one in (await get(house, "/v1/silence", "maud"))["turns"]] == ["helene", "noe"]


async def test_while_kafka_is_away_nothing_is_said_to_be_silenced(house: House) -> None:
    await house.say(a_change("a1"))
    house.kafka_away = True
    assert (await switch(house.url, house.bearer("helene"), site="vendome"))[0] == 503
    house.kafka_away = False
    assert await shown(house) == {"a1"}


async def test_a_silence_ends_by_itself(house: House) -> None:
    await house.say(a_change("a1", hold_or_drop="hold"))
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
    await turned(house, site="vendome", until=until)
    assert await shown(house) == set()

    async def back() -> bool:
        return await shown(house) == {"a1"}

    await wait_until(back, what="the card, when the silence is over")


async def test_of_what_the_topic_and_redis_say_of_a_scope_the_newer_holds(redis_url: str) -> None:
    """A process that has not read the topic to its end yet shows nobody what was silenced since."""
    async with Client.from_url(redis_url) as client:
        switch, copies = KillSwitch("", client, {}), Silences(client)

        async def held() -> list[float]:
            return [one.at for one in (await switch.now(["lumiere"]))["lumiere"]]

        lifted = Silence(maison="lumiere", at=1.0, by="noe", why="a drill", lifted=True)
        switch.take(lifted)
        await copies.write("lumiere", [msgspec.structs.replace(lifted, at=2.0, lifted=False)], whole=True)
        assert await held() == [2.0]
        switch.take(msgspec.structs.replace(lifted, at=3.0))
        assert await held() == []


async def test_a_store_that_was_emptied_is_told_again_what_is_silenced(house: House, redis_url: str) -> None:
    await turned(house, site="vendome")
    async with Client.from_url(redis_url) as client:
        await client.flushall()
    await house.say(a_change("a1", hold_or_drop="hold"))
    assert await shown(house) == set()
    assert await house.silences.read_all("lumiere")


@pytest.fixture(scope="module")
def line(empty_kafka: Kafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with Redis() as redis, delivering_apart(empty_kafka, redis, tmp_path_factory.mktemp("line")) as line:
        yield line


async def come_in(outside: Outside, client: str) -> None:
    await outside.post([event("store.checkin", client_id=client, site="vendome", method="nfc")])


def decided(line: Line, client: str) -> list[AlertChange]:
    found = [decode_inbox(record.value()) for record in stored(line.kafka, "alerts")]
    return [m for m in found if isinstance(m, AlertChange) and m.alert.client.id == oid(client)]


async def by_command(line: Line, *argv: str) -> str:
    return await asyncio.to_thread(_command, line, *argv)


def _command(line: Line, *argv: str) -> str:
    environ = {"PREVENANCE_KAFKA": line.kafka, "PREVENANCE_REDIS": line.redis, "PREVENANCE_PEPPER": PEPPER}
    done = CliRunner().invoke(main, ["silence", "--maison", "lumiere", *argv], env=environ)
    assert done.exit_code == 0, done.output
    return done.stdout


async def test_the_switch_acts_within_a_second_while_no_worker_works(line: Line) -> None:
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
                url = f"http://127.0.0.1:{line['console'].port}"
                status, answer = await switch(url, outside.bearer("helene"), site="vendome")
                assert status == 200, answer
                assert await outside.alerts("camille") == []
                await wait_until(
                    lambda: heard.of(card)[-1].event == "retract", AT_ONCE, "her card is off the screen"
                )
                assert await outside.verdict(card, "claimed") in (404, 410)
        assert "vendome, all actions: silenced" in await by_command(line)

        async def withheld(how: str) -> bool:
            return await outside.metric("deliver", "prevenance_alerts_withheld_total", how=how) >= 1

        await wait_until(lambda: withheld("dropped"), what="the welcome is dropped")
        assert [h for h in heard.told if h.data["client"]["id"] == oid("bruno")] == []

        line.restart("console", "worker", "deliver")
        await come_in(outside, "aline")
        await outside.facts_become({"visits": 2}, client_id="aline")
        assert len(decided(line, "aline")) == 1  # not even proposed
        assert await outside.alerts("camille") == []

        lifted = await by_command(line, "--site", "vendome", "--lift", "--why", "mended", "--by", "noe")
        assert "told again, by noe (mended)" in lifted
        await come_in(outside, "bruno2")
        assert (await outside.alert_of(oid("bruno2")))["action"] == "unknown_visitor"
