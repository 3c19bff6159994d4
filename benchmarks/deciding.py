"""What a decision costs the core alone, without Kafka and Redis: CPU time of rules, guards, models, choice.

Averaged over all events of a mixed day, of which most wake no rule; and one by one, for clients of whom
everything is known and who walk in, write or arrive.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import agents.deciding
from agents.decide import Decision
from agents.personalise import personalise
from agents.plan import Context, context, plan
from agents.registry import MODELS, WAKES
from benchmarks.figure import Figure, figure, percentile, say
from benchmarks.life import life
from benchmarks.mix import MAISON, PEPPER, Sent, event, mixed, now_iso
from benchmarks.sealing import Sealing
from feature_store.store import PartKey, View
from streams.garbage import collect_rarely
from streams.settings import load_maisons
from tests.builders import Raw

_core: Any = agents.deciding
CLIENTS, SLICE = 3_000, 500
LESSONS = 500


class Core:
    """Records in a dict, events in slices, and what every decision took, in seconds of CPU."""

    def __init__(self, ctx: Context, now: float) -> None:
        self.ctx, self.now, self.took = ctx, now, list[float]()
        self._records: dict[PartKey, bytes] = {}
        self._sealing = Sealing()

    def serve(self, sents: Iterable[Sent], slice: int = SLICE) -> None:
        """Applies events, and decides where a rule wakes."""
        raws = [Raw(n, sent.key, sent.value) for n, sent in enumerate(self._sealing.sealed(sents))]
        for first in range(0, len(raws), slice):
            planned = plan(raws[first : first + slice], self.now, WAKES.keys(), self.ctx, self._sealing.keys)
            assert not planned.dead, planned.dead[0].reason
            view = View(b"", {part: self._records.get(part) for part in planned.parts}, {})
            keys = {part: self._sealing.keys[part] for part in planned.keyed}
            with _Watched(self.took):
                done = personalise(planned.touches, (), view, {}, self.now, self.ctx, keys=keys)
            self._records |= done.parts


class _Watched:
    """Times whatever is decided meanwhile: rules, guards, models and the choice."""

    def __init__(self, took: list[float]) -> None:
        self._took = took
        self._decide: Callable[..., Decision] = _core.decide

    def __enter__(self) -> None:
        decide, took = self._decide, self._took

        def timed(*asked: Any) -> Decision:
            began = time.thread_time()
            try:
                return decide(*asked)
            finally:
                took.append(time.thread_time() - began)

        setattr(_core, "decide", timed)  # noqa: B010

    def __exit__(self, *_: object) -> None:
        setattr(_core, "decide", self._decide)  # noqa: B010


def run(quick: bool) -> Iterator[Figure]:
    """Microseconds of a decision, over all events of a day and of one of which much is known."""
    events, clients = (30_000, 100) if quick else (120_000, 400)
    now = time.time()
    ctx = context(load_maisons(Path("deploy/maisons")), PEPPER.encode(), taught())
    collect_rarely()
    say(f"{events:,} events of {CLIENTS:,} clients, half of them to begin with")
    day = [*mixed(2 * events, CLIENTS, now)]
    everybody = Core(ctx, now)
    everybody.serve(day[:events])
    everybody.took.clear()
    everybody.serve(day[events:])
    yield figure("decision.share", len(everybody.took) / events * 100, "% of events")
    yield figure("decision.of_all_events", sum(everybody.took) / events * 1e6, "us/event")
    yield figure("decision.of_a_day.p99", percentile(everybody.took, 0.99) * 1e6, "us")
    say(f"{clients:,} clients of whom everything is known")
    known = Core(ctx, now)
    for client in range(clients):
        known.serve(sent for _, sent in sorted(life(client, now), key=lambda told: told[0]))
    known.took.clear()
    for client in range(clients):
        known.serve(arrivals(client, now), slice=1)
    for share in (0.5, 0.95, 0.99):
        yield figure(f"decision.full.p{share * 100:.0f}", percentile(known.took, share) * 1e6, "us")


def taught() -> dict[tuple[str, str], object]:
    """Models that have learned something: what they say costs what it costs in a house that is not new."""
    random, known = Random(1), {}
    for model in MODELS:
        estimator = known[MAISON, model.name] = model.new()
        for _ in range(LESSONS):
            x = {name: random.random() for name in ("bias", "urgency", "visits", "purchases", "drafted")}
            model.learn(estimator, x, int(random.random() < 0.4))
    return known


def arrivals(client: int, now: float) -> Iterator[Sent]:
    """Somebody of whom everything is known is about to stand before a person of the house, or writes."""
    random = Random(f"{client} now")  # other ids than those of their life
    for site in ("vendome", "ginza"):
        yield event("store.checkin", client, now, random, site=site, method="nfc")
    stay = {"site": "riviera", "booking_id": f"booking-{client}-5"}
    yield event("hotel.arrival", client, now, random, **stay, eta=now_iso(now + 1500), by="taxi")
    yield event("hotel.checkin", client, now, random, **stay, room="214")
    talk = {"channel": "whatsapp", "conversation": "conv", "message": "m-now", "direction": "in"}
    yield event("chat.message", client, now, random, **talk, text="Is my watch back?", language="fr")
