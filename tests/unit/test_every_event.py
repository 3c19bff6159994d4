"""Runs over every event type there is: a new one is tested by its golden sample alone."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from schemas.alerts import Alert
from schemas.codec import Unreadable, decode, encode
from schemas.events import EVENTS, topic_of
from schemas.events.staff import StaffPresence
from schemas.personal import travels, travels_whole
from streams.docs import fields_of, page
from streams.openapi import schemas

GOLDEN = Path(__file__).parents[1] / "golden/events"
CONTRACT = {
    "store.checkins": ["store.checkin", "store.leave", "store.item"],
    "store.purchases": ["store.purchase", "store.return"],
    "web.clicks": ["web.view", "web.cart", "web.wish", "web.search", "web.checkout", "social.touch"],
    "hotel.bookings": [
        *("hotel.booking", "hotel.arrival", "hotel.checkin", "hotel.checkout", "hotel.service"),
    ],
    "chat.messages": [
        *("chat.message", "chat.edit", "chat.delete", "chat.reaction", "chat.read", "call.incoming"),
    ],
    "client.declarations": [
        *("client.profile", "client.consent", "client.link", "client.unlink", "client.relation"),
        *(
            "client.referral",
            "client.licence",
            "client.grant",
            "client.emotion",
            "client.case",
            "client.appointment",
        ),
        *(
            "client.contacted",
            "client.rating",
            "client.note",
            "client.erase",
            "record.review",
            "record.surprise",
        ),
    ],
    "staff.feedback": ["staff.presence", "staff.feedback"],
}
SENDER_ONLY = {"scope", "proven", "tag"}


def golden(type_: str) -> bytes:
    return (GOLDEN / f"{type_}.json").read_bytes()


def test_the_types_and_their_topics_are_those_of_the_contract() -> None:
    named = {t: topic for topic, types in CONTRACT.items() for t in types}
    assert named == {t: topic_of(t) for t in EVENTS}, "name in CONTRACT, above, what is new"


@pytest.mark.parametrize("type_", EVENTS)
def test_its_golden_sample_survives_the_round_trip_with_every_field(type_: str) -> None:
    event = decode(golden(type_))
    assert isinstance(event, EVENTS[type_])
    assert decode(encode(event)) == event
    assert without_defaults(msgspec.json.decode(encode(event))) == msgspec.json.decode(golden(type_))


def without_defaults(event: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in event.items() if name not in SENDER_ONLY}


@pytest.mark.parametrize("type_", EVENTS)
def test_it_says_what_it_is_and_its_sample_shows_every_field(type_: str) -> None:
    assert EVENTS[type_].__doc__
    documented = {name.rstrip("?") for name, _, _ in fields_of(type_)}
    shown = set(msgspec.json.decode(golden(type_))["data"])
    assert shown <= documented
    assert {name for name, _, _ in fields_of(type_) if not name.endswith("?")} <= {*shown}
    assert f"<h3><code>{type_}</code></h3>" in page(frozenset({("POST", "/v1/events")}))
    assert EVENTS[type_].__name__ in schemas()


SPA = """
from typing import Annotated
from msgspec import Meta
from schemas.envelope import Data, Event, Site
from schemas.who import Whom
class SpaData(Data, frozen=True, kw_only=True):
    who: Whom
    site: Site
class SpaVisit(Event, frozen=True, kw_only=True, tag="spa.visit"):
    topic = "hotel.bookings"
    data: SpaData
