"""Words shared by rules: what is known of a client, in short facts for staff."""

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from agents.averse import says_nothing, stated_in
from agents.drafts import language_of
from agents.granted import granted_facts
from agents.moment import Moment
from agents.phrase import Phrase
from agents.sides import may_tell
from feature_store.features.appointments import ACCEPTED, Appointments, promised
from feature_store.features.mood import felt
from feature_store.features.orders import came_back
from feature_store.features.profile import believed
from feature_store.features.surprises import LASTS as SECRET
from feature_store.record import slice_of
from schemas.times import utc
from schemas.wording import many

CAUTIONS = (
    ("allergies", "Allergies: {}"),
    ("avoid", "{}"),
    ("diet", "Outside the diet: {}"),
    ("dislikes", "Dislikes: {}"),
)
GUESSING = Phrase("Guessing the language: unknown, ask")
REMEMBERED = 0.3
"""How much joy must be left to be told of."""
MOST = 3
"""Reasons on a card: what can be read with the client in front of one."""


def reasons(*told: Iterable[Phrase]) -> list[Phrase]:
    """The first of what there is to tell, most useful first, as many as a card holds."""
    return [phrase for several in told for phrase in several][:MOST]


def history(moment: Moment, site: str | None = None) -> list[Phrase]:
    """Visits and purchases in one phrase, stays in another; of a site, what may be told there.

    Never how much was spent: nobody is ranked at the door.
    """
    told = [*_visits(moment), *_stays(moment)]
    return [one for one in told if site is None or may_tell(moment, one.facts, site)]


def _stays(moment: Moment) -> list[Phrase]:
    stays = slice_of(moment.client, "facts").stays
    return [Phrase(many(stays, "stay"), "facts.stays")] if stays else []


def _visits(moment: Moment) -> list[Phrase]:
    facts = slice_of(moment.client, "facts")
    said = []
    rests_on = []
    if facts.visits > 1:
        said.append(f"{facts.visits} visits")
    elif facts.visits and not facts.purchases:
        said.append("First visit to our boutiques")
    if facts.visits:
        rests_on.append("facts.visits")
    if facts.purchases:
        said.append(many(facts.purchases, "purchase"))
        rests_on.append("facts.purchases")
    if facts.purchases and not _gave_last(moment):
        last = ago(moment.now - slice_of(moment.client, "recency").purchase)
        said.append(last if facts.purchases == 1 else f"the last {last}")
        rests_on.append("recency.purchase")
        if came_back(slice_of(moment.client, "orders")):  # else somebody asks how it wears
            said.append("brought back")
            rests_on.append("facts.returns")
    return [Phrase(", ".join(said), *rests_on)] if said else []


def _gave_last(moment: Moment) -> bool:
    """Whether what they bought last is a gift that is still a secret, from whoever may be with them."""
    last = int(slice_of(moment.client, "recency").purchase)
    given = slice_of(moment.client, "surprises").given.values()
    return any(last <= at and moment.now - at < SECRET for at in given)


def awaited(moment: Moment, site: str | None = None) -> list[Phrase]:
    """What they have agreed to come to next, a visit or an event of the house, in one phrase; of a site, what
    they come to there today.
    """
    kept: Appointments = slice_of(moment.client, "appointments")
    coming = [one for event in (False, True) for one in promised(kept, moment.now, event)]
    for one in sorted(coming, key=lambda one: one.at):
        place = moment.maison.site(one.site)
        if one.step != ACCEPTED or place is None:
            continue
        there = [utc(at).astimezone(ZoneInfo(place.timezone)).date() for at in (one.at, moment.now)]
        if site in (None, place.id) and (site is None or there[0] == there[1]):
            person = moment.maison.person(one.staff)
            who = f" by {person.name}" if person else ""
            when = clock_at(moment, place.id, one.at)
            return [Phrase(f"Expected at {place.name} {when}{who}", "appointments.known")]
    return []


