"""The open alerts of a person, and what they decide on them."""

from aiohttp import web

from agents.circles import circle_for
from agents.discretion import told_by
from agents.ringing import matters
from agents.verdict import Decided
from agents.withdrawal import bare
from schemas.alerts import Alert
from schemas.tiers import row_of, tier_of
from streams.answers import guarded, reply
from streams.auditing import viewed
from streams.auth import Caller, inboxes_of, may_see
from streams.console import Console
from streams.shapes.alerts import Alerts
from streams.telephones import Bells
from streams.verdicts import decide


def card_routes(app: web.Application, console: Console, bells: Bells | None) -> None:
    """Adds what is open, and verdicts."""
    cards = _Cards(console, bells)
    app.router.add_get("/v1/alerts", guarded(cards.alerts))
    app.router.add_post("/v1/alerts/{id}/{verdict}", guarded(cards.decide))


class _Cards:
    """The handlers, with what they need."""

    def __init__(self, console: Console, bells: Bells | None) -> None:
        self._console, self._bells = console, bells

    async def alerts(self, request: web.Request) -> web.Response:
        console = self._console
        caller = console.reader(request)
        maison = console.maisons[caller.maison]
        views = await console.inboxes.read_open(inboxes_of(caller, maison))
        mine = [
            held.entry
            for view in views.values()
            for held in view.held.values()
            if may_see(caller, maison, held.entry.alert.for_) and console.is_open(held.entry.alert)
        ]
        held = await console.left([entry.alert for entry in mine if not entry.withheld])
        alerts = [left for left in held if left is not None]
        alerts.sort(key=lambda a: (-a.urgency, a.due or a.valid_to, a.id))
        opened = await console.privately.opened(alerts)
        waiting = sum(entry.waits for entry in mine)
        return reply(Alerts(alerts=[console.shown(caller, alert) for alert in opened], waiting=waiting))

    async def decide(self, request: web.Request) -> web.Response:
        console = self._console
        caller = console.reader(request)
        answer = await decide(
            request,
            caller,
            console.maisons[caller.maison],
            console.inboxes,
            console.publish,
            self._answer,
            console.privately.closed,
            console.now,
            console.spans,
        )
        if answer.status == 200:
            console.metrics.verdicts_total.labels(caller.maison, request.match_info["verdict"]).inc()
        return answer

    async def _answer(self, caller: Caller, alert: Alert, given: Decided) -> Alert:
        """An alert as this caller may read it; that they saw it is in the audit first."""
        console = self._console
        (left,) = await console.left([alert])
        alert = bare(alert) if left is None else left
        if given == "seen":
            raised = console.maisons[caller.maison].tiers
            told, withheld = told_by(caller, alert, raised)
            await console.note(
                viewed(
                    caller,
                    console.now(),
                    alert.client.id,
                    [alert.client.id],
                    circle_for(caller, alert),
                    "alert",
                    alerts=[alert],
                    facts={row_of(fact) for fact in told},
                    tiers={tier_of(fact, raised) for fact in told},
                    masked={row_of(fact) for fact in withheld},
                )
            )
            if self._bells is not None and matters(alert):
                await self._bells.saw(caller.staff, alert, console.now())
        return await console.opened(caller, alert)
