"""From the topic `alerts` to inboxes: route, keep alive, tell what was delivered. Pure.

A slice of the topic goes `unpack` -> `Inboxes.read(slice.wanted)` -> `deliver` -> publish its feedback and
`Inboxes.apply`, at once: a page need not wait for Kafka to hear that it was told. Inboxes that refuse are
read again and delivered again (`slice.only`): offsets already applied are skipped, and what they showed is
told again under the same id, so any step may be repeated and a kill between any two loses nothing.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime

import msgspec

from agents import alert_life
from agents.plan import Dead, Raw
from feature_store.inbox import START, Entry, Presence, View, Write
from schemas.alerts import (
    Addressee,
    Alert,
    AlertChange,
    Answer,
    InboxMessage,
    PresenceChange,
    Shown,
    StatusChange,
    decode_inbox,
)
from schemas.codec import Unreadable
from schemas.events.staff import Because, FeedbackData, StaffFeedback, Verdict
from schemas.maison import Maison
from schemas.times import seconds
from schemas.who import Who

LONGEST_DUTY = 16 * 3600.0
"""Seconds after which somebody who came on duty and never signed off is taken to have gone home."""
OVERTIME = 3600.0
"""Seconds after the end of a shift of the rota for which somebody who said nothing since may have stayed."""


class ForeignLog(RuntimeError):
    """The store was filled from another log than the one being read; the text is a sentence."""


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """Readable messages by inbox, in order of offset, and the dead."""

    inboxes: dict[str, list[tuple[int, InboxMessage]]]
    dead: list[Dead] = []

    @property
    def wanted(self) -> dict[str, set[str]]:
        """The alert ids of each inbox, as `Inboxes.read` takes them."""
        return {
            inbox: {alert_id(m) for _, m in messages if not isinstance(m, PresenceChange)}
            for inbox, messages in self.inboxes.items()
        }

    @property
    def left(self) -> set[str]:
        """The inboxes at whose site somebody's duty ends: `deliver` looks at all that is open there."""
        return {
            inbox
            for inbox, messages in self.inboxes.items()
            if any(isinstance(m, PresenceChange) and m.status == "off" for _, m in messages)
        }

    def only(self, inboxes: Collection[str]) -> "Slice":
        """Those inboxes alone, without the dead, which are reported once."""
        return Slice(inboxes={inbox: self.inboxes[inbox] for inbox in inboxes})


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What a slice changes: a write per inbox with something new, and `delivered` for each new alert.

    released: `delivered` of what had waited, to be told before it is shown. spared: by inbox, what nobody is
    shown so as not to interrupt them, to be told once the inbox has it.
    """

    writes: dict[str, Write]
    feedback: list[StaffFeedback]
    released: list[StaffFeedback] = []
    spared: dict[str, list[Entry]] = {}


def alert_id(message: AlertChange | StatusChange) -> str:
    """The alert that a message is about."""
    return message.alert.id if isinstance(message, AlertChange) else message.id


def unpack(messages: Iterable[Raw], maisons: Mapping[str, Maison]) -> Slice:
    """Sorts a slice of one partition by inbox; what cannot be read or placed is dead."""
    inboxes: dict[str, list[tuple[int, InboxMessage]]] = {}
    dead: list[Dead] = []
    for raw in messages:
        try:
            inbox, message = _readable(raw, maisons)
        except ValueError as error:
            dead.append(Dead(raw, str(error)))
        else:
            inboxes.setdefault(inbox, []).append((raw.offset, message))
    return Slice(inboxes=inboxes, dead=dead)


def deliver(
    slice: Slice, views: Mapping[str, View], maisons: Mapping[str, Maison], now: float, epoch: str
) -> Delivery:
    """What a slice does to its inboxes. `epoch` names the log that is read; `now` is Unix seconds.

    Raises `ForeignLog` when an inbox was filled from another log.
    """
    delivery = Delivery(writes={}, feedback=[])
    for inbox, messages in slice.inboxes.items():
        view = views[inbox]
        if view.epoch not in ("", epoch):
            raise ForeignLog(f"Inbox {inbox} was filled from the log {view.epoch}, and this one is {epoch}.")
        delivery.feedback.extend(_told_before(messages, view, now))
        if spared := _spared_before(messages, view):
            delivery.spared[inbox] = spared
        fresh = [(offset, message) for offset, message in messages if offset > view.offset]
        if fresh:
            maison, _, place = inbox.partition("/")
            write, new = _apply(fresh, view, maisons[maison], place, now, epoch)
            delivery.writes[inbox] = write
            delivery.feedback.extend(feedback(alert, hearer(alert), "delivered", now) for alert in new)
    return delivery


def _told_before(messages: list[tuple[int, InboxMessage]], view: View, now: float) -> list[StaffFeedback]:
    """`delivered` of alerts that an earlier run of the slice has shown and may not have lived to tell."""
    shown = [
        view.held[message.alert.id]
        for offset, message in messages
        if offset <= view.offset and isinstance(message, AlertChange) and message.alert.id in view.held
    ]
    return [
        feedback(held.entry.alert, hearer(held.entry.alert), "delivered", now)
        for held in shown
        if held.position != START
    ]


def _spared_before(messages: list[tuple[int, InboxMessage]], view: View) -> list[Entry]:
    """What an earlier run of the slice has kept from everybody and may not have lived to tell."""
    ids = {alert_id(m) for offset, m in messages if offset <= view.offset and isinstance(m, AlertChange)}
    return [held.entry for id, held in view.held.items() if id in ids and held.entry.spared]


def route(
    change: AlertChange, maison: Maison, place: str, presence: Mapping[str, Presence], now: float
) -> Addressee:
    """Whose it is, in the inbox of `place` (a site's id, or a team's that has none).

    Whom the alert already names; else the assigned advisor if on duty here; else the place's team, which
    is everybody on duty. Of somebody who left, whoever has their book now stands in, where they work here.
    """
    named = change.alert.for_
    if named.staff is not None:
        return named if maison.heir(named.staff) == named.staff else successor(maison, place, named.staff)
    team = team_at(maison, place)
    assigned = maison.heir(change.assigned)
    if assigned is not None and on_duty(assigned, maison, place, presence, now):
        return Addressee(staff=assigned)
    return team


def on_duty(staff: str, maison: Maison, place: str, presence: Mapping[str, Presence], now: float) -> bool:
    """What they said last holds; the rota, where they said nothing since the shift began."""
    said, shift = presence.get(staff), maison.on_duty_since(staff, place, now)
    if said is not None and now - said.at < LONGEST_DUTY and (shift is None or said.at >= shift):
        return said.status == "on" and home_since(staff, maison, place, presence, now) is None
    return shift is not None


def home_since(
    staff: str, maison: Maison, place: str, presence: Mapping[str, Presence], now: float
) -> float | None:
    """Since when somebody who did not sign off is taken to have gone home: None while their shift lasts, and
    where nobody knows that they were there."""
    said, ended = presence.get(staff), maison.shift_ended(staff, place, now)
    if maison.on_duty_since(staff, place, now) is not None:
        return None
    if said is not None and said.status != "off" and (ended is None or said.at >= ended):
        at = said.at + LONGEST_DUTY
    elif ended is not None:
        at = ended + OVERTIME
    else:
        return None
    return at if at <= now else None


def gone_home(view: View, maison: Maison, since: float, now: float) -> dict[str, float]:
    """Whose duty at an inbox's site has ended after `since` without a word of theirs, and when."""
    place = view.inbox.partition("/")[2]
    found = {
        staff: home_since(staff, maison, place, view.presence, now)
        for staff in {*view.presence, *maison.rota}
    }
    return {staff: at for staff, at in found.items() if at is not None and at > since}


