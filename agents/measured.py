"""L5: what a house measures of its people and of what clients make of it, by what its log tells. Pure.

What staff did counts by the clock of their verdict, what clients did by that of the event. Whoever is known
under several identifiers is one client, as far as these are linked when it is measured.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import ceil
from typing import Any

import msgspec

from feature_store.days import day_of
from feature_store.features.cases import ends
from schemas.events.chat import CallIncoming, ChatMessage
from schemas.events.client import ClientCase, ClientConsent, ClientContacted, ClientRating
from schemas.events.hotel import HotelCheckout
from schemas.events.staff import StaffFeedback
from schemas.events.store import StoreCheckin, StorePurchase
from schemas.key import key_of_event
from schemas.maison import Maison
from schemas.sources import of_staff

VISIT = 12 * 3600.0
"""Seconds within which check-ins at a boutique are one visit, and an order there is of it."""
FOLLOWED, REFUSED = frozenset({"accepted", "edited", "done"}), frozenset({"dismissed", "never"})
TAKEN = FOLLOWED | {"claimed"}
WRITING = frozenset({"marketing", "one_to_one"})
"""Purposes for which the house writes or calls: who refuses one has had enough."""
SEVERAL = 2
"""From how many orders or stays on somebody has come back."""
LEAST = 20
"""Welcomes below which a language or a country is not told apart: they would be those of a few people."""
ANSWERING = 5
"""People at a site who must have answered cards, none of them more than half, for the site to be told apart:
of fewer it would be measured how each of them works. A house measures itself and not its people."""
UNKNOWN = "unknown"


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """So many of so many; `share` is null where there were none."""

    count: int
    of: int
    share: float | None


class Time(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds, of so many: the median, and within what nine in ten lie; null where there were none."""

    of: int
    median: float | None
    nine_in_ten: float | None


class PerThousand(msgspec.Struct, frozen=True, kw_only=True):
    """So many, and how many that is for each thousand contacts; null where nobody was contacted."""

    count: int
    per_thousand: float | None


class Welcomed(msgspec.Struct, frozen=True, kw_only=True):
    """How those of one language, or of one country, were welcomed: cards followed, and how soon taken."""

    followed: Share
    claimed: Time


class AtSite(msgspec.Struct, frozen=True, kw_only=True):
    """One site: its cards followed, and how soon taken; of a boutique, visits at which something was bought,
    null where fewer than twenty clients came.
    """

    followed: Share
    claimed: Time
    bought: Share | None


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """A house within some days.

    followed: cards that somebody saw. claimed: from a card's reaching an inbox until somebody took it.
    bought: visits to a boutique during which something was bought. ordered_again, stayed_again: clients who
    ordered, or left a hotel, and had done so before. answered: from a client's first unanswered message to
    the answer. contacts: days on which the house reached out to a client, a channel each, but for answers.
    opted_out: clients who refused to be written to or called. complained: complaints of which a step was
    told, be it the last.
    useful: answers of clients who were asked whether a contact was of use to them.
    held_back: guard -> actions that it held back. welcomed: `language` and `country` -> which, or `unknown`
    -> how they were welcomed at a boutique; of fewer than twenty cards nothing is said. sites: null where
    too few answered, or would where what is told of the others is taken off the whole.
    """

    maison: str
    followed: Share
    claimed: Time
    bought: Share
    ordered_again: Share
    stayed_again: Share
    answered: Time
    contacts: int
    opted_out: PerThousand
    complained: PerThousand
    useful: Share
    held_back: dict[str, int]
    welcomed: dict[str, dict[str, Welcomed]]
    sites: dict[str, AtSite | None] = {}


