"""`prevenance decisions`: what was drawn, with which chance, and what came of it; for `evaluate`."""

import asyncio
import sys
import time
from contextlib import AsyncExitStack, suppress

import click
import msgspec

from agents.choice import ACCEPTANCE, RESPONSE
from agents.drawn import drawn
from feature_store.keyring import Keyring
from schemas.codec import Unreadable, readable
from schemas.messages import Examples, Outcome
from schemas.wording import many
from streams import topics
from streams.command import of_house, run, served_settings
from streams.decisions import of_maison, opened, pieces
from streams.keys import Opener
from streams.logs import say
from streams.settings import Settings

_decoder = msgspec.json.Decoder(Examples)


@click.command("decisions", short_help="What was drawn, as a log for `evaluate`.")
@click.option("--maison", required=True, help="The id of the house, as in its file.")
def decisions_command(maison: str) -> None:
    """Writes a line for each decision of the last 30 days at which something was drawn, for `evaluate`.

    What competed, silence among it; what was taken, with which probability; what came of it, staff's verdict
    and the client's answer, null until the time for both is over; what each model saw and expects. No client,
    no word of theirs: `context` is the id of the decision. Beside the policy in force stand `rules`, `best`
    and `silence` to be compared; of another, add the probability it gives each action under its name in
    `policies`.
    """
    sys.exit(run(_decisions(served_settings(), maison)))


async def _decisions(settings: Settings, maison: str) -> int:
    async with AsyncExitStack() as stack:
        made = of_house(settings, stack, maison)
        price = made.maisons[maison].interruption
        now, labels = time.time(), await asyncio.to_thread(_labels, made.brokers, maison)
        opener, lines, unread = Opener(Keyring(made.redis), made.master), 0, 0
        decided = pieces(made.brokers, topics.DECISIONS)
        while (piece := await asyncio.to_thread(next, decided, None)) is not None:
            found = [*of_maison(piece, maison)]
            read = opened(found, await opener.of([(one.maison, one.oid) for one in found]))
            unread += len(found) - len(read)
            for one, trace in read:
                for line in drawn(one.id, trace, labels, now, price):
                    click.echo(msgspec.json.encode(line))
                    lines += 1
    say(
        many(lines, "line")
        + (f"; {many(unread, 'decision')} can't be read: their clients were erased" if unread else "")
    )
    return 0


def _labels(brokers: str, maison: str) -> dict[tuple[str, str], int | None]:
    """Model, alert -> what the log says first; 1, 0, or None where nobody will know."""
    labels: dict[tuple[str, str], int | None] = {}
    for piece in pieces(brokers, topics.EXAMPLES):
        for value in piece:
            with suppress(Unreadable):
                taught = readable(_decoder, value)
                if taught.maison == maison and taught.model in (ACCEPTANCE, RESPONSE):
                    for one in taught.items:
                        if isinstance(one, Outcome):
                            labels.setdefault((taught.model, one.decision), one.y)
    return labels