def freed(view: View, maison: Maison, gone: Mapping[str, float], now: float) -> Write:
    """What they had taken from their team, or were given, is free again. `view` holds all that is open."""
    team = team_at(maison, view.inbox.partition("/")[2])
    entries, shown = _signed_off({id: held.entry for id, held in view.held.items()}, gone, team, now)
    return Write(
        version=view.version, epoch=view.epoch, offset=view.offset, entries=entries, shown=tuple(shown)
    )


def _signed_off(
    entries: Mapping[str, Entry], gone: Mapping[str, float], team: Addressee, now: float
) -> tuple[dict[str, Entry], list[Shown]]:
    free = {
        id: alert_life.signed_off(e, holder, team, gone[holder], now)
        for id, e in entries.items()
        if (holder := e.alert.claimed_by or (e.routed and e.alert.for_.staff) or "") in gone
    }
    changed = {id: e for id, (e, _) in free.items() if e is not entries[id]}
    return changed, [one for _, one in free.values() if one is not None]


def successor(maison: Maison, place: str, left: str) -> Addressee:
    """Whose an alert in the inbox of `place` is, that was for somebody who left."""
    heir = maison.heir(left)
    if heir is not None and heir != left and maison.works_at(heir, place):
        return Addressee(staff=heir)
    return team_at(maison, place)


def feedback(
    alert: Alert,
    staff: str,
    verdict: Verdict,
    now: float,
    *,
    source: str = "/deliver",
    reason: str | None = None,
    because: Because | None = None,
    text: str | None = None,
    until: str | None = None,
    place: str | None = None,
) -> StaffFeedback:
    """The event of a verdict. The same verdict of the same person has the same id, whenever it is told."""
    named = "|".join((alert.id, verdict, staff, until or "", text or ""))
    return StaffFeedback(
        id=hashlib.blake2b(named.encode(), digest_size=16).hexdigest(),
        source=source,
        specversion="1.0",
        maison=alert.maison,
        time=datetime.fromtimestamp(now, UTC),
        data=FeedbackData(
            who=Who(oid=alert.client.id),
            alert=alert.id,
            staff=staff,
            verdict=verdict,
            reason=reason,
            because=because,
            text=text,
            until=datetime.fromisoformat(until) if until else None,
            place=place,
        ),
    )


