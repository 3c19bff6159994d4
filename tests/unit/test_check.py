"""What `prevenance check` says of secrets and maison files."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import BrokerMetadata, ClusterMetadata, PartitionMetadata, TopicMetadata

from streams import topics
from streams.check import check
from streams.check_kafka import at_risk, copies
from streams.check_secrets import secrets
from streams.finding import Finding
from streams.settings import settings_from
from streams.webpush import new_key
from tests.collector import Collector

HOUSES = Path(__file__).parents[2] / "deploy/maisons"
PUSH_KEY = new_key()
LONG = "a secret of thirty-two bytes, and more"


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that everybody on the host may look into."""
    made = Path(tempfile.mkdtemp())
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def wrong(**changed: str) -> dict[str, str]:
    """What is not well with secrets, by name."""
    said = {
        "KAFKA": "kafka:9092",
        "PEPPER": "one of sixteen bytes, and more",
        "JWT_SECRET": LONG,
        "WRITE_KEYS": "lumiere:k9k9k9k9k9k9k9k9",
    }
    environ = {f"PREVENANCE_{name}": value for name, value in (said | changed).items() if value}
    return {one.name: one.said for one in secrets(settings_from(environ), environ) if not one.ok}


def test_secrets_that_are_secret_are_not_spoken_of() -> None:
    assert wrong() == wrong(MASTER_KEY="another one of sixteen bytes") == {}
    assert wrong(WEBHOOKS="lumiere:line:U1:k9k9k9k9k9k9k9k9") == {}
    assert wrong(PUSH_KEY=new_key(), PUSH_CONTACT="mailto:ops@house.example") == {}


@pytest.mark.parametrize(
    ("changed", "finding", "said"),
    [
        ({"PEPPER": ""}, "pepper", "set PREVENANCE_PEPPER, or PREVENANCE_PEPPER_FILE to a file"),
        ({"PEPPER": "short"}, "pepper", "must have 16 to 64 bytes"),
        ({"PEPPER": "any secret, the same for all"}, "pepper", "is an example that everybody knows"),
        ({"JWT_SECRET": "short"}, "jwt_secret", "is too short: 32 bytes at least"),
        ({"JWT_SECRET": "changeme" * 5}, "jwt_secret", "is an example that everybody knows"),
        ({"MASTER_KEY": "short"}, "master_key", "must have 16 bytes at least"),
        ({"MASTER_KEY": LONG}, "jwt_secret", "is the same as PREVENANCE_MASTER_KEY"),
        ({"WRITE_KEYS": "lumiere:demo"}, "write_keys", "has a key that is an example"),
        ({"WRITE_KEYS": "lumiere:b2f7"}, "write_keys", "has 1 key of fewer than 16 characters"),
        ({"WRITE_KEYS": ", "}, "write_keys", "holds no key"),
        ({"WEBHOOKS": "lumiere:telegram:1:s"}, "webhooks", "can't be read: entry 1: the channel is one of"),
        ({"WEBHOOKS": "lumiere:line:U1:changeme"}, "webhooks", "has a secret that is an example"),
        ({"WEBHOOKS": "lumiere:line:U1:b2f7"}, "webhooks", "has 1 secrets of fewer than 16 characters"),
        ({"WEBHOOKS": ", "}, "webhooks", "holds no account"),
        ({"PUSH_KEY": "demodemo", "PUSH_CONTACT": "mailto:a@b.example"}, "push_key", "is no key: draw one"),
        ({"PUSH_CONTACT": "mailto:a@b.example"}, "push_key", "set PREVENANCE_PUSH_KEY, or"),
        ({"PUSH_KEY": PUSH_KEY}, "push_key", "PREVENANCE_PUSH_CONTACT must be mailto: or https:"),
        ({"PUSH_KEY": PUSH_KEY, "PUSH_CONTACT": "ops"}, "push_key", "PREVENANCE_PUSH_CONTACT must be"),
        (
            {
                "PUSH_KEY": PUSH_KEY,
                "PUSH_CONTACT": "mailto:a@b.example",
                "PUSH_SERVICES": "https://p.example/",
            },
            "push_key",
            "PREVENANCE_PUSH_SERVICES: entry 1 is no host",
        ),
    ],
)
def test_a_secret_that_is_none_is_told_without_its_value(
    changed: dict[str, str], finding: str, said: str
) -> None:
    told = wrong(**changed)
    assert set(told) == {finding}
    assert said in told[finding]
    assert not any(len(value) > 5 and value in told[finding] for value in changed.values())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("PREVENANCE_PEPER", "PREVENANCE_PEPER is not read: write PREVENANCE_PEPPER, or take it away"),
        ("PREVENANCE_JWT_SECRET_FIEL", "write PREVENANCE_JWT_SECRET_FILE"),
        ("PREVENANCE_KAKFA", "write PREVENANCE_KAFKA"),
        ("PREVENANCE_PROT", "write PREVENANCE_PORT"),
        ("PREVENANCE_GATEWAY_PORT", "read from the environment"),  # as Kubernetes names a service
        ("PREVENANCE_DATA", "read from the environment"),
        ("PREVENANCE_KAFKA", "read from the environment"),
    ],
)
async def test_a_variable_that_is_misspelt_is_told(name: str, said: str) -> None:
    settings = (await check({name: "embedded"}))[0]
    assert settings.ok == (said == "read from the environment")
    assert said in settings.said


