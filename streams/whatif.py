"""What if a maison file, a rule, a guard, a threshold were otherwise: a week, decided twice."""

import io
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any

import msgspec

from agents.guard import wrongly_set
from agents.plan import context
from agents.registry import GUARDS, RULES
from schemas.alerts import Alert
from schemas.codec import Unreadable, decode
from schemas.maison import Maison
from schemas.silence import silenced
from schemas.times import seconds
from schemas.wording import PlainError, many
from streams.recording import RecordingError, in_background, lines_of
from streams.rehearsal import Rehearsal

EVERY = 5_000
"""Events between two words of how far it is."""
EXAMPLES = 3


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What would be different. `without`: rules and guards that are not asked; `set`: `guard.threshold` or
    `interruption` to a number; `maison`: the house as a changed file says it."""

    maison: Maison | None = None
    without: frozenset[str] = frozenset()
    set: Mapping[str, float] = {}


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """An alert, without a word about the client: whose it is, when, and which facts it rests on."""

    client: str
    at: str
    facts: list[str]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One action at one site. `shown` counts what people would see: a shadow is seen by nobody."""

    action: str
    site: str | None
    today: int
    changed: int
    only_today: list[Example]
    only_changed: list[Example]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `refused`: lines of the recording that are no events; `unchanged`: alerts on both sides."""

    events: int
    refused: int
    today: int
    changed: int
    unchanged: int
    rows: list[Row]


class WhatIfError(PlainError):
    """It can't be tried; the text is a sentence."""


def changed(today: Maison, change: Change) -> Maison:
    """The house as it would be. Raises `WhatIfError`."""
    house = change.maison or today
    if house.id != today.id:
        raise WhatIfError(f"the changed file is of the maison {house.id!r}, and today's of {today.id!r}")
    guards = {name: dict(of) for name, of in house.guards.items()}
    said: dict[str, Any] = {}
    for name, number in change.set.items():
        guard, _, threshold = name.partition(".")
        if threshold:
            guards.setdefault(guard, {})[threshold] = number
        elif name == "interruption" and 0 <= number <= 1:
            said["interruption"] = number
        else:
            raise WhatIfError(f"{name} is no threshold: say GUARD.NAME=NUMBER, or interruption=0.2")
    if wrong := [*wrongly_set(guards, GUARDS)]:
        raise WhatIfError("\n".join(wrong))
    known = {r.name for r in RULES} | {g.name for g in GUARDS}
    if unknown := change.without - known:
        raise WhatIfError(f"{min(unknown)!r} is no rule and no guard: there are {', '.join(sorted(known))}")
    return msgspec.structs.replace(house, guards=guards, **said)


async def of_recording(recording: io.BufferedReader) -> AsyncIterator[bytes]:
    """The lines of a recording. Raises `RecordingError`."""
    pieces = lines_of(recording)
    while (lines := await in_background(lambda: next(pieces, None))) is not None:
        for line in lines:
            yield line.value


async def what_if(
    told: AsyncIterator[bytes],
    today: Maison,
    change: Change,
    pepper: bytes,
    tell: Callable[[str], None],
    last: float | None = None,
) -> Difference:
    """Decides what was told twice, event by event. O(events). `tell` hears how far it is.

    last: seconds before the latest event whose alerts are compared; what came before makes the records.
    Raises `WhatIfError`, `RecordingError` where nothing is told, and what `told` raises.
    """
    other = changed(today, change)
    now = Rehearsal(context({today.id: today}, pepper, {}))
    then = Rehearsal(msgspec.structs.replace(context({other.id: other}, pepper, {}), without=change.without))
    events, refused, latest, why = 0, 0, 0.0, ""
    async for value in told:
        try:
            event = decode(value)
            if event.maison != today.id:
                raise Unreadable("another maison")
            at = event.time.timestamp()
            for one in (now, then):
                await one.take(value, at)
            events, latest = events + 1, max(latest, at)
        except Unreadable as error:
            refused, why = refused + 1, why or f": {error}"
        if (events + refused) % EVERY == 0:
            tell(f"{many(events, 'event')} decided twice")
    if not events:
        raise RecordingError(f"there is no event of {today.id} in {many(refused, 'line')}{why}")
    since = 0.0 if last is None else latest - last
    shown = [_seen(now.alerts.values(), today, since), _seen(then.alerts.values(), other, since)]
    return Difference(
        events=events,
        refused=refused,
        today=len(shown[0]),
        changed=len(shown[1]),
        unchanged=len(shown[0].keys() & shown[1].keys()),
        rows=list(_rows(*shown)),
    )


def _seen(alerts: Iterable[Alert], maison: Maison, since: float) -> dict[tuple[str, str], Alert]:
    """What people would see from then on: what a shadow keeps from them is not among it."""
    return {
        (alert.id, alert.action): alert
        for alert in alerts
        if seconds(alert.at) >= since
        and silenced(maison.shadows, alert.site, alert.action, seconds(alert.at)) is None
    }


Alerts = Mapping[tuple[str, str], Alert]


def _rows(today: Alerts, changed: Alerts) -> Iterable[Row]:
    counts = [Counter((a.action, a.site) for a in alerts.values()) for alerts in (today, changed)]
    for action, site in sorted(counts[0] | counts[1], key=lambda k: (k[0], k[1] or "")):
        yield Row(
            action=action,
            site=site,
            today=counts[0][action, site],
            changed=counts[1][action, site],
            only_today=_examples(today, changed, action, site),
            only_changed=_examples(changed, today, action, site),
        )


def _examples(of: Alerts, without: Alerts, action: str, site: str | None) -> list[Example]:
    found = (a for key, a in of.items() if key not in without and (a.action, a.site) == (action, site))
    return [_masked(alert) for alert, _ in zip(found, range(EXAMPLES), strict=False)]


def _masked(alert: Alert) -> Example:
    grounds = alert.grounds
    facts = {fact for one in grounds.why for fact in one} if isinstance(grounds, msgspec.Struct) else set()
    return Example(client=alert.client.id, at=alert.at, facts=sorted(facts))


def text_of(found: Difference) -> Iterable[str]:
    """Lines for a person."""
    yield f"{many(found.events, 'event')}, {many(found.refused, 'line')} refused"
    yield f"{'action':24} {'site':12} {'today':>8} {'changed':>8} {'':>8}"
    for row in found.rows:
        difference = f"{row.changed - row.today:+,}" if row.changed != row.today else "="
        yield f"{row.action:24} {row.site or '-':12} {row.today:8,} {row.changed:8,} {difference:>8}"
        for sign, examples in (("-", row.only_today), ("+", row.only_changed)):
            for one in examples:
                yield f"    {sign} {one.at} {one.client} by {', '.join(one.facts) or 'no fact'}"
    yield f"{'all':37} {found.today:8,} {found.changed:8,}  {found.unchanged:,} are on both sides"