def _apply(
    messages: list[tuple[int, InboxMessage]], view: View, maison: Maison, place: str, now: float, epoch: str
) -> tuple[Write, list[Alert]]:
    presence = dict(view.presence)
    came: dict[str, Presence] = {}
    entries = {id: held.entry for id, held in view.held.items()}
    touched: dict[str, Entry] = {}
    shown: list[Shown] = []
    answered: set[str] = set()
    team = team_at(maison, place)
    for _, message in messages:
        if isinstance(message, PresenceChange):
            before = presence.get(message.staff)
            if before is None or message.at >= before.at:
                presence[message.staff] = Presence(status=message.status, at=message.at)
                came[message.staff] = presence[message.staff]
                if message.status == "off":
                    free, told = _signed_off(entries, {message.staff: message.at}, team, now)
                    touched |= free
                    entries |= free
                    shown += told
            continue
        id = alert_id(message)
        after, one = _follow(entries.get(id), message, maison, place, presence, now)
        if after is not None:
            entries[id] = touched[id] = after
        if one is not None:
            shown.append(one)
        if isinstance(message, StatusChange) and isinstance(message.answer, Answer):
            answered.add(id)
    shown = _with_answers(shown, answered)
    write = Write(
        version=view.version,
        epoch=epoch,
        offset=messages[-1][0],
        entries=touched,
        presence=came,
        shown=tuple(shown),
    )
    return write, [one.alert for one in shown if one.kind == "alert"]


def _with_answers(shown: list[Shown], answered: Collection[str]) -> list[Shown]:
    """Of what was answered, what came of it: an inbox that lost both shows nobody what somebody has ended."""
    said = [one for one in shown if one.alert.id not in answered]
    for id in answered:
        mine = [one for one in shown if one.alert.id == id]
        kinds = {one.kind for one in mine}
        if mine and not kinds >= {"alert", "retract"}:
            said.append(Shown(kind="alert" if "alert" in kinds else mine[-1].kind, alert=mine[-1].alert))
    return said


def _follow(
    entry: Entry | None,
    message: AlertChange | StatusChange,
    maison: Maison,
    place: str,
    presence: Mapping[str, Presence],
    now: float,
) -> tuple[Entry | None, Shown | None]:
    team = team_at(maison, place)
    if isinstance(message, StatusChange):
        if entry is None:  # of an alert so old that it is forgotten
            return None, None
        return alert_life.status(entry, message, team, now)
    first = entry is None and not message.escalated
    addressee = route(message, maison, place, presence, now) if first else team
    return alert_life.incoming(entry, message, addressee, now)


def _readable(raw: Raw, maisons: Mapping[str, Maison]) -> tuple[str, InboxMessage]:
    """Raises `ValueError` with a reason that repeats no value."""
    if raw.key is None:
        raise ValueError("key: no inbox")
    inbox = raw.key.decode("utf-8", "replace")
    name, _, place = inbox.partition("/")
    maison = maisons.get(name)
    if maison is None or not (maison.site(place) or _team(maison, place)):
        raise ValueError("key: an inbox of no known maison, site or team")
    try:
        message = decode_inbox(raw.value)
    except Unreadable as error:
        raise ValueError(f"not an inbox message: {error}") from None
    if (message.alert if isinstance(message, AlertChange) else message).maison != name:
        raise ValueError("maison: not the inbox's")
    if isinstance(message, AlertChange):
        _check_times(message.alert, ("valid_from", "valid_to", "due", "allowed_to"))
    elif isinstance(message, StatusChange):
        _check_times(message, ("at",))
        if isinstance(message.answer, Answer):
            _check_times(message.answer, ("until",))
    return inbox, message


def _check_times(carrier: Alert | StatusChange | Answer, fields: tuple[str, ...]) -> None:
    for field in fields:
        value = getattr(carrier, field)
        try:
            if value is not None:
                seconds(value)
        except ValueError:
            raise ValueError(f"{field}: not a time with a zone") from None


def team_at(maison: Maison, place: str) -> Addressee:
    """Whom an inbox is for in common."""
    return Addressee(team=_team(maison, place))


def _team(maison: Maison, place: str) -> str | None:
    """The team of a site, or the team of that id."""
    team = maison.team_of(place) if maison.site(place) else None
    return team.id if team else next((t.id for t in maison.teams if t.id == place), None)


def hearer(alert: Alert) -> str:
    """Whom `delivered` names: the person, or the team."""
    return alert.for_.staff or alert.for_.team or "nobody"
