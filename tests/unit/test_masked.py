"""What whoever operates may see of an event that could not be read: never what is, or may be, personal."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events import EVENTS
from schemas.masked import masked
from schemas.personal import split

GOLDEN = Path(__file__).parents[1] / "golden/events"
MARK = "QZX!Aline"


def golden(type_: str) -> Any:
    return orjson.loads((GOLDEN / f"{type_}.json").read_bytes())


def leaves(value: Any) -> Iterator[Any]:
    match value:
        case dict():
            for one in value.values():
                yield from leaves(one)
        case list():
            for one in value:
                yield from leaves(one)
        case _:
            yield value


def shown(event: Any) -> bytes:
    return orjson.dumps(masked(orjson.dumps(event)))


@pytest.mark.parametrize("type_", sorted(EVENTS))
def test_of_every_event_what_is_personal_is_not_shown_and_the_rest_is(type_: str) -> None:
    sent = golden(type_)
    taken = split(sent, lambda kind, value: "A" * 16)
    clear = {f for f in sent["data"] if f != "who" and sent["data"][f] == taken.clear["data"].get(f)}
    told = masked(orjson.dumps(sent))
    assert {field: told["data"][field] for field in clear} == {field: sent["data"][field] for field in clear}
    in_clear = set(leaves(taken.clear))
    words = {w for w in leaves(taken.personal) if isinstance(w, str)} | {value for _, _, value in taken.named}
    said = set(leaves(told))
    assert not (words - in_clear) & said


@pytest.mark.parametrize("type_", sorted(EVENTS))
def test_a_name_where_something_else_should_be_is_not_shown(type_: str) -> None:
    sent = golden(type_)
    for field, value in [*sent["data"].items()]:
        if not isinstance(value, str):
            assert MARK.encode() not in shown(sent | {"data": sent["data"] | {field: MARK}}), field
    for field in ("type", "time", "scope", "proven", "specversion", "subject", "data"):
        assert MARK.encode() not in shown(sent | {field: MARK}), field


def test_nothing_is_shown_of_what_nobody_knows_but_names_that_are_words() -> None:
    event = golden("store.checkin")
    event["data"] |= {"sites": MARK, "aline@example.com": 1, "nested": {"deep": [MARK, 7, True, None]}}
    event["data"]["who"] |= {"fax": "0102030405"}
    told = masked(orjson.dumps(event))["data"]
    assert told["sites"] == "(text, 9)"
    assert told["(name, 17)"] == "(number)"
    assert told["nested"] == {"deep": ["(text, 9)", "(number)", "(yes or no)", None]}
    assert told["who"]["fax"] == "(text, 10)"


def test_in_what_is_known_nothing_is_shown_of_what_somebody_put_beside_it() -> None:
    event = golden("store.purchase")
    event["data"]["lines"][0] |= {"engraving": MARK}
    told = masked(orjson.dumps(event))["data"]["lines"][0]
    assert told["sku"] == event["data"]["lines"][0]["sku"]
    assert "engraving" not in told


def test_what_is_sealed_stays_sealed_and_an_opaque_id_is_shown() -> None:
    event = golden("web.view")
    event["data"] |= {"sealed": "c2VhbGVk", "who": {"client_id": "oid:qjGJ8m2C0b1xYz_A", "email": "a@b.fr"}}
    told = masked(orjson.dumps(event))["data"]
    assert told["sealed"] == "(text, 8)"
    assert told["who"] == {"client_id": "oid:qjGJ8m2C0b1xYz_A", "email": "(text, 6)"}


@given(
    st.binary(max_size=60) | st.just(b"[" * 900 + b"]" * 900) | st.just(b'{"data":' * 900 + b"1" + b"}" * 900)
)
def test_any_bytes_are_told_somehow(value: bytes) -> None:
    orjson.dumps(masked(value))
