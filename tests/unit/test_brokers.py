"""What lets a process in: TLS before a password, files that are tried at the start, nothing shown."""

from pathlib import Path

import pytest
from confluent_kafka import KafkaError
from cryptography.hazmat.primitives import serialization
from faust.auth import SASLCredentials, SSLCredentials
from hypothesis import given
from hypothesis import strategies as st

from streams.brokers import Brokers, access_in, librdkafka, why
from streams.connect import open_redis
from streams.faust_app import make_app
from streams.settings import SettingsError, settings_from
from streams.transport import Feed
from tests.brokers.certificates import Authority

SIGNED_IN = {"PREVENANCE_KAFKA_USER": "worker", "PREVENANCE_KAFKA_PASSWORD": "hunter2"}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


def credentials(brokers: str) -> object:
    app = make_app("group", brokers=brokers, feed=Feed(tiers=[["clicks"]]))
    return app.conf.broker_credentials


def test_a_password_makes_tls_a_matter_of_course_for_every_client() -> None:
    brokers = Brokers("kafka:9093", access_in(SIGNED_IN))
    told = librdkafka(brokers)
    assert told["security.protocol"] == "SASL_SSL"
    assert told["sasl.mechanism"] == "SCRAM-SHA-512"
    assert told["sasl.password"] == "hunter2"
    faust = credentials(brokers)
    assert isinstance(faust, SASLCredentials)
    assert (faust.protocol.value, faust.mechanism.value) == ("SASL_SSL", "SCRAM-SHA-512")
    assert faust.ssl_context is not None
    assert faust.ssl_context.check_hostname


def test_nothing_is_asked_for_where_nothing_is_said() -> None:
    for brokers in ("kafka:9092", Brokers("kafka:9092", access_in({}))):
        told = librdkafka(brokers)
        assert (told["bootstrap.servers"], told["security.protocol"]) == ("kafka:9092", "PLAINTEXT")
        assert not [name for name in told if name.startswith(("sasl.", "ssl."))]
        assert credentials(brokers) is None


@given(st.sampled_from(["on", "off", "ssl", ""]), st.booleans(), st.booleans())
def test_no_password_ever_travels_in_the_clear_unasked(tls: str, user: bool, plain: bool) -> None:
    environ = SIGNED_IN if user else {}
    environ = {**environ, **({"PREVENANCE_KAFKA_TLS": tls} if tls else {})}
    environ |= {"PREVENANCE_KAFKA_MECHANISM": "PLAIN"} if plain else {}
    try:
        protocol = librdkafka(Brokers("kafka", access_in(environ)))["security.protocol"]
    except ValueError:
        return
    assert protocol != "SASL_PLAINTEXT"


def test_a_password_in_the_clear_is_asked_for_in_so_many_words() -> None:
    with pytest.raises(SettingsError, match="would travel in the clear: switch it on"):
        settings_from({**SIGNED_IN, "PREVENANCE_KAFKA_TLS": "off"})
    settings = settings_from({**SIGNED_IN, "PREVENANCE_KAFKA_TLS": "passwords-in-clear"})
    assert librdkafka(settings.kafka)["security.protocol"] == "SASL_PLAINTEXT"


def test_who_brings_a_certificate_needs_no_password(authority: Authority) -> None:
    certificate, key = authority.signed("worker")
    environ = {"CA": authority.ca, "CERT": certificate, "KEY": key}
    environ = {f"PREVENANCE_KAFKA_{name}": str(file) for name, file in environ.items()}
    brokers = settings_from(environ).kafka
    told = librdkafka(brokers)
    assert told["security.protocol"] == "SSL"
    assert (told["ssl.ca.location"], told["ssl.key.location"]) == (str(authority.ca), str(key))
    assert isinstance(credentials(brokers), SSLCredentials)


@pytest.mark.parametrize("code", [KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_PARTITION])
def test_of_a_topic_that_somebody_deleted_it_is_said_what_makes_it(code: int) -> None:
    """A worker that writes to it leaves with these words, again and again."""
    assert why(KafkaError(code)).endswith(": `prevenance topics` makes what is missing")


