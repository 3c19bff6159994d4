"""Why and why not: `GET /v1/clients/{oid}/why`, audited, at the reader's tier."""

import asyncio
from functools import partial

from aiohttp import web

from agents.circles import circle_of
from agents.registry import GUARDS
from agents.sides import may_tell
from agents.why import Told, changes, sentence
from schemas.maison import Maison
from schemas.tiers import row_of, tier_of
from schemas.times import iso
from schemas.traces import Candidate, Trace, Traced
from streams.answers import error, guarded, limit_of, reply
from streams.auditing import viewed
from streams.clients import UNKNOWN, Clients, read_client, served
from streams.decisions import Find, opened
from streams.shapes.decisions import Why, WhyCandidate, WhyDecision

MOST = 100
WITHHELD = "withheld"
"""What stands for the event that woke a decision of which the reader may know nothing: it tells why."""
BY_NAME = {guard.name: guard for guard in GUARDS}


def why_routes(app: web.Application, deps: Clients, find: Find) -> None:
    """Adds `GET /v1/clients/{oid}/why`."""

    async def why(request: web.Request) -> web.Response:
        caller, oid = deps.caller(request), request.match_info["oid"]
        limit = limit_of(request, 5, MOST)
        known = await read_client(deps.store, deps.opener, caller.maison, oid)
        if known is None:
            return error(404, UNKNOWN)
        parts, client = known
        moment, at = deps.moment(caller.maison, oid, client), request.query.get("at")
        maison = moment.maison
        if at and maison.site(at) is None:
            return error(400, "at: no site of this maison")
        serves = await served(caller, moment, deps.inboxes)
        circle = circle_of(caller, moment, serves)
        keyed = [(maison.id, part) for part in parts]
        found = await asyncio.to_thread(find, keyed, limit)
        traces = opened(found.decisions, await deps.opener.of(keyed))
        if circle == "platform":
            decisions, shown, withheld = [full(one, trace) for one, trace in traces], set[str](), set[str]()
        else:
            here = None if at is None else partial(may_tell, moment, site=at)
            told = [
                (one, trace, sentence(trace, circle, maison.tiers, BY_NAME, here)) for one, trace in traces
            ]
            decisions = [plain(*one) for one in told]
            shown = {fact for _, _, said in told for fact in said.shown}
            withheld = {fact for _, _, said in told for fact in said.withheld} - shown
        await deps.note(
            viewed(
                caller,
                moment.now,
                oid,
                parts,
                circle,
                "why",
                alerts=serves,
                facts={row_of(fact) for fact in shown},
                tiers=_tiers(shown, maison),
                masked={row_of(fact) for fact in withheld},
            )
        )
        return reply(Why(id=oid, maison=maison.id, decisions=decisions, complete=found.complete))

    app.router.add_get("/v1/clients/{oid:[A-Za-z0-9_-]{16}}/why", guarded(why))


def _tiers(facts: set[str], maison: Maison) -> list[int]:
    return sorted({tier_of(fact, maison.tiers) for fact in facts})


def plain(one: Traced, trace: Trace, said: Told) -> WhyDecision:
    """For staff: the sentence, and what became of each action that they may hear of."""
    return WhyDecision(
        id=one.id,
        at=iso(one.at),
        woke=trace.woke if said.candidates else WITHHELD,
        sentence=said.text,
        candidates=[
            WhyCandidate(action=c.action, outcome=c.outcome if c.guard is None else "held back")
            for c in said.candidates
        ],
    )


def full(one: Traced, trace: Trace) -> WhyDecision:
    """For the platform: everything that is a number or a name of ours, and no word of the client's."""
    return WhyDecision(
        id=one.id,
        at=iso(one.at),
        woke=trace.woke,
        sentence=None,
        arms=trace.arms,
        candidates=[_numbers(c, trace) for c in trace.candidates],
    )


def _numbers(one: Candidate, trace: Trace) -> WhyCandidate:
    return WhyCandidate(
        action=one.action,
        outcome=one.outcome if one.guard is None else "vetoed",
        guard=one.guard,
        guard_says=BY_NAME[one.guard].says if one.guard in BY_NAME else None,
        probability=one.probability,
        worth=one.worth,
        silence=one.silence,
        chance=one.chance,
        intimacy=one.intimacy,
        attention=one.attention,
        facts=sorted({fact for _, facts in one.why for fact in facts}),
        x=one.x,
        adds=one.adds,
        would_change=changes(one, trace),
    )
