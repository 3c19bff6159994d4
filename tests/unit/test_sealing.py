"""What is personal can be read with the part's key and by nobody without it."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import orjson
import pytest
from msgspec import Meta
from msgspec.inspect import type_info

from agents.personalise import personalise
from agents.plan import Plan, closed, context, plan
from agents.registry import WAKES
from feature_store import record as records
from feature_store.store import PartKey, StoreAway, View
from schemas.alerts import AlertChange
from schemas.codec import MAX_BYTES, TRAVELLING, decode, encode
from schemas.envelope import OPAQUE, PERSONAL
from schemas.events import EVENTS
from schemas.events.store import Line
from schemas.messages import KeyChange
from schemas.personal import opened, sealed, split, way_of
from schemas.sealing import SALT, Key, Lost, master_of
from schemas.who import OID, oid_of
from streams.inbound import check, restated
from streams.intake import publish_sealed
from streams.keys import AGAIN, Keys
from streams.produce import Message
from streams.topics import KEYS
from streams.write_keys import WriteKey
from tests import builders as a
from tests.builders import Raw
from tests.fakes import FakeKeyring, FakeLog

GOLDEN = Path(__file__).parents[1] / "golden" / "events"
MASTER = master_of(b"a secret")
PART = ("lumiere", "qjGJ8m2C0b1xYz_A")
OLD, NEW = bytes(SALT), bytes(range(SALT))


def opaque(kind: str, value: str) -> str:
    return oid_of("lumiere", kind, value, a.PEPPER)


def spoken(value: Any) -> list[str]:
    """Every text in an event's data that a person may have written."""
    if isinstance(value, dict):
        return [t for v in value.values() for t in spoken(v)]
    if isinstance(value, list):
        return [t for v in value for t in spoken(v)]
    return [value] if isinstance(value, str) else []


def test_what_one_key_sealed_no_other_opens() -> None:
    sealed = Key(MASTER, PART, [OLD]).seal(b"Aline")
    assert b"Aline" not in sealed
    for other in (
        Key(MASTER, PART, [NEW]),
        Key(MASTER, ("autre", PART[1]), [OLD]),
        Key(MASTER, (PART[0], "b" * 16), [OLD]),
        Key(master_of(b"another secret"), PART, [OLD]),
    ):
        with pytest.raises(Lost):
            other.open(sealed)


def test_a_part_with_two_salts_opens_what_either_sealed() -> None:
    both = Key(MASTER, PART, [OLD, NEW])
    assert both.open(Key(MASTER, PART, [OLD]).seal(b"before")) == b"before"
    assert both.open(Key(MASTER, PART, [NEW]).seal(b"after")) == b"after"
    assert both.seal(b"x") == Key(MASTER, PART, [NEW]).seal(b"x"), "sealed with the newest"


@pytest.mark.parametrize("broken", [b"", bytes(3), bytes(40)])
def test_what_was_never_sealed_is_lost_and_nothing_worse(broken: bytes) -> None:
    with pytest.raises(Lost):
        Key(MASTER, PART, [OLD]).open(broken)


def test_a_changed_byte_is_noticed() -> None:
    key = Key(MASTER, PART, [OLD])
    sealed = bytearray(key.seal(b"Aline"))
    sealed[-1] ^= 1
    with pytest.raises(Lost):
        key.open(bytes(sealed))


@pytest.mark.parametrize("type_", sorted(EVENTS))
def test_an_event_travels_without_its_identifiers_and_opens_to_what_was_sent(type_: str) -> None:
    sent = orjson.loads((GOLDEN / f"{type_}.json").read_bytes())
    key = Key(MASTER, PART, [OLD])
    taken = split(sent, opaque)
    travels = sealed(taken, key)
    for oid, _, value in taken.named:
        assert value.encode() not in travels
        assert f"{OID}{oid}".encode() in travels
    back = orjson.loads(opened(travels, key))
    people = {"who", "with", "for", "referred"}
    assert {k: v for k, v in back["data"].items() if k not in people and k != "session"} == {
        k: v for k, v in sent["data"].items() if k not in people and k != "session"
    }
    assert {k: v for k, v in back.items() if k != "data"} == {k: v for k, v in sent.items() if k != "data"}


def test_a_declaration_that_says_nothing_but_who_opens_too() -> None:
    sent = orjson.loads((GOLDEN / "client.referral.json").read_bytes())
    sent["data"] = {who: sent["data"][who] for who in ("who", "referred")}
    key = Key(MASTER, PART, [OLD])
    back = orjson.loads(opened(sealed(split(sent, opaque), key), key))
    assert (back["type"], back["data"].keys()) == ("client.referral", {"who", "referred"})


