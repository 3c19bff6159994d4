"""The contract of a feature: a slice of the record, what a touch changes in it, what it is worth now.

To add a feature, add one file in `features/` that ends in `FEATURE = Feature(...)`. The universal test
(`tests/unit/test_every_feature.py`) runs over it the moment it exists.
"""

import importlib
import pkgutil
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from hashlib import blake2b
from math import inf
from statistics import median
from types import ModuleType
from typing import Any, TypeVar
from unicodedata import category, normalize
from zlib import crc32

import msgspec

from feature_store.vocabulary import MARKS, Word, codes_of
from schemas.article import Article
from schemas.envelope import Event
from schemas.maison import Maison
from schemas.sources import Source
from schemas.who import Who, key_of


class Marks(msgspec.Struct, frozen=True, gc=False):
    """What a record keeps of an article. `code`: four bytes that stand for its `sku`.

    words: what it has that a client may like, each behind a letter of `AXES`: `mcalfskin`, `o11`; codes: the
    same, as a record keeps them.
    """

    code: int
    words: tuple[str, ...]
    codes: tuple[Word, ...]


AXES = {"l": "collection", "m": "material", "c": "colour", "z": "size", "o": "band", "f": "occasion"}
"""What articles differ in besides their category, each with the letter that stands for it in a record."""
BAND = "o"
"""The letter of a price band among them: nobody says it."""
CATEGORY = "k"
"""The letter of a category among them, where taste is asked for."""
SHELF = 12
"""Articles of one word that are looked through for something to recommend."""
WORD = 24
"""Bytes of a word that a record keeps; a longer one tells no taste."""
_CODES = codes_of(MARKS)


def code_of(sku: str) -> int:
    """What stands for an article in a record."""
    return crc32(sku.encode())


def marks_of(article: Article) -> Marks:
    """The marks of an article.

    >>> marks_of(Article(sku="b", name="", category="bags", price=345_000, colour="red")).words
    ('cred', 'o11')
    """
    size = article.sizes[0] if len(article.sizes) == 1 else None
    said = (article.collection, article.material, article.colour, size, str(article.band), article.occasion)
    words = [letter + word for letter, word in zip(AXES, said, strict=True) if word]
    kept = tuple(w for w in words if len(w.encode()) <= WORD)
    return Marks(code_of(article.sku), kept, tuple(_CODES.get(w, w) for w in kept))


def stem(word: str) -> str:
    """A word without its plural, as an interest and a category are compared.

    >>> stem("Watches"), stem("bags."), stem("gas")
    ('watch', 'bag', 'gas')
    """
    word = word.casefold().strip(".,;:!?\"'()")
    for plural in ("es", "s"):
        if word.endswith(plural) and len(word) > len(plural) + 2:
            return word[: -len(plural)]
    return word


class House(msgspec.Struct, frozen=True):
    """What features may know of the maison: its articles by `sku`, how far it believes whom, who is who.

    marks: of each article, worked out once and not at every click; coded: articles by `code_of` their sku;
    shelves: word of a mark, or category behind a `k` -> some of its articles, the newest first; named: what
    somebody may say, by its stem -> such words, but price bands. genders: for whom articles are made, in the
    catalogue's words. arrivals: articles whose day is known, the newest first; middling: the median price,
    None without a catalogue.
    """

    articles: Mapping[str, Article] = {}
    sources: tuple[Source, ...] = ()
    pepper: bytes = b""
    marks: Mapping[str | None, Marks] = {}
    coded: Mapping[int, Article] = {}
    shelves: Mapping[str, tuple[Article, ...]] = {}
    named: Mapping[str, tuple[str, ...]] = {}
    genders: frozenset[str] = frozenset()
    arrivals: tuple[Article, ...] = ()
    middling: float | None = None

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


def size_of(value: Any) -> float:
    """Bytes that a value takes in a record; infinity where none can hold it, as JSON may any number or depth.

    >>> size_of({"ring": 52}), size_of(2**64)
    (7, inf)
    """
    try:
        return len(msgspec.msgpack.encode(value))
    except (OverflowError, RecursionError):
        return inf


def says(text: str) -> bool:
    """Whether a text says anything: what programs fill in for want of a word is blanks and punctuation.

    >>> says("52"), says("🥜"), says(" - "), says("?")
    (True, True, False, False)
    """
    return any(category(letter)[0] not in "PZC" for letter in text)


def plain(text: str) -> str:
    """A text without case or accents.

    >>> plain("Thé VERT")
    'the vert'
    """
    apart = normalize("NFKD", text.casefold())
    return normalize("NFC", "".join(c for c in apart if not "\u0300" <= c <= "\u036f"))


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


