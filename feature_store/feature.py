"""The contract of a feature: a slice of the record, what a touch changes in it, what it is worth now.

To add a feature, add one file in `features/` that ends in `FEATURE = Feature(...)`. The universal test
(`tests/unit/test_every_feature.py`) runs over it the moment it exists.
"""

import importlib
import pkgutil
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from types import ModuleType
from typing import Any

import msgspec

from schemas.article import Article
from schemas.envelope import Event
from schemas.maison import Maison
from schemas.sources import Source
from schemas.who import Who, key_of


class House(msgspec.Struct, frozen=True):
    """What features may know of the maison: its articles by `sku`, how far it believes whom, who is who."""

    articles: Mapping[str, Article] = {}
    sources: tuple[Source, ...] = ()
    pepper: bytes = b""

    def __repr__(self) -> str:
        return "House(***)"

    def part(self, maison: str, who: Who) -> str | None:
        """The opaque id of somebody an event names beside its client; None when nobody is named."""
        return key_of(maison, who, self.pepper)

    def category(self, sku: str | None, stated: str | None = None) -> str | None:
        """The category an event states, else the catalogue's for that article, else None."""
        if stated or sku is None:
            return stated
        article = self.articles.get(sku)
        return article.category if article else None


LARGEST = 2**56
"""Where a sum of money stops, so that garbage from a till never outgrows what a record can hold."""


def capped(amount: int) -> int:
    """An amount in minor units as a record keeps it.

    >>> capped(7000), capped(2**80) == LARGEST, capped(-(2**80)) == -LARGEST
    (7000, True, True)
    """
    return max(-LARGEST, min(LARGEST, amount))


SHORT = 40
"""Bytes of an id that a record keeps as it is: room for any UUID."""


def short(id: str) -> str:
    """An id as a record keeps it: a longer one is replaced by what stands for it, 17 characters.

    >>> short("booking-4711"), len(short("x" * 256))
    ('booking-4711', 17)
    """
    raw = id.encode()
    if len(raw) <= SHORT:
        return id
    return "~" + urlsafe_b64encode(blake2b(raw, digest_size=12).digest()).decode()


def house_of(maison: Maison, pepper: bytes = b"") -> House:
    """The catalogue of a maison by `sku`, its sources, and the secret of its opaque ids."""
    return House({a.sku: a for a in maison.catalogue}, tuple(maison.sources), pepper)


class Feature(msgspec.Struct, frozen=True, kw_only=True):
    """One slice of the client record.

    name: the domain's word; `letter`: its one-letter name in the stored record, never reused.
    slice: a `msgspec.Struct(array_like=True)` with defaults for every field.
    on: event type -> `update(slice, event, at, house)`, which changes the slice in place; `at` is the
        event's time in Unix seconds. Nothing else is read: no clock, no store.
    values: `(slice, now) -> {name: value}`; what does not change but by time passing is computed here.
        Unknown is None or absent, never zero by accident.
    merge: slices of several parts -> one slice, whatever their order.
    personal: whether the slice holds what the client or others said in words: it is then stored sealed.
    ordered: why the feature depends on the order of events, where it can't be helped; else empty.
    """

    name: str
    letter: str
    slice: type[msgspec.Struct]
    on: Mapping[type[Event], Callable[[Any, Any, float, House], None]]
    values: Callable[[Any, float], dict[str, Any]]
    merge: Callable[[Sequence[Any]], Any]
    personal: bool = False
    ordered: str = ""


def instances(package: ModuleType, constant: str) -> list[Any]:
    """The constant each file of a folder ends in, in name order: the folder is the registry."""
    names = sorted(m.name for m in pkgutil.iter_modules(package.__path__))
    return [getattr(importlib.import_module(f"{package.__name__}.{n}"), constant) for n in names]