@pytest.mark.parametrize("type_", sorted(t for t in EVENTS if t.startswith("client.")))
def test_of_what_a_client_declares_nothing_can_be_read(type_: str) -> None:
    sent = orjson.loads((GOLDEN / f"{type_}.json").read_bytes())
    travels = orjson.loads(sealed(split(sent, opaque), Key(MASTER, PART, [OLD])))
    left = orjson.dumps(list(spoken(travels["data"])))
    assert not [text for text in spoken(sent["data"]) if len(text) > 3 and text.encode() in left]


def test_what_nobody_knows_is_taken_for_personal() -> None:
    sent = orjson.loads((GOLDEN / "web.view.json").read_bytes())
    sent["subject"] = "aline@example.com"
    sent["data"] |= {"nickname": "Lili"}
    sent["data"]["who"]["fax"] = "0102030405"
    key = Key(MASTER, PART, [OLD])
    travels = sealed(split(sent, opaque), key)
    assert not [word for word in (b"aline@", b"Lili", b"0102030405") if word in travels]
    back = orjson.loads(opened(travels, key))
    assert (back["subject"], back["data"]["nickname"]) == ("aline@example.com", "Lili")
    assert back["data"]["who"]["fax"] == "0102030405"


def test_what_stands_beside_the_fields_of_a_line_is_sealed_and_the_rest_travels_as_it_did() -> None:
    sent = orjson.loads((GOLDEN / "store.purchase.json").read_bytes())
    plain = [{**line} for line in sent["data"]["lines"]]
    sent["data"]["lines"][1] |= {"engraving": "Pour Lili", "card": {"to": "Lili"}}
    key = Key(MASTER, PART, [OLD])
    travels = sealed(split(sent, opaque), key)
    assert b"Lili" not in travels
    assert orjson.loads(travels)["data"]["lines"] == plain
    assert orjson.loads(opened(travels, key))["data"]["lines"] == sent["data"]["lines"]


@pytest.mark.parametrize("type_", ["client.profile", "chat.message", "web.view", "store.purchase"])
def test_the_largest_event_that_is_taken_is_read_once_it_is_sealed(type_: str) -> None:
    sent = orjson.loads((GOLDEN / f"{type_}.json").read_bytes())
    room = MAX_BYTES - len(orjson.dumps(sent)) - 300
    if lines := sent["data"].get("lines"):
        lines[0]["engraving"] = "x" * room
    else:
        sent["data"]["form"] = "x" * room
    taken = check(sent, WriteKey(maison="lumiere"), datetime.now(UTC), a.PEPPER)
    key = Key(MASTER, taken.part, [OLD])
    travels = taken.message(key).value or b""
    assert len(travels) > MAX_BYTES
    decode(travels)
    assert orjson.loads(opened(travels, key))["data"].get("lines") == sent["data"].get("lines")


class Inner(msgspec.Struct):
    words: Annotated[str, Meta(extra=PERSONAL)]


@pytest.mark.parametrize(
    ("kind", "way"),
    [
        (str | None, "clear"),
        (list[Line], "clear"),
        (Inner | None, "personal"),
        (list[Inner], "personal"),
        (list[Annotated[str, Meta(extra=OPAQUE)]], "personal"),
        (dict[str, int], "personal"),
        (Any, "personal"),
    ],
)
def test_what_holds_something_personal_or_what_nobody_can_tell_is_sealed_whole(kind: Any, way: str) -> None:
    assert way_of(type_info(kind)) == way


@pytest.mark.parametrize("type_", ["client.profile", "chat.message", "web.view", "spa.visit"])
@pytest.mark.parametrize(
    "forged", [{"scope": "server", "type": "client.erase", "data": {}}, "no object", [1]]
)
def test_nobody_writes_by_a_field_of_the_data_what_only_the_gateway_writes(type_: str, forged: Any) -> None:
    data = {"who": {"client_id": "c-1"}, "~": forged, "~~": 2, "": 3, "note": "x"}
    stamped = {"maison": "lumiere", "scope": "web", "proven": False, "id": "e-1", "source": "/web"}
    key = Key(MASTER, PART, [OLD])
    for beside in ({}, {"subject": "s", "of": "client.erase"}):
        sent = {"type": type_, **stamped, "data": data, **beside}
        back = orjson.loads(opened(sealed(split(sent, opaque), key), key))
        who = {"client_id": OID + opaque("client_id", "c-1")}
        assert back == {**sent, "data": {**data, "who": who}}, "kept as it was sent"


