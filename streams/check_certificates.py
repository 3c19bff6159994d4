"""Will TLS hold? For how long the certificates are good that stand in our files, and that servers show."""

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from cryptography import x509

from streams.brokers import access_to
from streams.check_secrets import read_by_all
from streams.finding import Finding
from streams.tls import Tls, tls_in

SOON = 30 * 86_400.0
"""Seconds before its end at which a certificate is to be renewed."""
ANSWER = 3.0
"""Seconds within which a server shows its certificate."""


class _Good(NamedTuple):
    """What is good from when until when, in Unix seconds."""

    what: str
    begins: float
    ends: float


def files(environ: Mapping[str, str], now: float) -> Iterator[Finding]:
    """Of what was named, which could be read when the environment was."""
    named = [(f"PREVENANCE_{of}", tls_in(environ, f"PREVENANCE_{of}")) for of in ("KAFKA", "REDIS")]
    found = [one for prefix, tls in named if tls is not None for one in _read(prefix, tls)]
    wrong = [_wrong(one, now, "renew it, then start each process again") for one in found]
    for prefix, tls in named:
        if tls is not None and (why := read_by_all(tls.key)):
            wrong.append(f"{prefix}_KEY {why}")
    yield _finding("certificates", found, [*filter(None, wrong)], "none is named")


async def of_kafka(brokers: str, now: float) -> list[Finding]:
    """Of what servers show to whoever comes; nothing where none is there, or trusted: others say so."""
    tls = access_to(brokers).tls
    named = [server.strip().rpartition("/")[2] for server in brokers.split(",")]
    return await _shown("kafka tls", named, 9092, tls, now) if tls else []


async def of_redis(url: str, environ: Mapping[str, str], now: float) -> list[Finding]:
    """The same, of the server that the URL names."""
    said, tls = urlsplit(url), tls_in(environ, "PREVENANCE_REDIS") or Tls()
    named = said.netloc.rpartition("@")[2] or "localhost"
    return await _shown("redis tls", [named], 6379, tls, now) if said.scheme.startswith("rediss") else []


async def _shown(name: str, servers: list[str], port: int, tls: Tls, now: float) -> list[Finding]:
    answers = await asyncio.gather(*(_asked(server, port, tls) for server in servers))
    found = [_Good(f"that of {server}", *good) for server, good in zip(servers, answers, strict=True) if good]
    wrong = [_wrong(one, now, "have it renewed there") for one in found]
    return [_finding(name, found, [*filter(None, wrong)], "")] if found else []


def _read(prefix: str, tls: Tls) -> Iterator[_Good]:
    if tls.cert is not None:  # the first is ours, and those that follow lead from it to who is trusted
        ours = _in(tls.cert)
        begins, ends = max(one.begins for one in ours), min(one.ends for one in ours)
        yield _Good(f"{prefix}_CERT ({tls.cert})", begins, ends)
    if tls.ca is not None:  # one of them is enough: an old one stands beside the new
        known = _in(tls.ca)
        yield _Good(
            f"{prefix}_CA ({tls.ca})", min(one.begins for one in known), max(one.ends for one in known)
        )


def _in(path: str) -> list[_Good]:
    every = x509.load_pem_x509_certificates(Path(path).read_bytes())
    return [
        _Good(path, one.not_valid_before_utc.timestamp(), one.not_valid_after_utc.timestamp())
        for one in every
    ]


async def _asked(server: str, port: int, tls: Tls) -> tuple[float, float] | None:
    with suppress(OSError, ValueError):  # of a port that is none
        where = urlsplit(f"//{server}")
        async with asyncio.timeout(ANSWER):
            _, writer = await asyncio.open_connection(where.hostname, where.port or port, ssl=tls.context())
        shown = writer.get_extra_info("peercert")
        writer.transport.abort()
        return ssl.cert_time_to_seconds(shown["notBefore"]), ssl.cert_time_to_seconds(shown["notAfter"])
    return None


def _wrong(one: _Good, now: float, mend: str) -> str | None:
    if now < one.begins:
        return f"{one.what} is good from {_day(one.begins)} on, and here it is {_day(now)}: see the clocks"
    if now >= one.ends:
        return f"{one.what} has ended on {_day(one.ends)}: {mend}"
    return f"{one.what} ends on {_day(one.ends)}: {mend}" if one.ends - now < SOON else None


def _finding(name: str, found: list[_Good], wrong: list[str], nothing: str) -> Finding:
    if wrong:
        return Finding(name, False, "; ".join(wrong))
    first = min((one.ends for one in found), default=None)
    return Finding(name, True, nothing if first is None else f"the first ends on {_day(first)}")


def _day(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"
