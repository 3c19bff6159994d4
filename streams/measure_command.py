"""`prevenance measure`: what a house measures, from its own log; no word and no id of a client."""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from contextlib import AsyncExitStack, suppress

import click
import msgspec

from agents.measured import Counted, Measured, PerThousand, Share, Time
from agents.moment import Moment
from agents.rules import boutique_welcome
from agents.visits import UNKNOWN
from agents.why import SAID
from feature_store import record as records
from feature_store.keyring import Keyring
from feature_store.store import Store
from schemas.codec import Unreadable, decode
from schemas.jurisdiction import country_of
from schemas.maison import Maison
from schemas.times import iso
from schemas.wording import many
from streams import topic_admin, topics
from streams.clients import read_clients
from streams.command import Number, of_house, run, served_settings
from streams.decisions import of_maison, opened, pieces
from streams.keys import Keys, Opener
from streams.logs import progress
from streams.own_log import own_log
from streams.settings import Settings

DAY = 86_400.0
WELCOMES = frozenset({boutique_welcome.ACTION, UNKNOWN})
READ = tuple(topic for topic in topics.INBOUND if topic != topics.CLICKS)
"""Nothing that is measured is a click, and most of a log is."""
AT_ONCE = 1_000
"""Parts whose links are asked for together."""


