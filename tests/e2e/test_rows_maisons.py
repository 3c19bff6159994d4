"""Two maisons of one line are told the very same of the very same identifiers, and nothing ever mixes."""

import fnmatch
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis

from feature_store import keys
from streams import topics
from streams.embedded import EmbeddedKafka
from tests.brokers.kafka import Kafka
from tests.e2e.demo import ROOT, Demo, event
from tests.e2e.houses import ALIKE
from tests.e2e.test_rows import VENDOME, ids
from tests.reading import stored
from tests.waiting import wait_blocking

WHO = {"client_id": "C-1", "card": "LUM-1", "email": "one@example.com", "phone": "+33612345678"}
MAISONS = {"lumiere": "demo", "orfevre": "other"}
MARK = {"lumiere": "Lumineuse", "orfevre": "Orfevrine"}
"""A name that one house alone was told."""
OID = re.compile(r"(?<=})[A-Za-z0-9_-]{16}")


@pytest.fixture(scope="module")
def log(kafka: Kafka | EmbeddedKafka) -> Kafka | EmbeddedKafka:
    if isinstance(kafka, Kafka):
        kafka.wipe()
    else:
        kafka.stop()
        kafka.start()
    return kafka


@pytest.fixture(scope="module")
def store(empty_redis: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(empty_redis) as client:
        yield client


@pytest.fixture(scope="module")
def demo(
    log: Kafka | EmbeddedKafka, empty_redis: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Demo]:
    """One line for both, on a Kafka and a Redis that a test can look into, after a day in both houses."""
    maisons = tmp_path_factory.mktemp("maisons")
    lumiere = (ROOT / "deploy/maisons/lumiere.toml").read_text()
    (maisons / "lumiere.toml").write_text('tells = ["orfevre"]\n' + lumiere)
    (maisons / "orfevre.toml").write_text('hears = ["lumiere"]\n' + ALIKE)
    with Demo(
        *("--port", "0", "--no-traffic", "--json"),
        PREVENANCE_KAFKA=log.bootstrap,
        PREVENANCE_REDIS=empty_redis,
        PREVENANCE_MAISONS=str(maisons),
        PREVENANCE_WRITE_KEYS=",".join(f"{maison}:{key}" for maison, key in MAISONS.items()),
    ) as running:
        running.ready()
        for maison, key in MAISONS.items():
            _a_day(running, maison, key)
        yield running


def _a_day(demo: Demo, maison: str, key: str) -> None:
    """The same identifiers, site and staff in each: a profile, a basket, a message, a visit, a verdict."""
    demo.post(event("staff.presence", staff="camille", site="vendome", status="on"), key=key)
    fields = {"name": MARK[maison], "language": "fr", "advisor": "camille"}
    demo.post(event("client.profile", WHO, fields=fields), key=key)
    wait_blocking(
        lambda: (demo.lookup({"card": "LUM-1"}, maison=maison) or {}).get("profile"), 15, "a profile"
    )
    demo.post(event("web.cart", {**WHO, "session": "s-1"}, session="s-1", sku="bag-aurore"), key=key)
    said = {"channel": "whatsapp", "conversation": "v-1", "message": "m-1", "direction": "in"}
    demo.post(event("chat.message", WHO, text=f"Bonjour de {MARK[maison]}", **said), key=key)
    came = event("store.checkin", WHO, **VENDOME)
    demo.post(came, key=key)
    alert = demo.alert_of(came)
    assert alert["maison"] == maison
    token = demo.token("camille", maison)
    assert demo.call("POST", f"/v1/alerts/{alert['id']}/claimed", {}, token)[0] == 200


def _owners(key: str) -> list[str]:
    return [m for m in MAISONS if any(fnmatch.fnmatchcase(key, p) for p in keys.of_maison(m))]


def _oids(store: Any) -> dict[str, set[str]]:
    """The opaque ids of each house: words are sealed, and by these one can still see whose a value is."""
    found: dict[str, set[str]] = {maison: set() for maison in MAISONS}
    for key in map(bytes.decode, store.scan_iter()):
        for maison in _owners(key):
            found[maison] |= {*OID.findall(key)}
    return found


def _held(store: Any, name: bytes) -> str:
    """All that lies under a key. A dump is compressed, and shows nothing."""
    read: dict[bytes, Callable[[], Any]] = {
        b"string": lambda: store.get(name),
        b"hash": lambda: store.hgetall(name),
        b"set": lambda: store.smembers(name),
        b"list": lambda: store.lrange(name, 0, -1),
        b"zset": lambda: store.zrange(name, 0, -1),
        b"stream": lambda: store.xrange(name),
    }
    return repr(read[store.type(name)]())


def test_every_key_of_redis_is_one_maisons_or_a_lanes(demo: Demo, store: Any) -> None:
    owned: dict[str, set[str]] = defaultdict(set)
    for name in store.scan_iter():
        key = name.decode()
        owners = _owners(key)
        lane = key.partition("{")[0] in keys.LANES
        assert len(owners) + lane == 1, f"{key} is of {owners or 'no maison'}"
        if owners:
            owned[owners[0]].add(key.removeprefix("{").removeprefix(owners[0]))
        elif store.type(name) == b"zset" and not key.endswith("}"):  # the maison first in every timer
            assert all(m.partition(b"|")[0].decode() in MAISONS for m in store.zrange(name, 0, -1)), key
    assert owned.keys() == MAISONS.keys()
    oids = _oids(store)
    assert all(oids.values())
    assert not oids["lumiere"] & oids["orfevre"], "one opaque id for two maisons"


def test_no_value_of_a_maison_lies_under_a_key_of_another(demo: Demo, store: Any) -> None:
    oids, named = _oids(store), set[str]()
    for name in store.scan_iter():
        held = _held(store, name)
        for maison in _owners(name.decode()):
            of = {one for one in MAISONS if any(oid in held for oid in oids[one])}
            assert of <= {maison}, name
            named |= of
    assert named == MAISONS.keys(), "what is looked at names nobody"


def test_no_kafka_key_is_shared_by_two_maisons(demo: Demo, store: Any, log: Kafka | EmbeddedKafka) -> None:
    oids = _oids(store)
    owners: dict[bytes, set[str]] = defaultdict(set)
    for topic in topics.TOPICS:
        for record in stored(log.bootstrap, topic.name):
            key, value = record.key() or b"", record.value() or b""
            try:
                maison = json.loads(value).get("maison") or json.loads(value)["alert"]["maison"]
            except (ValueError, KeyError, AttributeError, UnicodeDecodeError):
                maison = key.decode(errors="replace").partition("/")[0]
                if maison not in MAISONS:
                    continue
            owners[key].add(maison)
            other = next(m for m in MAISONS if m != maison)
            assert not [oid for oid in oids[other] if oid.encode() in value], topic.name
    assert {len(maisons) for maisons in owners.values()} == {1}, owners
    assert set().union(*owners.values()) == set(MAISONS)


def _readable(demo: Demo) -> list[str]:
    """Every route for people that is read and asks for nothing but a client, whatever is added to them."""
    _, document = demo.call("GET", "/openapi.json")
    reads = {path: told["get"] for path, told in document["paths"].items() if "get" in told}
    for_people = [path for path, told in reads.items() if "person" in str(told.get("security"))]
    return [p for p in for_people if p != "/v1/alerts/stream" and "{" not in p.replace("{oid}", "")]


def test_nobody_of_one_maison_reaches_a_client_or_an_alert_of_the_other(demo: Demo) -> None:
    for mine, other in (("lumiere", "orfevre"), ("orfevre", "lumiere")):
        token, theirs = demo.token("camille", mine), demo.lookup(WHO, maison=other)
        assert theirs is not None
        found = demo.lookup(WHO, maison=mine)
        assert found is not None
        assert MARK[other] not in json.dumps(found)
        assert not set(found["parts"]) & set(theirs["parts"])
        for path in _readable(demo):
            for oid in theirs["parts"]:
                status, answer = demo.call("GET", path.replace("{oid}", oid), bearer=token)
                assert "{oid}" not in path or status in (401, 403, 404), path
                assert MARK[other] not in json.dumps(answer), path
        for alert in ids(demo.alerts("camille", other)):
            for verdict in ("seen", "claimed", "done"):
                assert demo.call("POST", f"/v1/alerts/{alert}/{verdict}", {}, token)[0] == 404
        assert MARK[other] not in json.dumps(demo.alerts("camille", mine))
        with demo.stream("camille", mine) as heard:
            wait_blocking(lambda: heard, 15, "what is open is told")
            assert MARK[other] not in json.dumps([h.alert for h in heard])
            assert {h.alert["maison"] for h in heard} == {mine}


def test_a_write_key_speaks_for_its_own_maison_alone(demo: Demo) -> None:
    for mine, other in (("lumiere", "orfevre"), ("orfevre", "lumiere")):
        forged = event("store.checkin", WHO, **VENDOME) | {"maison": other}
        assert demo.call("POST", "/v1/events", forged, MAISONS[mine])[0] == 403


def test_what_a_client_grants_crosses_names_its_grant_on_the_card_and_goes_when_it_is_taken_back(
    demo: Demo,
) -> None:
    here, there = {"client_id": "L-granting"}, {"client_id": "O-granting"}
    demo.post(event("client.profile", there, fields={"name": "Aya"}), key="other")
    given = {"grant": "g1", "to": "orfevre", "with": there, "purpose": "personalisation"}
    told = {
        "facts": {"language": "fr", "sizes.ring": 52},
        "proof": "form 31",
        "expires": "2099-01-01T00:00:00Z",
    }

    def known() -> Any:
        return (demo.lookup(there, maison="orfevre") or {}).get("features", {}).get("grants")

    def card() -> dict[str, Any]:
        came = event("store.checkin", there, **VENDOME)
        demo.post(came, key="other")
        return demo.alert_of(came)

    demo.post(event("client.grant", here, **given, **told))
    wait_blocking(known, 15, "the grant is known in the other house")
    alert = card()
    assert alert["grants"] == ["lumiere/g1"]
    assert alert["language"] == "fr"
    seen = demo.lookup(here)
    assert seen is not None
    assert "O-granting" not in json.dumps(seen)
    demo.post(event("client.grant", here, **given, revoked=True))
    wait_blocking(lambda: not known(), 15, "it is taken back")
    gone = event("store.leave", there, **VENDOME)
    demo.post(gone, key="other")
    demo.last_of(alert, "retract")
    back = demo.lookup(there, maison="orfevre")
    assert back is not None
    assert not back["features"].get("grants")
    refused = event("client.grant", there, **{**given, "to": "lumiere", "with": here}, **told)
    assert demo.call("POST", "/v1/events", refused, "other")[0] == 403  # one way alone is open
