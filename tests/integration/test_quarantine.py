"""What an undeclared source says waits in a real Kafka, and goes on when the source is declared."""

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from schemas.maison import Maison
from schemas.sealing import SALT, Key
from streams import quarantine, topic_admin, topics
from streams.cli import main
from streams.embedded import EmbeddedKafka
from streams.export import waiting_of
from streams.produce import Message, Producer
from tests.brokers.kafka import Kafka
from tests.builders import FILE, lumiere
from tests.doors import bearer, deps, door, event
from tests.reading import stored

STRICT = lumiere(unknown_sources="quarantine")


async def send(kafka: str, maison: Maison, *ids: str, source: str) -> None:
    producer = Producer(kafka, client_id="gateway", delivery_timeout=5.0)
    async with door(deps(producer.send, maisons={"lumiere": maison})) as client:
        for id in ids:
            async with client.post(
                "/v1/events", json=event(id=id, source=source), headers=bearer()
            ) as answer:
                assert answer.status == 202
    await producer.close()


async def waiting(kafka: str) -> list[str]:
    told = await asyncio.to_thread(lambda: [*quarantine.held(kafka)])
    return sorted(one.source for one in told)


async def clicks(kafka: str) -> list[bytes]:
    return [m.value() for m in await asyncio.to_thread(stored, kafka, topics.CLICKS)]


@pytest.fixture
async def brokers(fresh_kafka: Kafka | EmbeddedKafka) -> str:
    """Where all topics are, each with its leaders."""
    await asyncio.to_thread(topic_admin.create_and_check, fresh_kafka.bootstrap, 4, 1)
    await asyncio.to_thread(stored, fresh_kafka.bootstrap, topics.QUARANTINE)
    return fresh_kafka.bootstrap


async def test_a_source_declared_later_is_let_in_once_as_it_was(brokers: str) -> None:
    await send(brokers, STRICT, "a", "b", "a", source="/new-till")
    await send(brokers, STRICT, "c", source="/gossip")
    assert await waiting(brokers) == ["/gossip", "/new-till", "/new-till"]
    assert await clicks(brokers) == []

    assert await quarantine.release(brokers, quarantine.known({"lumiere": STRICT})) == 0
    declared = lumiere(sources=[{"source": "/new-till", "rank": 1}], unknown_sources="quarantine")
    assert await quarantine.release(brokers, quarantine.known({"lumiere": declared})) == 2
    assert await quarantine.release(brokers, quarantine.known({"lumiere": declared})) == 0
    assert await waiting(brokers) == ["/gossip"]
    (held,) = await asyncio.to_thread(lambda: [*quarantine.held(brokers)])
    let_in = await asyncio.to_thread(stored, brokers, topics.CLICKS)
    assert len({m.value() for m in let_in}) == len(let_in) == 2
    assert {m.key() for m in let_in} == {held.key}

    await send(brokers, STRICT, "c", source="/gossip")  # sent again while it waits
    assert await waiting(brokers) == ["/gossip"]


async def test_what_waits_of_a_client_is_in_their_export_and_of_nobody_else(brokers: str) -> None:
    await send(brokers, STRICT, "a", source="/gossip")
    (held,) = await asyncio.to_thread(lambda: [*quarantine.held(brokers)])
    oid = held.key.decode()
    key = Key(bytes(32), ("lumiere", oid), [bytes(SALT)])
    (told,) = await asyncio.to_thread(lambda: [*waiting_of(brokers, {oid: key})])
    assert (told["id"], told["source"], told["data"]["sku"]) == ("a", "/gossip", "bag-aurore")
    assert await asyncio.to_thread(lambda: [*waiting_of(brokers, {"q" * 16: key})]) == []


async def test_killed_between_letting_in_and_noting_it_an_event_is_let_in_again_under_its_id(
    brokers: str,
) -> None:
    await send(brokers, STRICT, "a", source="/new-till")
    (held,) = await asyncio.to_thread(lambda: [*quarantine.held(brokers)])
    producer = Producer(brokers, client_id="killed", delivery_timeout=5.0)
    await producer.send([Message(topic=held.topic, key=held.key, value=held.value)])
    await producer.close()
    assert await quarantine.release(brokers, lambda held: True) == 1
    first, again = await clicks(brokers)
    assert first == again
    assert await waiting(brokers) == []


async def test_the_command_tells_what_waits_and_lets_it_in(brokers: str, tmp_path: Path) -> None:
    await send(brokers, STRICT, "a", "b", source="/new-till")
    (tmp_path / "lumiere.toml").write_text('unknown_sources = "quarantine"\n' + FILE.read_text())
    environ = {"PREVENANCE_KAFKA": brokers, "PREVENANCE_MAISONS": str(tmp_path)}

    async def command(*argv: str) -> str:
        def run() -> Result:
            return CliRunner().invoke(main, ["quarantine", *argv], env=environ, catch_exceptions=False)

        return (await asyncio.to_thread(run)).output

    said = await command()
    assert said.startswith("lumiere  /new-till  2 events since ")
    assert said.endswith("  not declared\n")
    assert "bag-aurore" in await command("--show")
    assert await command("--release") == "0 let in\n"
    assert await command("--release", "--source", "/new-till") == "2 let in\n"
    assert await command() == "prevenance: nothing waits\n"
