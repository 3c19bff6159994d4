"""Whoever asks whatever of any route is answered as `/openapi.json` says; schemathesis thinks of what to ask.

`make prove ARGS=tests/prove/test_strangers.py`, with other questions at each run; `make test` asks a few.
What it may not know from the document stands in `strangers.toml`.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest

from streams.auth import COOKIE, PROOF
from streams.webpush import new_key
from tests.brokers.kafka import Kafka
from tests.brokers.redis import Redis
from tests.e2e.demo import Demo
from tests.line import Line
from tests.outside import SECRET, WRITE_KEY, Outside, event
from tests.waiting import wait_until

CONFIG = Path(__file__).with_name("strangers.toml").read_text()
ROLES = {
    "advisor": "camille",
    "concierge": "louis",
    "manager": "helene",
    "team": "vendome-team",
    "platform": "noe",
    "privacy": "maud",
}
"""Somebody of each role."""
KEYS = {
    "a system": WRITE_KEY,
    "a page": "the-key-of-a-page",
    "a till": "the-key-of-a-till",
    "a hotel": "the-key-of-a-hotel",
}
"""A write key of each scope."""
SCOPES = ("server", "web", "pos", "pms")
FEW = ("--phases", "fuzzing", "--max-examples", "2", "--seed", "2026")
LONG = ("--max-examples", "100")
ONLY = "/v1/demo/people"
"""What a demo alone serves; `tests/unit/test_docs.py` says that there is no more."""
COOKIES = ("--exclude-checks", "ignored_auth")
"""A cookie opens what it opens, whatever else is shown beside it that opens nothing."""


class Strangers:
    """They ask a running line. `known`: names of real clients, alerts, pairs and keys, by what they are."""

    def __init__(self, line: Line, known: Mapping[str, list[str]], folder: Path) -> None:
        self._line = line
        self._config = config(known, folder)

    async def ask(self, where: str, shown: Mapping[str, str], *how: str) -> None:
        """Asks everything of a port."""
        others = len(await routes(self.url(where))) - 1  # than the document, which it reads
        await asked(self.url(where), self._config, shown, others, *how)

    def url(self, where: str) -> str:
        """Of the gateway, the console, or the port of a worker that is for machines, `ops`."""
        port = self._line["worker"].ops_port if where == "ops" else self._line[where].port
        return f"http://127.0.0.1:{port}"


def config(known: Mapping[str, list[str]], folder: Path) -> Path:
    """What they are told besides the document, written into `folder`."""
    words = [f"[dictionaries.{name}]\nvalues = {json.dumps(values)}" for name, values in known.items()]
    written = folder / "strangers.toml"
    written.write_text("\n".join([CONFIG, *words]))
    return written


async def routes(url: str) -> set[tuple[str, str]]:
    """The method and path of each that the document of a port tells of."""
    async with aiohttp.ClientSession() as session, session.get(f"{url}/openapi.json") as answer:
        paths = (await answer.json())["paths"]
    return {(method, path) for path, methods in paths.items() for method in methods}


async def asked(url: str, told: Path, shown: Mapping[str, str], count: int, *how: str) -> None:
    """Raises AssertionError with what was not answered as is written, or where not `count` were asked.

    `shown`: headers by which it is known who asks.
    """
    headers = [word for name, value in shown.items() for word in ("-H", f"{name}: {value}")]
    asking = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(told), "run", f"{url}/openapi.json"),
        *(*headers, *how),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=told.parent,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST")},
    )
    said, _ = await asking.communicate()
    assert asking.returncode == 0, said.decode()
    assert f"  Tested: {count}\n" in said.decode(), said.decode()


def bearer(shown: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {shown}"}


def by_cookie(role: str) -> dict[str, str]:
    """As the page does it."""
    return {"Cookie": f"{COOKIE}={token(role)}", PROOF: "1"}


def token(role: str) -> str:
    claims = {"sub": ROLES[role], "role": role, "maison": "lumiere", "sites": ["vendome", "ginza"]}
    return jwt.encode({**claims, "iat": time.time(), "exp": int(time.time()) + 7_200}, SECRET, "HS256")


@pytest.fixture
async def strangers(real_kafka: Kafka, tmp_path: Path) -> AsyncIterator[Strangers]:
    """Before a line with something to find in it."""
    real_kafka.wipe()
    keys = ",".join(f"lumiere:{key}:{scope}" for key, scope in zip(KEYS.values(), SCOPES, strict=True))
    told = {
        "PREVENANCE_WRITE_KEYS": keys,
        "PREVENANCE_PUSH_KEY": new_key(),
        "PREVENANCE_PUSH_CONTACT": "mailto:ops@house.example",
    }
    with Redis() as redis, Line(real_kafka.bootstrap, redis.url, tmp_path, environ_of=lambda _: told) as line:
        line.start("gateway", "worker", "console")
        async with line.outside() as outside:
            yield Strangers(line, await known(outside), tmp_path)


async def known(outside: Outside) -> dict[str, list[str]]:
    """Two of one family who share an address, and five who are at Place Vendôme."""
    family = {"aline": "1951-02-03", "zoe": "1985-07-09"}
    guests = [f"guest-{n}" for n in range(5)]
    await outside.post(
        [
            event(
                "client.profile",
                who={"client_id": name, "email": "moreau@example.com"},
                fields={"name": f"{name.title()} Moreau", "birth_date": born},
            )
            for name, born in family.items()
        ]
        + [event("client.profile", client_id=name, fields={"name": "Élodie Béranger"}) for name in guests]
    )
    await outside.post([event("store.checkin", client_id=n, site="vendome", method="nfc") for n in guests])

    async def there() -> tuple[list[Any], list[Any]] | None:
        alerts = await outside.alerts("helene")
        held = (await outside.ask("GET", "/v1/identity/held", "helene"))["held"]
        return (alerts, held) if held and len(alerts) >= len(guests) else None

    found: Any = await wait_until(there, 30.0, "alerts and a held pair", every=0.2)
    alerts, held = found
    return {
        "clients": [alert["client"]["id"] for alert in alerts],
        "alerts": [alert["id"] for alert in alerts],
        "pairs": [pair["pair"] for pair in held],
        "keys": [WRITE_KEY],
    }


async def test_a_few_questions_of_strangers_are_answered_as_is_written(strangers: Strangers) -> None:
    await strangers.ask("gateway", bearer(KEYS["a system"]), *FEW)
    await strangers.ask("gateway", bearer(KEYS["a page"]), *FEW)
    await strangers.ask("console", bearer(token("manager")), *FEW)
    await strangers.ask("console", by_cookie("advisor"), *FEW, *COOKIES)
    await strangers.ask("ops", {}, *FEW)


async def test_what_only_a_demo_serves_is_answered_as_is_written(tmp_path: Path) -> None:
    with Demo("--port", "0", "--no-traffic") as demo:
        url = (await asyncio.to_thread(demo.ready)).url
        assert ONLY in {path for _, path in await routes(url)}
        told = config({what: ["nobody"] for what in ("clients", "alerts", "pairs", "keys")}, tmp_path)
        await asked(url, told, {}, 1, "--include-path", ONLY, *LONG)


@pytest.mark.prove
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("who", [*KEYS, "nobody", *ROLES, "a manager's page"])
async def test_whatever_anybody_asks_is_answered_as_is_written(strangers: Strangers, who: str) -> None:
    if who in ROLES:
        await strangers.ask("console", bearer(token(who)), *LONG)
    elif who in KEYS:
        await strangers.ask("gateway", bearer(KEYS[who]), *LONG)
    elif who == "nobody":
        for where in ("gateway", "console", "ops"):
            await strangers.ask(where, {}, *LONG)
    else:
        await strangers.ask("console", by_cookie("manager"), *LONG, *COOKIES)
