"""`prevenance why`: the newest decisions about a client, in numbers, without a word of the client's."""

import asyncio
import sys
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack

import click
import msgspec

from feature_store.keyring import Keyring
from feature_store.store import parts_of
from streams import topic_admin
from streams.auditing import viewed_from_terminal
from streams.command import of_house, run, served_settings, user_name
from streams.decisions import BACK, newest, opened
from streams.keys import Opener
from streams.settings import Settings
from streams.shapes.decisions import WhyCandidate, WhyDecision
from streams.why import full


@click.command("why", short_help="Why and why not: the newest decisions about a client.")
@click.argument("oid", metavar="OID")
@click.option("--maison", required=True, help="The id of the house, as in its file.")
@click.option("--limit", type=click.IntRange(1, 100), default=5, show_default=True, help="The newest N.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--by", default=user_name, help="Who looks, for the audit; default: your user name.")
def why_command(oid: str, maison: str, limit: int, as_json: bool, by: str) -> None:
    """Tells what was considered about the client OID (the id of an alert's client), and what became of it.

    Probabilities with what each feature added, vetoes with their guard, what competed, and what would have
    changed it. Decisions are kept for 30 days. That it was asked is in the audit first.
    """
    sys.exit(run(_why(served_settings(), oid, maison, limit, as_json, by)))


async def _why(settings: Settings, oid: str, maison: str, limit: int, as_json: bool, by: str) -> int:
    async with AsyncExitStack() as stack:
        made = of_house(settings, stack, maison)
        shards = await asyncio.to_thread(topic_admin.shards_of, made.brokers)
        parts = await parts_of(made.store(shards), (maison, oid))
        found = await asyncio.to_thread(newest, made.brokers, shards, parts, limit)
        keys = await Opener(Keyring(made.redis), made.master).of(parts)
        asked_of = [part for _, part in parts]
        await viewed_from_terminal(made.brokers, by, time.time(), maison, asked_of, "why")
    decisions = [full(one, trace) for one, trace in opened(found.decisions, keys)]
    for decision in decisions:
        if as_json:
            click.echo(msgspec.json.encode(decision))
        else:
            for line in text_of(decision):
                click.echo(line)
    if not decisions:
        click.echo("nothing was considered about this client", err=True)
    if len(decisions) < limit:
        click.echo(_looked(found.complete), err=True)
    return 0


def text_of(decision: WhyDecision) -> Iterable[str]:
    """Lines for a person."""
    arms = "".join(f", {name}={arm}" for name, arm in decision.arms.items())
    yield f"{decision.at} {decision.woke} (decision {decision.id}{arms})"
    for one in decision.candidates:
        yield f"  {one.action}: {one.outcome}{_numbers(one)}"
        cost = {"intimacy": one.intimacy, "the client's attention": one.attention}
        if any(cost.values()):
            yield f"    cost {', '.join(f'{what} {amount:.2f}' for what, amount in cost.items() if amount)}"
        if one.guard:
            yield f"    guard {one.guard}: {one.guard_says}"
        for model, adds in one.adds.items():
            most = sorted(adds.items(), key=lambda add: -abs(add[1]))[:5]
            yield f"    {model}: {', '.join(f'{name} {amount:+.2f}' for name, amount in most)}"
        if one.facts:
            yield f"    rests on {', '.join(one.facts)}"
        if one.would_change:
            yield f"    otherwise with {'; or '.join(one.would_change)}"


def _looked(complete: bool) -> str:
    """How far back was looked.

    >>> _looked(True), _looked(False)
    ('that is all of the last 30 days', 'older ones than the newest 50,000 of its shard were not looked for')
    """
    return (
        "that is all of the last 30 days"
        if complete
        else f"older ones than the newest {BACK:,} of its shard were not looked for"
    )


def _numbers(one: WhyCandidate) -> str:
    said = {"acceptance": one.probability, "worth": one.worth, "silence": one.silence, "chance": one.chance}
    told = [f"{name} {number:.2f}" for name, number in said.items() if number is not None]
    return f" ({', '.join(told)})" if told else ""