K = TypeVar("K", str, int)


def latest(said: Iterable[tuple[K, int]], kept: int) -> dict[K, int]:
    """Of what was said, and when, the `kept` that were said last: with its last time, the last at the end.

    >>> latest([("fr", 3), ("en", 2), ("fr", 1), ("ja", 2)], 2)
    {'ja': 2, 'fr': 3}
    """
    last: dict[K, int] = {}
    for key, at in said:
        last[key] = max(last.get(key, 0), at)
    return dict(sorted(last.items(), key=lambda one: (one[1], one[0]))[-kept:])


CUT = "…"
"""How a text ends that was cut, where that is to be seen."""


def cut(text: str, most: int, end: str = "") -> str:
    """A text in so many bytes at most, with `end` where something is left out.

    >>> cut("verbena tea", 24), cut("Sancerre, Les Belles Côtes, 2022", 24, CUT), len(cut("é" * 99, 25))
    ('verbena tea', 'Sancerre, Les Belles …', 12)
    """
    raw = text.encode()
    return text if len(raw) <= most else raw[: most - len(end.encode())].decode(errors="ignore") + end


def house_of(maison: Maison, pepper: bytes) -> House:
    """The catalogue of a maison by `sku`, its sources, and the secret of its opaque ids."""
    articles = {article.sku: article for article in maison.catalogue}
    marks: dict[str | None, Marks] = {sku: marks_of(article) for sku, article in articles.items()}
    coded = {marks[sku].code: article for sku, article in articles.items()}
    shelves: dict[str, list[Article]] = {}
    newest = sorted(articles.values(), key=lambda a: a.since or date.min, reverse=True)
    for article in newest:
        for word in (CATEGORY + article.category, *marks[article.sku].words):
            shelves.setdefault(word, []).append(article)
    named: dict[str, list[str]] = {}
    for word in shelves:
        if word[0] != BAND:
            named.setdefault(stem(word[1:]), []).append(word)
    stocked = {word: tuple(several[:SHELF]) for word, several in shelves.items()}
    genders = frozenset(article.gender for article in articles.values() if article.gender)
    arrivals = tuple(article for article in newest if article.since is not None)
    prices = [article.price for article in articles.values()]
    middling = float(median(prices)) if prices else None
    return House(
        articles, tuple(maison.sources), pepper, marks, coded, stocked,
        {said: tuple(words) for said, words in named.items()}, genders, arrivals, middling,
    )  # fmt: skip


class Feature(msgspec.Struct, frozen=True, kw_only=True):
    """One slice of the client record.

    name: the domain's word; `letter`: its one-letter name in the stored record, never reused, and none that
        the record itself has (`OWN` in `record.py`).
    slice: a `msgspec.Struct(array_like=True)` with defaults for every field.
    on: event type -> `update(slice, event, at, house)`, which changes the slice in place; `at` is the
        event's time in Unix seconds. Nothing else is read: no clock, no store.
    values: `(slice, now) -> {name: value}`; what does not change but by time passing is computed here.
        Unknown is None or absent, never zero by accident.
    merge: slices of several parts -> one slice, whatever their order.
    less: takes back from such a slice an order that two parts count, where orders add up: currency -> amount.
    personal: whether the slice holds what the client or others said in words: it is then stored sealed.
    ordered: why the feature depends on the order of events, where it can't be helped; else empty.
    """

    name: str
    letter: str
    slice: type[msgspec.Struct]
    on: Mapping[type[Event], Callable[[Any, Any, float, House], None]]
    values: Callable[[Any, float], dict[str, Any]]
    merge: Callable[[Sequence[Any]], Any]
    less: Callable[[Any, Mapping[str, int]], None] | None = None
    personal: bool = False
    ordered: str = ""


def instances(package: ModuleType, constant: str) -> list[Any]:
    """The constant each file of a folder ends in, in name order: the folder is the registry.

    Raises `TypeError` where a file ends in none, or in one that is not named as its file: two would share a
    name, and what is learned, silenced or counted of one be the other's.
    """
    found = []
    for name in sorted(m.name for m in pkgutil.iter_modules(package.__path__)):
        one = getattr(importlib.import_module(f"{package.__name__}.{name}"), constant, None)
        if one is None or one.name != name:
            ends = f"ends in no {constant}" if one is None else f"is named {one.name!r}: call it {name!r}"
            raise TypeError(f"{package.__name__}.{name} {ends}")
        found.append(one)
    return found