def test_the_password_is_shown_nowhere(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hunter2\n")
    environ = {
        "PREVENANCE_KAFKA_USER": "worker",
        "PREVENANCE_KAFKA_PASSWORD_FILE": str(tmp_path / "password"),
    }
    settings = settings_from(environ)
    assert librdkafka(settings.kafka)["sasl.password"] == "hunter2"
    shown = f"{settings!r} {settings.kafka!r} {settings.kafka} {settings.kafka.access!r}"
    assert "hunter2" not in f"{shown} {credentials(settings.kafka)!r}"


@pytest.mark.parametrize(
    ("environ", "why"),
    [
        ({"KAFKA_USER": "worker"}, "PREVENANCE_KAFKA_USER and PREVENANCE_KAFKA_PASSWORD go together"),
        ({"KAFKA_MECHANISM": "GSSAPI"}, "PREVENANCE_KAFKA_MECHANISM is 'GSSAPI'"),
        ({"KAFKA_TLS": "maybe"}, "PREVENANCE_KAFKA_TLS is 'maybe'"),
        ({"KAFKA_CA": "/nowhere"}, "PREVENANCE_KAFKA_CA: /nowhere can't be read"),
        ({"KAFKA_CA": "{pepper}"}, "PREVENANCE_KAFKA_CA: .*pepper holds no certificate in PEM"),
        ({"KAFKA_CA": "{ca}", "KAFKA_TLS": "off"}, "PREVENANCE_KAFKA_TLS is off, and a certificate is named"),
        ({"KAFKA_CERT": "{cert}"}, "PREVENANCE_KAFKA_CERT and PREVENANCE_KAFKA_KEY go together"),
        (
            {"KAFKA_CERT": "{ca}", "KAFKA_KEY": "{key}"},
            "PREVENANCE_KAFKA_CERT, .*are not of one another: the key is that of another certificate",
        ),
        ({"KAFKA_CERT": "{cert}", "KAFKA_KEY": "{locked}"}, "without a passphrase"),
        ({"REDIS": "redis://redis:6379", "REDIS_CA": "{ca}"}, "write PREVENANCE_REDIS as rediss://"),
        ({"REDIS": "rediss://redis:6379", "REDIS_CA": "{pepper}"}, "PREVENANCE_REDIS_CA: .*no certificate"),
    ],
)
def test_what_is_wrong_is_named_at_the_start(
    authority: Authority, tmp_path: Path, environ: dict[str, str], why: str
) -> None:
    certificate, key = authority.signed("worker")
    (tmp_path / "pepper").write_text("hunter2")
    (tmp_path / "locked").write_bytes(locked(key.read_bytes()))
    files = {"ca": authority.ca, "cert": certificate, "key": key}
    files |= {name: tmp_path / name for name in ("pepper", "locked")}
    with pytest.raises(SettingsError, match=why) as refused:
        settings_from({f"PREVENANCE_{name}": value.format_map(files) for name, value in environ.items()})
    assert "hunter2" not in str(refused.value)


def locked(key: bytes) -> bytes:
    """The same key under a passphrase."""
    return serialization.load_pem_private_key(key, None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"hunter2"),
    )


@pytest.mark.parametrize("scheme", ["rediss", "rediss-cluster"])
async def test_redis_trusts_whom_it_is_told_to(authority: Authority, scheme: str) -> None:
    certificate, key = authority.signed("worker")
    environ = {"REDIS": f"{scheme}://worker:hunter2@redis:6380/0", "REDIS_CA": str(authority.ca)}
    environ |= {"REDIS_CERT": str(certificate), "REDIS_KEY": str(key)}
    settings = settings_from({f"PREVENANCE_{name}": value for name, value in environ.items()})
    client = open_redis(settings.redis)
    told = (
        client.connection_kwargs if scheme == "rediss-cluster" else client.connection_pool.connection_kwargs
    )
    assert (told["ssl_ca_certs"], told["ssl_keyfile"]) == (str(authority.ca), str(key))
    assert (told["username"], told["password"]) == ("worker", "hunter2")
    await client.aclose()
