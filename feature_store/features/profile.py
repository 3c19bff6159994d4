"""What is stated of the client, field by field: the most reliable source is believed, then what was
verified, then what was said last.

A language that the hotel states in May stands against another that a partner states in June, whichever
arrived first; the partner's is kept beside it, as what lost and why. What a page states is heard only where
no server, till or hotel has said anything: anybody may write into a page.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import msgspec

from feature_store.feature import Feature, House, says, short, size_of
from feature_store.statement import (
    Claim,
    Claims,
    Statement,
    belief,
    claim,
    packed,
    standings_of,
    unpacked,
)
from schemas.events.client import GROUPS, ClientProfile, Fields

KEPT = 32
"""Fields kept per part; what is believed least goes first: a page's, then the one stated longest ago."""
CLAIMS = 2
"""Values kept of a field: what is believed, and the best of what is not."""
LOST = 6
"""Fields of which what is not believed is kept too."""
LONGEST = 400
"""Bytes of a field that is kept, its name included: a profile is no place for documents."""
UNSAID = frozenset({"null", "(null)", "undefined", "[object", "object]"})
"""Words that programs write for what they have not; not `none`, which is what some may not have."""
IDENTIFIERS = ("email", "phone")
"""Kinds of identifier that can be seen to be wrong."""
BYTES = 2_000
"""Bytes kept per part, whatever their fields."""

CODED = (
    "name", "language", "gender", "birth_date", "residences", "timezone", "profession", "advisor",
    "preferences.temperature", "preferences.wine", "preferences.pillow", "preferences.allergies",
    "preferences.accessibility", "preferences.floor", "preferences.room", "preferences.avoid",
    "sizes.ring", "sizes.shoe", "sizes.dress", "sizes.glove", "sizes.wrist", "sizes.collar",
    "country", "deceased",
)  # fmt: skip
"""Fields stored by position: new ones go last. Any other is stored as written, its group as one letter."""
_CODES = {field: code for code, field in enumerate(CODED)}
_GROUPS = {"p": "preferences.", "s": "sizes."}


class Profile(msgspec.Struct, array_like=True):
    """Every field stands in one statement of `said`; of some, what lost stands in one of `lost`.

    doubts: an identifier, by its kind -> when it last looked wrong and when it was last said to be right, in
    Unix milliseconds.
    """

    said: list[Statement] = []
    lost: list[Statement] = []
    doubts: dict[str, tuple[int, int]] = {}


def stated(slice: Profile, field: str) -> Claim | None:
    """What is known of a field, if anything was stated."""
    return _among(slice.said, _code(field))


def believed(slice: Profile) -> dict[str, Claim]:
    """What is known of every field that was stated: `stated` of each, for whoever asks for many."""
    return {
        _field(code): Claim(_value(code, value), said.at, said.standing, said.source)
        for said in slice.said
        for code, value in said.fields.items()
    }


def outranked(slice: Profile, field: str) -> Claim | None:
    """The best of what was stated of a field and is not believed, if anything was."""
    return _among(slice.lost, _code(field))


def _among(statements: Sequence[Statement], code: int | str) -> Claim | None:
    for said in statements:
        if code in said.fields:
            return Claim(_value(code, said.fields[code]), said.at, said.standing, said.source)
    return None


def claims(slice: Profile) -> dict[str, list[Claim]]:
    """Everything that is known of every field, what is believed first."""
    found = {
        _field(code): [known._replace(value=_value(code, known.value)) for known in several]
        for code, several in _claims(slice).items()
    }
    return dict(sorted(found.items()))


def doubted(slice: Profile) -> list[str]:
    """Kinds of identifier that look wrong and that nobody has said to be right since."""
    return sorted(kind for kind, (wrong, right) in slice.doubts.items() if wrong > right)


def _code(field: str) -> int | str:
    if field in _CODES:
        return _CODES[field]
    for letter, group in _GROUPS.items():
        if field.startswith(group):
            return letter + field[len(group) :]
    return -1  # nothing is ever stored under it


def _field(code: int | str) -> str:
    return CODED[code] if isinstance(code, int) else _GROUPS[code[0]] + code[1:]