def test_a_secret_in_a_file_that_everybody_may_read_is_told_with_the_command_that_mends_it(
    folder: Path,
) -> None:
    file = folder / "jwt_secret"
    file.write_text(LONG)
    file.chmod(0o644)
    told = wrong(JWT_SECRET="", JWT_SECRET_FILE=str(file))
    assert f"`chmod o-r {file}`" in told["jwt_secret"]
    file.chmod(0o640)
    assert wrong(JWT_SECRET="", JWT_SECRET_FILE=str(file)) == {}
    file.chmod(0o644)
    folder.chmod(0o700)
    assert wrong(JWT_SECRET="", JWT_SECRET_FILE=str(file)) == {}, "others do not come that far"


def test_a_file_that_is_not_read_since_the_secret_stands_in_the_environment_is_not_asked_for() -> None:
    assert wrong(JWT_SECRET_FILE="/nowhere/at/all") == {}


@pytest.mark.parametrize(
    ("text", "other", "finding", "said"),
    [
        (
            "id = ",
            'colour = "gold"\nid = ',
            "maisons",
            "colour: there is no such field: take it away",
        ),
        ("members = [", "members = [] #", "teams", "lumiere: nobody is in "),
        ("sites = [", 'sites = ["riviera"] #', "staff", "lumiere: nobody works at "),
    ],
)
async def test_a_maison_file_that_is_wrong_is_told(
    tmp_path: Path, text: str, other: str, finding: str, said: str
) -> None:
    shutil.copytree(HOUSES, tmp_path / "maisons")
    file = tmp_path / "maisons/lumiere.toml"
    file.write_text(file.read_text().replace(text, other, 1 if finding == "maisons" else -1))
    found = await check({"PREVENANCE_MAISONS": str(file.parent)})
    told = {one.name: one.said for one in found if not one.ok}
    assert said in told[finding], told


@pytest.mark.parametrize(
    ("held", "least", "several", "said"),
    [
        (1, 1, 1, None), (3, 2, 3, None), (2, 1, 2, None), (5, 2, 3, None),
        (1, 2, 1, "nothing can be written"),
        (1, 1, 3, "a broker that is lost takes events with it"),
        (3, 3, 3, "nothing can be written while a broker is away"),
        (3, 1, 3, "what was acknowledged may be lost"),
    ],
)  # fmt: skip
def test_copies_that_are_too_few_or_all_needed_are_told(
    held: int, least: int, several: int, said: str | None
) -> None:
    told = at_risk(held, least, several)
    assert told is None if said is None else told is not None and told.endswith(said)


@pytest.mark.parametrize(
    ("in_step", "said"),
    [
        ([1, 2, 3], "of each topic as many as there are brokers, up to 3"),
        ([1, 2], "alerts: not every copy is in step: start the broker that is away"),
        ([1], "alerts: fewer copies in step than min.insync.replicas, so nothing can be written: start the"),
    ],
)
def test_copies_that_are_out_of_step_are_told(in_step: list[int], said: str) -> None:
    """Of three brokers two were away: every write was refused, as a time-out, and all was found well."""
    whole = PartitionMetadata()
    whole.replicas = whole.isrs = [1, 2, 3]
    lagging = PartitionMetadata()
    lagging.replicas, lagging.isrs = [1, 2, 3], in_step
    made = ClusterMetadata()
    made.brokers = dict.fromkeys(range(1, len(in_step) + 1), BrokerMetadata())
    for topic in topics.TOPICS:
        made.topics[topic.name] = TopicMetadata()
        made.topics[topic.name].partitions = {0: whole, 1: lagging if topic.name == topics.ALERTS else whole}
    found = copies(made, {topic.name: {"min.insync.replicas": "2"} for topic in topics.TOPICS})
    assert found.ok == (in_step == [1, 2, 3])
    assert found.said.startswith(said)


async def tracing(**said: str) -> Finding:
    environ = {"PREVENANCE_MAISONS": str(HOUSES)} | {
        f"PREVENANCE_{name}": value for name, value in said.items()
    }
    return next(one for one in await check(environ) if one.name == "tracing")


async def test_a_collector_is_asked_whether_it_takes_spans() -> None:
    with Collector() as collector:
        assert await tracing(OTLP=collector.url, OTLP_RATIO="0.01") == Finding(
            "tracing", True, f"{collector.url} takes spans; 0.01 of requests begin one"
        )
        assert collector.spans() == []
    assert (await tracing()).ok


async def test_a_collector_that_takes_none_is_told_without_its_password() -> None:
    with Collector() as collector:
        wrong = collector.url.replace("http://", "http://me:hunter2@") + "/v1/traces"
        told = await tracing(OTLP=wrong)
    assert not told.ok
    assert f"{collector.url}/v1/traces takes no spans: set PREVENANCE_OTLP to" in told.said


async def test_what_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "streams.otel", None)
    assert "install `prevenance[tracing]`" in (await tracing(OTLP="http://127.0.0.1:4318")).said


async def test_a_redis_whose_url_is_none_is_one_finding_beside_the_others() -> None:
    """Whoever set two things wrong reads of both."""
    found = await check(
        {
            "PREVENANCE_REDIS": "redis://:a#b@redis:6379",
            "PREVENANCE_MAISONS": str(HOUSES),
            "PREVENANCE_PEPPER": "x",
        }
    )
    assert {one.name for one in found if not one.ok} == {"pepper", "redis"}
    said = {one.name: one.said for one in found}["redis"]
    assert said.startswith("PREVENANCE_REDIS is no URL of a Redis: write redis://")
    assert "a#b" not in said
