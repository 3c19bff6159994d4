"""Users of Redis and of Kafka, one per maison and process, that can touch nothing of another maison. Pure.

Keys and channels of Redis begin with the maison, so Redis itself refuses the rest. Topics are shared by all
maisons of a line: in Kafka a user is held to what its process reads and writes.
"""

import shlex
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from feature_store import keys
from feature_store.inbox_keys import grown_channel
from streams import topics
from streams.worker import AGENTS

Role = Literal["gateway", "worker", "console"]
ROLES: tuple[Role, ...] = ("gateway", "worker", "console")

OPERATOR = "prevenance-operator"

_COMMANDS = (
    *("-@all", "+@read", "+@write", "+@connection", "+@scripting", "+@transaction", "+@pubsub"),
    *("-@dangerous", "-scan", "-randomkey", "-dbsize", "+info", "+time", "+cluster|slots"),
)
"""No process needs more; none may empty the store or change who may do what."""
_FINDS = "+scan"
"""By it a worker, which is of a line of one maison, begins the checkpoints of a shard, or fills it anew."""
_COUNTS = ("tally{*", "due{*}:marks")
"""What a process that serves people reads of lanes: how parts are spread, and which have a flaw."""
SAID_BY_PEOPLE = (topics.STANDING, topics.SILENCES)
"""What no worker says: who has left, and what is silenced, from the console or by a command."""

_OF_A_CLIENT = (*topics.INBOUND, topics.REPLAY, topics.ALERTS, topics.LEDGER, topics.AUDIT, topics.QUARANTINE)
"""What an export tells a client of."""
_READS: Mapping[Role, tuple[str, ...]] = {
    "gateway": (topics.KEYS, topics.QUARANTINE),
    "worker": tuple(topic.name for topic in topics.TOPICS),
    "console": (topics.KEYS, topics.SNAPSHOTS, *SAID_BY_PEOPLE, topics.DECISIONS, *_OF_A_CLIENT),
}
_WRITES: Mapping[Role, tuple[str, ...]] = {
    "gateway": (*topics.INBOUND, topics.QUARANTINE, topics.KEYS),
    "worker": tuple(topic.name for topic in topics.TOPICS if topic.name not in SAID_BY_PEOPLE),
    "console": (*topics.INBOUND, topics.KEYS, topics.AUDIT, *SAID_BY_PEOPLE),
}


def user_of(maison: str, role: Role) -> str:
    """
    >>> user_of("lumiere", "console")
    'prevenance-lumiere-console'
    """
    return f"prevenance-{maison}-{role}"


def redis_user(maison: str, role: Role, password: str) -> list[str]:
    """The commands that make the user of a process that serves this maison alone: who it is, what it may.

    The second alone gives a user that is there the rights of this version, under the password that it has.
    """
    name = user_of(maison, role)
    lanes = tuple(f"{lane}{{*" for lane in keys.LANES) if role == "worker" else _COUNTS
    patterns = (*keys.of_maison(maison), *lanes)
    rights = (
        *("resetkeys", *(f"~{pattern}" for pattern in patterns)),
        *("resetchannels", f"&{grown_channel(maison)}"),
        *(*_COMMANDS, *((_FINDS,) if role == "worker" else ())),
    )
    return [f"ACL SETUSER {name} resetpass on >{password}", f"ACL SETUSER {name} {' '.join(rights)}"]


def kafka_user(maison: str, role: Role, password: str, admin: str) -> list[str]:
    """The commands of Kafka's own tools that make the user of a process: it can do its work, nothing else.

    `admin`: their options that say where Kafka is and who makes the user.
    """
    said, allowed = _made(user_of(maison, role), password, admin)
    said += [f"{allowed} {does} {_each('--topic', names)}" for does, names in _topics(role)]
    if role == "worker":
        said += [f"{allowed} Read {_each('--group', AGENTS)}"]
    return [*said, f"{allowed} Read --group prevenance- --resource-pattern-type prefixed"]


def kafka_operator(password: str, admin: str) -> list[str]:
    """The commands that make the user of whoever runs `prevenance topics`, for all maisons of a line."""
    said, allowed = _made(OPERATOR, password, admin)
    names = _each("--topic", (topic.name for topic in topics.TOPICS))
    return [*said, f"{allowed} Create --operation AlterConfigs {names}"]


def _made(name: str, password: str, admin: str) -> tuple[list[str], str]:
    """Makes a user who may see every topic; and how a command begins that allows them more."""
    scram = shlex.quote(f"SCRAM-SHA-512=[password={password}]")
    allowed = f"kafka-acls.sh {admin} --add --allow-principal User:{name} --operation"
    said = [f"kafka-configs.sh {admin} --alter --entity-type users --entity-name {name} --add-config {scram}"]
    return [*said, f"{allowed} Describe --operation DescribeConfigs --topic '*'"], allowed


def _topics(role: Role) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return ("Read", _READS[role]), ("Write", _WRITES[role])


def _each(option: str, names: Iterable[str]) -> str:
    return " ".join(f"{option} {name}" for name in names)


def commands(maisons: Iterable[str], admin: str, password: Callable[[], str]) -> Iterable[str]:
    """All of it as a script with comments; every user has passwords of its own, shown here once."""
    yield "# Redis: on every server, replicas too, and then ACL SAVE or CONFIG REWRITE there: else a restart"
    yield "# or a failover knows none of these users."
    of_topics = password()
    yield f"# prevenance topics: PREVENANCE_KAFKA_USER={OPERATOR} PREVENANCE_KAFKA_PASSWORD={of_topics}"
    yield from kafka_operator(of_topics, admin)
    for maison in maisons:
        for role in ROLES:
            of_redis, of_kafka, name = password(), password(), user_of(maison, role)
            yield f"# {role} of {maison}: PREVENANCE_REDIS=rediss://{name}:{of_redis}@HOST:6379"
            yield f"#   PREVENANCE_KAFKA_USER={name} PREVENANCE_KAFKA_PASSWORD={of_kafka}"
            yield from (f"redis-cli {shlex.join(c.split())}" for c in redis_user(maison, role, of_redis))
            yield from kafka_user(maison, role, of_kafka, admin)