class Counted:
    """What is counted of the events of a house from `since` until `until`, Unix seconds; memory grows with
    the clients, cards and messages among them."""

    def __init__(self, maison: Maison, pepper: bytes, since: float, until: float) -> None:
        self._maison, self._pepper = maison, pepper
        self._since, self._until = since, until
        self._known: set[int] = set()
        self._cards: dict[str, list[tuple[float, str]]] = defaultdict(list)
        self._answered: dict[str, set[str]] = defaultdict(set)
        self._places: dict[str, tuple[float, str]] = {}
        self._visits: dict[tuple[str, str], list[float]] = defaultdict(list)
        self._orders: dict[tuple[str, str | None], list[float]] = defaultdict(list)
        self._stays: set[str] = set()
        self._talks: dict[str, list[tuple[float, bool]]] = defaultdict(list)
        self._reached: set[tuple[str, int, str, bool]] = set()
        self._wrote: set[tuple[str, int, str]] = set()
        self._refused: set[str] = set()
        self._complaints: set[tuple[str, str]] = set()
        self._rated: list[bool] = []
        self._take: dict[type[Any], Callable[[Any, str, float], None]] = {
            StaffFeedback: self._verdict,
            StoreCheckin: self._visit,
            StorePurchase: self._order,
            HotelCheckout: self._stay,
            ChatMessage: self._message,
            CallIncoming: self._call,
            ClientContacted: self._contact,
            ClientConsent: self._consent,
            ClientCase: self._case,
            ClientRating: self._rating,
        }

    def take(self, event: Any) -> None:
        """One event, in whatever order; one that comes twice counts once."""
        take, at = self._take.get(type(event)), event.time.timestamp()
        if take is None or not self._since <= at < self._until:
            return
        oid, name = key_of_event(event, self._pepper), hash((event.source, event.id))
        if oid is not None and name not in self._known:
            self._known.add(name)
            take(event, oid, at)

    @property
    def parts(self) -> set[str]:
        """Every part that was counted: who they are is to be looked up."""
        several = (self._orders, self._visits, self._reached, self._wrote, self._complaints)
        return {one[0] for some in several for one in some} | self._stays | self._refused

    @property
    def came_back(self) -> tuple[set[str], set[str]]:
        """Parts that ordered, and that left a hotel: what they did before is to be looked up."""
        return {oid for oid, _ in self._orders}, self._stays

    def measured(
        self,
        client: Mapping[str, str],
        orders: Mapping[str, int],
        stays: Mapping[str, int],
        held_back: Mapping[str, int],
        welcomes: Mapping[str, Mapping[str, str]],
    ) -> Measured:
        """client: part -> who it is, itself where nothing is said. orders, stays: client -> how many ever.
        welcomes: card -> `language` and `country` of whom it was for, as far as they are known.
        """

        def of(parts: Iterable[str], ever: Mapping[str, int]) -> Share:
            who = {client.get(part, part) for part in parts}
            return share(sum(ever.get(one, 0) >= SEVERAL for one in who), len(who))

        ordered, stayed = self.came_back
        contacts = self._contacts(client)
        refused = {client.get(part, part) for part in self._refused}
        complaints = {(client.get(part, part), case) for part, case in self._complaints}
        return Measured(
            maison=self._maison.id,
            followed=_followed(self._cards.values()),
            claimed=time([t for card in self._cards.values() for t in _until_taken(card)]),
            bought=self._bought(client),
            ordered_again=of(ordered, orders),
            stayed_again=of(stayed, stays),
            answered=time([t for talk in self._talks.values() for t in _until_answered(talk)]),
            contacts=contacts,
            opted_out=per_thousand(len(refused), contacts),
            complained=per_thousand(len(complaints), contacts),
            useful=share(sum(self._rated), len(self._rated)),
            held_back=dict(sorted(held_back.items(), key=lambda one: (-one[1], one[0]))),
            sites=self._sites(client),
            welcomed={kind: self._welcomed(kind, welcomes) for kind in ("language", "country")},
        )

    def _verdict(self, event: StaffFeedback, oid: str, at: float) -> None:
        said = event.data.because if event.data.verdict == "dismissed" else None
        alert, place = event.data.alert, event.data.place
        self._cards[alert].append((at, said or event.data.verdict))
        if place is not None:
            self._places[alert] = max(self._places.get(alert, (at, place)), (at, place))
        if of_staff(event.source) and event.data.verdict in TAKEN | REFUSED:
            self._answered[alert].add(event.data.staff)

    def _visit(self, event: StoreCheckin, oid: str, at: float) -> None:
        site = self._maison.site(event.data.site)
        if site is not None and site.kind == "boutique":
            self._visits[oid, site.id].append(at)

    def _order(self, event: StorePurchase, oid: str, at: float) -> None:
        if event.data.changed:
            return
        here = event.data.site if event.data.channel == "store" else None
        self._orders[oid, here].append(at)

    def _stay(self, event: HotelCheckout, oid: str, at: float) -> None:
        self._stays.add(oid)

    def _message(self, event: ChatMessage, oid: str, at: float) -> None:
        data = event.data
        ours = data.direction == "out"
        self._talks[f"{data.channel} {data.conversation}"].append((at, ours))
        if ours:
            self._reached.add((oid, day_of(at), data.channel, True))
        else:
            self._wrote.add((oid, day_of(at), data.channel))

    def _call(self, event: CallIncoming, oid: str, at: float) -> None:
        self._wrote.add((oid, day_of(at), "phone"))

    def _contact(self, event: ClientContacted, oid: str, at: float) -> None:
        if event.data.from_ is None:  # what another house says of its own
            self._reached.add((oid, day_of(at), event.data.channel, False))

    def _consent(self, event: ClientConsent, oid: str, at: float) -> None:
        if event.data.purpose in WRITING and event.data.state == "none":
            self._refused.add(oid)

    def _case(self, event: ClientCase, oid: str, at: float) -> None:
        if event.data.kind == "complaint" and not ends(event.data.status):
            self._complaints.add((oid, event.data.case))

    def _rating(self, event: ClientRating, oid: str, at: float) -> None:
        if not of_staff(event.source):  # nobody rates themselves
            self._rated.append(event.data.useful)

    def _contacts(self, client: Mapping[str, str]) -> int:
        """As the feature `contacts` has it: what answers a word of that day or the day before is none."""
        wrote = {(client.get(oid, oid), day, channel) for oid, day, channel in self._wrote}
        reached = {(client.get(oid, oid), day, channel, chat) for oid, day, channel, chat in self._reached}
        return len(
            {
                (who, day, channel)
                for who, day, channel, chat in reached
                if not chat or wrote.isdisjoint({(who, day, channel), (who, day - 1, channel)})
            }
        )

    def _welcomed(self, kind: str, welcomes: Mapping[str, Mapping[str, str]]) -> dict[str, Welcomed]:
        groups: dict[str, list[list[tuple[float, str]]]] = defaultdict(list)
        for alert, who in welcomes.items():
            if alert in self._cards:
                groups[who.get(kind, UNKNOWN)].append(self._cards[alert])
        return {
            name: Welcomed(
                followed=_followed(cards), claimed=time([t for card in cards for t in _until_taken(card)])
            )
            for name, cards in sorted(groups.items())
            if len(cards) >= LEAST
        }

    def _sites(self, client: Mapping[str, str]) -> dict[str, AtSite | None]:
        """Of each site what can be told of it, and of all others together, without telling of a few."""
        at: dict[str, list[str]] = {site.id: [] for site in self._maison.sites}
        elsewhere: list[str] = []
        for alert in self._cards:
            at.get(self._places.get(alert, (0.0, ""))[1], elsewhere).append(alert)
        came: dict[str, set[str]] = {site: set() for site in at}
        for oid, site in self._visits:
            came[site].add(client.get(oid, oid))
        told = _apart(at, elsewhere, self._enough)
        visited = _apart(
            {site: [*came[site]] for site in told},
            [w for s in came.keys() - told for w in came[s]],
            lambda who: len({*who}) >= LEAST,
        )
        return {
            site: AtSite(
                followed=_followed(cards := [self._cards[alert] for alert in at[site]]),
                claimed=time([t for card in cards for t in _until_taken(card)]),
                bought=self._bought(client, site) if site in visited else None,
            )
            if site in told
            else None
            for site in at
        }

    def _enough(self, alerts: Sequence[str]) -> bool:
        """Whether so many cards, answered by so many, tell of none of them."""
        cards = [self._cards[alert] for alert in alerts]
        least = min(_followed(cards).of, sum(1 for card in cards for _ in _until_taken(card)))
        answered = Counter(staff for alert in alerts for staff in self._answered.get(alert, ()))
        most = max(answered.values(), default=0)
        return least >= LEAST and len(answered) >= ANSWERING and 2 * most <= answered.total()

    def _bought(self, client: Mapping[str, str], only: str | None = None) -> Share:
        orders: dict[tuple[str, str | None], list[float]] = defaultdict(list)
        for (oid, here), times in self._orders.items():
            orders[client.get(oid, oid), here] += times
        visits: dict[tuple[str, str], list[float]] = defaultdict(list)
        for (oid, site), times in self._visits.items():
            visits[client.get(oid, oid), site] += times
        begun = [
            (who, site, at)
            for (who, site), times in visits.items()
            if only in (None, site)
            for at in _begun(sorted(times))
        ]
        bought = sum(
            any(at <= order < at + VISIT for order in orders.get((who, site), ())) for who, site, at in begun
        )
        return share(bought, len(begun))


