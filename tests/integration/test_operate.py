"""What an operator does: starting over; by the command, on real servers."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
from click.testing import CliRunner
from prometheus_client import CollectorRegistry

from agents.measured import LEAST
from feature_store import keys
from feature_store.redis_store import RedisStore
from feature_store.redis_sweep import CLEARED
from feature_store.store import Fence, encode_fence
from schemas.messages import Example, Examples, Outcome
from schemas.traces import Candidate, Trace, Traced, body_of, pack
from schemas.who import oid_of
from streams import serve, topics
from streams.applied import write_records
from streams.cli import main
from streams.connect import open_redis
from streams.kill_switch import KillSwitch
from streams.metrics import Metrics
from streams.parts import Parts
from streams.produce import Message, Producer
from streams.settings import SettingsError, settings_from
from streams.staff import Roll
from tests.brokers.kafka import Kafka
from tests.line import PEPPER, Line
from tests.outside import LUMIERE, SECRET, event
from tests.reading import stored
from tests.waiting import wait_until

CLIENTS = 20
DAY = 86_400.0


@pytest.fixture(scope="module")
def line(empty_kafka: Kafka, empty_redis: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """Topics, and a worker to be started."""
    with Line(empty_kafka.bootstrap, empty_redis, tmp_path_factory.mktemp("operate")) as line:
        yield line


@pytest.fixture
def environ(line: Line) -> dict[str, str]:
    return {
        "PREVENANCE_KAFKA": line.kafka,
        "PREVENANCE_REDIS": line.redis,
        "PREVENANCE_PEPPER": PEPPER,
        "PREVENANCE_JWT_SECRET": SECRET,
        "PREVENANCE_WRITE_KEYS": "lumiere:a-key-that-is-long-enough",
    }


Command = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
def command(environ: dict[str, str]) -> Command:
    """Runs `prevenance ...` in this process, in a thread: exit code, and all it wrote."""

    async def command(*argv: str, **changed: str | None) -> tuple[int, str]:
        def run() -> tuple[int, str]:
            done = CliRunner().invoke(main, argv, env={**environ, **changed})
            if done.exception is not None and not isinstance(done.exception, SystemExit):
                raise done.exception
            return done.exit_code, done.output

        return await asyncio.to_thread(run)

    return command


async def publish(line: Line, *messages: Message) -> None:
    producer = Producer(line.kafka, client_id="tests")
    await producer.send(messages)
    await producer.close()


def message(sent: dict[str, Any], topic: str, client: str) -> Message:
    oid = oid_of("lumiere", "client_id", client, PEPPER.encode())
    return Message(topic=topic, key=oid.encode(), value=json.dumps(sent | {"maison": "lumiere"}).encode())


async def records(line: Line, folder: Path) -> dict[str, dict[str, Any]]:
    """Facts and orders of every part, by id."""
    client = open_redis(line.redis)
    parts = Parts(
        brokers=line.kafka,
        redis=client,
        maisons={"lumiere": LUMIERE},
        roll=Roll(line.kafka, {"lumiere": LUMIERE}),
        switch=KillSwitch(line.kafka, client, {"lumiere": LUMIERE}),
        pepper=PEPPER.encode(),
        master=bytes(32),
        metrics=Metrics(CollectorRegistry()),
    )
    await write_records(parts, folder / "records", time.time())
    await client.aclose()
    lines = map(json.loads, (folder / "records").read_text().splitlines())
    return {r["id"]: {**r["facts"], "orders": r["features"].get("frequency")} for r in lines}


async def linked(line: Line, client: str) -> tuple[str, ...]:
    """The other parts of a client."""
    part = ("lumiere", oid_of("lumiere", "client_id", client, PEPPER.encode()))
    redis = open_redis(line.redis)
    store = RedisStore(redis, lambda key: topics.partition_of(key, line.partitions))
    others = (await store.links([part]))[part]
    await redis.aclose()
    return others


def busy_clients() -> list[Message]:
    """Visits, views and purchases of twenty clients; the first one's card is theirs, and then is not."""
    sent = []
    for number in range(CLIENTS):
        name = f"client-{number}"
        for _ in range(3 + number % 4):
            visit = event("store.checkin", client_id=name, site="vendome", method="nfc")
            sent.append(message(visit, topics.CHECKINS, name))
            sent.append(message(event("web.view", client_id=name, session="s-1"), topics.CLICKS, name))
        lines = [{"sku": "bag-aurore", "quantity": 1, "amount": 1000 + number, "currency": "EUR"}]
        order = event("store.purchase", who={"client_id": name}, order_id=name, channel="store", lines=lines)
        sent.append(message(order, topics.PURCHASES, name))
    return sent


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PREVENANCE_WRITE_KEYS", "foo"),
        ("PREVENANCE_WRITE_KEYS", "dior:a-key-that-is-long-enough"),
        ("PREVENANCE_WEBHOOKS", "lumiere:telegram:1:a-secret-that-is-long"),
        ("PREVENANCE_WEBHOOKS", "dior:line:U1:a-secret-that-is-long-enough"),
    ],
)
async def test_what_is_wrong_with_secrets_is_said_before_anything_is_asked(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    changed = {"PREVENANCE_KAFKA": "127.0.0.1:1", "PREVENANCE_JWT_SECRET": "...", name: value}
    with pytest.raises(SettingsError, match=f"^{name}"):
        await serve.gateway(settings_from(environ | changed))
    assert "not safe: PREVENANCE_JWT_SECRET is too short" in capsys.readouterr().err


async def test_starting_over_makes_the_same_records_again_and_tells_nobody_twice(
    line: Line, command: Command, tmp_path: Path
) -> None:
    card = {"client_id": "client-0", "card": "card-0"}
    lines = [{"sku": "bag-aurore", "quantity": 1, "amount": 5, "currency": "EUR"}]
    shown = event("store.purchase", who=card, order_id="by-card", channel="store", lines=lines)
    not_theirs = event("client.unlink", client_id="client-0", **{"with": {"card": "card-0"}}, evidence="told")
    line.start("worker")
    await publish(line, *busy_clients(), message(shown, topics.PURCHASES, "client-0"))
    await wait_until(lambda: linked(line, "client-0"), 20, "linked")
    await publish(
        line,
        message(not_theirs, topics.DECLARATIONS, "client-0"),
        Message(topic=topics.CLICKS, key=b"x", value=b"no json"),
    )

    async def done() -> bool:
        held = await records(line, tmp_path)
        return (
            sum(r["purchases"] for r in held.values()) == CLIENTS + 1
            and sum(r["views"] for r in held.values()) == sum(3 + n % 4 for n in range(CLIENTS))
            and await linked(line, "client-0") == ()
            and len(stored(line.kafka, topics.DEAD_LETTERS)) == 1
        )

    await wait_until(done, 20, "all applied", every=0.1)
    before = await records(line, tmp_path)
    told = {t: len(stored(line.kafka, t)) for t in (topics.LINKS, topics.DEAD_LETTERS, topics.ALERTS)}

    code, said = await command("rebuild", "--everything", "--yes")
    assert (code, "workers are running" in said) == (1, True), said
    line.stop("worker", patience=30)
    code, said = await command("rebuild", "--everything")
    assert (code, "nothing was deleted" in said) == (1, True), said
    assert await records(line, tmp_path) == before
    code, said = await command("rebuild", "--everything", "--yes")
    assert (code, f"{len(before)} records deleted" in said) == (0, True), said
    assert await records(line, tmp_path) == {}

    line.start("worker")
    await wait_until(lambda: _same(line, tmp_path, before), 20, "the same records", every=0.1)
    line.stop("worker", patience=30)
    assert await linked(line, "client-0") == ()
    again = {t: len(stored(line.kafka, t)) for t in (topics.LINKS, topics.DEAD_LETTERS, topics.ALERTS)}
    assert again == told


async def _same(line: Line, folder: Path, before: dict[str, dict[str, Any]]) -> bool:
    return await records(line, folder) == before


async def test_what_an_unknown_log_left_is_given_up_only_with_everything(
    line: Line, command: Command, tmp_path: Path
) -> None:
    with redis.Redis.from_url(line.redis) as client:
        client.flushall()
        client.set(keys.fence(0), encode_fence(Fence("another-log")))
        client.set(keys.part("lumiere", 0, "a" * 16), b"a record")
        client.set(keys.links("lumiere", 0, "a" * 16), b"its links")
        client.set(keys.graph("lumiere"), b"a graph")
        client.set(keys.nodes("lumiere", "a" * 16), b"its nodes")
        client.set("{lumiere/vendome}:inbox:log", b"an inbox")
        client.set(keys.seal("deliver", 3), b"a seal")
        client.set("somebody's own", b"stays")

        code, said = await command("check")
        assert code == 1
        assert "not ok  log " in said
        code, said = await command("rebuild", "--yes")
        assert (code, "--everything" in said, client.dbsize()) == (1, True, 8), said

        code, said = await command("rebuild", "--everything", "--yes")
        assert (code, client.keys()) == (0, [b"somebody's own"]), said


async def test_a_shard_that_is_being_cleared_takes_no_write(line: Line, tmp_path: Path) -> None:
    """Stopped half way, a rebuild leaves the shards closed: a worker ends, and says why."""
    with redis.Redis.from_url(line.redis) as client:
        client.flushall()
        for shard in range(line.partitions):
            client.set(keys.fence(shard), encode_fence(Fence(CLEARED)))
    line.start("late", agents="personalise", wait=False)
    assert await asyncio.to_thread(line["late"].left, 30) == 70
    assert "being-cleared" in line["late"].tail()


async def test_what_was_drawn_is_written_as_a_log_by_which_another_policy_is_judged(
    line: Line, command: Command, tmp_path: Path
) -> None:
    """Followed and answered, refused, followed a moment ago; one sealed with a key that is gone, and another
    house's."""

    def drew(id: str, maison: str = "lumiere", sealed: bool = False, until: float = 2.0) -> Traced:
        arm = Candidate(
            action="lapsing", outcome="said", probability=0.5, worth=0.2, silence=0.1, chance=0.8, value=0.4,
            until=int(until), place="vendome", alert=f"alert-{id}", x={"acceptance": {}, "response": {}},
        )  # fmt: skip
        body = b"of nobody" if sealed else body_of(Trace(woke="book", candidates=[arm]))
        return Traced(maison=maison, oid="a" * 16, id=id, at=1.0, body=body, sealed=sealed)

    def became(model: str, **labels: int) -> Message:
        items: list[Example | Outcome] = [
            Outcome(decision=f"alert-{id}", y=y, at=2.0) for id, y in labels.items()
        ]
        items += [Outcome(decision="alert-d1", y=0, at=3.0)]  # of two the first counts
        told = Examples(maison="lumiere", model=model, items=items)
        return Message(
            topic=topics.EXAMPLES, key=f"lumiere/{model}".encode(), value=msgspec.json.encode(told)
        )

    recent = drew("d3", until=time.time())
    await publish(
        line,
        Message(topic=topics.DECISIONS, key=b"k", value=pack([drew("d1"), drew("gone", sealed=True)])),
        Message(topic=topics.DECISIONS, key=b"k", value=pack([drew("d2"), recent])),
        Message(topic=topics.DECISIONS, key=b"k", value=pack([drew("other", "orfevre")])),
        Message(topic=topics.DECISIONS, key=b"k", value=b"nothing"),
        became("acceptance", d1=1, d2=0, d3=1),
        became("response", d1=1),
    )
    code, said = await command("decisions", "--maison", "lumiere")
    assert code == 0, said
    drawn = {f"d{n}/vendome": reward for n, reward in ((1, 0.3), (2, -0.1), (3, None))}
    found = [one for one in map(json.loads, said.splitlines()[:-1]) if one["context"] in drawn]
    assert {(one["action"], one["propensity"]) for one in found} == {("lapsing", 0.8)}
    assert {one["context"]: one.get("reward") for one in found} == pytest.approx(drawn)
    assert "can't be read: their clients were erased" in said
    assert "other" not in said
    (log := tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, found)))
    code, said = await command("evaluate", str(log), "--json")
    assert (code, json.loads(said)["policies"].keys()) == (0, {"rules", "best", "silence"}), said
    assert [json.loads(said)[of] for of in ("decisions", "waiting")] == [2, 1]
    assert (await command("decisions", "--maison", "nowhere"))[0] == 1


