"""TLS, users and rights, enforced by a real Kafka and a real Redis: who may not is told why."""

import asyncio
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
import redis
from redis.exceptions import RedisError

from feature_store import keys
from feature_store.checkpoint import part_name
from streams import acl, compacted, serve, topic_admin, topics
from streams.check import check
from streams.connect import open_redis
from streams.produce import KafkaAway, Message, Producer
from streams.settings import Settings, SettingsError, settings_from
from streams.stored import stored as stored_on_the_side
from streams.topic_plan import Drift, mend, planned
from streams.worker import AGENTS
from tests.brokers import kafka as apache
from tests.brokers.certificates import Authority
from tests.brokers.redis import Redis
from tests.brokers.secured import PASSWORD, SUPER, SecuredKafka, secured_redis
from tests.line import PEPPER, Line, oid
from tests.outside import event
from tests.reading import stored
from tests.waiting import wait_until

GRANTED = "the-password-acl-printed"


class Secured(NamedTuple):
    """A Kafka and a Redis with the users that `prevenance acl` prints for the house lumiere."""

    kafka: SecuredKafka
    redis: Redis
    tls: str
    authority: Authority
    stranger: Authority

    def environ(self, role: acl.Role, **other: str) -> dict[str, str]:
        """What a process of this role is told; `other` without its PREVENANCE_."""
        user = acl.user_of("lumiere", role)
        told = {
            "KAFKA": self.kafka.sasl,
            "KAFKA_CA": str(self.authority.ca),
            "KAFKA_USER": user,
            "KAFKA_PASSWORD": GRANTED,
            "REDIS": f"rediss://{user}:{GRANTED}@{self.tls}/0",
            "REDIS_CA": str(self.authority.ca),
        }
        return {f"PREVENANCE_{name}": value for name, value in (told | other).items()}