"""


def test_a_file_of_another_domain_is_found_where_it_lies(tmp_path: Path) -> None:
    shutil.copytree(GOLDEN.parents[2] / "schemas", tmp_path / "schemas")
    (tmp_path / "schemas/events/spa.py").write_text(SPA)
    asked = "from schemas.events import topic_of; print(topic_of('spa.visit'))"
    told = subprocess.run([sys.executable, "-c", asked], cwd=tmp_path, capture_output=True, text=True)
    assert (told.stdout.strip(), told.stderr) == ("hotel.bookings", "")


NAMES_NOBODY = {
    *("site", "staff", "sku", "skus", "category", "order_id", "language", "network", "alert", "place"),
    *("booking_id", "by", "room", "room_type", "market", "channel", "agent", "company", "party", "board"),
    *("service", "line", "doubtful", "joined"),
}
"""Texts of an event that travel unsealed: codes and ids of a house's systems, never a person's words."""


@pytest.mark.parametrize("type_", [type_ for type_ in EVENTS if not travels_whole(type_)])
def test_a_text_that_is_not_sealed_is_known_to_tell_nobodys_words(type_: str) -> None:
    refs, components = msgspec.json.schema_components([EVENTS[type_]], ref_template="{name}")
    data = components[components[refs[0]["$ref"]]["properties"]["data"]["$ref"]]
    texts = {f for f, said in data["properties"].items() if '"type": "string"' in json.dumps(said)}
    in_clear = {f for f in texts if travels(type_, f) == "clear"} - NAMES_NOBODY
    times = {f for f in in_clear if '"format": "date' in json.dumps(data["properties"][f])}
    assert in_clear == times, "Meta(extra=PERSONAL) seals it; a code or an id is named in NAMES_NOBODY, above"


READ: dict[str, type[Any]] = {**EVENTS, "alert": Alert}


@pytest.mark.parametrize("name", READ)
def test_every_field_says_what_it_holds(name: str) -> None:
    refs, components = msgspec.json.schema_components([READ[name]], ref_template="{name}")
    silent = [f"{name}: {field}" for field in undescribed(refs[0], components)]
    assert not silent, f"no description: {'; '.join(silent)}: give it a Meta(description=...)"


def undescribed(schema: Any, components: dict[str, Any], at: str = "") -> Iterator[str]:
    """Fields without a sentence of their own, here and in every struct below: `data.lines[].sku`.

    The docstring of a struct says what it is, not what it is for where it is used, so it does not count.
    """
    for name, field in components.get(schema.get("$ref"), {}).get("properties", {}).items():
        where = f"{at}.{name}" if at else name
        said = [one.get("description") for one in (field, *field.get("anyOf", ()))]
        if not any(said) and where not in ("type", "data"):
            yield where
        for one in (field, *field.get("anyOf", ())):
            many = "items" in one
            yield from undescribed(one["items"] if many else one, components, f"{where}[]" if many else where)


@pytest.mark.parametrize("type_", EVENTS)
def test_a_field_nobody_knows_does_not_disturb(type_: str) -> None:
    raw = msgspec.json.decode(golden(type_))
    more = {**raw, "unheard": {"of": 1}, "data": {**raw["data"], "unheard": [None]}}
    assert decode(msgspec.json.encode(more)) == decode(golden(type_))


@pytest.mark.parametrize("type_", EVENTS)
def test_each_required_field_that_is_missing_is_named(type_: str) -> None:
    raw = msgspec.json.decode(golden(type_))
    for name in [n for n, _, _ in fields_of(type_) if not n.endswith("?")]:
        data = {k: v for k, v in raw["data"].items() if k != name}
        with pytest.raises(Unreadable, match=rf"`{name}` - at `\$\.data`"):
            decode(msgspec.json.encode({**raw, "data": data}))


@pytest.mark.parametrize("type_", EVENTS)
def test_it_names_somebody(type_: str) -> None:
    event = decode(golden(type_))
    assert isinstance(event, StaffPresence) or event.data.who != type(event.data.who)()  # type: ignore[attr-defined]


CHECKIN = msgspec.json.decode(golden("store.checkin"))
POISON: dict[str, tuple[bytes | None, str]] = {
    "nothing": (None, "empty"),
    "empty": (b"", "empty"),
    "not JSON": (b"\xff\x00\x01", "not JSON"),
    "half JSON": (golden("store.checkin")[:-9], "not JSON"),
    "not UTF-8": (golden("store.checkin").replace(b"camille", b"\xff\xfe"), "not JSON"),
    "not an object": (b"[]", "object"),
    "NaN": (golden("client.emotion").replace(b"0.7", b"NaN"), "not JSON"),
    "infinite": (golden("client.emotion").replace(b"0.7", b"1e999"), "out of range"),
    "deep nesting": (b'{"type":"web.view","x":' + b"[" * 50_000 + b"]" * 50_000 + b"}", "not JSON"),
    "5 MB": (golden("store.checkin") + b" " * 5_000_000, "too large"),
    "no type": (msgspec.json.encode({k: v for k, v in CHECKIN.items() if k != "type"}), "`type`"),
    "unknown type": (msgspec.json.encode({**CHECKIN, "type": "store.dance"}), r"unknown type - at `\$.type`"),
    "type of another kind": (msgspec.json.encode({**CHECKIN, "type": 7}), r"at `\$.type`"),
    "another version": (msgspec.json.encode({**CHECKIN, "specversion": "2.0"}), r"at `\$.specversion`"),
    "no who": (
        msgspec.json.encode({**CHECKIN, "data": {"site": "vendome", "method": "nfc"}}),
        r"`who` - at `\$.data`",
    ),
    "who is a text": (
        msgspec.json.encode({**CHECKIN, "data": {**CHECKIN["data"], "who": "Aline"}}),
        r"at `\$.data.who`",
    ),
    "local time": (msgspec.json.encode({**CHECKIN, "time": "2026-11-21T15:00:00"}), r"at `\$.time`"),
    "negative amount": (
        golden("store.return").replace(b"46000", b"-46000"),
        r"at `\$.data.lines\[0\].amount`",
    ),
    "fraction of a cent": (
        golden("store.return").replace(b"46000", b"46000.5"),
        r"at `\$.data.lines\[0\].amount`",
    ),
}


@pytest.mark.parametrize("what", POISON)
def test_poison_is_unreadable_with_a_reason_that_names_the_field(what: str) -> None:
    value, reason = POISON[what]
    with pytest.raises(Unreadable, match=reason):
        decode(value)
