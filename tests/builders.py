"""Events, a maison and a small line for tests that read as stories.

Every builder takes identifiers by name (`card="c1"`, `email=...`), an `at` in Unix seconds, and what its
event says. Ids of events are drawn from a counter unless given.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from agents.choice import Scored
from agents.effects import Effects
from agents.identify import Nodes, identify
from agents.model import Belief
from agents.moment import Moment, Proposal
from agents.personalise import personalise
from agents.phrase import Phrase
from agents.plan import Context, Plan, context, plan
from agents.registry import WAKES
from feature_store import record as records
from feature_store.feature import House, house_of
from feature_store.graph import Hold, Pair
from feature_store.memory_store import MemoryStore
from feature_store.store import NEVER, Fence, PartKey, Timer
from schemas.alerts import AlertChange, Answer, StatusChange
from schemas.codec import decode, encode
from schemas.maison import Maison, maison_from
from schemas.messages import Example, LinkChange, Outcome
from schemas.portable import Portable
from schemas.segments import SegmentChange
from schemas.silence import Silence
from schemas.traces import Traced
from schemas.who import RANK, key_of, oid_of
from streams import outbox
from streams.topics import partition_of

PEPPER = b"a pepper for tests"
SHARDS = 16
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC).timestamp()
MINUTE, HOUR = 60.0, 3600.0
FILE = Path(__file__).resolve().parents[1] / "deploy/maisons/lumiere.toml"
_TABLE = tomllib.loads(FILE.read_text())  # parsed once: it takes ten times as long as to convert it
REASON = Phrase("told us of a taste for it", "licences.interest")
"""Why an article is shown, where a test asks for none in particular."""
_ids = count(1)


def lumiere(**changes: Any) -> Maison:
    """The simulated house of `deploy/maisons`; `changes` replace top-level keys of its file."""
    return maison_from(_TABLE | changes, str(FILE))


LUMIERE = lumiere()
HOUSE = house_of(LUMIERE, PEPPER)


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def raw_event(type_: str, data: Mapping[str, Any], at: float = NOON, **envelope: Any) -> dict[str, Any]:
    """An event as sent."""
    given = {"id": f"e{next(_ids)}", "source": "/test", "specversion": "1.0", "maison": "lumiere"}
    return {**given, "time": iso(at), "type": type_, **envelope, "data": data}


def event(type_: str, at: float = NOON, *, envelope: Mapping[str, Any] | None = None, **data: Any) -> Any:
    """An event of the contract: identifiers among `data` become its `who`."""
    who = data.pop("who", None) or {k: data.pop(k) for k in (*RANK, "oid") if k in data and k != "line"}
    return decode(encode(raw_event(type_, {"who": who, **data}, at, **(envelope or {}))))


def checkin(at: float = NOON, site: str = "vendome", method: str = "nfc", **data: Any) -> Any:
    return event("store.checkin", at, site=site, method=method, **data)


def line(
    sku: str = "bag-aurore", amount: int = 345_000, currency: str = "EUR", **more: Any
) -> dict[str, Any]:
    return {"sku": sku, "quantity": 1, "amount": amount, "currency": currency, **more}


def purchase(at: float = NOON, order: str = "", channel: str = "store", **data: Any) -> Any:
    data.setdefault("lines", [line()])
    if "for_" in data:
        data["for"] = data.pop("for_")
    return event("store.purchase", at, order_id=order or f"o{next(_ids)}", channel=channel, **data)


def returned(at: float = NOON, order: str = "", channel: str = "store", **data: Any) -> Any:
    data.setdefault("lines", [line()])
    return event("store.return", at, order_id=order or f"o{next(_ids)}", channel=channel, **data)


def _web(type_: str, at: float, visit: str, data: dict[str, Any]) -> Any:
    who = data.pop("who", None) or {k: data.pop(k) for k in RANK if k in data} or {"session": visit}
    return event(type_, at, who=who, session=visit, **data)


def view(at: float = NOON, visit: str = "s1", **data: Any) -> Any:
    return _web("web.view", at, visit, data)


def cart(at: float = NOON, visit: str = "s1", sku: str = "bag-aurore", **data: Any) -> Any:
    return _web("web.cart", at, visit, {"sku": sku, **data})


def search(at: float = NOON, visit: str = "s1", **data: Any) -> Any:
    return _web("web.search", at, visit, data)


def booking(at: float = NOON, status: str = "booked", booking_id: str = "b1", **data: Any) -> Any:
    stay: dict[str, Any] = {
        "site": "riviera",
        "arrival": "2026-11-21",
        "departure": "2026-11-23",
        "adults": 2,
        "children": 0,
    }
    return event("hotel.booking", at, booking_id=booking_id, status=status, **(stay | data))


def arrival(at: float = NOON, eta: float = NOON + HOUR, booking_id: str = "b1", **data: Any) -> Any:
    data.setdefault("site", "riviera")
    return event("hotel.arrival", at, booking_id=booking_id, eta=iso(eta), **data)


def hotel(step: str, at: float = NOON, booking_id: str = "b1", **data: Any) -> Any:
    """`step`: checkin, checkout or service."""
    data.setdefault("site", "riviera")
    return event(f"hotel.{step}", at, booking_id=booking_id, **data)


def profile(at: float = NOON, fields: Mapping[str, Any] | None = None, **data: Any) -> Any:
    return event("client.profile", at, fields=fields if fields is not None else {"name": "Aline"}, **data)


def note(at: float = NOON, text: str = "Left-handed", by: str = "camille", **data: Any) -> Any:
    return event("client.note", at, text=text, by=by, **data)


def contacted(at: float = NOON, channel: str = "email", **data: Any) -> Any:
    return event("client.contacted", at, channel=channel, **data)


def appointment(
    at: float = NOON,
    status: str = "accepted",
    appointment: str = "a1",
    begins: float = NOON + 86_400,
    **data: Any,
) -> Any:
    """A visit to Place Vendôme; identifiers among `data` become its `who`."""
    said = {
        "who": {kind: data.pop(kind) for kind in RANK if kind in data},
        "kind": "visit",
        "site": "vendome",
    }
    said |= {"appointment": appointment, "status": status, "at": iso(begins)} | data
    return decode(encode(raw_event("client.appointment", said, at)))


def consent(at: float = NOON, purpose: str = "one_to_one", state: str = "all", **data: Any) -> Any:
    return event("client.consent", at, purpose=purpose, state=state, **data)


def referral(at: float = NOON, **data: Any) -> Any:
    return event("client.referral", at, **data)


def grant(at: float = NOON, grant: str = "g1", purpose: str = "personalisation", **data: Any) -> Any:
    """What another house tells of the client (`from`, or `to` for what this one tells), or `revoked`."""
    if "to" not in data:
        data["from"] = data.pop("house", "orfevre")
    if not data.get("revoked"):
        data = {"expires": iso(NOON + 90 * 86_400), "proof": "form 31", "facts": {"language": "fr"}} | data
    return event("client.grant", at, grant=grant, purpose=purpose, **data)


def licence(at: float = NOON, licence: str = "l1", purpose: str = "personalisation", **data: Any) -> Any:
    """A licence; what it holds by name (`interests=[...]`) unless `revoked`."""
    held = {f: data.pop(f) for f in Portable.__struct_fields__ if f in data}
    if held:
        data["data"] = {"version": 1, **held}
    return event("client.licence", at, licence=licence, purpose=purpose, **data)


def case(at: float = NOON, kind: str = "repair", status: str = "open", case: str = "k1", **data: Any) -> Any:
    return event("client.case", at, kind=kind, status=status, case=case, **data)


def emotion(
    at: float = NOON, signal: str = "worry", value: float = 0.8, by: str = "staff", **data: Any
) -> Any:
    return event("client.emotion", at, signal=signal, value=value, by=by, **data)


def relation(at: float = NOON, kind: str = "partner", **data: Any) -> Any:
    """`with_`: identifiers of the other."""
    if "with_" in data:
        data["with"] = data.pop("with_")
    return event("client.relation", at, kind=kind, **data)


def link(at: float = NOON, *, with_: Mapping[str, str], linked: bool = True, **data: Any) -> Any:
    kind = "client.link" if linked else "client.unlink"
    return event(kind, at, **{"with": dict(with_)}, evidence="said so", **data)


def chat(at: float = NOON, direction: str = "in", conversation: str = "conv1", **data: Any) -> Any:
    data.setdefault("channel", "whatsapp")
    return event(
        "chat.message", at, conversation=conversation, message=f"m{next(_ids)}", direction=direction, **data
    )


def feedback(alert: Any, verdict: str, at: float = NOON, staff: str = "camille", **data: Any) -> Any:
    """A verdict on an alert, as the console sends it."""
    who = {"oid": alert.client.id}
    return event("staff.feedback", at, who=who, alert=alert.id, staff=staff, verdict=verdict, **data)


def presence(at: float = NOON, staff: str = "camille", site: str = "vendome", status: str = "on") -> Any:
    data = {"staff": staff, "site": site, "status": status}
    return decode(encode(raw_event("staff.presence", data, at)))


def part_of(**identifier: str) -> PartKey:
    """The part of one identifier: `part_of(card="c1")`."""
    [(kind, value)] = identifier.items()
    return "lumiere", oid_of("lumiere", kind, value, PEPPER)


class Raw(msgspec.Struct, frozen=True):
    """A record of a topic, as a reader of Kafka gives it."""

    offset: int
    key: bytes | None
    value: bytes | None


def raw(event: Any, offset: int = 0, key: bytes | None = None) -> Raw:
    """An event as a record of its topic, with the key the gateway gives it."""
    if key is None:
        who = getattr(event.data, "who", None)
        oid = key_of(event.maison, who, PEPPER) if who else None
        key = (oid or oid_of(event.maison, "staff", event.data.staff, PEPPER)).encode()
    return Raw(offset, key, encode(event))


def record_of(*events: Any, house: House | None = None) -> Any:
    """A record after these events, in this order."""
    record = records.Record()
    for one in events:
        records.touch(record, one, one.time.timestamp(), house or HOUSE)
    return record


def moment(
    event: Any = None,
    *,
    client: Any = None,
    now: float = NOON,
    maison: Maison = LUMIERE,
    timer: Timer | None = None,
    part: str = "part-of-a-client",
    silences: Sequence[Silence] = (),
    arms: Mapping[str, str] | None = None,
    estimators: Mapping[tuple[str, str], Any] | None = None,
    anew: bool = False,
) -> Moment:
    """A moment; `client` is a record, by default the one that `event` alone makes."""
    if client is None:
        client = record_of(event) if event is not None else records.Record()
    at = event.time.timestamp() if event is not None else timer.due if timer else now
    id = f"{maison.id}|{event.id if event is not None else 'timer'}"
    house = HOUSE if maison is LUMIERE else house_of(maison, PEPPER)
    return Moment(
        id=id, maison=maison, part=part, event=event, timer=timer, client=client, at=at, now=now,
        silences=silences, arms=arms or {}, estimators=estimators or {},
        house=house, anew=anew, own=client,
    )  # fmt: skip


def proposal(**changes: Any) -> Proposal:
    """A welcome at Place Vendôme, with `changes`."""
    given: dict[str, Any] = {
        "action": "boutique_welcome", "ref": "vendome", "site": "vendome", "purpose": "service",
        "title": "A client has just come in", "why": ["Known to the house."], "urgency": 5,
        "valid_to": NOON + HOUR, "value": 1.0, "success": "They are greeted.",
    }  # fmt: skip
    return Proposal(**(given | changes))


def scored(p: float = 0.5) -> Callable[[Moment, Proposal], Scored]:
    """Models that believe the same of everything, and are sure of it."""
    return lambda moment, proposal: Scored(x={"acceptance": {"x": 1.0}}, acceptance=Belief(p))


class Line:
    """Plan, read, personalise, apply over a store in memory, with links and timers: no Kafka, no clock.

    `tell(*events)` serves each event as a slice of its own at its own time; `until(at)` serves what is
    due. What came out stands in `alerts`, `statuses`, `answers`, `examples`, `links`.
    """

    def __init__(
        self, maison: Maison = LUMIERE, estimators: Mapping[tuple[str, str], Any] | None = None
    ) -> None:
        self.ctx: Context = context({maison.id: maison}, PEPPER, estimators or {})
        self.store = MemoryStore(lambda key: partition_of(key, SHARDS))
        self.now = NOON
        self.alerts: list[tuple[str, AlertChange]] = []
        self.statuses: list[tuple[str, StatusChange]] = []
        self.answers: list[tuple[str, StatusChange]] = []
        self.taught: dict[str, list[Example | Outcome]] = {}
        self.oddities: list[str] = []
        self.broken: list[tuple[str, str]] = []
        self.links: list[LinkChange] = []
        self.nodes: Nodes = {}
        self.holds: dict[Pair, Hold] = {}
        self.vetoes: list[tuple[str, str]] = []
        self.traces: list[Traced] = []
        self.last = Effects()
        self.changes: list[SegmentChange] = []
        self._stated = count()

    async def tell(self, *events: Any, now: float | None = None) -> list[AlertChange]:
        """Serves events, each at its own time (or all at `now`); the alerts that they led to."""
        before = len(self.alerts)
        for one in events:
            self.now = max(self.now, one.time.timestamp()) if now is None else now
            await self.slice([one])
        return [change for _, change in self.alerts[before:]]

    async def slice(self, events: Iterable[Any], silent: bool = False) -> list[Plan]:
        """Serves events as one slice per shard."""
        shards: dict[int, list[Raw]] = {}
        for one in events:
            made = raw(one)
            shards.setdefault(partition_of(made.key or b"", SHARDS), []).append(made)
        return [await self._serve(shard, raws, silent) for shard, raws in shards.items()]

    async def _serve(self, shard: int, raws: list[Raw], silent: bool) -> Plan:
        planned = plan(raws, self.now, WAKES.keys(), self.ctx)
        seen = await self.store.read(shard, planned.parts, planned.waking)
        others = await self._others(seen.links, seen.parts)
        effects = personalise(planned.touches, (), seen, others, self.now, self.ctx, silent)
        await self._perform(shard, seen.raw, effects)
        return planned

    async def until(self, at: float, step: float = 10.0) -> None:
        """Time passes, timers are served when they are due."""
        while self.now < at:
            self.now = min(at, self.now + step)
            for shard in range(SHARDS):
                while await self._tick(shard):
                    pass

    async def _tick(self, shard: int) -> bool:
        due = (await self.store.read(shard, (), (), self.now)).due
        if not due:
            return False
        parts = list({(t.maison, t.oid): None for t in due})
        seen = await self.store.read(shard, parts, parts)
        others = await self._others(seen.links, seen.parts)
        await self._perform(shard, seen.raw, personalise((), due, seen, others, self.now, self.ctx))
        return True

    async def _others(
        self, links: Mapping[PartKey, tuple[str, ...]], held: Mapping[PartKey, bytes | None]
    ) -> Mapping[PartKey, bytes | None]:
        wanted = {(part[0], other) for part, others in links.items() for other in others} - held.keys()
        return await self.store.peek(list(wanted))

    async def _perform(self, shard: int, seen: bytes, effects: Effects) -> None:
        for inbox, change in effects.alerts:
            if isinstance(change, AlertChange):
                self.alerts.append((inbox, change))
            elif isinstance(change, StatusChange):
                (self.answers if isinstance(change.answer, Answer) else self.statuses).append((inbox, change))
        for (_, model), items in effects.examples.items():
            self.taught.setdefault(model, []).extend(items)
        self.vetoes += effects.vetoes.elements()
        self.traces += effects.traces
        self.last = effects
        self.oddities += effects.oddities.elements()
        self.broken += effects.broken
        old = msgspec.msgpack.decode(seen, type=Fence) if seen else Fence("log")
        assert await self.store.apply(shard, effects.write(seen, Fence("log", old.version + 1)))
        self.changes += effects.changes
        self.links += effects.links
        asked: list[Any] = []
        for stated in effects.links:
            linked = identify([(next(self._stated), stated)], self.nodes)
            await self.store.link(linked.links)
            told = outbox.asked_again(linked, self.now, bool(self.ctx.segments))
            asked += [decode(message.value or b"") for message in told]
            for pair, hold in linked.change.holds.items():
                self.holds.pop(pair, None)
                if hold is not None:
                    self.holds[pair] = hold

        for reviewed in effects.reviews:
            await self.slice([outbox.review(reviewed, self.now)])
        for review in asked:
            await self.slice([review])
        for surprise in effects.surprises:
            await self.slice([surprise])

    async def client(self, **identifier: str) -> Any:
        """The record of a client as all linked parts say."""
        part = part_of(**identifier)
        others = (await self.store.links([part]))[part]
        found = await self.store.peek([part, *((part[0], o) for o in others)])
        return records.merge([records.decode(value) for value in found.values()])

    async def facts(self, **identifier: str) -> dict[str, Any]:
        """The contract's facts of a client."""
        facts = records.slice_of(await self.client(**identifier), "facts")
        return msgspec.structs.asdict(facts)

    async def waiting(self) -> list[Timer]:
        """All timers that wait, over all shards."""
        found = [(await self.store.read(shard, (), (), NEVER - 1)).due for shard in range(SHARDS)]
        return [timer for due in found for timer in due]

    async def timers(self) -> int:
        """How many timers wait, over all shards."""
        return sum([await self.store.timers(shard) for shard in range(SHARDS)])

    @property
    def examples(self) -> list[Example | Outcome]:
        """What the model of acceptance is to learn."""
        return self.taught.get("acceptance", [])

    @property
    def outcomes(self) -> list[Outcome]:
        return [e for e in self.examples if isinstance(e, Outcome)]


def tags(events: Iterable[Any]) -> list[str]:
    """The types of events, as the contract names them."""
    return [str(type(e).__struct_config__.tag) for e in events]


async def cart_left() -> tuple[Line, Any]:
    """A line on which a client's advisor was just told of a cart, and the alert."""
    line, web = Line(), {"client_id": "k1", "session": "s1"}
    agreed = [consent(NOON - 50, p, "all", client_id="k1") for p in ("one_to_one", "profiling")]
    await line.tell(profile(NOON - 60, {"language": "fr", "advisor": "camille"}, **web), *agreed)
    await line.tell(cart(session="s1"))
    await line.until(NOON + HOUR, step=60)
    [alert] = [c.alert for _, c in line.alerts if c.alert.action == "abandoned_cart"]
    return line, alert
