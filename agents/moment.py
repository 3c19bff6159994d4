"""The moment at which a decision is made, and what may be proposed at it. Plain data."""

from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Any, Literal, TypeVar, cast

import msgspec

from agents.amiss import amiss
from agents.declared import declared, licensed
from agents.granted import Granted, granted
from agents.local import Local, zone
from feature_store.consent import Law, Standing, allowed_until, law_of, standing
from feature_store.feature import House, short
from feature_store.features.attention import Proposed, coded
from feature_store.features.profile import believed
from feature_store.record import slice_of
from feature_store.scale import Scale
from feature_store.statement import Claim
from feature_store.store import Timer
from feature_store.together import Together
from schemas.alerts import Recommendation
from schemas.envelope import Channel, Event
from schemas.events.client import ClientProfile, ClientReview, Purpose
from schemas.maison import Maison, Person
from schemas.silence import Silence

T = TypeVar("T")
OF_STAFF = ("preferences.", "sizes.", "advisor", "deceased")
"""Fields of a profile that direct staff, by their first letters."""


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """An event or a timer, the client as all linked parts say, and the time.

    id: names the moment; the same moment computed again has the same id. part: the part it happened to.
    house: the maison's articles, by `sku` and by what records keep of them; together: which go together.
    client: the merged record; own: that of the part, where it is at hand; was: that of the client before
    others turned out to be them. at: when it happened; now: the lane's clock; both Unix seconds. silences:
    what people of the maison are told nothing of. scale: where clients stand among those of the house. arms:
    experiment -> the arm this client is in.
    estimators: what models know, by (maison, model). anew: whether what stands was told of somebody
    else than they are from now on: under another name, say, or as one with another client, or on a channel
    that they refuse.
    """

    id: str
    maison: Maison
    part: str
    event: Event | None
    timer: Timer | None
    client: Any
    at: float
    now: float
    house: House = House()
    together: Together = Together()
    silences: Sequence[Silence] = ()
    scale: Scale = Scale()
    arms: Mapping[str, str] = {}
    estimators: Mapping[tuple[str, str], Any] = {}
    anew: bool = False
    own: Any = None
    was: Any = None
    _worked: dict[Any, Any] = {}
    """What was worked out once: rules and guards ask it over again."""

    @classmethod
    def of_a_look(cls, maison: Maison, part: str, client: Any, now: float) -> "Moment":
        """At which nothing happens but that somebody looks."""
        return cls(id="", maison=maison, part=part, event=None, timer=None, client=client, at=now, now=now)

    def __post_init__(self) -> None:
        """A moment that is another's but for the client or the time must not stand as that one does."""
        msgspec.structs.force_setattr(self, "_worked", {})

    def profile(self, field: str) -> Any:
        """A stated field of the profile (`preferences.wine`), or None.

        What the client licenses outranks what a page states, and a page alone never tells staff what to do:
        anybody could have written it.
        """
        key = ("profile", field)
        if key not in self._worked:
            self._worked[key] = self._profile(field)
        return self._worked[key]

    def once(self, work: Callable[["Moment"], T]) -> T:
        """What is worked out from this moment, worked out once. What it gives must not hold the moment."""
        if work not in self._worked:
            self._worked[work] = work(self)
        return cast(T, self._worked[work])

    def _profile(self, field: str) -> Any:
        said = self.once(_believed).get(field)
        if said is not None and not said.page:
            return said.value
        if (known := self.once(_licensed)) and (value := declared(known, field)) is not None:
            return value
        told = granted(self.client, field, self.now)
        if told is not None and (said is None or field.startswith(OF_STAFF)):
            return told.value
        return None if said is None or field.startswith(OF_STAFF) else said.value

    def grant_of(self, field: str) -> Granted | None:
        """The grant under which a field of the profile came from another house; None where it did not."""
        told = granted(self.client, field, self.now)
        return told if told is not None and self.profile(field) == told.value else None

    @property
    def parted(self) -> bool:
        """Whether somebody who was taken for this client has just turned out to be another."""
        return isinstance(self.event, ClientReview) and self.event.data.parted

    @property
    def joined(self) -> bool:
        """Whether somebody who was taken for another has just turned out to be this client too."""
        return isinstance(self.event, ClientReview) and bool(self.event.data.joined) and not self.parted

    @property
    def told_more(self) -> bool:
        """Whether more is told of who they are, by a profile or by another part of theirs."""
        return isinstance(self.event, ClientProfile) or self.joined

    def news(self, holds: Callable[["Moment"], bool]) -> bool:
        """Whether something holds of a client; where others turn out to be them, and it did not before."""
        return holds(self) and (self.was is None or not holds(msgspec.structs.replace(self, client=self.was)))

    @property
    def known(self) -> bool:
        """Whether the house knows more of this client than that they are here."""
        facts, agreed = slice_of(self.client, "facts"), slice_of(self.client, "appointments").kept
        said = slice_of(self.client, "profile").said
        return bool(said or facts.purchases or facts.bookings or facts.stays or agreed)

    def allows(self, purpose: str, channel: str | None = None) -> bool:
        """Whether a purpose (on a channel) is allowed now to a person of the house."""
        return self.standing(purpose, channel).allowed

    def standing(self, purpose: str, channel: str | None = None) -> Standing:
        """What holds for a purpose (on a channel) now, and why."""
        key = ("standing", purpose, channel)
        known: Standing | None = self._worked.get(key)
        if known is None:
            said = slice_of(self.client, "consent")
            known = self._worked[key] = standing(said, self.once(_law), purpose, channel, self.now)
        return known

    def until(self, purpose: str, channel: str | None = None) -> float:
        """When a purpose (on a channel) is allowed no more, Unix seconds: now where it is not, infinity where
        it stays."""
        said = slice_of(self.client, "consent")
        if said.expires:
            return allowed_until(said, self.once(_law), purpose, channel, self.now)
        return inf if self.allows(purpose, channel) else self.now

    @property
    def priors(self) -> Mapping[str, Any]:
        """What forecasts of this maison know, by name; nothing of a client who may not be profiled, nor of a
        record that is hardly one client's (`agents/amiss.py`)."""
        return self.once(_priors) if self.allows("profiling") and amiss(self.client) is None else {}

    @property
    def advisor(self) -> Person | None:
        """The client's assigned advisor, or whoever has taken over their book; None where nobody has."""
        return self.once(_advisor)

    @property
    def local(self) -> Local:
        """The clock where the client is, by the zone they state; else of their advisor or the first site."""
        return self.once(_local)

    def open_alerts(self) -> dict[str, Proposed]:
        """Alerts about this client that are not over, by id."""
        alerts = slice_of(self.client, "attention").alerts
        return {id: p for id, p in alerts.items() if p.until > self.now} if alerts else {}

    def told_here(self) -> dict[str, Proposed]:
        """Those of them that were told of the part this moment is of."""
        own = slice_of(self.own, "attention").alerts if self.own is not None else {}
        return {id: entry for id, entry in self.open_alerts().items() if id in own}

    def to_tell_anew(self) -> dict[str, Proposed]:
        """Those that this part is to tell anew or take back: all, but of two who turn out to be one, who are
        asked at once, each its own."""
        return self.told_here() if self.joined else self.open_alerts()

    def is_to_tell_anew(self, action: str, ref: str) -> bool:
        """Whether an alert of that action about that is not over, and this part is to tell it anew."""
        same = self.alike(action, ref)
        return bool(same) and same[0][0] in self.to_tell_anew()

    def open_of(self, *actions: str) -> list[Proposed]:
        """Those of these actions."""
        return [entry for entry in self.open_alerts().values() if entry.action in actions]

    def alike(self, action: str, ref: str) -> list[tuple[str, Proposed]]:
        """Those of an action about something; of several, that which staff have come furthest with is the
        first."""
        open = self.open_alerts()
        if not open:
            return []
        code, ref = coded(action), short(ref)
        found = [(id, entry) for id, entry in open.items() if entry.code == code and entry.ref == ref]
        return sorted(found, key=lambda one: (-one[1].step, not one[1].accepted, one[1].at, one[0]))

    def is_open(self, action: str, ref: str) -> bool:
        """Whether an alert of that action about that is not over."""
        return any(entry.ref == short(ref) for entry in self.open_of(action))


