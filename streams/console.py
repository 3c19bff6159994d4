"""What the handlers of the console need, and what all of them ask: who is it, and what may they read."""

from collections.abc import Sequence

from aiohttp import web

from agents.circles import alias_of
from agents.discretion import shown_to
from agents.drafts import speaks
from agents.verdict import in_time, lapsed
from agents.withdrawal import client_of, left_of
from feature_store.inbox import Inboxes
from feature_store.store import Store
from schemas.alerts import Alert
from schemas.silence import silenced
from streams.asking import both
from streams.auditing import Note
from streams.auth import Caller, Denied, Door
from streams.consents import Consents
from streams.kill_switch import KillSwitch
from streams.metrics import Metrics
from streams.outages import Outages
from streams.privately import Privately
from streams.readers import POLL
from streams.spans import Spans
from streams.staff import Doorkeeper
from streams.verdicts import Publish

HEARTBEAT = 10.0
"""Seconds of quiet after which a page is told that it still hears; it waits for 18, see `live.js`."""
MAX_BODY = 64 * 1024


class Console(Door, frozen=True, kw_only=True):
    """What the console needs. `heartbeat` and `poll` are in seconds.

    `demo` lets anybody sign in as anybody: never where clients are real.
    """

    inboxes: Inboxes
    store: Store
    consents: Consents
    switch: KillSwitch
    privately: Privately
    doorkeeper: Doorkeeper
    pepper: bytes
    publish: Publish
    note: Note
    metrics: Metrics
    outages: Outages
    demo: bool = False
    spans: Spans | None = None
    heartbeat: float = HEARTBEAT
    poll: float = POLL

    def reader(self, request: web.Request) -> Caller:
        """Who asks, where their role sees alerts. Raises `Denied`."""
        caller = self.caller(request)
        if not caller.reads_alerts:
            raise Denied(403, "Your role sees no alerts.")
        return caller

    async def left(self, alerts: Sequence[Alert]) -> list[Alert | None]:
        """Each as its client and the house allow it this instant; None where they do not."""
        withdrawn, silences = await both(
            self.consents.withdrawn({client_of(alert) for alert in alerts}),
            self.switch.now({alert.maison for alert in alerts}),
        )
        now = self.now()
        return [
            None
            if lapsed(alert, now) or silenced(silences[alert.maison], alert.site, alert.action, now)
            else left_of(alert, withdrawn[client_of(alert)])
            for alert in alerts
        ]

    def is_open(self, alert: Alert) -> bool:
        """Whether it may still be acted on, or somebody does."""
        return in_time(alert, self.now())

    def shown(self, caller: Caller, alert: Alert) -> Alert:
        """An alert, whose words are opened, as this caller may read it."""
        alias = alias_of(caller, caller.maison, alert.client.id, self.pepper)
        maison = self.maisons[caller.maison]
        person = maison.person(caller.staff)
        fluent = person is not None and alert.language is not None and speaks(person, alert.language)
        return shown_to(caller, alert, maison.tiers, alias, fluent)

    async def opened(self, caller: Caller, alert: Alert) -> Alert:
        """`shown`, of one that is still sealed. Raises `StoreAway`."""
        (opened,) = await self.privately.opened([alert])
        return self.shown(caller, opened)