def travelling(event: Any, key: Key, offset: int = 0) -> tuple[tuple[str, str], Raw]:
    taken = split(orjson.loads(encode(event)), opaque)
    oid = next(o for o, _, _ in taken.named)
    return ("lumiere", oid), Raw(offset, oid.encode(), sealed(taken, key))


def planned(raws: list[Raw], keys: dict[tuple[str, str], Key | None]) -> Plan:
    return plan(raws, a.NOON, WAKES.keys(), context({"lumiere": a.lumiere()}, a.PEPPER, {}), keys)


def test_a_profile_is_sealed_in_the_log_and_in_the_record_and_read_with_the_key() -> None:
    part = ("lumiere", opaque("client_id", "c-1"))
    key = Key(MASTER, part, [OLD])
    _, raw = travelling(a.profile(client_id="c-1", fields={"name": "Aline de Montclar"}), key)
    locked = planned([raw], {})
    assert (locked.locked, locked.touches) == ([part], [])
    made = planned([raw], {part: key})
    assert (made.locked, made.dead, made.keyed) == ([], [], [part])
    ctx = context({"lumiere": a.lumiere()}, a.PEPPER, {})
    effects = personalise(made.touches, (), View(b"", {part: None}, {}), {}, a.NOON, ctx, keys={part: key})
    stored = effects.parts[part]
    assert b"Aline" not in stored
    assert records.values(records.decode(stored), a.NOON).get("profile") is None, "not without the key"
    read = records.decode(stored, key)
    assert records.values(read, a.NOON)["profile"]["name"] == "Aline de Montclar"
    assert records.encode(read, key) == stored, "what was only read is stored as it was"


def test_what_a_guest_was_served_is_read_with_the_key_and_kept_sealed() -> None:
    part = ("lumiere", opaque("guest_id", "g-1"))
    key = Key(MASTER, part, [OLD])
    _, raw = travelling(a.hotel("service", guest_id="g-1", service="breakfast", item="Verbena Tea"), key)
    assert b"Verbena" not in (raw.value or b"")
    assert planned([raw], {}).locked == [part]
    made = planned([raw], {part: key})
    ctx = context({"lumiere": a.lumiere()}, a.PEPPER, {})
    effects = personalise(made.touches, (), View(b"", {part: None}, {}), {}, a.NOON, ctx, keys={part: key})
    stored = effects.parts[part]
    assert b"Verbena" not in stored
    [served] = records.values(records.decode(stored, key), a.NOON)["served"]["lately"]
    assert served["item"] == "Verbena Tea"


def test_a_message_is_read_for_its_mood_with_the_key_and_its_words_are_kept_nowhere() -> None:
    part = ("lumiere", opaque("client_id", "c-1"))
    key = Key(MASTER, part, [OLD])
    _, raw = travelling(a.chat(client_id="c-1", text="QZX!, urgent 😰", conversation="+33639980127"), key)
    assert b"QZX!" not in (raw.value or b"")
    assert planned([raw], {}).locked == [part]
    made = planned([raw], {part: key})
    assert "639980127" not in str(made.touches), "a thread stays what it was called on the way"
    ctx = context({"lumiere": a.lumiere()}, a.PEPPER, {})
    effects = personalise(made.touches, (), View(b"", {part: None}, {}), {}, a.NOON, ctx, keys={part: key})
    [(_, change)] = effects.alerts
    assert isinstance(change, AlertChange)
    assert change.alert.action == "worried"
    record = records.decode(effects.parts[part], key)
    assert records.values(record, a.NOON)["mood"]["worry"]["strength"] == 0.75
    assert b"QZX!" not in effects.parts[part]


@pytest.mark.parametrize(
    "event",
    [
        a.profile(client_id="c-1"),
        a.chat(client_id="c-1", text="urgent"),
        a.hotel("service", guest_id="g-1", service="breakfast", item="Verbena Tea"),
    ],
)
def test_whose_key_a_slice_needs_is_told_without_reading_all_of_it(event: Any) -> None:
    part, raw = travelling(event, Key(MASTER, ("lumiere", "x"), [OLD]))
    ctx = context({"lumiere": a.lumiere()}, a.PEPPER, {})
    assert closed([raw, raw], ctx) == [part] == planned([raw], {}).locked