@click.command("measure", short_help="How a house does: answers, visits, returns, complaints.")
@click.option("--maison", required=True, help="The id of the house, as in its file.")
@click.option(
    "--days", type=Number(0, 30, min_open=True), default=30.0, show_default=True, help="The last N days."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def measure_command(maison: str, days: float, as_json: bool) -> None:
    """Measures a house by its own log, which has 30 days, and by its records.

    What people make of their cards and how soon, what visits and messages lead to, who comes back, what
    guards held back; and for each thousand contacts, who has had enough and who complained. Counts and times:
    nothing of a client.
    """
    sys.exit(run(_measure(served_settings(), maison, days, as_json)))


async def _measure(settings: Settings, maison: str, days: float, as_json: bool) -> int:
    async with AsyncExitStack() as stack:
        made = of_house(settings, stack, maison)
        now = time.time()
        since = now - days * DAY
        ring, shards = Keyring(made.redis), await asyncio.to_thread(topic_admin.shards_of, made.brokers)
        store = made.store(shards)
        counted = Counted(made.maisons[maison], made.pepper, since, now)
        tell, read = progress(), 0
        async for value in own_log(made.brokers, shards, Keys(ring, made.master), maison, READ):
            tell(f"{many(read := read + 1, 'event')} read")
            with suppress(Unreadable):
                event = decode(value)
                if event.maison == maison:
                    counted.take(event)
        opener = Opener(ring, made.master)
        client = await _clients(store, maison, [*counted.parts])
        ever = await _ever(store, opener, maison, counted, client)
        held, welcomed = await _decided(made.brokers, maison, since, opener)
        known = await _known(store, opener, made.maisons[maison], {*welcomed.values()}, now)
    welcomes = {alert: known.get(oid, {}) for alert, oid in welcomed.items()}
    found = counted.measured(client, *ever, held, welcomes)
    for line in [msgspec.json.encode(found)] if as_json else text_of(found, since, now):
        click.echo(line)
    return 0


async def _clients(store: Store, maison: str, parts: Sequence[str]) -> dict[str, str]:
    """Part -> the smallest id of their client, of those that have others."""
    client: dict[str, str] = {}
    for start in range(0, len(parts), AT_ONCE):
        linked = await store.links([(maison, part) for part in parts[start : start + AT_ONCE]])
        client |= {part: min(part, *others) for (_, part), others in linked.items() if others}
    return client


async def _ever(
    store: Store, opener: Opener, maison: str, counted: Counted, client: dict[str, str]
) -> tuple[dict[str, int], dict[str, int]]:
    """Client -> orders, and stays, of all time; of those who were counted for one."""
    orders: dict[str, int] = {}
    stays: dict[str, int] = {}
    asked = {client.get(part, part) for some in counted.came_back for part in some}
    async for oid, _, record in read_clients(store, opener, maison, [*asked]):
        facts = records.slice_of(record, "facts")
        orders[oid], stays[oid] = facts.purchases, facts.stays
    return orders, stays


async def _decided(
    brokers: str, maison: str, since: float, opener: Opener
) -> tuple[Counter[str], dict[str, str]]:
    """Guard -> actions it held back; and welcomes that were said -> whom they were for. Of who was erased
    nothing can be read.
    """
    held: Counter[str] = Counter()
    welcomed: dict[str, str] = {}
    decided = pieces(brokers, topics.DECISIONS)
    while (piece := await asyncio.to_thread(next, decided, None)) is not None:
        found = [one for one in of_maison(piece, maison) if one.at >= since]
        keys = await opener.of([(one.maison, one.oid) for one in found])
        for about, trace in opened(found, keys):
            held.update(one.guard for one in trace.candidates if one.guard is not None)
            said = (one for one in trace.candidates if one.action in WELCOMES and one.outcome in SAID)
            welcomed |= {one.alert: about.oid for one in said}
    return held, welcomed


async def _known(
    store: Store, opener: Opener, maison: Maison, oids: Collection[str], now: float
) -> dict[str, dict[str, str]]:
    """Client -> their language, without its country, and the country they live in, where these are known."""
    known: dict[str, dict[str, str]] = {}
    async for oid, _, record in read_clients(store, opener, maison.id, [*oids]):
        moment = Moment.of_a_look(maison, oid, record, now)
        language, country = moment.profile("language"), moment.profile("country")
        country = country or country_of(moment.profile("timezone") or "")
        said = {
            "language": str(language or "").partition("-")[0].lower(),
            "country": str(country or "").upper(),
        }
        known[oid] = {kind: value for kind, value in said.items() if value}
    return known


def text_of(found: Measured, since: float, until: float) -> Iterable[str]:
    """Lines for a person."""
    yield f"{found.maison}, {iso(since)[:16]} to {iso(until)[:16]} UTC"
    yield f"cards that somebody saw: followed              {_share(found.followed)}"
    yield f"from a card's coming until somebody took it    {_time(found.claimed)}"
    yield f"visits to a boutique: something was bought     {_share(found.bought)}"
    yield f"clients who ordered: not for the first time    {_share(found.ordered_again)}"
    yield f"guests who left: not after their first stay    {_share(found.stayed_again)}"
    yield f"from a client's message to the answer          {_time(found.answered)}"
    yield f"contacts: days on which a client was reached   {found.contacts:,}"
    yield f"clients who want no more of that               {_per(found.opted_out)}"
    yield f"complaints                                     {_per(found.complained)}"
    yield f"of use, say clients who were asked             {_share(found.useful)}"
    for kind, groups in found.welcomed.items():
        for name, one in groups.items():
            yield f"{f'welcomed, {kind} {name}':46} followed {_share(one.followed)}; {_time(one.claimed)}"
    for site, there in found.sites.items():
        if there is None:
            yield f"{f'at {site}':46} too few to be told apart"
        else:
            yield f"{f'at {site}':46} followed {_share(there.followed)}; {_time(there.claimed)}"
            if there.bought is not None:
                yield f"{f'at {site}, visits':46} bought {_share(there.bought)}"
    held = ", ".join(f"{guard} {count:,}" for guard, count in found.held_back.items())
    yield f"held back by guards                            {held or 'nothing'}"


def _share(one: Share) -> str:
    """
    >>> _share(Share(count=812, of=1_140, share=812 / 1_140))
    '71 %, 812 of 1,140'
    """
    return "none" if one.share is None else f"{one.share:.0%}, {one.count:,} of {one.of:,}".replace("%", " %")


def _time(one: Time) -> str:
    """
    >>> _time(Time(of=790, median=48.0, nine_in_ten=310.0))
    'median 48 s, nine in ten within 5 min, of 790'
    """
    if one.median is None or one.nine_in_ten is None:
        return "none"
    return f"median {_lasting(one.median)}, nine in ten within {_lasting(one.nine_in_ten)}, of {one.of:,}"


def _lasting(seconds: float) -> str:
    """
    >>> [_lasting(seconds) for seconds in (0.4, 48, 310, 7_300, 260_000)]
    ['0 s', '48 s', '5 min', '2 h', '3 days']
    """
    for unit, length in (("days", DAY), ("h", 3_600.0), ("min", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def _per(one: PerThousand) -> str:
    """
    >>> _per(PerThousand(count=3, per_thousand=2.5))
    '3, 2.5 for each thousand contacts'
    """
    said = f"{one.count:,}"
    return said if one.per_thousand is None else f"{said}, {one.per_thousand:.1f} for each thousand contacts"
