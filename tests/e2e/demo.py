"""A running `prevenance demo`, seen from outside only: HTTP, its lines on stdout and stderr."""

import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from typing import IO, Any, NamedTuple, Self

from tests.waiting import wait_blocking

ROOT = Path(__file__).resolve().parents[2]
COMMAND = Path(sys.executable).with_name("prevenance")
PATIENCE = 15.0
"""Seconds anything may take on a machine that does other things too."""

_READY = re.compile(r"ready in ([\d.]+) s: open http://([\d.]+):(\d+)")


class Heard(NamedTuple):
    """One event of a person's SSE stream."""

    kind: str
    alert: dict[str, Any]


class Demo:
    """The command as a child process; `told` are its JSON lines, `said` its sentences."""

    def __init__(self, *options: str, cwd: Path = ROOT, **environment: str) -> None:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("PREVENANCE_")}
        self.told: list[dict[str, Any]] = []
        self.said: list[str] = []
        self.port = 0
        self._host = ""
        self._process = subprocess.Popen(
            [str(COMMAND), "demo", *options],
            cwd=cwd,
            env={**clean, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._readers = [
            _reader(self._process.stdout, lambda line: self.told.append(json.loads(line))),
            _reader(self._process.stderr, self.said.append),
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def ready(self, deadline: float = 90.0) -> Self:
        """Waits for the sentence that says where the page is."""
        wait_blocking(lambda: self._where() or self._process.poll() is not None, deadline, "ready")
        where = self._where()
        assert where is not None, f"the demo ended instead: {self.said}"
        self._host, self.port = where[2], int(where[3])
        return self

    def _where(self) -> re.Match[str] | None:
        return next((found for line in self.said if (found := _READY.search(line))), None)

    @property
    def url(self) -> str:
        """Where its page is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def code(self) -> int | None:
        """Its exit code, None while it runs."""
        return self._process.poll()

    def ended(self, deadline: float) -> int:
        """Its exit code, once all it wrote is read."""
        code = self._process.wait(deadline)
        for reader in self._readers:
            reader.join(deadline)
        return code

    def lose_redis(self) -> None:
        """Kills the Redis that it started."""
        (redis,) = (int(stat.parent.name) for stat in Path("/proc").glob("[0-9]*/stat") if self._began(stat))
        os.kill(redis, signal.SIGKILL)

    def _began(self, stat: Path) -> bool:
        with suppress(OSError):  # any other process may end meanwhile
            return int(stat.read_text().rpartition(")")[2].split()[1]) == self._process.pid
        return False

    def stop(self) -> None:
        """As Ctrl-C does in a terminal: to all that it started as well. May be called twice."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGINT)
        try:
            self.ended(20.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self.ended(5.0)
            raise AssertionError(f"the demo did not stop when told to: {self.said}") from None

    # -- HTTP

    def call(
        self, method: str, path: str, body: Any = None, bearer: str | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON of one request."""
        headers = {"Content-Type": "application/json"}
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        with closing(HTTPConnection(self._host, self.port, timeout=PATIENCE)) as http:
            http.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = http.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else {}

    def post(self, *events: dict[str, Any], key: str = "demo") -> None:
        """Sends events one by one; each must be accepted."""
        for event in events:
            status, answer = self.call("POST", "/v1/events", event, key)
            assert 200 <= status < 300, (event["type"], status, answer)

    def people(self) -> dict[tuple[str, str], str]:
        """(maison, staff) -> token, of everybody."""
        _, answer = self.call("GET", "/v1/demo/people")
        return {(_claims(p["token"])["maison"], p["staff"]): p["token"] for p in answer["people"]}

    @cache  # noqa: B019  a token lasts longer than any test
    def token(self, staff: str, maison: str = "lumiere") -> str:
        """A demo token of somebody."""
        return self.people()[(maison, staff)]

    def lookup(
        self, who: Mapping[str, str], staff: str = "camille", maison: str = "lumiere"
    ) -> dict[str, Any] | None:
        """The client of an identifier as somebody may see it; None when there is none."""
        status, answer = self.call("POST", "/v1/clients/lookup", {"who": who}, self.token(staff, maison))
        assert status in (200, 404), answer
        return answer if status == 200 else None

    def alerts(self, staff: str, maison: str = "lumiere") -> list[dict[str, Any]]:
        """Somebody's open alerts."""
        status, answer = self.call("GET", "/v1/alerts", bearer=self.token(staff, maison))
        assert status == 200, answer
        found: list[dict[str, Any]] = answer["alerts"]
        return found

    def decide(self, staff: str, alert: str, verdict: str, **said: Any) -> tuple[int, dict[str, Any]]:
        """Gives a verdict as somebody."""
        return self.call("POST", f"/v1/alerts/{alert}/{verdict}", said or None, self.token(staff))

    @contextmanager
    def stream(self, staff: str, maison: str = "lumiere") -> Iterator[list[Heard]]:
        """What somebody hears on `GET /v1/alerts/stream` while the block runs."""
        heard: list[Heard] = []
        with closing(HTTPConnection(self._host, self.port)) as http:
            token = self.token(staff, maison)
            http.request("GET", "/v1/alerts/stream", headers={"Authorization": f"Bearer {token}"})
            answer = http.getresponse()
            assert answer.status == 200, answer.read()
            # The response closes the connection's socket with itself; this ends a read that waits.
            sock = answer.fp.raw._sock
            reader = threading.Thread(target=_listen, args=(answer, heard), daemon=True)
            reader.start()
            try:
                yield heard
            finally:
                sock.shutdown(socket.SHUT_RDWR)
                reader.join(PATIENCE)
                answer.close()

    # -- what it told

    def of(self, event: Mapping[str, Any], kind: str = "alert") -> list[dict[str, Any]]:
        """Alerts of a kind that an event led to."""
        return [t["alert"] for t in self.told if t["event"] == kind and t["alert"]["event"] == event["id"]]

    def alert_of(self, event: Mapping[str, Any], action: str = "") -> dict[str, Any]:
        """Waits for the alert that an event led to (of an action, where several may come)."""
        found = wait_blocking(
            lambda: [a for a in self.of(event) if action in ("", a["action"])],
            PATIENCE,
            f"an alert {action} of {event['type']}",
        )
        assert isinstance(found, list)
        alert: dict[str, Any] = found[0]
        return alert

    def last_of(self, alert: Mapping[str, Any], kind: str) -> dict[str, Any]:
        """Waits for an update or a retraction of an alert; the newest."""
        found = wait_blocking(
            lambda: [t["alert"] for t in self.told if (t["event"], t["alert"]["id"]) == (kind, alert["id"])],
            PATIENCE,
            f"{kind} of {alert['action']}",
        )
        assert isinstance(found, list)
        newest: dict[str, Any] = found[-1]
        return newest

    def until_taken(
        self,
        who: Mapping[str, str],
        holds: Callable[[dict[str, Any]], object],
        staff: str = "camille",
        maison: str = "lumiere",
    ) -> dict[str, Any]:
        """Waits until a client's record is as wanted, and returns it."""
        seen = wait_blocking(
            lambda: found if (found := self.lookup(who, staff, maison)) and holds(found) else None,
            PATIENCE,
            f"the record of {who}",
        )
        assert isinstance(seen, dict)
        return seen


def event(type_: str, who: Mapping[str, str] | None = None, ago: float = 0.0, **data: Any) -> dict[str, Any]:
    """A CloudEvent that happened `ago` seconds ago, with an id of its own; `for_` is `for`."""
    named = {name.rstrip("_"): value for name, value in data.items()}
    at = datetime.now(UTC) - timedelta(seconds=ago)
    return {
        "specversion": "1.0",
        "id": uuid.uuid4().hex,
        "source": "/tests",
        "type": type_,
        "time": at.isoformat(),
        "data": ({"who": dict(who)} if who is not None else {}) | named,
    }


def _claims(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims


def _reader(pipe: IO[str], take: Callable[[str], object]) -> threading.Thread:
    def read() -> None:
        with pipe:
            for line in pipe:
                take(line.rstrip("\n"))

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread


def _listen(answer: Any, heard: list[Heard]) -> None:
    kind = ""
    for raw in answer:
        name, _, value = raw.decode().rstrip("\n").partition(": ")
        if name == "event":
            kind = value
        elif name == "data":
            heard.append(Heard(kind, json.loads(value)))
