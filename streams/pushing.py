"""Messages to the push services of browsers (RFC 8030): one try each, told what became of it.

No service is waited for by anything that shows cards, and one that hangs keeps no other waiting.
"""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Literal, NamedTuple

import aiohttp

from feature_store.rings import TRIES, Call
from feature_store.telephones import Telephone
from streams.push_settings import Push
from streams.webpush import Unfit, message, service_of, subscriber, topic

log = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds a push service may take to answer."""
EACH = 32
"""Messages on their way to one push service."""
LOOKUPS = 2
"""Names that are looked up at once: uvloop has four threads for it, and Redis may be asked for anew."""
PAUSE = 2.0
"""Seconds until it is tried again; twice as many after each try."""
LONGEST = 300.0
"""So many at most, whatever a service asks for."""
DAY = 86_400.0
"""Seconds a service keeps a message, at most, for a telephone that it does not reach."""
GONE = frozenset({404, 410})
"""What a service answers of a browser that is subscribed no more."""
AGAIN = frozenset({408, 429})
UNKNOWN = "unknown"
"""A service that was known when the telephone was, and is no more."""

Outcome = Literal["taken", "later", "refused", "gone", "given_up"]


class Tried(NamedTuple):
    """What became of a message, and when to try it again, Unix seconds; None: no more."""

    outcome: Outcome
    again: float | None = None


class Pushing:
    """What is on its way, by push service."""

    def __init__(self, push: Push, http: aiohttp.ClientSession) -> None:
        self._push, self._http = push, http
        self._way: dict[str, set[asyncio.Task[None]]] = {}

    def service(self, endpoint: str) -> str:
        """Whose an endpoint is."""
        try:
            return service_of(endpoint, self._push.services)
        except Unfit:
            return UNKNOWN

    def room(self, service: str) -> int:
        """How many more may be on the way to a service."""
        return EACH - len(self._way.get(service, ()))

    def begin(self, service: str, sending: Coroutine[Any, Any, None]) -> None:
        """One is on its way to a service."""
        ours, task = self._way.setdefault(service, set()), asyncio.create_task(sending)

        def ended(task: asyncio.Task[None]) -> None:
            ours.discard(task)
            if not task.cancelled() and (error := task.exception()) is not None:
                log.error("a message to a telephone has failed: %s", type(error).__name__)

        ours.add(task)
        task.add_done_callback(ended)

    async def close(self) -> None:
        """Lets go of all: another process has it when its claim ends."""
        tasks = [task for tasks in self._way.values() for task in tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def send(self, call: Call, telephone: Telephone, house: str, tried: int, now: float) -> Tried:
        """One try: which house calls and until when, sealed for that browser; a later one replaces it."""
        status, asked = await self._post(call, telephone, house, now)
        return became(status, asked, tried, now, call.ends)

    async def _post(
        self, call: Call, telephone: Telephone, house: str, now: float
    ) -> tuple[int | None, float]:
        """The status, None where there was no answer, and after how many seconds it asks to come again."""
        said: dict[str, object] = {"house": house, "card": call.alert, "until": call.ends * 1000}
        if not call.loud:
            said["over"] = True
        headers = {
            **self._push.signer.headers(telephone.endpoint, now),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(max(1, int(min(call.ends, telephone.expires, now + DAY) - now))),
            "Topic": topic(call.alert),
            "Urgency": "high" if call.loud else "normal",
        }
        body = message(said, subscriber(telephone.p256dh, telephone.auth))
        try:
            posted = self._http.post(telephone.endpoint, data=body, headers=headers, allow_redirects=False)
            async with posted as answer:
                return answer.status, _seconds(answer.headers.get("Retry-After", ""))
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None, 0.0


class _Names(aiohttp.ThreadedResolver):
    def __init__(self) -> None:
        super().__init__()
        self._room = asyncio.Semaphore(LOOKUPS)

    async def resolve(self, *asked: Any, **how: Any) -> Any:
        async with self._room:
            return await super().resolve(*asked, **how)


@asynccontextmanager
async def pushing(push: Push) -> AsyncIterator[Pushing]:
    """With connections of its own, until the end of the block."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=ssl.create_default_context(), resolver=_Names()),
        timeout=aiohttp.ClientTimeout(total=PATIENCE),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=True,  # a proxy is often the only way out
    ) as http:
        made = Pushing(push, http)
        try:
            yield made
        finally:
            await made.close()


def became(status: int | None, asked: float, tried: int, now: float, ends: float) -> Tried:
    """What became of the `tried`-th try. asked: seconds after which the service would be asked again.

    >>> became(503, 0.0, 3, 1000.0, 2000.0)
    Tried(outcome='later', again=1008.0)
    """
    if status is not None and status < 300:
        return Tried("taken")
    if status in GONE:
        return Tried("gone")
    if status is not None and status < 500 and status not in AGAIN:
        return Tried("refused")
    again = now + min(LONGEST, max(asked, PAUSE * 2 ** (tried - 1)))
    return Tried("later", again) if tried < TRIES and again < ends else Tried("given_up")


def _seconds(said: str) -> float:
    """Of `Retry-After`; a date says little more than that it is later."""
    return float(said) if said.isascii() and said.isdigit() and len(said) < 9 else 0.0
