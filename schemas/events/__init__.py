"""Every event of the contract. To add one: its struct in the file of its domain, its golden sample."""

import importlib
import pkgutil

from schemas.envelope import Event

_MODULES = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]

EVENTS: dict[str, type[Event]] = {
    str(kind.__struct_config__.tag): kind
    for module in _MODULES
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event
}
"""CloudEvents `type` -> struct."""

DOMAIN_TOPICS = {
    "store": "store.checkins",
    "web": "web.clicks",
    "social": "web.clicks",
    "hotel": "hotel.bookings",
    "chat": "chat.messages",
    "call": "chat.messages",
    "client": "client.declarations",
    "staff": "staff.feedback",
}


def topic_of(type_: str) -> str:
    """The topic an event type travels on; a type nobody knows goes where nothing urgent waits.

    >>> topic_of("store.purchase"), topic_of("hotel.minibar"), topic_of("spa.visit")
    ('store.purchases', 'hotel.bookings', 'web.clicks')
    """
    known = EVENTS.get(type_)
    return known.topic if known else DOMAIN_TOPICS.get(type_.partition(".")[0], "web.clicks")