@pytest.fixture(scope="module")
def secured(say: Callable[[str], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    lacking = apache.available()
    if lacking is None and shutil.which("javac") is None:
        lacking = "Kafka's tools are run from source: apt-get install openjdk-17-jdk-headless."
    if lacking is None and shutil.which("redis-server") is None:
        lacking = "The Redis of the wheel has no TLS: apt-get install redis-server."
    if lacking is not None:
        say(f"TLS, SASL AND RIGHTS WERE NOT TESTED. {lacking}")
        pytest.skip(lacking)
    authority = Authority(folder := tmp_path_factory.mktemp("secured"))
    server, tls = secured_redis(authority)
    with SecuredKafka(authority) as kafka, server:
        made = Secured(kafka, server, tls, authority, Authority(folder, "stranger"))
        script = list(acl.commands(["lumiere"], f"--bootstrap-server {kafka.bootstrap}", lambda: GRANTED))
        nobody = acl.kafka_user("lumiere", "console", GRANTED, f"--bootstrap-server {kafka.bootstrap}")[0]
        kafka.run([*script, nobody.replace(acl.user_of("lumiere", "console"), "nobody")])
        with redis.Redis.from_url(server.url) as admin:
            for line in script:
                if line.startswith("redis-cli "):
                    admin.execute_command(*shlex.split(line)[1:])
            admin.execute_command("ACL", "SETUSER", "nobody", "on", f">{GRANTED}")
        operator = settings_from(made.environ("worker", KAFKA_USER=acl.OPERATOR)).kafka
        topic_admin.create_and_check(operator, 4, 1)
        yield made


async def test_the_whole_line_works_with_the_rights_that_acl_prints_and_no_more(
    secured: Secured, tmp_path: Path
) -> None:
    def environ_of(name: str) -> dict[str, str]:
        return secured.environ(name)  # type: ignore[arg-type]

    with Line(secured.kafka.bootstrap, "", tmp_path, environ_of=environ_of) as line:
        line.start("gateway", "worker", "console")
        async with line.outside() as outside:
            await outside.post([event("client.profile", client_id="aline", fields={"name": "Aline"})])
            await outside.facts_become({"visits": 0}, client_id="aline")
            await outside.post([event("store.checkin", client_id="aline", site="vendome", method="nfc")])
            alert = await outside.alert_of(oid("aline"))
            assert alert["action"] == "boutique_welcome"
            await outside.ask("POST", f"/v1/alerts/{alert['id']}/accepted", "camille")
            await outside.post(
                [event("client.consent", client_id="aline", purpose="marketing", state="none")]
            )
            of_aline = f"/v1/clients/{oid('aline')}"

            async def entered() -> bool:
                return bool((await outside.ask("GET", f"{of_aline}/consent", "maud"))["ledger"])

            await wait_until(entered, 20, "the ledger has what she said")
            export = await outside.ask("GET", f"{of_aline}/export", "maud")
            assert {one["type"] for one in export["events"]} >= {"client.profile", "store.checkin"}
            assert "boutique_welcome" in {one["action"] for one in export["alerts"]}
            assert (await outside.ask("DELETE", of_aline, "maud"))["receipt"]
        for name in ("gateway", "worker", "console"):
            assert not line.stop(name)[0]
            said = line[name].log.read_text()
            assert "uthoriz" not in said, said
            assert GRANTED not in said


async def test_what_a_line_does_rarely_is_within_these_rights(secured: Secured, tmp_path: Path) -> None:
    """Records go to the checkpoints and come back from them; a console draws a key that no keyring has."""

    def environ_of(name: str) -> dict[str, str]:
        return secured.environ(name)  # type: ignore[arg-type]

    with Line(secured.kafka.bootstrap, "", tmp_path, checkpoint_seconds=0.5, environ_of=environ_of) as line:
        line.start("gateway", "console", "worker")
        async with line.outside() as outside:
            await outside.post([event("store.checkin", client_id="berthe", site="vendome", method="nfc")])
            await outside.alert_of(oid("berthe"))
            with redis.Redis.from_url(secured.redis.url) as admin:
                admin.delete(keys.salts("lumiere", oid("berthe")))  # as one that lost its last writes
            noted = f"/v1/clients/{oid('berthe')}/notes"
            status, answer = await outside.asked("POST", noted, "camille", {"text": "prefers silk"})
            assert status == 202, answer

            def published() -> bool:
                kept = stored(secured.kafka.bootstrap, topics.CHECKPOINT)
                return part_name(("lumiere", oid("berthe"))).encode() in {record.key() for record in kept}

            await wait_until(published, 20, "her record is in the checkpoints")
            line.stop("worker")
            with redis.Redis.from_url(secured.redis.url) as admin:
                admin.flushall()
            line.start("worker")
            await outside.facts_become({"visits": 1}, client_id="berthe")
        assert "filled from its checkpoint" in line["worker"].log.read_text()


async def test_what_waits_in_quarantine_is_let_in_by_the_gateway_that_knows_its_source(
    secured: Secured, tmp_path: Path
) -> None:
    strict = tmp_path / "maisons"
    shutil.copytree("deploy/maisons", strict)
    file = strict / "lumiere.toml"
    declared = file.read_text()
    file.write_text(f'unknown_sources = "quarantine"\n{declared}')
    environ = secured.environ("gateway", MAISONS=str(strict))
    with Line(secured.kafka.bootstrap, "", tmp_path, environ_of=lambda _: environ) as line:
        line.start("gateway")
        async with line.outside() as outside:
            sent = event("store.checkin", client_id="claire", site="vendome", method="nfc")
            assert (await outside.answered([sent]))["quarantined"] == 1
        line.stop("gateway")
        file.write_text(declared)
        line.start("gateway")

        def let_in() -> bool:
            return "1 event of sources declared since let in" in line["gateway"].log.read_text()

        await wait_until(let_in, 15, "what waited is let in")


def test_whoever_operates_says_with_a_consoles_user_that_somebody_has_left(secured: Secured) -> None:
    argv = [sys.executable, "-m", "streams", "leave", "matteo", "--maison", "lumiere", "--stays"]
    environ = {**os.environ, **secured.environ("console")}
    done = subprocess.run(argv, env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("role", acl.ROLES)
async def test_check_finds_each_process_let_in(secured: Secured, role: acl.Role) -> None:
    said = {finding.name: finding.ok for finding in await check(secured.environ(role))}
    assert said["kafka"], said
    assert said["redis"], said
    assert said["log"], said
    assert said["writes"], said


@pytest.mark.parametrize("role", acl.ROLES)
async def test_check_compares_clocks_as_each_process_and_says_what_it_may_not_ask(
    secured: Secured, role: acl.Role
) -> None:
    """Of a Redis with snapshots it said that there is nothing, to whoever may not ask for its settings."""
    found = await check(secured.environ(role), clock=lambda: time.time() + 60)
    said = {finding.name: finding for finding in found}
    assert "60 s apart" in said["clock"].said
    assert not said["persistence"].ok
    assert "as somebody who may, see that `redis-cli CONFIG GET save` names some" in said["persistence"].said


@pytest.mark.parametrize(
    ("finding", "sentence", "other"),
    [
        ("kafka", "does not let prevenance-lumiere-worker in: see PREVENANCE_KAFKA_USER", "a wrong password"),
        ("kafka", "do not trust each other: see PREVENANCE_KAFKA_CA", "a stranger's authority"),
        ("kafka", "or, where Kafka asks for a certificate, PREVENANCE_KAFKA_CERT", "no certificate"),
        ("kafka", "give this process a user of those that `prevenance acl` prints", "no rights"),
        (
            "redis",
            "does not let this user in: see the user and the password in PREVENANCE_REDIS",
            "a wrong password",
        ),
        (
            "redis",
            "not trusted (self-signed certificate in certificate chain): see PREVENANCE_REDIS_CA",
            "a stranger's authority",
        ),
        ("redis", "give this process a user of those that `prevenance acl` prints", "no rights"),
    ],
)
async def test_who_is_not_let_in_is_told_why(
    secured: Secured, finding: str, sentence: str, other: str
) -> None:
    stranger = str(secured.stranger.ca)
    changed = {
        ("kafka", "a wrong password"): {"KAFKA_PASSWORD": "guessed"},
        ("kafka", "a stranger's authority"): {"KAFKA_CA": stranger},
        ("kafka", "no certificate"): {"KAFKA": secured.kafka.tls, "KAFKA_USER": "", "KAFKA_PASSWORD": ""},
        ("kafka", "no rights"): {"KAFKA_USER": "nobody"},
        ("redis", "a wrong password"): {"REDIS": f"rediss://nobody:guessed@{secured.tls}/0"},
        ("redis", "a stranger's authority"): {"REDIS_CA": stranger},
        ("redis", "no rights"): {"REDIS": f"rediss://nobody:{GRANTED}@{secured.tls}/0"},
    }[finding, other]
    findings = await check(secured.environ("worker", **changed))
    said = next(one for one in findings if one.name == finding)
    assert not said.ok
    assert sentence in said.said
    assert not any(secret in line.said for line in findings for secret in (GRANTED, "guessed"))


@pytest.mark.parametrize("process", [serve.gateway, serve.console, partial(serve.worker, agents=AGENTS)])
async def test_a_process_that_redis_refuses_says_so_and_does_not_start(
    secured: Secured, process: Callable[[Settings], Awaitable[int]]
) -> None:
    url = f"rediss://nobody:guessed@{secured.tls}/0"
    settings = settings_from(secured.environ("worker", REDIS=url, PEPPER="pepper", OPS_PORT="0"))
    with pytest.raises(SettingsError, match="Redis does not let this user in: see the user and the password"):
        await process(settings)


async def test_a_worker_whose_groups_are_closed_to_its_user_says_so_and_does_not_start(
    secured: Secured,
) -> None:
    gateways = {"KAFKA_USER": acl.user_of("lumiere", "gateway"), "PEPPER": PEPPER, "OPS_PORT": "0"}
    closed = r"The consumer group deliver is closed to this user: .* `prevenance acl` prints"
    with pytest.raises(topic_admin.TopicError, match=closed):
        await serve.worker(settings_from(secured.environ("worker", **gateways)), ["deliver"])


async def test_what_a_user_may_not_read_is_told_as_such(
    secured: Secured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a topic is read on the side, too: a command with another process's user asked for `check`, which
    finds all well."""
    monkeypatch.setattr(compacted, "WHOLE", 3.0)
    gateways = settings_from(secured.environ("gateway")).kafka
    reader = compacted.Compacted(gateways, topics.SILENCES, lambda _: None)
    told = r"silences could not be read in 3 s: .*uthoriz.*: give this process a user of those that"
    try:
        with pytest.raises(topic_admin.TopicError, match=told):
            await reader.start_whole()
    finally:
        await asyncio.to_thread(reader.stop)
    read = partial(list, stored_on_the_side(gateways, topics.SILENCES, {0: (0, 1)}))
    with pytest.raises(KafkaAway, match="give this process a user of those that `prevenance acl` prints"):
        await asyncio.to_thread(read)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (
            {"KAFKA_PASSWORD": "changed"},
            "does not let prevenance-lumiere-gateway in: see PREVENANCE_KAFKA_USER",
        ),
        ({"KAFKA_CA": "stranger"}, "do not trust each other: see PREVENANCE_KAFKA_CA"),
    ],
)
async def test_a_gateway_whose_password_or_authority_was_changed_says_so_where_it_is_asked(
    secured: Secured, changed: dict[str, str], sentence: str
) -> None:
    """To a process that runs, a Kafka that lets it in no more was one that does not answer."""
    told = {
        name: str(secured.stranger.ca) if value == "stranger" else value for name, value in changed.items()
    }
    producer = Producer(settings_from(secured.environ("gateway", **told)).kafka, client_id="test")

    async def said() -> bool:
        return sentence in (await producer.away() or "")

    try:
        await wait_until(said, 20, sentence)
    finally:
        await producer.close()


async def test_a_certificate_names_its_owner_where_no_password_does(secured: Secured) -> None:
    certificate, key = secured.authority.signed(acl.user_of("lumiere", "gateway"))
    shown = {"KAFKA_CERT": str(certificate), "KAFKA_KEY": str(key), "KAFKA_USER": "", "KAFKA_PASSWORD": ""}
    brokers = settings_from(secured.environ("gateway", KAFKA=secured.kafka.tls, **shown)).kafka
    assert topic_admin.shards_of(brokers) == 4
    producer = Producer(brokers, client_id="test")
    try:
        await producer.send([Message(topic=topics.CHECKINS, value=b"let in")])
        with pytest.raises(KafkaAway, match="Topic authorization failed: give this process a user of those"):
            await producer.send([Message(topic=topics.ALERTS, value=b"not a gateway's")])
    finally:
        await producer.close()


async def test_who_listens_to_a_redis_trusts_it_by_what_its_files_say_by_then(tmp_path: Path) -> None:
    """Its authority was replaced, and the file that names it: a console asked, and heard of no card again."""
    if shutil.which("redis-server") is None:
        pytest.skip("needs a Redis with TLS")
    (tmp_path / "next").mkdir()
    before, after = Authority(tmp_path), Authority(tmp_path / "next", "next")
    server, tls = secured_redis(before)
    told = {"PREVENANCE_REDIS": f"rediss://{tls}/0", "PREVENANCE_REDIS_CA": str(before.ca)}
    client = open_redis(settings_from(told).redis)

    async def heard() -> bool:
        try:
            async with client.pubsub() as listening:
                await listening.subscribe("channel")
                return await listening.get_message(timeout=5) is not None
        except RedisError:
            return False

    try:
        with server:
            assert await heard()
            for shown, new in zip(
                (tmp_path / "redis.pem", tmp_path / "redis.key"), after.signed("redis"), strict=True
            ):
                shown.write_bytes(new.read_bytes())
            server.restart()
            assert not await heard(), "nobody has told it of the new authority"
            before.ca.write_bytes(before.ca.read_bytes() + after.ca.read_bytes())
            await wait_until(heard, 10, "it listens again")
    finally:
        await client.aclose()


def test_an_operator_signs_in_by_plain_too_and_finds_every_topic_as_it_should_be(secured: Secured) -> None:
    plain = {"KAFKA_MECHANISM": "PLAIN", "KAFKA_USER": SUPER, "KAFKA_PASSWORD": PASSWORD}
    assert planned(settings_from(secured.environ("worker", **plain)).kafka, 4) == ([], [])


def test_an_operator_mends_a_topic_and_a_worker_may_not(secured: Secured) -> None:
    drift = Drift(topics.ALERTS, "retention.ms", "", "604800000")
    mend(settings_from(secured.environ("worker", KAFKA_USER=acl.OPERATOR)).kafka, [drift])
    with pytest.raises(
        topic_admin.TopicError, match=r"alerts could not be mended: .*`prevenance acl` prints"
    ):
        mend(settings_from(secured.environ("worker")).kafka, [drift])


def test_topics_that_a_user_may_not_see_are_not_said_to_be_missing(secured: Secured) -> None:
    with pytest.raises(topic_admin.TopicError, match=r"`prevenance acl` prints"):
        planned(settings_from(secured.environ("worker", KAFKA_USER="nobody")).kafka, 4)
