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

from tests.brokers.kafka import Kafka
from tests.brokers.redis import Redis
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
FEW = ("--phases", "fuzzing", "--max-examples", "2", "--seed", "2026")
LONG = ("--max-examples", "100")


class Strangers:
    """They ask a running line. `known`: names of real clients, alerts, pairs and keys, by what they are."""

    def __init__(self, line: Line, known: Mapping[str, list[str]], folder: Path) -> None:
        self._line = line
        self._config = folder / "strangers.toml"
        words = [f"[dictionaries.{name}]\nvalues = {json.dumps(values)}" for name, values in known.items()]
        self._config.write_text("\n".join([CONFIG, *words]))

    async def ask(self, where: str, bearer: str | None, *how: str) -> None:
        """Asks everything of a port; AssertionError with what was answered otherwise than is written."""
        url = f"{self.url(where)}/openapi.json"
        shown = ("-H", f"Authorization: Bearer {bearer}") if bearer else ()
        asking = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(self._config), "run", url),
            *(*shown, *how),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=self._config.parent,
            env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST")},
        )
        said, _ = await asking.communicate()
        assert asking.returncode == 0, said.decode()
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            paths = (await answer.json())["paths"]
        others = sum(len(methods) for methods in paths.values()) - 1  # than the document, which it read
        assert f"  Tested: {others}\n" in said.decode(), said.decode()

    def url(self, where: str) -> str:
        """Of the gateway, the console, or the port of a worker that is for machines, `ops`."""
        port = self._line["worker"].ops_port if where == "ops" else self._line[where].port
        return f"http://127.0.0.1:{port}"


def token(role: str) -> str:
    claims = {"sub": ROLES[role], "role": role, "maison": "lumiere", "sites": ["vendome", "ginza"]}
    return jwt.encode({**claims, "iat": time.time(), "exp": int(time.time()) + 7_200}, SECRET, "HS256")


@pytest.fixture
async def strangers(real_kafka: Kafka, tmp_path: Path) -> AsyncIterator[Strangers]:
    """Before a line with something to find in it."""
    real_kafka.wipe()
    with Redis() as redis, Line(real_kafka.bootstrap, redis.url, tmp_path) as line:
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
    await strangers.ask("gateway", WRITE_KEY, *FEW)
    await strangers.ask("console", token("manager"), *FEW)
    await strangers.ask("ops", None, *FEW)


@pytest.mark.prove
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("who", ["a system", "nobody", *ROLES])
async def test_whatever_anybody_asks_is_answered_as_is_written(strangers: Strangers, who: str) -> None:
    if who in ROLES:
        await strangers.ask("console", token(who), *LONG)
    elif who == "a system":
        await strangers.ask("gateway", WRITE_KEY, *LONG)
    else:
        await strangers.ask("gateway", None, *LONG)
        await strangers.ask("console", None, *LONG)
        await strangers.ask("ops", None, *LONG)
