"""Segments over HTTP, for their teams and for managers: how many clients each holds, and who they are."""

from aiohttp import web

from feature_store.store import Store
from schemas.maison import Maison
from schemas.segments import Segment
from schemas.times import iso
from streams.answers import error, guarded, reply
from streams.auth import Caller, Denied, Door
from streams.scales import Scales
from streams.shapes.segments import Member, Members, SegmentCount, Segments

MOST = 200
"""Members named in one answer."""


class Enrolment(Door, frozen=True, kw_only=True):
    """What the routes need."""

    store: Store
    scales: Scales
    shards: int


def segment_routes(app: web.Application, deps: Enrolment) -> None:
    """Adds `GET /v1/segments` and `GET /v1/segments/{id}`."""

    async def counts(request: web.Request) -> web.Response:
        mine = _theirs(caller := _caller(request, deps), deps.maisons[caller.maison])
        counted = await deps.scales.counts(caller.maison)
        rows = [
            SegmentCount(id=s.id, name=s.name, team=s.team, clients=counted.get(s.id, 0))
            for s in mine.values()
        ]
        return reply(Segments(segments=rows))

    async def members(request: web.Request) -> web.Response:
        caller = _caller(request, deps)
        segment = _theirs(caller, deps.maisons[caller.maison]).get(request.match_info["id"])
        if segment is None:
            return error(404, "No such segment for you.")
        found = await _members(segment, caller.maison, deps)
        return reply(Members(id=segment.id, members=found[:MOST], complete=len(found) <= MOST))

    app.router.add_get("/v1/segments", guarded(counts))
    app.router.add_get("/v1/segments/{id}", guarded(members))


def _caller(request: web.Request, deps: Enrolment) -> Caller:
    caller = deps.caller(request)
    if not caller.reads_alerts:
        raise Denied(403, "Your role sees no segments.")
    return caller


def _theirs(caller: Caller, maison: Maison) -> dict[str, Segment]:
    """The segments of the caller's teams; a manager's, all."""
    teams = {t.id for t in maison.teams if caller.staff in (t.id, *t.members)}
    return {s.id: s for s in maison.segments if caller.role == "manager" or s.team in teams}


async def _members(segment: Segment, maison: str, deps: Enrolment) -> list[Member]:
    found: list[Member] = []
    for shard in range(deps.shards):
        held = await deps.store.members(shard, maison, segment.id, MOST + 1)
        found += [Member(client=oid, since=iso(since)) for oid, since in held.items()]
        if len(found) > MOST:
            break
    return sorted(found, key=lambda member: (member.since, member.client), reverse=True)