def test_an_event_that_needs_no_key_or_can_not_be_read_asks_for_none() -> None:
    key = Key(MASTER, ("lumiere", "x"), [OLD])
    part, raw = travelling(a.profile(client_id="c-1"), key)
    value = raw.value or b""
    values = [
        travelling(a.view(client_id="c-1", url="https://maison.example/a"), key)[1].value,
        None,
        b"",
        b'"type":"sealed"',
        value.replace(b'"lumiere"', b'"another"'),
        value[:-1],
        value[:-1] + b" " * TRAVELLING + b"}",
    ]
    ctx = context({"lumiere": a.lumiere()}, a.PEPPER, {})
    raws = [Raw(n, part[1].encode(), one) for n, one in enumerate(values)]
    assert closed([*raws, Raw(9, b"\xff", value)], ctx) == []


def test_a_message_whose_words_nobody_can_open_was_written_all_the_same() -> None:
    part = ("lumiere", opaque("client_id", "c-1"))
    _, raw = travelling(a.chat(client_id="c-1", text="urgent"), Key(MASTER, part, [OLD]))
    for key in (None, Key(MASTER, part, [NEW])):
        made = planned([raw], {part: key})
        [touch] = made.touches
        assert (touch.event.data.text, made.locked, made.dead, made.erased) == (None, [], [], [])  # type: ignore[attr-defined]


def test_an_event_of_a_client_whose_key_was_destroyed_is_no_dead_letter() -> None:
    part = ("lumiere", opaque("client_id", "c-1"))
    _, raw = travelling(a.profile(client_id="c-1"), Key(MASTER, part, [OLD]))
    made = planned([raw], {part: None})
    assert (made.erased, made.dead, made.touches) == ([part], [], [])


def test_the_key_of_whoever_may_be_back_is_looked_for_again() -> None:
    part = ("lumiere", opaque("client_id", "c-1"))
    key = Key(MASTER, part, [NEW])
    _, raw = travelling(a.consent(a.NOON, "service", client_id="c-1"), key)
    gone = planned([raw], {part: None})
    assert (gone.locked, gone.erased, gone.dead) == ([part], [part], [])
    assert len(planned([raw], {part: key}).touches) == 1


async def test_who_comes_back_is_not_told_of_under_the_key_that_was_destroyed() -> None:
    ring, log = Full(), FakeLog()
    taken = restated(encode(a.consent(a.NOON, "service", client_id="c-1")), None, a.PEPPER)
    keys = Keys(ring, bytes(32))
    await publish_sealed([taken], keys, log.publish)
    assert not log.keys, "it had one"
    ring.salt = []
    await publish_sealed([taken], keys, log.publish)
    assert list(log.keys) == [taken.part[1]], "and has a new one"


class Away(FakeKeyring):
    async def salts(self, parts: Any) -> Any:
        raise StoreAway("away")


async def test_a_new_key_is_known_when_kafka_has_it_and_not_before() -> None:
    keys = Keys(FakeKeyring(), MASTER)
    first = keys.draw({PART: ("email", "a@b.fr")})
    again = keys.draw({PART: None})
    assert len(first.messages) == len(again.messages) == 1
    keys.settle(again)
    assert not keys.draw({PART: None}).messages
    assert keys.known == again.keys


async def test_a_keyring_that_is_away_holds_nobody_up() -> None:
    log = FakeLog()
    taken = restated(encode(a.profile(client_id="c-1")), None, a.PEPPER)
    await publish_sealed([taken], Keys(Away(), bytes(32)), log.publish)
    assert (len(log.keys), len(log.messages)) == (1, 1)


@pytest.mark.parametrize("ring", [Away(), None, FakeKeyring()])
async def test_a_key_tells_whether_its_client_asked_to_be_served_again(ring: Any) -> None:
    """Whoever draws it may not know that theirs was destroyed."""
    log, told = FakeLog(), list[KeyChange]()

    async def publish(messages: Sequence[Message]) -> None:
        told.extend(msgspec.json.decode(m.value or b"", type=KeyChange) for m in messages if m.topic == KEYS)
        await log.publish(messages)

    back = a.consent(purpose="service", state="all", client_id="c-2")
    for said in (a.profile(client_id="c-1"), back):
        await publish_sealed([restated(encode(said), None, a.PEPPER)], Keys(ring, bytes(32)), publish)
    assert [change.unasked for change in told] == [True, False]