def _value(code: int | str, value: Any) -> Any:
    return date.fromordinal(value).isoformat() if code == _CODES["birth_date"] else value


def _flat(fields: Fields) -> Iterator[tuple[int | str, Any]]:
    for field, value in msgspec.structs.asdict(fields).items():
        if isinstance(value, date):
            yield _code(field), value.toordinal()
        elif field in GROUPS:
            for name, one in (value or {}).items():
                yield _code(f"{field}.{name}"), one
        elif value is not None:
            yield _code(field), value


def _profile(slice: Profile, event: ClientProfile, at: float, house: House) -> None:
    source, verified = short(event.source), event.data.verified or ()
    web = event.scope == "web"
    standings = standings_of(house.sources, event.source, web)
    known = _claims(slice)
    for code, value in _flat(event.data.fields):
        if size_of((code, value)) <= LONGEST:
            field = _field(code)
            checked = field in verified or field.partition(".")[0] in verified
            told = value if checked else _told(value)
            if checked or told is not None:
                claim(known, code, Claim(told, int(at * 1000), standings[checked], source), CLAIMS)
    for kind in IDENTIFIERS:
        wrong, right = kind in (event.data.doubtful or ()), kind in verified and not web
        if wrong or right:
            _doubt(slice, kind, int(at * 1000) * wrong, int(at * 1000) * right)
    _keep(slice, known)


def _doubt(slice: Profile, kind: str, wrong: int, right: int) -> None:
    before = slice.doubts.get(kind, (0, 0))
    slice.doubts[kind] = max(before[0], wrong), max(before[1], right)


def _told(value: Any) -> Any:
    """What a value says; None where it is how an export writes what it does not know, or a page. An empty
    list says that there are none."""
    if isinstance(value, str):
        return value if says(value) and not UNSAID.issuperset(value.casefold().split()) else None
    if isinstance(value, list) and value:
        return [told for one in value if (told := _told(one)) is not None] or None
    if isinstance(value, dict) and value:
        return {name: told for name, one in value.items() if (told := _told(one)) is not None} or None
    return value


def _claims(slice: Profile) -> Claims:
    known: Claims = {}
    unpacked(slice.said, known)
    unpacked(slice.lost, known)
    return known


def _keep(slice: Profile, known: Claims) -> None:
    """Stores what there is room for: what lost goes first, then what is believed least."""
    said = {code: several[0] for code, several in known.items()}
    lost = {code: several[1] for code, several in known.items() if several[1:]}
    while len(lost) > LOST:
        _forget(lost)
    while len(said) > KEPT:
        _forget(said, lost)
    while True:
        slice.said, slice.lost = _packed(said), _packed(lost)
        if size_of(slice) <= BYTES:
            return
        _forget(lost or said)


def _forget(claims: dict[int | str, Claim], others: dict[int | str, Claim] | None = None) -> None:
    """Belief in a field only ever grows, so what is forgotten is the same in whatever order all came."""
    least = min(claims, key=lambda code: (belief(claims[code]), _field(code)))
    del claims[least]
    if others is not None:
        others.pop(least, None)


def _packed(claims: dict[int | str, Claim]) -> list[Statement]:
    return packed((code, claims[code]) for code in sorted(claims, key=_field))


def _values(slice: Profile, now: float) -> dict[str, Any]:
    found = {_field(c): _value(c, value) for said in slice.said for c, value in said.fields.items()}
    return dict(sorted(found.items()))


def _merge(slices: Sequence[Profile]) -> Profile:
    known: Claims = {}
    for slice in slices:
        for code, several in _claims(slice).items():
            for one in several:
                claim(known, code, one, CLAIMS)
    merged = Profile()
    for slice in slices:
        for kind, (wrong, right) in slice.doubts.items():
            _doubt(merged, kind, wrong, right)
    _keep(merged, known)
    return merged


FEATURE = Feature(
    name="profile",
    letter="p",
    slice=Profile,
    on={ClientProfile: _profile},
    values=_values,
    merge=_merge,
    personal=True,
)