async def test_what_if_reads_the_lines_own_log_opened_in_memory_and_writes_nothing(
    line: Line, command: Command
) -> None:
    """A profile, sealed, and two visits come in by the gateway; by the first somebody is known."""
    with redis.Redis.from_url(line.redis) as client:
        client.flushall()
    line.start("gateway")
    line.start("keys", agents="keys")
    who = {"client_id": "what-if"}
    met = event("client.profile", ago(90), who=who, fields={"name": "Aline Martel", "language": "fr"})
    came = event("store.checkin", ago(60), who=who, site="vendome", method="nfc")
    again = event("store.checkin", ago(30), who=who, site="vendome", method="nfc")
    async with line.outside() as outside:
        await outside.post([met])
        await outside.post([came, again])
    ask = ("whatif", "--of", "lumiere", "--without", "repetition", "--days", "0.002", "--json")
    said = ""

    async def told() -> bool:
        nonlocal said
        code, said = await command(*ask)
        assert code == 0, said
        rows = json.loads(said.splitlines()[-1])["rows"]
        return [(r["today"], r["changed"]) for r in rows if r["action"] == "boutique_welcome"] == [(1, 2)]

    await wait_until(told, 20, "the welcome, and the one the guard keeps back", every=0.5)
    assert "Aline" not in said
    with redis.Redis.from_url(line.redis) as client:
        assert not [
            *client.scan_iter(f"lumiere{{*{oid_of('lumiere', 'client_id', 'what-if', PEPPER.encode())}*")
        ]
    line.stop("gateway", "keys")