def _apart(
    at: Mapping[str, Sequence[str]], elsewhere: Sequence[str], enough: Callable[[Sequence[str]], bool]
) -> set[str]:
    """The sites that can be told apart: that have enough, and leave enough to the rest, which is what remains
    of the whole once they are taken off. Where it does not, the smallest of them goes with it.
    """
    told = {site for site, of in at.items() if enough(of)}
    while told:
        rest = [*elsewhere, *(one for site, of in at.items() if site not in told for one in of)]
        if not rest or enough(rest):
            break
        told.remove(min(told, key=lambda site: (len(at[site]), site)))
    return told


def share(count: int, of: int) -> Share:
    """
    >>> share(1, 4).share, share(0, 0).share
    (0.25, None)
    """
    return Share(count=count, of=of, share=count / of if of else None)


def time(seconds: Sequence[float]) -> Time:
    """
    >>> time([4.0, 1.0, 2.0]).median, time([4.0, 1.0, 2.0]).nine_in_ten, time([]).median
    (2.0, 4.0, None)
    """
    ordered = sorted(seconds)

    def within(part: float) -> float | None:
        return ordered[ceil(part * len(ordered)) - 1] if ordered else None

    return Time(of=len(ordered), median=within(0.5), nine_in_ten=within(0.9))


