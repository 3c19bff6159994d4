"""A maison: its sites, people, catalogue, consent defaults and sources, as its TOML file says them."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from schemas.article import Article
from schemas.envelope import Currency
from schemas.events.client import PURPOSES
from schemas.experiments import Experiment, wrongly_tried
from schemas.form import wrongs
from schemas.hospitality import Destination, Offer, wrongly_offered
from schemas.occasion import Designer, Occasion
from schemas.segments import Segment, wrongly_declared
from schemas.silence import Silence
from schemas.sources import Source, declared
from schemas.tiers import wrongly_raised

Role = Literal["advisor", "concierge", "manager", "team", "platform", "privacy"]
GRANT = "grant:"
"""How the source begins of what another house tells under a client's grant."""
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_BLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)")
Id = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Tag = Annotated[str, Meta(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*$")]
"""A language as BCP 47 has it: fr, zh-Hant."""
AnHour = Annotated[int, Meta(ge=2, le=3600)]
"""Interruptions an hour."""


class Site(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A boutique or a hotel.

    id: as events name it. kind: boutique or hotel. name: as cards say it. timezone: of the tz database,
    Europe/Paris. hours: a weekday (mon to sun) -> when it is open, ["10:00-13:00", "14:00-19:00"]; none:
    always. holidays: days on which it is shut, 2026-12-25. director: id of the person who signs for it.
    codes: what other systems call it: the property of a hotel system, the hardware id of a beacon, the scene
    of a code that is scanned there.
    """

    id: Id
    kind: Literal["boutique", "hotel"]
    name: str
    timezone: str
    hours: dict[str, list[str]] = {}
    holidays: list[str] = []
    director: str | None = None
    codes: list[str] = []

    def open_within(self, at: datetime) -> bool:
        """Whether it is open at some time of the hour that begins then, by its own clock.

        A site whose hours are not said is always open, but on its holidays.
        """
        here = at.astimezone(ZoneInfo(self.timezone))
        if here.date().isoformat() in self.holidays:
            return False
        if not self.hours:
            return True
        begins, ends = f"{here:%H:%M}", f"{here + timedelta(hours=1):%H:%M}"
        ends = "24:00" if ends < begins else ends
        blocks = (block.split("-") for block in self.hours.get(DAYS[here.weekday()], ()))
        return any(opens < ends and begins < shuts for opens, shuts in blocks)

    @property
    def wrongs(self) -> Iterator[str]:
        """All that is wrong with it by itself, in words: hours and days are compared as they are written."""
        for day, blocks in self.hours.items():
            if day not in DAYS:
                yield f"site {self.id}: hours.{day} is no day: write one of {', '.join(DAYS)}"
            for block in blocks:
                if not _BLOCK.fullmatch(block) or block[:5] >= block[6:]:
                    yield f"site {self.id}: hours.{day} {block!r}: write it as 09:30-24:00, within a day"
        for day in self.holidays:
            if not _is_day(day):
                yield f"site {self.id}: holiday {day!r}: write it as 2026-12-25"


class Person(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody who works for the maison.

    id: as their token (`sub`) and events name them. name: as colleagues read it. role: what they do, and so
    what they may see. sites: ids of where they work; none: all of them. languages: those they speak; none:
    not known. interruptions_an_hour: as the maison's, where they have another.
    """

    id: Id
    name: str
    role: Role
    sites: list[str] = []
    languages: list[Tag] = []
    interruptions_an_hour: AnHour | None = None


class Team(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Those who get what has no one person's name on it.

    id: as segments name it, and who signs in at its shared screen. name: as cards say it. members: ids of
    people. site: id of the site it serves, each site has one; without, it has an inbox of its own, and one
    such hears what belongs to no site. interruptions_an_hour: as the maison's, where it has another.
    """

    id: Id
    name: str
    members: list[str] = []
    site: str | None = None
    interruptions_an_hour: AnHour | None = None


class Shift(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody is to be at a site.

    site: its id. begins, ends: Unix seconds.
    """

    site: Id
    begins: float
    ends: float


class Maison(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One house.

    id: as keys, tokens and events name it, never changed. name: as people read it. group: the one it belongs
    to; nothing is decided by it. languages: those it speaks; cards go by those of its people. currency: ISO
    4217, of its catalogue, and of a Segment order that names none. tone: how drafts sound, by the first
    register it names: formal or warm. sites: its boutiques and hotels. staff: everybody who signs in. teams:
    one for each site, and one without a site. catalogue: what it sells. sources: who may speak of its
    clients, and how far each is believed.
    consent: jurisdiction -> purpose -> allowed without being asked. A jurisdiction is an ISO 3166 code, `EU`
        or `default`, which is for clients of whom no place is known.
    unknown_sources: what becomes of a source that `sources` does not name: believed least, or set aside.
    tells: houses of the group to which clients may grant facts, where they name this one in `hears`; none
        unless said. hears: houses from which clients may grant facts.
    stock: boutique -> article -> pieces; of a boutique that is not named nothing is known.
    rota: person -> shifts. Catalogue, stock and rota may be names of files beside this one.
    handed_over: who has left (or gave their book away) -> who looks after their clients since, or "" for
        nobody in particular; what `prevenance leave` says is added to it while processes run.
    shadow: everything is decided and logged, and nobody is told; shadow_actions: these actions alone.
    models: model -> the one that judges in its place; shadow_models: those that only learn beside.
    segments: groups of its clients, each with a team that hears of it.
    experiments: what is tried out on some of the clients.
    interruption: what it must be worth, 0 to 1, to interrupt somebody with what may wait.
    interruptions_an_hour: how many of those a person, or a team, has in any hour, at most.
    cover_after: seconds after which a screen that nobody touches shows nothing of anybody; 0 for never.
    menu: what its hotels offer; destinations: where it would have guests go next.
    tiers: facts that are more intimate here than `schemas/tiers.py` says: fact -> tier.
    guards: guard -> threshold -> number, of those that docs/guards.md lists.
    events: private events to which clients are invited. designers: who may sign for what they drew.
    """

    id: Id
    name: str
    group: str | None = None
    languages: list[Tag]
    currency: Currency
    tone: str = ""
    sites: list[Site]
    staff: list[Person]
    teams: list[Team]
    catalogue: list[Article] = []
    consent: dict[str, dict[str, bool]] = {}
    sources: list[Source] = []
    unknown_sources: Literal["accept", "quarantine"] = "accept"
    handed_over: dict[str, str] = {}
    tells: list[Id] = []
    hears: list[Id] = []
    stock: dict[str, dict[str, int]] = {}
    rota: dict[str, list[Shift]] = {}
    tiers: dict[str, int] = {}
    guards: dict[str, dict[str, float]] = {}
    events: list[Occasion] = []
    designers: list[Designer] = []
    segments: list[Segment] = []
    shadow: bool = False
    shadow_actions: list[str] = []
    models: dict[str, str] = {}
    shadow_models: list[str] = []
    experiments: list[Experiment] = []
    interruption: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.1
    interruptions_an_hour: AnHour = 8
    cover_after: Annotated[int, Meta(ge=0, le=86_400)] = 300
    menu: list[Offer] = []
    destinations: list[Destination] = []

    @property
    def places(self) -> list[str]:
        """Ids of all that has an inbox: every site, and every team that belongs to none."""
        return [s.id for s in self.sites] + [t.id for t in self.teams if t.site is None]

    @property
    def shadows(self) -> list[Silence]:
        """What runs in shadow, as silences that never end and keep nothing for later."""
        actions: list[str | None] = [None] if self.shadow else [*self.shadow_actions]
        file = "the maison file"
        return [
            Silence(maison=self.id, action=action, at=0.0, by=file, why="in shadow", shadow=True)
            for action in actions
        ]

    @property
    def named(self) -> dict[str, str]:
        """Id -> name of whatever may be recommended: articles, offers of the menu, destinations."""
        names = {a.sku: a.name for a in self.catalogue}
        return names | {o.id: o.name for o in self.menu} | {d.id: d.name for d in self.destinations}

    def site(self, id: str) -> Site | None:
        """The site of that id, or None."""
        return next((s for s in self.sites if s.id == id), None)

    def site_coded(self, code: str) -> Site | None:
        """The site that other systems call so, or None."""
        return next((s for s in self.sites if code in s.codes), None)

    def person(self, id: str | None) -> Person | None:
        """The person of that id, or None."""
        return next((p for p in self.staff if p.id == id), None)

    def heir(self, id: str | None) -> str | None:
        """Who looks after the clients of that person today: themselves, or whoever their book came to.

        None for nobody: a book left to no one, or handed round in a circle.
        """
        seen: set[str] = set()
        while id is not None and id in self.handed_over:
            if id in seen:
                return None
            seen.add(id)
            id = self.handed_over[id] or None
        return id

    def interruptions_of(self, hearer: str) -> int:
        """How many interruptions an hour a person or a team may have."""
        found = self.person(hearer) or next((t for t in self.teams if t.id == hearer), None)
        own = None if found is None else found.interruptions_an_hour
        return self.interruptions_an_hour if own is None else own

    def on_duty_since(self, id: str, place: str, now: float) -> float | None:
        """When the shift of the rota began that a person has now at a site; None where there is none."""
        here = (s.begins for s in self.rota.get(id, ()) if s.site == place and s.begins <= now < s.ends)
        return max(here, default=None)

    def shift_ended(self, id: str, place: str, now: float) -> float | None:
        """When the last shift of the rota ended that a person had at a site; None where they had none."""
        return max((s.ends for s in self.rota.get(id, ()) if s.site == place and s.ends <= now), default=None)

    def in_stock(self, site: str | None, sku: str) -> bool:
        """Whether an article may be shown at a site: nothing is known against it."""
        known = self.stock.get(site or "")
        return known is None or known.get(sku, 0) > 0

    def works_at(self, id: str, place: str) -> bool:
        """Whether a person has this site, or the inbox of this team that has none, before them."""
        person = self.person(id)
        if person is None:
            return False
        if self.site(place) is not None:
            return not person.sites or place in person.sites
        return any(t.id == place and id in t.members for t in self.teams)

    def trusts(self, source: str) -> bool:
        """Whether a source may link identifiers; one the file does not name may, another house may not."""
        if source.startswith(GRANT):
            return False
        found = declared(self.sources, source)
        return found is None or found.trust

    def team_of(self, site: str | None) -> Team | None:
        """The team of a site; of no site, the maison's own."""
        return next((t for t in self.teams if t.site == site), None)


def maison_from(table: Mapping[str, Any], where: str) -> Maison:
    """A maison from a parsed TOML table. Raises `ValueError` with a line for all that is wrong: the file, the
    field, the reason, and what to do.

    What does not agree with the rest of the file is told once the form of every field is right.
    """
    maison = formed(table, where)
    refuse(where, disagreeing(maison))
    return maison


def formed(table: Mapping[str, Any], where: str) -> Maison:
    """A maison of a table in the right form. Raises `ValueError` with a line for each field that is not."""
    refuse(where, wrongs(table, Maison))
    return msgspec.convert(table, Maison)


def refuse(where: str, wrong: Iterable[str]) -> None:
    """Raises `ValueError` with a line for each thing that is wrong with a file; nothing where nothing is."""
    if lines := [f"{where}: {one}" for one in wrong]:
        raise ValueError("\n".join(lines))


def disagreeing(maison: Maison) -> Iterator[str]:
    """All that names what the file does not have, or has twice, in words."""
    sites, people = {s.id for s in maison.sites}, {p.id for p in maison.staff}
    known = ", ".join(sorted(sites))
    for person in maison.staff:
        for unknown in sorted(set(person.sites) - sites):
            yield f"staff {person.id} works at an unknown site {unknown!r}: write some of {known}"
    for team in maison.teams:
        if team.site is not None and team.site not in sites:
            yield f"team {team.id} belongs to an unknown site {team.site!r}: write one of {known}"
        for member in sorted(set(team.members) - people):
            yield f"team {team.id} has an unknown member {member!r}: name them under [[staff]]"
    yield from _wrong_consent(maison)
    yield from _wrong_hands(maison)
    for site in maison.sites:
        yield from site.wrongs
        if not _is_timezone(site.timezone):
            yield f"site {site.id} has an unknown timezone {site.timezone!r}: write one as Europe/Paris"
        if maison.team_of(site.id) is None:
            yield f"site {site.id} has no team: add [[teams]] with site = {site.id!r}"
    for code in _twice(code for site in maison.sites for code in site.codes):
        yield f"the code {code!r} is of two sites: leave it to one"
    yield from _declared_twice(maison)
    for unknown in sorted(maison.stock.keys() - sites):
        yield f"stock is of an unknown site {unknown!r}: write one of {known}"
    yield from wrongly_raised(maison.tiers)
    yield from wrongly_declared(maison.segments, {t.id for t in maison.teams})
    yield from wrongly_tried(maison.experiments)
    hotels, articles = {s.id for s in maison.sites if s.kind == "hotel"}, {a.sku for a in maison.catalogue}
    yield from wrongly_offered(maison.menu, maison.destinations, hotels, articles)
    if maison.team_of(None) is None:
        yield "no team without a site: someone must hear what belongs to none: add [[teams]] without one"


def _declared_twice(maison: Maison) -> Iterator[str]:
    """Of two that go by one name the first alone would be seen."""
    named = {
        "site": [site.id for site in maison.sites],
        "person": [person.id for person in maison.staff],
        "team": [team.id for team in maison.teams],
        "article": [article.sku for article in maison.catalogue],
        "event": [event.id for event in maison.events],
        "designer": [designer.id for designer in maison.designers],
        "source": [source.source for source in maison.sources],
    }
    for what, names in named.items():
        for name in _twice(names):
            yield f"the {what} {name!r} is declared twice: leave one"
    for team in maison.teams:
        if team.site is None and maison.site(team.id) is not None:
            yield f"team {team.id} has the id of a site, and so its inbox: give it another"


def _twice(names: Iterable[str]) -> list[str]:
    return sorted(name for name, count in Counter(names).items() if count > 1)


def _wrong_consent(maison: Maison) -> Iterator[str]:
    for row, allowed in maison.consent.items():
        if row != "default" and not (len(row) == 2 and row.isascii() and row.isalpha() and row.isupper()):
            yield f"consent.{row} is no jurisdiction: write default, EU, or a code as FR"
        for purpose in sorted(set(allowed).difference(PURPOSES)):
            known = ", ".join(sorted(PURPOSES))
            yield f"consent.{row} has an unknown purpose {purpose!r}: write one of {known}"


def _wrong_hands(maison: Maison) -> Iterator[str]:
    """Who signs, and to what clients are invited, must exist."""
    designers = {d.id for d in maison.designers}
    for article in maison.catalogue:
        if article.designer is not None and article.designer not in designers:
            name = article.designer
            yield f"article {article.sku} has an unknown designer {name!r}: name them under [[designers]]"
    for site in maison.sites:
        if site.director is not None and maison.person(site.director) is None:
            yield f"site {site.id} has an unknown director {site.director!r}: name them under [[staff]]"
    for event in maison.events:
        if maison.site(event.site) is None:
            yield f"event {event.id} is at an unknown site {event.site!r}: name it under [[sites]]"
        yield from event.wrongs


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_timezone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True