def ago(seconds: float) -> float:
    return time.time() - seconds


async def _as_many(found: Callable[[], Awaitable[list[Any]]], count: int) -> bool:
    return len(await found()) >= count


async def test_what_a_house_measures_is_told_by_its_log_and_its_records(
    line: Line, command: Command, tmp_path: Path
) -> None:
    """One client under two identifiers: words are opened, parts put together, records looked up."""
    line.start("gateway")
    line.start("worker")
    who, card = {"client_id": "measured"}, {"card": "card-measured"}

    def order(seconds: float) -> dict[str, Any]:
        lines = [{"sku": "bag-aurore", "quantity": 1, "amount": 345_000, "currency": "EUR"}]
        said = {"site": "vendome", "channel": "store", "order_id": f"m-{seconds}", "lines": lines}
        return event("store.purchase", ago(seconds), who={**who, **card}, **said)

    def message(seconds: float, direction: str) -> dict[str, Any]:
        said = {"channel": "line", "conversation": "m", "message": f"m-{seconds}", "direction": direction}
        return event("chat.message", ago(seconds), who=who, **said)

    async def applied() -> bool:
        sent = {json.loads(one.value() or b"")["id"] for one in stored(line.kafka, topics.PURCHASES)}
        return sum(r["purchases"] for r in (await records(line, tmp_path)).values()) == len(sent)

    await wait_until(applied, 30, "what was bought before is in the records", every=0.1)
    before = json.loads((await command("measure", "--maison", "lumiere", "--json"))[1].splitlines()[-1])
    async with line.outside() as outside:
        await outside.post(
            [
                order(40 * DAY),
                event("store.checkin", ago(7_200), who=card, site="vendome", method="nfc"),
                order(3_600),
                message(3_000, "in"),
                message(2_400, "out"),
                event("client.contacted", ago(2_000), who=who, channel="email"),
                event("client.consent", ago(1_000), who=who, purpose="marketing", state="none"),
                event("client.case", ago(900), who=who, case="m", kind="complaint", status="open"),
                event("client.rating", ago(800), who=who, useful=False),
            ]
        )

    async def told() -> bool:
        code, said = await command("measure", "--maison", "lumiere", "--json")
        assert code == 0, said
        found = json.loads(said.splitlines()[-1])
        counts = {name: found[name]["count"] - before[name]["count"] for name in ("bought", "complained")}
        again = {
            name: found["ordered_again"][name] - before["ordered_again"][name] for name in ("count", "of")
        }
        return (
            counts == {"bought": 1, "complained": 1}
            and again == {"count": 1, "of": 1}
            and found["contacts"] == before["contacts"] + 1
            and (found["answered"]["of"], found["useful"]["of"]) == (1, 1)
            and found["opted_out"]["count"] == before["opted_out"]["count"] + 1
        )

    await wait_until(told, 30, "the house is measured", every=0.5)
    async with line.outside() as outside:
        names = [f"welcomed-{n}" for n in range(LEAST)]
        stated = {"fields": {"language": "fr-CA", "country": "CA"}}
        await outside.post([event("client.profile", client_id=name, **stated) for name in names])
        came = [event("store.checkin", client_id=name, site="ginza", method="nfc") for name in names]
        await outside.post(came)
        ids = {one["id"] for one in came}

        async def cards() -> list[dict[str, Any]]:
            changes = [json.loads(one.value() or b"") for one in stored(line.kafka, topics.ALERTS)]
            return [one["alert"] for one in changes if one.get("alert", {}).get("event") in ids]

        await wait_until(lambda: _as_many(cards, LEAST), 30, "twenty welcomes", every=0.2)
        told_of = {one["id"]: {"oid": one["client"]["id"]} for one in await cards()}
        await outside.post(
            [
                event("staff.feedback", who=who, alert=id, staff="haruka", verdict="done")
                for id, who in told_of.items()
            ]
        )

    async def by_language() -> bool:
        found = json.loads((await command("measure", "--maison", "lumiere", "--json"))[1].splitlines()[-1])
        groups = {
            kind: found["welcomed"][kind].get(of) for kind, of in (("language", "fr"), ("country", "CA"))
        }
        return all(one is not None and one["followed"]["count"] == LEAST for one in groups.values())

    await wait_until(by_language, 30, "the welcome is measured by language and country", every=0.5)
    code, said = await command("measure", "--maison", "lumiere", "--days", "1")
    assert (code, "from a client's message to the answer          median 10 min" in said) == (0, True), said
    assert "measured" not in said
    assert (await command("measure", "--maison", "nowhere"))[0] == 1
    line.stop("gateway", "worker", patience=30)
