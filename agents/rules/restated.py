"""A profile says another name, language, gender or advisor than before, or that they are not of age or have
died: what offers something, or has somebody write or call, was told of who they are not, and is taken back.
Where another part of the client says so, what was told of them without it.

Their book, a case that is open and a worry are told again, to whose it is now, where that is still allowed
(`agents/book.py`, `service_recovery`, `worried`). What somebody has promised stays theirs, but of a minor or
the dead. A service that stands is told anew in place by its own rule.
"""

from collections.abc import Iterable

from agents.ages import minor
from agents.departed import departed
from agents.moment import Moment, Withdraw
from agents.rule import Rule
from feature_store.features.attention import Proposed
from schemas.events.client import PURPOSES, ClientProfile, ClientReview

IN_PLACE = "incomplete_file"


def _propose(moment: Moment) -> Iterable[Withdraw]:
    if not moment.anew:
        return
    over = minor(moment) or departed(moment.client)
    for id, entry in moment.to_tell_anew().items():
        kept = not over and (entry.accepted or entry.action == IN_PLACE)
        if _asks(entry) and not kept:
            yield Withdraw(action=entry.action, ref=entry.ref, status="retracted", alert=id)


def _asks(entry: Proposed) -> bool:
    return bool(entry.way or entry.also or PURPOSES[entry.purpose] != "service")


RULE = Rule(name="restated", wakes=frozenset({ClientProfile, ClientReview}), propose=_propose, calls_off=True)