def per_thousand(count: int, contacts: int) -> PerThousand:
    """
    >>> per_thousand(3, 1_200).per_thousand
    2.5
    """
    return PerThousand(count=count, per_thousand=1_000 * count / contacts if contacts else None)


def _followed(cards: Iterable[list[tuple[float, str]]]) -> Share:
    """As the model `acceptance` is told: of what was called off, already seen to, or claimed and left at that
    nobody knows whether it was followed."""
    followed = refused = 0
    for card in cards:
        said = {verdict for _, verdict in card}
        if said & FOLLOWED or "declined" in said:
            followed += 1
        elif said.isdisjoint({"claimed", "looked_after"}) and said & {*REFUSED, *_BECAUSE, "seen"}:
            refused += 1
    return share(followed, followed + refused)


_BECAUSE = frozenset({"not_now", "not_for_them"})


def _until_taken(card: list[tuple[float, str]]) -> Iterable[float]:
    reached = min((at for at, verdict in card if verdict == "delivered"), default=None)
    taken = min((at for at, verdict in card if verdict in TAKEN), default=None)
    if reached is not None and taken is not None:
        yield max(0.0, taken - reached)


def _until_answered(talk: list[tuple[float, bool]]) -> Iterable[float]:
    waits: float | None = None
    for at, ours in sorted(talk):
        if not ours:
            waits = at if waits is None else waits
        elif waits is not None:
            yield at - waits
            waits = None


def _begun(times: list[float]) -> Iterable[float]:
    """When each visit began, of check-ins in their order."""
    last = float("-inf")
    for at in times:
        if at >= last + VISIT:
            last = at
            yield at