def _believed(moment: Moment) -> dict[str, Claim]:
    return believed(slice_of(moment.client, "profile"))


def _licensed(moment: Moment) -> list[dict[str, Any]]:
    return licensed(moment.client, moment.now)


def _law(moment: Moment) -> Law:
    event: Any = moment.event
    site = moment.maison.site(getattr(event.data, "site", None) or "") if event else None
    return law_of(moment.maison, slice_of(moment.client, "profile"), site)


def _priors(moment: Moment) -> Mapping[str, Any]:
    house = moment.maison.id
    return {name: known for (maison, name), known in moment.estimators.items() if maison == house}


def _advisor(moment: Moment) -> Person | None:
    return moment.maison.person(moment.maison.heir(moment.profile("advisor")))


def _local(moment: Moment) -> Local:
    sites = [*moment.advisor.sites] if moment.advisor else []
    site = next((s for id in sites if (s := moment.maison.site(id)) is not None), moment.maison.sites[0])
    stated = moment.profile("timezone")
    return Local(stated if zone(stated) else site.timezone, moment.now)


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A next action somebody might be asked to take. Times are Unix seconds.

    ref: what it is about; a second proposal of the same action and ref updates the first.
    site: where it matters; None for what belongs to no site. staff: the one person it is for, if any.
    purpose: what consent it needs; `also`: further ones it does not go without. present: the client stands in
        front of somebody. contact: somebody is to write to the client, call or send for them; channel: by
        what, where that is not theirs to choose. care: it looks after the client and offers nothing.
    title, why, say, avoid: each a `Phrase` that names the facts it tells; a plain string is held for words.
    allowed_to: when the first of what the client allows of it runs out; None where nothing does.
    success: what would count as success, in a sentence for staff. signatory: whose hand signs, if any.
    subject: articles it speaks of besides those it recommends.
    value: what acceptance is worth, 0 to 1. escalate: seconds without a claim until somebody else hears.
    timer: which of the timers that wake its rule asks again where a guard bids an event's proposal wait; what
        a timer proposes is asked again by that timer.
    updates: a second proposal about the same ref changes the open alert instead of being a repetition.
    silence: seconds after which the same may be proposed again.
    """

    action: str
    ref: str
    site: str | None
    staff: str | None = None
    purpose: Purpose
    also: tuple[Purpose, ...] = ()
    present: bool = False
    contact: bool = False
    channel: Channel | None = None
    care: bool = False
    title: str
    why: Sequence[str]
    say: str | None = None
    avoid: Sequence[str] = ()
    recommendations: list[Recommendation] = []
    subject: Sequence[str] = ()
    success: str
    signatory: str | None = None
    urgency: int
    valid_to: float
    due: float | None = None
    allowed_to: float | None = None
    hold_or_drop: Literal["hold", "drop"] = "drop"
    timer: str | None = None
    value: float
    escalate: float | None = None
    updates: bool = False
    silence: float = 86_400.0

    @property
    def asks(self) -> bool:
        """Whether it offers something, or has somebody write or call: more than a service before them."""
        return self.contact or {self.purpose, *self.also} != {"service"}


class Withdraw(msgspec.Struct, frozen=True, kw_only=True):
    """What was proposed about `ref` is over: `retracted` (it was cancelled) or `done` (it happened). `alert`:
    that one alone, where others of it stay.
    """

    action: str
    ref: str
    status: Literal["retracted", "done"]
    alert: str | None = None


class Again(msgspec.Struct, frozen=True, kw_only=True):
    """Ask again at `due`, Unix seconds: at the timer that came too early, or at the one named `kind:what`.

    With `due` 0 that one is dropped: there is nothing left to ask.
    """

    due: float
    name: str | None = None