class Still(FakeKeyring):
    """A keyring that gives no answer before its time is over; `asks` are those that wait for one."""

    def __init__(self) -> None:
        self.asks: list[asyncio.Future[None]] = []

    async def salts(self, parts: Any) -> Any:
        self.asks.append(asyncio.get_running_loop().create_future())
        await self.asks[-1]
        return dict.fromkeys(parts)


async def test_while_a_keyring_stands_still_one_waits_for_it_and_no_other() -> None:
    """Each waited for its time-out: a gateway took one in twenty, and refused the rest."""
    ring = Still()
    keys = Keys(ring, MASTER)
    first = asyncio.create_task(keys.look_up([PART]))
    await asyncio.sleep(0)
    ring.asks[0].set_exception(StoreAway("no answer"))
    with pytest.raises(StoreAway):
        await first
    asking = asyncio.create_task(keys.look_up([PART]))
    await asyncio.sleep(0)
    for _ in range(3):
        with pytest.raises(StoreAway):
            await asyncio.wait_for(keys.look_up([PART]), 5)
    ring.asks[1].set_result(None)
    await asking
    several = [asyncio.create_task(keys.look_up([PART])) for _ in range(3)]
    await asyncio.sleep(0)
    assert len(ring.asks) == 2 + 3, "it answers: whoever comes asks"
    for ask in ring.asks[2:]:
        ask.set_result(None)
    await asyncio.gather(*several)


async def test_while_the_keyring_is_away_what_was_known_is_not_drawn_anew_each_minute() -> None:
    now, ring = [0.0], Full()
    keys = Keys(ring, MASTER, clock=lambda: now[0])
    await keys.look_up([PART])
    now[0] += AGAIN + 1
    keys._keyring = Away()
    with pytest.raises(StoreAway):
        await keys.look_up([PART])
    assert not keys.draw({PART: None}).messages
    keys._keyring, ring.salt = ring, []
    await keys.look_up([PART])
    assert keys.known == {PART: None}, "once it answers, what it says by now"


class Full(FakeKeyring):
    """A keyring that has a key for everybody, or none any more."""

    def __init__(self) -> None:
        self.salt = [OLD]

    async def salts(self, parts: Any) -> Any:
        return dict.fromkeys(parts, self.salt)


async def test_what_was_looked_up_is_still_there_when_keys_are_drawn() -> None:
    now, ring, other = [0.0], Full(), (PART[0], "b" * 16)
    keys = Keys(ring, MASTER, clock=lambda: now[0])
    await keys.look_up([PART])
    now[0] += AGAIN + 1
    await keys.look_up([PART, other])
    assert not keys.draw({PART: None}).messages, "no second key for a record that has one"
    assert keys.known.keys() == {PART, other}


class Slow(FakeKeyring):
    """A keyring that has these salts of `PART`; from the second time on it answers when it may."""

    def __init__(self, salts: list[bytes]) -> None:
        self.kept, self.may = salts, asyncio.Event()
        self.may.set()

    async def salts(self, parts: Collection[PartKey]) -> dict[PartKey, list[bytes] | None]:
        await self.may.wait()
        self.may.clear()
        return {part: self.kept if part == PART else None for part in parts}


@pytest.mark.parametrize("salts", [[OLD], []], ids=["known", "destroyed"])
async def test_what_is_at_hand_is_still_there_when_somebody_else_forgets_what_is_old(
    salts: list[bytes],
) -> None:
    """Else a client who has a key is given one more, and one who was erased is given one."""
    now, ring, stranger = [0.0], Slow(salts), (PART[0], "b" * 16)
    keys = Keys(ring, MASTER, clock=lambda: now[0])
    await keys.look_up([PART])
    ours = asyncio.create_task(keys.look_up([PART, stranger]))
    await asyncio.sleep(0)
    now[0] += AGAIN + 1
    await keys.look_up([])
    while not ours.done():
        ring.may.set()
        await asyncio.sleep(0)
    assert set(keys.draw({PART: None, stranger: None}).keys) == {stranger}


async def test_a_key_known_for_long_is_looked_up_again() -> None:
    now, ring = [0.0], Full()
    keys = Keys(ring, MASTER, clock=lambda: now[0])
    await keys.look_up([PART])
    keys.known[PART] = None
    await keys.look_up([PART])
    assert keys.known[PART] is None
    now[0] += AGAIN + 1
    await keys.look_up([PART])
    assert keys.known[PART] is not None