def noted(moment: Moment) -> list[Phrase]:
    """The last that an advisor noted, in their words, whatever its tier: who reads it is seen to later."""
    kept = slice_of(moment.client, "notes").kept
    return [Phrase(f"Noted: {note.text}", f"notes.{note.tier}") for note in kept[-1:]]


def gladdened(moment: Moment) -> list[Phrase]:
    """That something delighted the client, while it is remembered."""
    joy = felt(slice_of(moment.client, "mood"), "joy", moment.now)
    if joy is None or joy.strength < REMEMBERED:
        return []
    return [Phrase(f"Was delighted {ago(moment.now - joy.at)}", "mood.joy")]


def looked_after(moment: Moment) -> list[Phrase]:
    """Whose client it is."""
    return [Phrase(f"Client of {moment.advisor.name}", "advisor")] if moment.advisor else []


def sizes(moment: Moment) -> list[Phrase]:
    """The sizes on file, in one phrase; none that a page alone states."""
    stated = believed(slice_of(moment.client, "profile"))
    named = dict.fromkeys([*granted_facts(moment.client, moment.now), *sorted(stated)])
    known = {field: moment.profile(field) for field in named if field.startswith("sizes.")}
    found = {field: value for field, value in known.items() if value not in (None, "")}
    said = [f"{field.partition('.')[2]} {value}" for field, value in found.items()]
    return [Phrase(f"Sizes: {', '.join(said)}", *found)] if found else []


def ago(seconds: float) -> str:
    """A length of time as a person says it.

    >>> ago(30), ago(7200), ago(3 * 86400)
    ('just now', '2 hours ago', '3 days ago')
    """
    for unit, length in (("year", 31_557_600), ("month", 2_629_800), ("day", 86_400), ("hour", 3600)):
        if seconds >= length:
            return f"{many(int(seconds // length), unit)} ago"
    return f"{many(int(seconds // 60), 'minute')} ago" if seconds >= 60 else "just now"


def on_day(moment: Moment, at: float) -> str:
    """A day as it is said where the client is: what stands for days on a card is as true on the last of them.

    In another year than this one, with the year: `on 16 November`, `on 3 May 2024`.
    """
    day, today = moment.local.day(at), moment.local.day(moment.now)
    return f"on {day:%-d %B}" if day.year == today.year else f"on {day:%-d %B %Y}"


def clock(at: float, timezone: str, now: float) -> str:
    """A time of day at a site, with the day when it is not today's there.

    >>> clock(1_763_823_600, "Europe/Paris", now=1_763_800_000)
    'at 16:00'
    >>> clock(1_763_823_600, "Asia/Tokyo", now=1_763_800_000)
    'on Sun 23 Nov at 00:00'
    """
    there, today = (utc(t).astimezone(ZoneInfo(timezone)) for t in (at, now))
    return f"{there:at %H:%M}" if there.date() == today.date() else f"{there:on %a %-d %b at %H:%M}"


def clock_at(moment: Moment, site: str | None, at: float) -> str:
    """The same by the clock of a site of the house; where none is named, or one that it does not have, of its
    first, as whoever answers for the house reads it.
    """
    there = moment.maison.site(site or "") or moment.maison.sites[0]
    return clock(at, there.timezone, moment.now)


def cautions(moment: Moment) -> list[Phrase]:
    """What to avoid, from what the client states, and the language where it would be a guess."""
    said = []
    for field, text in CAUTIONS:
        if told := [one for one in map(listed, stated_in(moment, [field])) if not says_nothing(one)]:
            said.append(Phrase(text.format(", ".join(told)), f"preferences.{field}"))
    if language_of(moment) is None:
        said.append(GUESSING)
    return said


def listed(value: Any) -> str:
    """A stated value, or several, as words; a null among them says nothing.

    >>> listed(["nuts", None, "lilies"]), listed({"nuts": True, "milk": False})
    ('nuts, lilies', 'nuts yes, milk no')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        value = [f"{what} {listed(one)}" for what, one in value.items() if one is not None]
    return (
        ", ".join(listed(one) for one in value if one is not None) if isinstance(value, list) else str(value)
    )
