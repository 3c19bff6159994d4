"""R1: two who were one client are not: what was told of both as of one is taken back, everywhere.

Who is on the way, waits for an answer or has something open with the house is still looked after: those cards
stay, and their next update is of the one client alone. Of whoever was not one with the other nothing is taken
back (`agents/personalise.py` asks). What was taken back comes again by its own rule, if ever.
"""

from collections.abc import Iterable

from agents.moment import Moment, Withdraw
from agents.rule import Rule
from schemas.events.client import ClientUnlink

STAYS = frozenset({
    "hotel_arrival", "room_setup", "incomplete_file", "farewell", "client_writes", "client_calls",
    "service_recovery", "worried", "unknown_visitor",
})  # fmt: skip
"""Actions without which somebody would wait in vain, and one that tells nothing of whom it is about."""


def _propose(moment: Moment) -> Iterable[Withdraw]:
    for entry in moment.open_alerts().values():
        if entry.action not in STAYS:
            yield Withdraw(action=entry.action, ref=entry.ref, status="retracted")


RULE = Rule(name="parted", wakes=frozenset({ClientUnlink}), propose=_propose)
