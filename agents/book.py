"""The client book: whom to contact when nothing happened. Pure.

There is one timer a client, set to the next morning on which a rule may have something to say.

A rule of the book has a window, worked out from what is known at the moment it is asked, never stored: "ten
to thirty days after the last purchase". Within it the rule is asked in the client's morning, and again every
few days, for a guard may have had it wait. So a client who buys again, or answers, moves their book by what
they do, and there is nothing to recount at night.
"""

from collections.abc import Iterable, Sequence
from typing import Any, cast
from zlib import crc32

import msgspec

from agents.channels import WHERE, refused
from agents.moment import Moment, Proposal
from agents.phrase import Phrase
from agents.phrases import cautions
from agents.rule import Rule, where
from feature_store.features.attention import called_off
from feature_store.features.relation import Relation, known_best
from feature_store.features.replies import channel_of, hour_of
from feature_store.record import slice_of
from schemas.envelope import CHANNELS, Channel
from schemas.maison import Person

BOOK = "book"
"""The one timer of a client's book, and how those begin at which what had to wait is asked again."""
DAY = 86_400.0
PURPOSE = "one_to_one"
"""What a client allows who may be in a book: that a person of the house writes to them."""
SPREAD = 30 * 60
"""Seconds over which mornings are spread, so that a city is not looked at in one second."""
LASTS = 3 * DAY


class Window(msgspec.Struct, frozen=True):
    """From when to when a rule may speak, Unix seconds; `every`: seconds until it is asked again within."""

    begins: float
    ends: float
    every: float = 3 * DAY

    def open(self, now: float) -> bool:
        """Whether it may speak now."""
        return self.begins <= now < self.ends

    def next(self, moment: Moment) -> float | None:
        """The client's next morning within it at which to ask; None once it is over."""
        begun = max(0, int((moment.now - self.begins) // self.every))
        due = moment.local.morning(self.begins + begun * self.every)
        if due <= moment.now:
            due = moment.local.morning(self.begins + (begun + 1) * self.every)
        return due if due < self.ends else None


def earliest(moment: Moment, windows: Iterable[Window]) -> float | None:
    """When to ask of whichever window has the next morning."""
    return min((due for window in windows if (due := window.next(moment)) is not None), default=None)


def first_of(moment: Moment, windows: Iterable[Window]) -> float | None:
    """The same of windows that follow one another: none after the first that is not over is worked out."""
    return next((due for window in windows if (due := window.next(moment)) is not None), None)


def next_due(moment: Moment, rules: Sequence[Rule], broken: list[tuple[str, str]]) -> float | None:
    """When a client's book is opened next; None where they may not be written to, or nothing is to come.

    Rules that have an error in them are left out, and told in `broken`.
    """
    if not moment.allows(PURPOSE):
        return None
    asked: list[float] = []
    for rule in rules:
        try:
            if rule.due is not None and (at := rule.due(moment)) is not None:
                asked.append(at)
        except Exception as error:
            broken.append((rule.name, where(error)))
    due = min(asked, default=None)
    return None if due is None else moment.local.exact(due) + crc32(moment.part.encode()) % SPREAD


def keeper_of(moment: Moment) -> Person | None:
    """Who writes: the client's advisor, else whoever of the house met them most; None where nobody has."""
    if moment.advisor is not None:
        return moment.advisor
    relation: Relation = slice_of(moment.client, "relation")
    heirs = (moment.maison.person(moment.maison.heir(staff)) for staff in known_best(relation))
    return next((person for person in heirs if person is not None and person.role == "advisor"), None)


def reaching(moment: Moment, window: Window, *, avoid: Sequence[Phrase] = (), **said: Any) -> Proposal:
    """A proposal to write to a client: to whom it goes, on which channel, until when, with what care."""
    keeper = keeper_of(moment)
    given: dict[str, Any] = {
        "site": keeper.sites[0] if keeper and keeper.sites else None,
        "staff": keeper.id if keeper else None,
        "purpose": PURPOSE,
        "contact": True,
        "channel": usual_channel(moment),
        "avoid": [*avoid, *refused(moment, PURPOSE), *cautions(moment)],
        "urgency": 2,
        "valid_to": min(window.ends, moment.now + LASTS),
        "hold_or_drop": "hold",
        "silence": window.ends - window.begins + 7 * DAY,
    }
    if called_off(slice_of(moment.client, "attention"), said["action"], said["ref"]):
        said["silence"] = 0.0  # it was taken back since it was told
    return Proposal(**(given | said))


def usual_channel(moment: Moment, among: Sequence[str] = CHANNELS) -> Channel | None:
    """The channel the client writes on most, of those on which they may be written to; None where unknown."""
    allowed = [channel for channel in among if moment.allows(PURPOSE, channel)]
    return cast(Channel | None, channel_of(slice_of(moment.client, "replies"), allowed))


def habits(moment: Moment) -> list[Phrase]:
    """On which channel and around which hour of their own day the client writes, in one phrase."""
    replies, channel = slice_of(moment.client, "replies"), usual_channel(moment)
    if channel is None:
        return []
    hour = hour_of(replies, round(moment.local.east / 3600))
    return [Phrase(f"Usually writes {WHERE[channel]}, around {hour}:00 where they live", "replies.channels")]


def known_to(moment: Moment) -> list[Phrase]:
    """Whom of the house the client has met, and how often lately, in one phrase."""
    relation: Relation = slice_of(moment.client, "relation")
    for staff in known_best(relation):
        person = moment.maison.person(staff)
        if person is not None:
            days, all_days = len(relation.met[staff]) // 2, sum(map(len, relation.met.values())) // 2
            often = f"on {days} of the last {all_days} occasions" if all_days > 1 else "last time"
            return [Phrase(f"Met {person.name} {often}", "relation.met")]
    return []
