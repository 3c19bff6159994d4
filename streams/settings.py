"""What a process is told: the environment, read once, checked at the start, secrets never shown."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlencode

import msgspec

from agents.choice import wrongly_judged
from agents.guard import wrongly_set
from agents.registry import ACTIONS, BY_MODEL, GUARDS
from agents.segments import segmentation_of
from schemas.maison import Maison, disagreeing, formed, refuse
from schemas.sealing import master_of
from schemas.wording import PlainError
from streams.brokers import Brokers, access_in
from streams.house_files import named_in, with_files
from streams.secret import Secret, entries_of, secret_in
from streams.tls import tls_in

EMBEDDED = "embedded"
PREFIX = "PREVENANCE_"
SESSION = (1.0, 1800.0)
"""What Kafka can be told of a session, in seconds (a broker's own limits, 6 to 1800 s, are stricter)."""
CHECKPOINT = (0.5, 86_400.0)
"""How often the records that changed may be published, in seconds."""
LONGEST_PEPPER = 64
"""Bytes of the pepper: BLAKE2b takes no longer key."""


class SettingsError(PlainError, ValueError):
    """A setting is missing or wrong; the text names it and says what to do."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings. Secrets are None where they were not given; who needs one asks `need`.

    kafka: bootstrap servers, or `embedded`. redis: a URL, or `embedded`; `redis-cluster://` for a cluster.
    port and ops_port: 0 lets the system choose. host: the address HTTP binds to. session_timeout: seconds
    of silence after which Kafka gives a worker's partitions to another. checkpoint_seconds: how old the
    checkpoint of a shard may become while the shard changes. otlp: base URL of the collector of spans, None:
    there are none. otlp_ratio: share of the requests without a trace of their own that begin one.
    push_contact: whom a push service may write to. push_services: more hosts of such services.
    """

    kafka: Brokers
    redis: str
    maisons: Path
    host: str
    port: int
    ops_port: int
    session_timeout: float
    checkpoint_seconds: float
    otlp: str | None
    otlp_ratio: float
    write_keys: Secret | None
    webhooks: Secret | None
    jwt_secret: Secret | None
    pepper: Secret | None
    master_key: Secret | None
    push_key: Secret | None = None
    push_contact: str = ""
    push_services: tuple[str, ...] = ()

    @property
    def master(self) -> bytes:
        """What every part's key is drawn from: the master key, or the pepper where none is set."""
        return master_of((self.master_key or self.need("pepper")).reveal().encode())

    def __repr__(self) -> str:
        return "Settings(***)"  # a URL of Redis may hold a password

    def need(self, name: str) -> Secret:
        """A secret that this process can't do without. Raises `SettingsError`."""
        secret: Secret | None = getattr(self, name)
        if secret is None:
            variable = PREFIX + name.upper()
            raise SettingsError(f"{variable} is not set: set it, or {variable}_FILE to a file that holds it")
        return secret


def settings_from(environ: Mapping[str, str]) -> Settings:
    """Reads the environment; an empty variable is one that is not set. Raises `SettingsError`."""
    try:
        return _settings({name: value for name, value in environ.items() if value})
    except ValueError as error:
        raise SettingsError(str(error)) from None


def _settings(environ: Mapping[str, str]) -> Settings:
    return Settings(
        kafka=Brokers(environ.get("PREVENANCE_KAFKA", EMBEDDED), access_in(environ)),
        redis=_redis(environ),
        maisons=Path(environ.get("PREVENANCE_MAISONS", "deploy/maisons")),
        host=environ.get("PREVENANCE_HOST", "127.0.0.1"),
        port=_port(environ, "PREVENANCE_PORT", 8080),
        ops_port=_port(environ, "PREVENANCE_OPS_PORT", 0),
        session_timeout=_seconds(environ, "PREVENANCE_SESSION_TIMEOUT", 10.0, SESSION),
        checkpoint_seconds=_seconds(environ, "PREVENANCE_CHECKPOINT_SECONDS", 60.0, CHECKPOINT),
        otlp=_collector(environ),
        otlp_ratio=_share(environ, "PREVENANCE_OTLP_RATIO"),
        write_keys=secret_in(environ, "PREVENANCE_WRITE_KEYS"),
        webhooks=secret_in(environ, "PREVENANCE_WEBHOOKS"),
        jwt_secret=secret_in(environ, "PREVENANCE_JWT_SECRET"),
        pepper=_pepper(environ),
        master_key=secret_in(environ, "PREVENANCE_MASTER_KEY"),
        push_key=secret_in(environ, "PREVENANCE_PUSH_KEY"),
        push_contact=environ.get("PREVENANCE_PUSH_CONTACT", ""),
        push_services=tuple(entries_of(environ.get("PREVENANCE_PUSH_SERVICES", ""))),
    )


def _redis(environ: Mapping[str, str]) -> str:
    """The URL, with the files of its TLS as redis-py reads them from it."""
    url, tls = secret_in(environ, "PREVENANCE_REDIS"), tls_in(environ, "PREVENANCE_REDIS")
    if tls is None:
        return url.reveal() if url else EMBEDDED
    if url is None or not url.reveal().startswith("rediss"):
        raise ValueError("PREVENANCE_REDIS_CA and _CERT go with TLS: write PREVENANCE_REDIS as rediss://...")
    files = {"ssl_ca_certs": tls.ca, "ssl_certfile": tls.cert, "ssl_keyfile": tls.key}
    query = urlencode({name: file for name, file in files.items() if file is not None})
    return f"{url.reveal()}{'&' if '?' in url.reveal() else '?'}{query}"


def _port(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, str(default))
    if not text.isdecimal() or int(text) > 65_535:
        raise SettingsError(f"{name} is {text!r}: it must be a port, 0 to 65535")
    return int(text)


def _seconds(environ: Mapping[str, str], name: str, default: float, bounds: tuple[float, float]) -> float:
    text = environ.get(name, f"{default:g}")
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not bounds[0] <= seconds <= bounds[1]:
        raise SettingsError(f"{name} is {text!r}: it must be {bounds[0]:g} to {bounds[1]:g} seconds")
    return seconds


def _collector(environ: Mapping[str, str]) -> str | None:
    url = environ.get("PREVENANCE_OTLP")
    if url is not None and not url.startswith(("http://", "https://")):
        raise SettingsError("PREVENANCE_OTLP must be the URL of a collector, such as http://localhost:4318")
    return url


def _share(environ: Mapping[str, str], name: str) -> float:
    text = environ.get(name, "0")
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        raise SettingsError(f"{name} is {text!r}: it must be a share, 0 to 1")
    return share


def _pepper(environ: Mapping[str, str]) -> Secret | None:
    pepper = secret_in(environ, "PREVENANCE_PEPPER")
    if pepper is not None and (size := len(pepper.reveal().encode())) > LONGEST_PEPPER:
        raise SettingsError(f"PREVENANCE_PEPPER has {size} bytes: give it {LONGEST_PEPPER} at most")
    return pepper


def load_maison(file: Path) -> Maison:
    """The house of a file, with the files beside it.

    Raises `SettingsError` with a line for all that is wrong: file, field, reason, and what to do.
    """
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{file} can't be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: {error}") from None
    named = named_in(table)
    own = {k: v for k, v in table.items() if k not in named}
    try:
        maison, wrong = with_files(formed(own, str(file)), named, file.parent)
        refuse(str(file), [*disagreeing(maison), *_not_ours(maison), *wrong])
    except ValueError as error:
        raise SettingsError(str(error)) from None
    return maison


def _not_ours(maison: Maison) -> Iterator[str]:
    """All that the file names of rules, guards, models and features, and there is not."""
    for segment in maison.segments:
        try:
            segmentation_of(msgspec.structs.replace(maison, segments=[segment]))
        except ValueError as error:
            yield str(error)
    yield from wrongly_set(maison.guards, GUARDS)
    yield from _unknown_actions(maison)
    for one in maison.experiments:
        for arm in one.arms:
            yield from (f"experiments.{one.name}: {wrong}" for wrong in wrongly_set(arm.guards, GUARDS))
    yield from wrongly_judged(maison, BY_MODEL)


def _unknown_actions(maison: Maison) -> Iterator[str]:
    """What is in shadow, or tried out, that no rule proposes."""
    named = {"shadow_actions": set(maison.shadow_actions)}
    named |= {f"experiments.{one.name}": {one.action} for one in maison.experiments}
    for where, actions in named.items():
        for unknown in sorted(actions - ACTIONS):
            yield f"{where}: {unknown!r} is none of {', '.join(sorted(ACTIONS))}"


def load_maisons(folder: Path) -> dict[str, Maison]:
    """Every maison file of a folder, by id. Raises `SettingsError` with a line for all that is wrong."""
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise SettingsError(f"PREVENANCE_MAISONS: no *.toml in {folder}: point it at your maison files")
    maisons: dict[str, Maison] = {}
    wrong: list[str] = []
    for file in files:
        try:
            maison = load_maison(file)
        except SettingsError as error:
            wrong.append(str(error))
            continue
        if maison.id in maisons:
            wrong.append(f"{file}: maison {maison.id!r} is defined twice: give each file an id of its own")
        maisons[maison.id] = maison
    if wrong:
        raise SettingsError("\n".join(wrong))
    return maisons
