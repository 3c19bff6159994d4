"""What `prevenance check` says of certificates before they end, and nobody is let in any more."""

import asyncio
import re
import ssl
import time
from pathlib import Path

import pytest

from streams import check_certificates
from streams.brokers import Access, Brokers
from streams.tls import Tls
from tests.brokers.certificates import Authority

DAY = 86_400.0
KAFKA = "PREVENANCE_KAFKA_"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def environ(authority: Authority, **more: str) -> dict[str, str]:
    certificate, key = authority.signed("worker")
    key.chmod(0o600)
    own = {"CA": str(authority.ca), "CERT": str(certificate), "KEY": str(key)}
    return {f"{KAFKA}{name}": file for name, file in (own | more).items()}


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (0, r"^the first ends on \d{4}-\d\d-\d\d$"),
        (59, "^the first ends on"),
        (
            61,
            r"^PREVENANCE_KAFKA_CERT \(.*/worker.pem\) ends on .*: renew it, then start each process again; ",
        ),
        (
            91,
            r"^PREVENANCE_KAFKA_CERT \(.*/worker.pem\) has ended on .*; PREVENANCE_KAFKA_CA \(.*\) has ended",
        ),
        (-2, r"is good from .* on, and here it is .*: see the clocks"),
    ],
)
def test_one_that_ends_within_thirty_days_is_told_while_it_still_opens(
    authority: Authority, after: float, said: str
) -> None:
    [finding] = check_certificates.files(environ(authority), time.time() + after * DAY)
    assert (finding.name, finding.ok) == ("certificates", 0 <= after < 60)
    assert re.search(said, finding.said), finding.said


def test_an_authority_that_ends_is_well_beside_the_one_that_follows_it(
    authority: Authority, tmp_path: Path
) -> None:
    both = tmp_path / "both.pem"
    both.write_bytes(Authority(tmp_path, "old", days=3).ca.read_bytes() + authority.ca.read_bytes())
    [finding] = check_certificates.files({f"{KAFKA}CA": str(both)}, time.time())
    assert finding.ok, finding.said


def test_a_chain_is_as_good_as_the_first_of_it_that_ends(authority: Authority, tmp_path: Path) -> None:
    given = environ(authority)
    with Path(given[f"{KAFKA}CERT"]).open("ab") as chain:
        chain.write(Authority(tmp_path, "between", days=3).ca.read_bytes())
    [finding] = check_certificates.files(given, time.time())
    assert "worker.pem) ends on" in finding.said


def test_a_key_that_everybody_may_read_is_told(authority: Authority) -> None:
    given = environ(authority)
    path = Path(given[f"{KAFKA}KEY"])
    path.chmod(0o644)
    for folder in path.parents[: len(path.parents) - 2]:
        folder.chmod(0o755)
    [finding] = check_certificates.files(given, time.time())
    assert f"PREVENANCE_KAFKA_KEY stands in {path}, which everybody on this host may read" in finding.said


def test_nothing_is_said_of_files_where_none_is_named() -> None:
    assert [finding.line() for finding in check_certificates.files({}, time.time())] == [
        "ok      certificates none is named"
    ]


@pytest.mark.parametrize("after", [0, 61])
async def test_what_a_server_shows_is_looked_at_too(authority: Authority, after: float) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*authority.signed("server"))
    server = await asyncio.start_server(
        lambda _, writer: writer.transport.abort(), "127.0.0.1", 0, ssl=context
    )
    port = server.sockets[0].getsockname()[1]
    now, tls = time.time() + after * DAY, Tls(ca=str(authority.ca))
    kafka = Brokers(f"127.0.0.1:{port}, 127.0.0.1:1,nowhere:port", Access(tls=tls))
    redis = {"PREVENANCE_REDIS_CA": str(authority.ca)}
    async with server:
        found = [
            *await check_certificates.of_kafka(kafka, now),
            *await check_certificates.of_redis(f"rediss://user:word@127.0.0.1:{port}/0", redis, now),
        ]
    assert [(one.name, one.ok) for one in found] == [("kafka tls", not after), ("redis tls", not after)]
    said = f"that of 127.0.0.1:{port} ends on " if after else "the first ends on "
    assert all(one.said.startswith(said) for one in found)


async def test_of_servers_without_tls_that_are_away_or_not_trusted_others_say_so(
    authority: Authority,
) -> None:
    away = Brokers("127.0.0.1:1", Access(tls=Tls(ca=str(authority.ca))))
    assert await check_certificates.of_kafka(away, time.time()) == []
    assert await check_certificates.of_kafka(Brokers("127.0.0.1:1", Access()), time.time()) == []
    assert await check_certificates.of_redis("redis://127.0.0.1:1", {}, time.time()) == []
