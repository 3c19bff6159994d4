"""How alike two persons are, field by field: one letter each, the levels of a Fellegi-Sunter model.

`=` the same · `~` close (a typing error, a pet name, day and month swapped) · `-` something of it ·
`x` different · `.` not known of both.
"""

from itertools import product

from rapidfuzz.distance import OSA, JaroWinkler

from agents.matching.nicknames import same_name
from agents.matching.traits import FIELDS, Traits, value

SAME, CLOSE, PARTLY, DIFFERENT, ABSENT = "=~-x."

ALIKE = 0.88
"""Jaro-Winkler similarity from which two words may be one with a typing error."""


def compare(one: Traits, other: Traits) -> str:
    """One letter a field, in the order of `FIELDS`.

    >>> from agents.matching.traits import traits_of
    >>> a = traits_of({"name": "Robert Dupont", "birth_date": "1971-06-04"}, 0.0)
    >>> b = traits_of({"name": "DUPOND Bob", "birth_date": "1971-04-06"}, 0.0)
    >>> compare(a, b)
    '~~.....'
    """
    return "".join(
        level(a, b) if (a := value(one, field)) and (b := value(other, field)) else ABSENT
        for field, level in zip(FIELDS, _LEVELS, strict=True)
    )


def _name(one: tuple[str, ...], other: tuple[str, ...]) -> str:
    """Words in any order; each of the shorter name must find its own in the longer one."""
    fewer, more = (one, list(other)) if len(one) <= len(other) else (other, list(one))
    exact = [word for word in fewer if word in more]
    if len(exact) == len(fewer):
        return SAME if len(fewer) > 1 else PARTLY
    if "".join(sorted(one)) == "".join(sorted(other)) or "".join(one) == "".join(other):
        return SAME
    left = [word for word in more if word not in exact]
    for word in (w for w in fewer if w not in exact):
        found = max(left, key=lambda o: _likeness(word, o), default="")
        if not found or _likeness(word, found) < ALIKE:
            return PARTLY if any(len(w) > 2 for w in exact) else DIFFERENT
        left.remove(found)
    return CLOSE if len(fewer) > 1 else PARTLY


def _likeness(one: str, other: str) -> float:
    if same_name(one, other):
        return 1.0
    if len(one) == 1 or len(other) == 1:
        return 0.9 if one[0] == other[0] else 0.0
    return JaroWinkler.similarity(one, other)


def _born(one: tuple[str, ...], other: tuple[str, ...]) -> str:
    (a,), (b,) = one, other
    if a == b:
        return SAME
    if a[:4] == b[:4] and a[5:7] == b[8:] and a[8:] == b[5:7]:
        return CLOSE
    wrong = OSA.distance(a, b)
    if wrong == 1:
        return CLOSE
    if wrong == 2 or a[:4] == b[:4]:
        return PARTLY
    return DIFFERENT


def _place(one: tuple[str, ...], other: tuple[str, ...]) -> str:
    if not set(one).isdisjoint(other):
        return SAME
    for a, b in product(one, other):
        if not set(a.split()).isdisjoint(b.split()) or JaroWinkler.similarity(a, b) > 0.92:
            return CLOSE
    return DIFFERENT


def _code(one: tuple[str, ...], other: tuple[str, ...]) -> str:
    if not set(one).isdisjoint(other):
        return SAME
    pairs = list(product(one, other))
    if any(OSA.distance(a, b) == 1 for a, b in pairs):
        return CLOSE
    return PARTLY if any(a.split()[0] == b.split()[0] or a[:2] == b[:2] for a, b in pairs) else DIFFERENT


def _work(one: tuple[str, ...], other: tuple[str, ...]) -> str:
    if one == other:
        return SAME
    return CLOSE if not set(one[0].split()).isdisjoint(other[0].split()) else DIFFERENT


def _email(one: tuple[str, ...], other: tuple[str, ...]) -> str:
    (a,), (b,) = one, other
    if a == b:
        return SAME
    if a.partition("@")[0] == b.partition("@")[0] or OSA.distance(a, b) <= 2:
        return CLOSE
    return DIFFERENT


def _phone(one: tuple[str, ...], other: tuple[str, ...]) -> str:
    (a,), (b,) = one, other
    if a == b:
        return SAME
    return CLOSE if a[-8:] == b[-8:] or OSA.distance(a, b) == 1 else DIFFERENT


_LEVELS = (_name, _born, _place, _code, _work, _email, _phone)
