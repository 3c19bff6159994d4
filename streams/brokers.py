"""Where Kafka is, and what lets a client in."""

from collections.abc import Mapping
from typing import Self

import msgspec
from confluent_kafka import KafkaError

from streams.secret import Secret, secret_in
from streams.tls import Tls, tls_in

MECHANISMS = ("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN")
IN_CLEAR = "passwords-in-clear"
OTHER_USER = "give this process a user of those that `prevenance acl` prints"
_DENIED = (
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
)
_GONE = (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION)
# Half of the first is waited before the first connection to a broker of which another has told, too.
_AGAIN = {"reconnect.backoff.ms": "50", "reconnect.backoff.max.ms": "1000"}


class User(msgspec.Struct, frozen=True, kw_only=True):
    """Who signs in by SASL, and how."""

    name: str
    password: Secret
    mechanism: str


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """tls: None for plain text. user: None where nobody signs in, or by a certificate alone."""

    tls: Tls | None = None
    user: User | None = None


class Brokers(str):
    """Bootstrap servers, comma separated, and what lets a client in; whoever shows it shows the servers."""

    __slots__ = ("access",)
    access: Access

    def __new__(cls, servers: str, access: Access) -> Self:
        made = super().__new__(cls, servers)
        made.access = access
        return made


def access_to(brokers: str) -> Access:
    """What lets a client in: nothing is needed where it was never said."""
    return brokers.access if isinstance(brokers, Brokers) else Access()


def librdkafka(brokers: str) -> dict[str, str]:
    """What every client of librdkafka is told of Kafka."""
    told, access = {"bootstrap.servers": str(brokers)}, access_to(brokers)
    if access.tls is not None:
        files = {"ca.location": access.tls.ca, "certificate.location": access.tls.cert}
        files |= {"key.location": access.tls.key}
        told |= {f"ssl.{name}": file for name, file in files.items() if file is not None}
    if access.user is not None:
        told |= {"sasl.mechanism": access.user.mechanism, "sasl.username": access.user.name}
        told["sasl.password"] = access.user.password.reveal()
    sasl, tls = "SASL_" if access.user else "", "SSL" if access.tls else "PLAINTEXT"
    return told | _AGAIN | {"security.protocol": sasl + tls}


def of_tls(error: KafkaError) -> bool:
    """Whether one of the two did not trust the other; Kafka's own refusal comes after the handshake."""
    return error.code() == KafkaError._SSL or "SSL alert" in error.str()


def refuses(error: KafkaError) -> bool:
    """Whether we are not let in: being away may end within seconds, this does not."""
    return error.code() == KafkaError._AUTHENTICATION or of_tls(error)


def why(error: KafkaError) -> str:
    """What Kafka said, without a full stop, and what to do where this user has no right to what was asked, or
    nobody has made it."""
    said = error.str().removesuffix(".")
    if error.code() in _GONE:
        return f"{said}: `prevenance topics` makes what is missing"
    return f"{said}: {OTHER_USER}" if error.code() in _DENIED else said


def not_in(brokers: str, error: KafkaError) -> str:
    """A sentence: why a client got no answer of Kafka, and what to do."""
    where, said = f"Kafka at {brokers}", error.str().removesuffix(".")
    user = access_to(brokers).user
    if error.code() == KafkaError._AUTHENTICATION and user is not None:
        return (
            f"{where} does not let {user.name} in: see PREVENANCE_KAFKA_USER, PREVENANCE_KAFKA_PASSWORD and "
            f"PREVENANCE_KAFKA_MECHANISM ({user.mechanism}). It said: {said}."
        )
    if of_tls(error):
        return (
            f"{where} and this process do not trust each other: see PREVENANCE_KAFKA_CA or, where Kafka asks "
            f"for a certificate, PREVENANCE_KAFKA_CERT and PREVENANCE_KAFKA_KEY. OpenSSL said: {said}."
        )
    return f"{where} did not answer: {said}. Start it, or set PREVENANCE_KAFKA to where it is."


def access_in(environ: Mapping[str, str]) -> Access:
    """What the environment says. TLS is on as soon as there is a user or a certificate; a password in the
    clear must be asked for in so many words. Raises `ValueError`.
    """
    tls, user = tls_in(environ, "PREVENANCE_KAFKA"), _user_in(environ)
    wanted = environ.get("PREVENANCE_KAFKA_TLS", "on" if tls or user else "off")
    if wanted not in ("on", "off", IN_CLEAR):
        raise ValueError(f"PREVENANCE_KAFKA_TLS is {wanted!r}: write on, off or {IN_CLEAR}")
    if wanted == "on":
        return Access(tls=tls or Tls(), user=user)
    if tls is not None:
        raise ValueError(
            f"PREVENANCE_KAFKA_TLS is {wanted}, and a certificate is named: leave one of the two"
        )
    if user is not None and wanted == "off":
        raise ValueError(
            "PREVENANCE_KAFKA_TLS is off, and PREVENANCE_KAFKA_PASSWORD would travel in the clear: switch it "
            f"on or, on a network where that is meant, write {IN_CLEAR}"
        )
    return Access(user=user)


def _user_in(environ: Mapping[str, str]) -> User | None:
    name, password = environ.get("PREVENANCE_KAFKA_USER"), secret_in(environ, "PREVENANCE_KAFKA_PASSWORD")
    mechanism = environ.get("PREVENANCE_KAFKA_MECHANISM", MECHANISMS[0])
    if mechanism not in MECHANISMS:
        raise ValueError(f"PREVENANCE_KAFKA_MECHANISM is {mechanism!r}: it must be {', '.join(MECHANISMS)}")
    if name is None and password is None:
        return None
    if name is None or password is None:
        raise ValueError(
            "PREVENANCE_KAFKA_USER and PREVENANCE_KAFKA_PASSWORD go together: set both, or neither"
        )
    return User(name=name, password=password, mechanism=mechanism)
