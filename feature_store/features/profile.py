"""What is stated of the client, field by field; the latest statement of a field wins.

A language stated in May and again in June reads as June's, whichever arrived first. What a page states is
heard only where no server, till or hotel has said anything: anybody may write into a page.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec

from feature_store.feature import Feature, House
from schemas.events.client import ClientProfile, Fields

KEPT = 32
"""Fields kept per part; a page's go first, then the one stated longest ago."""
LONGEST = 400
"""Bytes of a field that is kept, its name included: a profile is no place for documents."""
BYTES = 2_000
"""Bytes kept per part, whatever their fields."""

CODED = (
    "name", "language", "gender", "birth_date", "residences", "timezone", "profession", "advisor",
    "preferences.temperature", "preferences.wine", "preferences.pillow", "preferences.allergies",
    "preferences.accessibility", "preferences.floor", "preferences.room", "preferences.avoid",
    "sizes.ring", "sizes.shoe", "sizes.dress", "sizes.glove", "sizes.wrist", "sizes.collar",
)  # fmt: skip
"""Fields stored by position: new ones go last. Any other is stored as written, its group as one letter."""
_CODES = {field: code for code, field in enumerate(CODED)}
_GROUPS = {"p": "preferences.", "s": "sizes."}


class Statement(msgspec.Struct, array_like=True):
    """Fields stated at once: code -> value. `at` in Unix milliseconds.

    `rank` 0: said by a server, a till or a hotel, 1: by a page.
    """

    at: int
    rank: int
    fields: dict[int | str, Any]


class Profile(msgspec.Struct, array_like=True):
    """Every field stands in one statement, the last that was made of it."""

    said: list[Statement] = []


class Stated(NamedTuple):
    """What was stated of a field; `preferences.*` and `sizes.*` are flat."""

    value: Any
    at: int
    rank: int


def stated(slice: Profile, field: str) -> Stated | None:
    """What is known of a field, if anything was stated."""
    code = _code(field)
    for said in slice.said:
        if code in said.fields:
            return Stated(_value(code, said.fields[code]), said.at, said.rank)
    return None


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
        elif field in ("preferences", "sizes"):
            for name, one in (value or {}).items():
                yield _code(f"{field}.{name}"), one
        elif value is not None:
            yield _code(field), value


def _profile(slice: Profile, event: ClientProfile, at: float, house: House) -> None:
    said = Statement(int(at * 1000), int(event.scope == "web"), dict(_flat(event.data.fields)))
    said.fields = {code: value for code, value in said.fields.items() if _keepable(code, value)}
    _state(slice.said, said)
    _bound(slice)


def _keepable(code: int | str, value: Any) -> bool:
    try:
        return len(msgspec.msgpack.encode((code, value))) <= LONGEST
    except (OverflowError, RecursionError):  # JSON may hold numbers and depths that a record can't
        return False


def _bound(slice: Profile) -> None:
    while sum(len(said.fields) for said in slice.said) > KEPT or _bytes(slice) > BYTES:
        first = min(slice.said, key=lambda said: (-said.rank, said.at))
        del first.fields[min(first.fields, key=_field)]
        slice.said = [said for said in slice.said if said.fields]


def _bytes(slice: Profile) -> int:
    return len(msgspec.msgpack.encode(slice))


def _state(known: list[Statement], new: Statement) -> None:
    """Takes in what is newer; statements of one instant become one."""
    fields = {code: value for code, value in new.fields.items() if _newer(known, new, code, value)}
    for said in known:
        if (said.at, said.rank) == (new.at, new.rank):
            fields = said.fields | fields
        said.fields = {code: value for code, value in said.fields.items() if code not in fields}
    known[:] = [said for said in known if said.fields]
    if fields:
        known.append(Statement(new.at, new.rank, fields))


def _newer(known: list[Statement], new: Statement, code: int | str, value: Any) -> bool:
    return all(
        (-new.rank, new.at, repr(value)) > (-said.rank, said.at, repr(said.fields[code]))
        for said in known
        if code in said.fields
    )


def _values(slice: Profile, now: float) -> dict[str, Any]:
    found = {_field(c): _value(c, value) for said in slice.said for c, value in said.fields.items()}
    return dict(sorted(found.items()))


def _merge(slices: Sequence[Profile]) -> Profile:
    merged = Profile()
    for slice in slices:
        for said in slice.said:
            _state(merged.said, said)
    _bound(merged)
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
