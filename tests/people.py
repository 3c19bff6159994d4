"""A console on a real store, with the topic `alerts` played by the test."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiohttp import web
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from agents.deliver import deliver, unpack
from agents.interruptions import afforded
from agents.withholding import withheld
from feature_store.denials import Denials
from feature_store.inbox import Inboxes
from feature_store.redis_inbox import RedisInboxes
from feature_store.redis_store import RedisStore
from feature_store.rings import Rings
from feature_store.silences import Silences
from feature_store.standings import Standings
from feature_store.telephones import Telephones
from schemas.alerts import InboxMessage, to_json
from schemas.audit import TelephoneAsked, Viewed
from schemas.codec import decode
from schemas.events.staff import StaffFeedback, StaffPresence
from schemas.silence import Silence
from schemas.standing import Standing
from streams.auth import token_for
from streams.consents import Consents
from streams.console import MAX_BODY, Console
from streams.console_routes import console_routes
from streams.keys import Opener
from streams.kill_switch import KillSwitch
from streams.metrics import Metrics
from streams.outages import Outages
from streams.privately import Privately
from streams.produce import KafkaAway
from streams.push_settings import Push
from streams.silencing import silence_routes
from streams.staff import Doorkeeper
from streams.telephones import Bells
from streams.trying import counting, experiment_routes
from tests.alerts import lumiere
from tests.builders import PEPPER, Raw
from tests.described import watched
from tests.fakes import FakeKeyring

SECRET = "a secret of thirty-two bytes, for tests"
LUMIERE = lumiere()


class House:
    """A running console: `say` puts messages on the topic, `events` are the verdicts it published.

    `standings`: what the topic `staff.standing` says.
    """

    denials: Denials
    switch: KillSwitch
    silences: Silences

    def __init__(self, inboxes: Inboxes) -> None:
        self.inboxes = inboxes
        self.events: list[StaffFeedback] = []
        self.presences: list[StaffPresence] = []
        self.standings: list[Standing] = []
        self.views: list[Viewed] = []
        self.telephones: list[TelephoneAsked] = []
        self.kafka_away = False
        self.metrics = Metrics(CollectorRegistry())
        self.url = ""
        self._offset = 0

    async def publish(self, event: bytes) -> None:
        if self.kafka_away:
            raise KafkaAway("away")
        told = decode(event)
        if isinstance(told, StaffPresence):
            self.presences.append(told)
            return
        assert isinstance(told, StaffFeedback)
        self.events.append(told)

    async def note(self, viewed: Viewed) -> None:
        if self.kafka_away:
            raise KafkaAway("away")
        self.views.append(viewed)

    async def note_telephone(self, asked: TelephoneAsked) -> None:
        if self.kafka_away:
            raise KafkaAway("away")
        self.telephones.append(asked)

    async def turn(self, silence: Silence) -> None:
        """As the kill switch does it: the topic has it, then Redis."""
        if self.kafka_away:
            raise KafkaAway("away")
        self.switch.take(silence)
        await self.silences.write(silence.maison, [silence])

    async def say(self, *messages: InboxMessage, inbox: str = "lumiere/vendome", late: bool = False) -> None:
        """As the worker does it: read, deliver, apply, again when refused.

        `late`: as one that looked at the switch before it was turned.
        """
        raws = []
        for message in messages:
            self._offset += 1
            raws.append(Raw(key=inbox.encode(), offset=self._offset, value=to_json(message)))
        slice = unpack(raws, {"lumiere": LUMIERE})
        while slice.inboxes:
            views = await self.inboxes.read(slice.wanted) | await self.inboxes.read_open(slice.left)
            decided = deliver(slice, views, {"lumiere": LUMIERE}, time.time(), "log-1")
            silences = {} if late else await self.switch.now(["lumiere"])
            heard, _ = withheld(decided, views, silences, time.time())
            left = afforded(heard, views, {"lumiere": LUMIERE}, silences, time.time())
            slice = slice.only(await self.inboxes.apply(left.writes, time.time()))

    def token(self, staff: str, lasts: float = 600) -> str:
        person = LUMIERE.person(staff)
        assert person is not None
        return token_for(person, LUMIERE, SECRET, time.time() + lasts, issued=time.time())

    def bearer(self, staff: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(staff)}"}


@asynccontextmanager
async def a_house(
    redis_url: str, demo: bool = True, push: Push | None = None, grace: float = 0.0, **deps: Any
) -> AsyncIterator[House]:
    """A console on a free port of 127.0.0.1, until the end of the block. push, grace: of its telephones."""
    async with Redis.from_url(redis_url) as client:
        house = House(RedisInboxes(client, ["lumiere"]))
        store, house.denials = RedisStore(client, lambda _: 0), Denials(client)
        house.silences = Silences(client)
        house.switch = KillSwitch("nowhere:1", client, {"lumiere": LUMIERE})
        outages = Outages()
        console = Console(
            inboxes=house.inboxes,
            store=store,
            consents=Consents(store, house.denials, {"lumiere": LUMIERE}, time.time),
            switch=house.switch,
            privately=Privately(Opener(FakeKeyring(), bytes(32))),
            maisons={"lumiere": LUMIERE},
            doorkeeper=Doorkeeper(
                Standings(client),
                lambda _: house.standings,
                {"lumiere": LUMIERE},
                time.monotonic,
                outages,
            ),
            secret=SECRET,
            pepper=PEPPER,
            publish=house.publish,
            note=house.note,
            metrics=house.metrics,
            outages=outages,
            now=time.time,
            demo=demo,
            **deps,
        )
        app = web.Application(client_max_size=MAX_BODY)
        bells = push and Bells(push, Telephones(client), Rings(client), house.note_telephone, grace)
        console_routes(app, console, bells)
        experiment_routes(app, counting(client), console)
        silence_routes(app, house.switch, house.turn, console)
        undescribed = watched(app)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        house.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield house
        finally:
            await runner.cleanup()
        assert not undescribed, undescribed


class Heard(msgspec.Struct):
    """One event of an SSE stream."""

    id: str
    event: str
    data: dict[str, Any]
