"""What a withdrawal leaves of an alert, on its way to an inbox and in it. Pure."""

from collections.abc import Iterable, Mapping

from msgspec import UNSET
from msgspec.structs import replace

from agents.deliver import Slice
from agents.verdict import show
from feature_store.inbox import Entry
from feature_store.store import PartKey
from schemas.alerts import Alert, AlertChange, InboxMessage, Shown
from schemas.private import blank
from schemas.times import iso

Withdrawn = Mapping[PartKey, frozenset[str]]
"""Client -> the purposes they do not allow any more."""


def client_of(alert: Alert) -> PartKey:
    """Whom an alert is about."""
    return alert.maison, alert.client.id


def clients_of(slice: Slice) -> set[PartKey]:
    """Whom the alerts of a slice are about."""
    messages = (m for several in slice.inboxes.values() for _, m in several)
    return {client_of(m.alert) for m in messages if isinstance(m, AlertChange)}


def left_of(alert: Alert, withdrawn: frozenset[str]) -> Alert | None:
    """The alert as it may still be shown; None where nothing may.

    One that does not say what it rests on is taken to rest on whatever was withdrawn.
    """
    if not withdrawn:
        return alert
    if not alert.purposes or not withdrawn.isdisjoint(alert.purposes):
        return None
    if alert.recommendations and "profiling" in withdrawn:
        return replace(alert, recommendations=[])
    return alert


def stopped(slice: Slice, withdrawn: Withdrawn) -> Slice:
    """The slice with every alert that may not be shown as retracted: its inbox remembers it, unshown."""
    return Slice(
        inboxes={
            inbox: [(offset, _stopped(message, withdrawn)) for offset, message in messages]
            for inbox, messages in slice.inboxes.items()
        },
        dead=slice.dead,
    )


def _stopped(message: InboxMessage, withdrawn: Withdrawn) -> InboxMessage:
    if not isinstance(message, AlertChange):
        return message
    alert = message.alert
    left = left_of(alert, withdrawn.get(client_of(alert), frozenset()))
    return replace(message, alert=left if left is not None else retracted(alert))


def retracted(alert: Alert) -> Alert:
    """An alert that is taken back."""
    return replace(bare(alert), status="retracted")


def bare(alert: Alert) -> Alert:
    """Which alert it is, and nothing of the client."""
    return replace(blank(alert), language=None, due=None, channel=None, signatory=None, grounds=UNSET)


def taken_back(
    entries: Iterable[Entry], withdrawn: Withdrawn, now: float
) -> list[tuple[Entry, Shown | None]]:
    """The entries of an inbox that change, as they are from `now` on, and what is shown of each, if it is."""
    changed = []
    for entry in entries:
        alert = entry.alert
        left = left_of(alert, withdrawn.get(client_of(alert), frozenset()))
        if left is None:
            left = replace(retracted(alert), at=iso(now))
        after, shown = show(entry, left)
        if after is not entry:
            changed.append((after, shown))
    return changed
