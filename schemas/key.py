"""The key of an event: what a gateway, a direct producer and a worker must agree on."""

from typing import Any

from schemas.events.staff import StaffPresence
from schemas.who import Who, key_of, oid_of


def key_of_event(event: Any, pepper: bytes) -> str | None:
    """The opaque id an event is keyed by, a pure function of the event; None when it names nobody."""
    if type(event) is StaffPresence:
        return oid_of(event.maison, "staff", event.data.staff, pepper)
    who = believed(event) if event.scope == "web" else event.data.who
    return key_of(event.maison, who, pepper)


def believed(event: Any) -> Who:
    """Whom an event is about, as far as its sender may be believed.

    A web key stands in a page for all to read: without the maison's proof its events are their own
    session's or device's, or anybody could write into somebody's record. With it, the session and the
    client it was given for.
    """
    who: Who = event.data.who
    if event.scope != "web":
        return who
    session = who.session or getattr(event.data, "session", None)
    if event.proven:
        return Who(client_id=who.client_id, session=session)
    return Who(session=session, device_id=who.device_id)
