"""All that is wrong with the form of a table, where msgspec alone tells the first thing it meets. Pure."""

import re
import types
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

_EXPECTED = re.compile(r"Expected `(?P<wanted>[^`]+)`(?:, got `(?P<got>\w+)`)?(?P<more>.*)", re.DOTALL)
_WORDS = {
    "str": "a text in quotes", "int": "a whole number", "float": "a number", "bool": "true or false",
    "array": "a list", "object": "a table", "datetime": "a date and time, as 2026-12-15T19:00:00+01:00",
    "date": "a date, as 2026-12-15", "null": "nothing",
}  # fmt: skip
_TIMES = {"Invalid RFC3339 encoded datetime": "datetime", "Invalid RFC3339 encoded date": "date"}


def wrongs(value: object, kind: Any, at: str = "") -> Iterator[str]:
    """Each thing that keeps `value`, as TOML or JSON is read, from being a `kind`: where, why, what to do.

    >>> from schemas.maison import Site
    >>> [*wrongs({"id": "ginza", "kind": "spa", "name": 7, "timezon": "Asia/Tokyo"}, Site, "sites[0]")]
    ['sites[0].timezon: there is no such field: write `timezone`', \
'sites[0].kind: is none of boutique, hotel: write one of these', 'sites[0].name: write a text in quotes']
    """
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        found = False
        for one in _within(value, _bare(kind, value), at):
            found = True
            yield one
        if not found:
            yield _sentence(str(error), kind, at)


def _bare(kind: Any, value: object) -> Any:
    """A type without what is only said of it; of several the one that a value of this form can be."""
    if get_origin(kind) is Annotated:
        return _bare(get_args(kind)[0], value)
    if get_origin(kind) in (Union, types.UnionType):
        forms = [_bare(one, value) for one in get_args(kind)]
        return next((one for one in forms if _holds(one, value)), kind)
    return kind


def _holds(kind: Any, value: object) -> bool:
    if isinstance(value, dict):
        return get_origin(kind) is dict or (isinstance(kind, type) and issubclass(kind, msgspec.Struct))
    return isinstance(value, list) and get_origin(kind) is list


def _within(value: object, kind: Any, at: str) -> Iterator[str]:
    if not _holds(kind, value):
        return
    if isinstance(value, list):
        for index, one in enumerate(value):
            yield from wrongs(one, get_args(kind)[0], f"{at}[{index}]")
    elif isinstance(value, dict) and get_origin(kind) is dict:
        names, values = get_args(kind)
        for name, one in value.items():
            yield from wrongs(name, names, _path(at, name))
            yield from wrongs(one, values, _path(at, name))
    elif isinstance(value, dict):
        yield from _of_struct(value, kind, at)


def _of_struct(value: dict[str, Any], kind: Any, at: str) -> Iterator[str]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    free = [name for name in fields if name not in value]
    misspelt: set[str] = set()
    if kind.__struct_config__.forbid_unknown_fields:
        for name in value:
            if name not in fields:
                near = get_close_matches(name, free, 1)
                misspelt.update(near)
                instead = f"write `{near[0]}`" if near else "take it away"
                yield f"{_path(at, name)}: there is no such field: {instead}"
    for name, field in fields.items():
        if name in value:
            yield from wrongs(value[name], field.type, _path(at, name))
        elif field.required and name not in misspelt:
            yield f"{_path(at, name)}: is missing: add it"


def _path(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def _sentence(error: str, kind: Any, at: str) -> str:
    """
    >>> _sentence("Expected `int` <= 999", int, "sources[0].rank")
    'sources[0].rank: write a whole number <= 999'
    """
    choices = _choices(kind)
    if choices:
        return f"{at}: is none of {', '.join(map(str, choices))}: write one of these"
    said = error.partition(" - at ")[0]
    if said in _TIMES:
        return f"{at}: write {_WORDS[_TIMES[said]]}"
    found = _EXPECTED.fullmatch(said)
    if found is None:
        return f"{at}: {said}"
    if found["wanted"] == "array" and found["got"] == "object":
        return f"{at}: write a list: [[{at}]] before each, not [{at}]"
    words = [_WORDS.get(one, one) for one in found["wanted"].split(" | ") if one != "null"]
    wanted = " or ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)
    return f"{at}: write {wanted}{found['more'].replace('matching regex', 'that matches')}"


def _choices(kind: Any) -> tuple[Any, ...]:
    if get_origin(kind) is Annotated:
        return _choices(get_args(kind)[0])
    if get_origin(kind) in (Union, types.UnionType):
        return tuple(one for inner in get_args(kind) for one in _choices(inner))
    return get_args(kind) if get_origin(kind) is Literal else ()
