"""Dead letters on a real Kafka and Redis: mended, put back once whatever happens, discarded, audited."""

import asyncio
import itertools
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from feature_store.keyring import Keyring
from schemas.audit import Handled, decode_entry
from schemas.letters import LEASE
from schemas.who import oid_of
from streams import topics
from streams.cli import main
from streams.connect import open_redis
from streams.dead_letters import newest
from streams.patch import Patch
from streams.produce import KafkaAway, Message, Producer, Publish
from streams.redriving import Ask, Desk, Done, Run, desk_of
from streams.settings import settings_from
from tests.brokers.kafka import Kafka
from tests.line import PEPPER, Line, oid
from tests.outside import event
from tests.reading import stored
from tests.waiting import wait_until

NAME = "QZX!Aline"
OFFSETS = itertools.count()


@pytest.fixture(scope="module")
def line(empty_kafka: Kafka, empty_redis: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with Line(empty_kafka.bootstrap, empty_redis, tmp_path_factory.mktemp("letters")) as line:
        line.start("worker", "console")
        yield line


@pytest.fixture
def environ(line: Line) -> dict[str, str]:
    return {"PREVENANCE_KAFKA": line.kafka, "PREVENANCE_REDIS": line.redis, "PREVENANCE_PEPPER": PEPPER}


Command = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
def command(environ: dict[str, str]) -> Command:
    """Runs `prevenance deadletters ...`: exit code, and all it wrote."""

    async def command(*argv: str) -> tuple[int, str]:
        done = await asyncio.to_thread(CliRunner().invoke, main, ["deadletters", *argv], env=environ)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.output

    return command


@pytest.fixture
async def publish(line: Line) -> AsyncIterator[Publish]:
    producer = Producer(line.kafka, client_id="tests")
    yield producer.send
    await producer.close()


class Clock:
    """Time that is moved on by hand."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def desk(environ: dict[str, str]) -> AsyncIterator[Desk]:
    async with desk_of(settings_from(environ), Clock()) as desk:
        yield desk


def sent(type_: str, client: str, id: str, **data: Any) -> dict[str, Any]:
    return event(type_, client_id=client, id=id, **data) | {"maison": "lumiere"}


def message(said: dict[str, Any], topic: str, client: str) -> Message:
    return Message(topic=topic, key=oid(client).encode(), value=json.dumps(said).encode())


def letter(said: dict[str, Any] | bytes, client: str = "x", reason: str = "for a test") -> Message:
    """A letter as a worker sets it aside, from an offset of its own."""
    of = {"reason": reason, "stage": "personalise", "topic": topics.CHECKINS, "partition": "0"}
    headers = {**of, "offset": str(next(OFFSETS))}
    return Message(
        topic=topics.DEAD_LETTERS,
        key=oid(client).encode(),
        value=said if isinstance(said, bytes) else json.dumps(said).encode(),
        headers=[(name, text.encode()) for name, text in headers.items()],
    )


def visit(client: str, id: str, **data: Any) -> dict[str, Any]:
    return sent("store.checkin", client, id, **({"site": "vendome", "method": "nfc"} | data))


def named(line: Line, topic: str = topics.CHECKINS) -> Counter[str]:
    """How often each letter was put back."""
    headers = (dict(m.headers() or ()) for m in stored(line.kafka, topic))
    return Counter(h["letter"].decode() for h in headers if "letter" in h)


def audited(line: Line) -> list[Handled]:
    entries = (decode_entry(m.value()) for m in stored(line.kafka, topics.AUDIT))
    return [one for one in entries if isinstance(one, Handled)]


async def ids(line: Line, reason: str) -> list[str]:
    found = await asyncio.to_thread(newest, line.kafka, 1000)
    return [letter.id for letter, _ in found if letter.reason == reason]


class Killed(BaseException):
    """The process is gone."""


class Mortal:
    """Publishes until its `step`-th call, of which it does half or all; then it is killed."""

    def __init__(self, publish: Publish, step: int, how: str) -> None:
        self._publish, self._left, self._how = publish, step, how

    async def __call__(self, messages: Sequence[Message]) -> None:
        if not messages:
            return
        if self._left == 0:
            await self._publish(messages if self._how == "after" else messages[: len(messages) // 2])
            raise Killed
        self._left -= 1
        await self._publish(messages)


def moved_on(desk: Desk) -> Desk:
    """Two minutes later, at another desk."""
    return replace(desk, clock=lambda: desk.clock() + LEASE)


async def test_poison_that_is_mended_and_put_back_leaves_facts_exact(
    line: Line, publish: Publish, command: Command, tmp_path: Path
) -> None:
    clients, lines = (
        [f"mended-{n}" for n in range(6)],
        [{"sku": "bag-aurore", "amount": 1000, "currency": "EUR"}],
    )
    said: list[Message] = []
    for number, client in enumerate(clients):
        for turn in range(number + 1):
            good, bad = visit(client, f"{client}-good-{turn}"), visit(client, f"{client}-bad-{turn}")
            bad["data"]["shop"] = bad["data"].pop("site")
            said += [message(good, topics.CHECKINS, client), message(bad, topics.CHECKINS, client)]
        for turn, quantity in enumerate(("two", 1)):
            order = {
                "order_id": f"{client}-{turn}",
                "channel": "store",
                "lines": [{**lines[0], "quantity": quantity}],
            }
            bought = sent("store.purchase", client, f"{client}-order-{turn}", **order)
            said.append(message(bought, topics.PURCHASES, client))
        said.append(message(sent("web.vue", client, f"{client}-view", session="s"), topics.CLICKS, client))
    await publish(said)
    mends = {
        "site": [{"op": "move", "from": "/data/shop", "path": "/data/site"}],
        "quantity": [{"op": "replace", "path": "/data/lines/0/quantity", "value": 2}],
        "unknown type": [{"op": "replace", "path": "/type", "value": "web.view"}],
    }
    counts = {"site": sum(range(1, 7)), "quantity": 6, "unknown type": 6}

    async def set_aside() -> bool:
        return len(await asyncio.to_thread(newest, line.kafka, 1000)) == sum(counts.values())

    await wait_until(set_aside, 30, "all poison is set aside", every=0.2)
    naive = {
        client: {"visits": 2 * (n + 1), "purchases": 2, "spend": {"EUR": 2000}, "views": 1}
        for n, client in enumerate(clients)
    }
    async with line.outside() as outside:
        for again in (False, True):
            for reason, steps in mends.items():
                (tmp_path / "mend.json").write_text(json.dumps(steps))
                asked = ("--redrive", "--reason", reason, "--patch", str(tmp_path / "mend.json"))
                assert await command(*asked) == (0, f"{0 if again else counts[reason]} put back\n")
            for client in clients:
                await outside.facts_become(naive[client], client_id=client)
        assert await command() == (0, "prevenance: nothing waits\n")


@pytest.mark.parametrize(
    "patch", [None, Patch(b'[{"op": "replace", "path": "/data/method", "value": "app"}]')]
)
async def test_killed_anywhere_a_letter_is_put_back_once(
    line: Line, publish: Publish, desk: Desk, patch: Patch | None
) -> None:
    """The audit, the word that it begins, letters as they were or three mended, the word that it is done."""
    deaths = [*itertools.product(("half", "after"), range(4))]
    if patch is not None:
        deaths = [("after", step) for step in range(6)]
    reasons = {death: f"killed {death} {patch}" for death in deaths}
    await publish(
        [
            letter(visit(f"killed-{n}", f"{reason} {n}"), f"killed-{n}", reason)
            for reason in reasons.values()
            for n in range(3)
        ]
    )
    waiting = {one.id: one.reason for one, _ in await asyncio.to_thread(newest, line.kafka, 1000)}
    wanted = [id for id, reason in waiting.items() if reason in reasons.values()]
    assert len(wanted) == 3 * len(deaths)
    for (how, step), reason in reasons.items():
        ask = Ask(by="ines", reason=reason, patch=patch)
        with pytest.raises(Killed):
            await Run(replace(desk, publish=Mortal(desk.publish, step, how)), ask).put_back()
        await Run(moved_on(desk), ask).put_back()
    again = await Run(moved_on(moved_on(desk)), Ask(by="ines", reason="killed", patch=patch)).put_back()
    assert again == Done()
    there = named(line)
    assert {waiting[id]: there[id] for id in wanted if there[id] != 1} == {}


async def test_two_runs_at_once_put_back_each_letter_once(line: Line, publish: Publish, desk: Desk) -> None:
    await publish([letter(visit("twice", f"twice-{n}"), f"twice-{n}", "twice") for n in range(50)])
    wanted = await ids(line, "twice")
    runs = [Run(desk, Ask(by=who, reason="twice")) for who in ("ines", "helene", "noe")]
    done: list[Done] = await asyncio.gather(*(run.put_back() for run in runs))
    assert sum(one.done for one in done) == 50
    there = named(line)
    assert [there[one] for one in wanted] == [1] * 50


async def test_a_run_under_way_keeps_its_letters_from_others(
    line: Line, publish: Publish, desk: Desk
) -> None:
    await publish([letter(visit("under-way", "under-way"), reason="under way")])
    ask = Ask(by="ines", reason="under way")
    with pytest.raises(Killed):
        await Run(replace(desk, publish=Mortal(desk.publish, 1, "after")), ask).put_back()
    for done in (await Run(desk, ask).put_back(), await Run(moved_on(desk), ask).discard("no use")):
        assert (done.done, done.busy) == (0, 1)
    assert await Run(moved_on(desk), ask).put_back() == Done(done=1)


async def test_a_letter_that_was_set_aside_twice_is_put_back_once(
    line: Line, publish: Publish, desk: Desk
) -> None:
    twin = letter(visit("twin", "twin"), reason="set aside twice")
    await publish([twin, twin])
    assert len(await ids(line, "set aside twice")) == 1
    assert (await Run(desk, Ask(by="ines", reason="set aside twice")).put_back()).done == 1
    assert (await Run(desk, Ask(by="ines", reason="set aside twice")).put_back()).done == 0


async def test_what_would_come_back_stays_with_its_reason(
    line: Line, publish: Publish, desk: Desk, command: Command
) -> None:
    erased = ("lumiere", oid("erased"))
    redis = open_redis(line.redis)
    await Keyring(redis).destroy({erased: [b""]})
    await redis.aclose()
    await publish(
        [
            letter(b"no json", reason="comes back"),
            letter(visit("x", "no site", site=None), reason="comes back"),
            letter(visit("x", "no house") | {"maison": NAME}, reason="comes back"),
            letter(visit("erased", "erased"), "erased", "comes back"),
        ]
    )
    kept = len(stored(line.kafka, topics.CHECKINS))
    done = await Run(desk, Ask(by="ines", reason="comes back")).put_back(dry=True)
    code, said = await command("--redrive", "--reason", "comes back")
    assert (code, "0 put back, 4 still unreadable and left" in said) == (1, True), said
    assert sorted(done.refused.values()) == [
        "Expected `str`, got `null` - at `$.data.site`",
        "its client was erased: discard it",
        "not JSON: JSON is malformed: invalid character (byte 4)",
        "unknown maison - at `$.maison`",
    ]
    assert len(stored(line.kafka, topics.CHECKINS)) == kept
    assert await command("--discard", "nobody's", "--reason", "comes back") == (0, "4 discarded\n")
    assert await ids(line, "comes back") == []
    assert (await command("--redrive", "--reason", "comes back"))[1] == "0 put back\n"


async def test_what_a_patch_says_of_a_client_travels_sealed_and_under_their_key(
    line: Line, publish: Publish, desk: Desk
) -> None:
    await publish(
        [letter(visit("x", "whose") | {"data": {"site": "vendome", "method": "nfc"}}, reason="whose")]
    )
    patch = Patch(json.dumps([{"op": "add", "path": "/data/who", "value": {"card": NAME}}]).encode())
    assert (await Run(desk, Ask(by="ines", reason="whose", patch=patch)).put_back()).done == 1
    [back] = [m for m in stored(line.kafka, topics.CHECKINS) if b'"whose"' in m.value()]
    assert back.key().decode() == oid_of("lumiere", "card", NAME, PEPPER.encode())
    assert NAME.encode() not in back.value()


async def test_a_letter_is_shown_masked_and_every_act_is_in_the_audit_before(
    line: Line, publish: Publish, command: Command, tmp_path: Path
) -> None:
    await publish([letter(visit("shown", "shown", method=NAME, nickname=NAME), "shown", "to be shown")])
    [one] = await ids(line, "to be shown")
    (tmp_path / "mend.json").write_text(
        json.dumps([{"op": "replace", "path": "/data/method", "value": "app"}])
    )
    mending = ("--patch", str(tmp_path / "mend.json"))
    listed = await command("--by", "ines")
    shown = await command(one, "--by", "ines")
    tried = await command(one, "--redrive", *mending, "--dry-run", "--by", "ines")
    back = await command(one, "--redrive", *mending, "--by", "ines")
    again = await command(one, "--redrive", *mending, "--by", "ines")
    closed = await command("--closed", "--limit", "1")
    assert one in listed[1]
    assert ('"site": "vendome"' in shown[1], '"nickname": "(text, 9)"' in shown[1]) == (True, True), shown
    assert NAME not in "".join(said for _, said in (listed, shown, tried, back, closed))
    assert (tried, back) == ((0, "1 would be put back\n"), (0, "1 put back\n"))
    assert again == (0, "0 put back, 1 closed already\n")
    assert await command("0" * 12, "--redrive") == (1, "0 put back, 1 no such letter\n")
    assert await command("0" * 12) == (1, f"prevenance: no such letter: {'0' * 12}\n")
    beside = await command(one, "0" * 12)
    assert (beside[0], one in beside[1], "no such letter: 000000000000" in beside[1]) == (1, True, True)
    assert "put back by ines" in closed[1]
    of_it = [entry for entry in audited(line) if one in entry.letters and entry.by == "ines"]
    assert [entry.act for entry in of_it] == [
        "listed",
        "shown",
        "tried",
        "put back",
    ]
    assert {(e.maison, e.act in ("tried", "put back")) for e in of_it if e.patch} == {("lumiere", True)}
    assert of_it[-1].clients == [oid("shown")]
    assert all(NAME.encode() not in m.value() for m in stored(line.kafka, topics.AUDIT))


async def test_what_is_no_event_goes_back_as_it_was_and_what_has_no_topic_of_ours_stays(
    line: Line, publish: Publish, command: Command
) -> None:
    other, strange = letter(b"\xff\x00", reason="no event"), letter(b"x", reason="no event")
    for one, topic in ((other, topics.ALERTS), (strange, "elsewhere")):
        headers = dict(one.headers) | {"topic": topic.encode()}
        await publish([replace(one, headers=list(headers.items()))])
    code, said = await command("--redrive", "--reason", "no event")
    assert (code, said) == (1, "1 put back, 1 of unknown topics left\n")
    [back] = [m for m in stored(line.kafka, topics.ALERTS) if dict(m.headers() or ()).get("letter")]
    assert (back.key(), back.value()) == (other.key, other.value)
    assert (await command("--discard", "not ours", "--reason", "no event"))[1] == "1 discarded\n"


@pytest.mark.parametrize(
    "wrong",
    [
        *(["--redrive"], ["--discard", "why"], ["--all"], ["--reason", "x"], ["--follow", "--show"]),
        *(["--redrive", "--all", "--reason", "x"], ["--redrive", "--discard", "why", "--all"]),
        *(["--discard", " ", "--all"], ["--discard", "why", "--all", "--dry-run"], ["a", "--dry-run"]),
    ],
)
async def test_a_command_that_does_not_say_what_it_wants_does_nothing(
    command: Command, wrong: list[str]
) -> None:
    assert (await command(*wrong))[0] == 2


async def test_where_the_audit_cannot_be_written_nothing_is_shown_or_done(
    line: Line, publish: Publish, desk: Desk
) -> None:
    await publish([letter(visit("unseen", "unseen"), reason="unseen")])

    async def away(messages: Sequence[Message]) -> None:
        raise KafkaAway("away")

    for act in (lambda run: run.put_back(), lambda run: run.discard("why")):
        with pytest.raises(KafkaAway):
            await act(Run(replace(desk, publish=away), Ask(by="ines", reason="unseen")))
    assert len(await ids(line, "unseen")) == 1
