"""Words shared by rules: what is known of a client, in short facts for staff."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from agents.drafts import language_of
from agents.moment import Moment
from feature_store.record import BY_NAME, slice_of

MOST = 3
"""Reasons on a card: what can be read with the client in front of one."""


def reasons(*facts: Iterable[str]) -> list[str]:
    """The first facts, most useful first, as many as a card holds."""
    return [fact for several in facts for fact in several][:MOST]


def history(moment: Moment) -> list[str]:
    """Visits, stays and purchases as one fact. Never how much was spent: nobody is ranked at the door."""
    facts = slice_of(moment.client, "facts")
    said = []
    if facts.visits > 1:
        said.append(f"{facts.visits} visits")
    elif facts.visits and not (facts.purchases or facts.stays):
        said.append("First visit to our boutiques")
    if facts.stays:
        said.append(_times(facts.stays, "stay"))
    if facts.purchases:
        last = ago(moment.now - slice_of(moment.client, "recency").purchase)
        said.append(_times(facts.purchases, "purchase"))
        said.append(last if facts.purchases == 1 else f"the last {last}")
    return [", ".join(said)] if said else []


def looked_after(moment: Moment) -> list[str]:
    """Whose client it is."""
    return [f"Client of {moment.advisor.name}"] if moment.advisor else []


def sizes(moment: Moment) -> list[str]:
    """The sizes on file, as one fact."""
    stated = BY_NAME["profile"].values(slice_of(moment.client, "profile"), moment.now)
    found = [f"{k.partition('.')[2]} {v}" for k, v in stated.items() if k.startswith("sizes.")]
    return [f"Sizes: {', '.join(found)}"] if found else []


def ago(seconds: float) -> str:
    """A length of time as a person says it.

    >>> ago(30), ago(7200), ago(3 * 86400)
    ('just now', '2 hours ago', '3 days ago')
    """
    for unit, length in (("year", 31_557_600), ("month", 2_629_800), ("day", 86_400), ("hour", 3600)):
        if seconds >= length:
            return f"{_times(int(seconds // length), unit)} ago"
    return f"{_times(int(seconds // 60), 'minute')} ago" if seconds >= 60 else "just now"


def clock(at: float, timezone: str, now: float) -> str:
    """A time of day at a site, with the day when it is not today's there.

    >>> clock(1_763_823_600, "Europe/Paris", now=1_763_800_000)
    'at 16:00'
    >>> clock(1_763_823_600, "Asia/Tokyo", now=1_763_800_000)
    'on Sun 23 Nov at 00:00'
    """
    there, today = (datetime.fromtimestamp(t, UTC).astimezone(ZoneInfo(timezone)) for t in (at, now))
    return f"{there:at %H:%M}" if there.date() == today.date() else f"{there:on %a %-d %b at %H:%M}"


def cautions(moment: Moment) -> list[str]:
    """What to avoid, from what the client states, and the language where it would be a guess."""
    said = []
    for field, text in (("allergies", "Allergies: {}"), ("avoid", "{}"), ("diet", "Outside the diet: {}")):
        if stated := moment.profile(f"preferences.{field}"):
            said.append(text.format(listed(stated)))
    if language_of(moment) is None:
        said.append("Guessing the language: unknown, ask")
    return said


def listed(value: Any) -> str:
    """A stated value, or several, as words.

    >>> listed(["nuts", "lilies"])
    'nuts, lilies'
    """
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _times(count: int, word: str) -> str:
    return f"{count} {word}{'s' if count != 1 else ''}"
