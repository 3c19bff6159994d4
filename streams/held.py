"""Pairs of clients that wait for a person's word, over HTTP: what is held, and the word."""

from collections.abc import Collection, Iterable, Mapping
from itertools import islice

import msgspec
from aiohttp import web

from agents.circles import alias_of
from agents.judge import Question, evidence, judged, open_questions, questions
from feature_store.graph import JUDGED, Graph, Hold, Node, Pair, name_of, pair_of
from schemas.codec import encode
from schemas.maison import Maison
from streams.answers import body_of, error, guarded, reply
from streams.auth import Caller, Denied
from streams.clients import Clients, read_clients
from streams.shapes.held import HeldClient, HeldPair, HeldPairs, Settled, Word
from streams.verdicts import Publish

JUDGES = frozenset({"manager", "privacy"})
"""Roles that judge any pair of their maison; others judge those of clients assigned to them."""
ASSIGNED = frozenset({"advisor", "concierge"})
SHOWN, LOOKED_AT = 50, 500
"""Pairs of one answer, and those looked through for it."""


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """What the routes need."""

    clients: Clients
    graph: Graph
    publish: Publish


def held_routes(app: web.Application, deps: Identity) -> None:
    """Adds `GET /v1/identity/held` and `POST /v1/identity/held/{pair}`."""
    desk = _Desk(deps)
    app.router.add_get("/v1/identity/held", guarded(desk.held))
    app.router.add_post("/v1/identity/held/{pair:[A-Za-z0-9_-]{16}\\.[A-Za-z0-9_-]{16}}", guarded(desk.judge))


class _Desk:
    """The handlers, with what they need."""

    def __init__(self, deps: Identity) -> None:
        self._deps = deps

    async def held(self, request: web.Request) -> web.Response:
        caller = self._caller(request)
        every = questions(await self._deps.graph.held(caller.maison))
        found = await self._open(caller, every[:LOOKED_AT])
        shown = list(islice(found, SHOWN))
        whole = len(shown) == len(found) and len(every) <= LOOKED_AT
        return reply(HeldPairs(held=[self._shown(caller, *one) for one in shown], complete=whole))

    async def judge(self, request: web.Request) -> web.Response:
        caller = self._caller(request)
        said = msgspec.json.decode(await body_of(request), type=Word)
        pair = pair_of(request.match_info["pair"])
        now = self._deps.clients.now()
        clients, nodes = await self._parts(caller.maison, pair)
        if len(set(pair)) < 2 or not all(nodes[part].kind for part in pair):
            return error(404, "No such pair is held.")
        if not await self._judged_by(caller, pair):
            raise Denied(403, "Neither client is assigned to you.")
        hold = await self._hold(caller.maison, pair)
        one = clients[pair[0]] == clients[pair[1]]
        edge = nodes[pair[0]].edges.get(pair[1])
        again = edge is not None and edge.word == JUDGED
        if hold is None and not again and not (one and said.verdict == "different"):
            return error(404, "No such pair is held: somebody may have answered already.")
        event = judged(
            pair,
            said.verdict,
            maison=caller.maison,
            staff=caller.staff,
            reason=said.reason,
            compared=hold.levels if hold else "",
            now=now,
        )
        await self._deps.publish(encode(event))
        return reply(Settled(pair=name_of(pair), verdict=said.verdict))

    async def _hold(self, maison: str, pair: Pair) -> Hold | None:
        """Why a pair is held; of one that was judged by how it compares, how it compared then."""
        held = await self._deps.graph.held(maison)
        if hold := held.holds.get(pair):
            return hold
        if (levels := held.asked.get(pair)) is not None:
            return Hold(levels=levels)
        return Hold(levels=held.verdicts[pair][1]) if pair in held.verdicts else None

    async def _open(
        self, caller: Caller, asked: list[Question]
    ) -> list[tuple[Question, list[frozenset[str]]]]:
        """What this person may answer, with the parts of either client."""
        clients, nodes = await self._parts(caller.maison, {p for one in asked for p in one.pair})
        found = open_questions(asked, clients, nodes).values()
        theirs = await self._judged_by(caller, {part for question in found for part in question.pair})
        return [
            (question, [clients[part] for part in question.pair])
            for question in found
            if not theirs.isdisjoint(question.pair)
        ]

    async def _parts(
        self, maison: str, parts: Iterable[str]
    ) -> tuple[dict[str, frozenset[str]], Mapping[str, Node]]:
        """The clients of parts, and all their parts as stated."""
        links = await self._deps.clients.store.links([(maison, part) for part in parts])
        clients = {part: frozenset((part, *others)) for (_, part), others in links.items()}
        every = sorted({p for client in clients.values() for p in client})
        return clients, await self._deps.graph.nodes(maison, every)

    async def _judged_by(self, caller: Caller, parts: Collection[str]) -> set[str]:
        """Those of the parts whose pairs this person may judge."""
        if caller.role in JUDGES:
            return {*parts}
        deps = self._deps.clients
        theirs: set[str] = set()
        async for part, _, client in read_clients(deps.store, deps.opener, caller.maison, [*parts]):
            advisor = deps.moment(caller.maison, part, client).advisor
            if advisor is not None and advisor.id == caller.staff:
                theirs.add(part)
        return theirs

    def _shown(self, caller: Caller, question: Question, clients: list[frozenset[str]]) -> HeldPair:
        pepper = self._deps.clients.pepper
        return HeldPair(
            pair=name_of(question.pair),
            clients=[
                HeldClient(
                    id=part, alias=alias_of(caller, caller.maison, min(client), pepper), parts=len(client)
                )
                for part, client in zip(question.pair, clients, strict=True)
            ],
            shared=list(question.hold.shared),
            numbers=list(question.hold.numbers),
            fields=evidence(question.hold.levels),
            bits=round(question.bits, 1),
        )

    def _maison(self, caller: Caller) -> Maison:
        return self._deps.clients.maisons[caller.maison]

    def _caller(self, request: web.Request) -> Caller:
        caller = self._deps.clients.caller(request)
        if caller.role not in JUDGES | ASSIGNED:
            raise Denied(403, f"The role {caller.role} judges no pairs.")
        return caller
