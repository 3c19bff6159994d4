"""This worker, `personalise` alone, as it is run; for the thin row its core functions are exchanged."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from msgspec import field

from agents.effects import Effects
from agents.plan import Plan, Raw
from benchmarks import personalising
from benchmarks.field.core import Apply, core
from benchmarks.field.meter import Meter, asked, say
from benchmarks.mix import MAISON
from feature_store.store import View
from streams import isolate, shard, topics
from streams.garbage import collect_rarely
from streams.produce import Message
from streams.worker import Worker


class _Told(Effects):
    """Effects of the thin core: its alerts are bytes already."""

    told: list[tuple[bytes, bytes]] = field(default_factory=list)


def exchange(apply: Apply) -> None:
    """Puts the thin core in the place of the brain; all that carries it stays."""

    def planned(raws: Sequence[Raw], *_: Any) -> Plan:
        parts = [(MAISON, key.decode()) for key in dict.fromkeys(raw.key or b"" for raw in raws)]
        empty: dict[str, Any] = {name: [] for name in Plan.__struct_fields__}
        return Plan(**{**empty, "parts": parts, "touches": raws})

    def applied(plan: Plan, raws: Sequence[Raw], view: View, _: Any, now: float, *__: Any) -> Any:
        values, effects = defaultdict[bytes, list[bytes]](list), _Told()
        for raw in raws:
            values[raw.key or b""].append(raw.value or b"")
        for part in plan.parts:
            key = part[1].encode()
            effects.parts[part], alerts = apply(key, view.parts[part], values[key], now)
            effects.told += [(key, alert) for alert in alerts]
        return plan, effects

    def messages(effects: Any, *_: Any) -> list[Message]:
        return [Message(topic=topics.ALERTS, key=key, value=value) for key, value in effects.told]

    for module, name, ours in (
        (shard, "closed", lambda *_: []),
        (shard, "plan", planned),
        (isolate, "applied", applied),
        (shard, "messages_of", messages),
    ):
        setattr(module, name, ours)


async def run(ask: dict[str, Any]) -> None:
    """Serves what the topic holds, or in `stages` tells where its CPU goes."""
    if ask["brain"] == "thin":
        exchange(core("thin", ask["clients"]))
    if ask.get("stages"):
        say(await personalising.run(ask))
        return
    parts = personalising.parts_of(ask)
    worker = Worker(parts, ("personalise",))
    meter = Meter(ask["events"], lambda: personalising.served_of(parts))
    await worker.start()
    collect_rarely()
    failure = asyncio.ensure_future(worker.failure())
    while not meter.done.is_set() and not failure.done():
        await asyncio.sleep(0.05)
    if failure.done():
        raise SystemExit(f"bench: the worker stopped: {failure.result()!r}")
    failure.cancel()
    await worker.stop()
    await parts.redis.aclose()
    say(meter.told())


if __name__ == "__main__":
    asyncio.run(run(asked()))
