"""What can't be applied is set aside alone; the events and timers beside it go on."""

from agents.personalise import personalise
from agents.plan import NO_KEYS, Touch, context, plan
from agents.registry import WAKES
from feature_store import record as records
from feature_store.store import Timer, View
from schemas.codec import encode
from schemas.key import key_of_event
from schemas.sealing import Key
from streams import isolate
from tests import builders as a
from tests.builders import Raw

GARBAGE = b"\xc1 no record"


def test_an_event_whose_record_can_not_be_read_is_dead_and_its_neighbour_is_applied() -> None:
    ctx = context({"lumiere": a.lumiere()}, a.PEPPER, {})
    events = [a.view(client_id="broken"), a.view(client_id="whole")]
    keys = [key_of_event(event, a.PEPPER) or "" for event in events]
    raws = [Raw(i, key.encode(), encode(e)) for i, (key, e) in enumerate(zip(keys, events, strict=True))]
    planned = plan(raws, a.NOON, WAKES.keys(), ctx)
    view = View(b"", {("lumiere", keys[0]): GARBAGE, ("lumiere", keys[1]): None}, {})

    planned, effects = isolate.applied(planned, raws, view, {}, a.NOON, ctx, False, NO_KEYS)

    assert [d.raw.offset for d in planned.dead] == [0]
    assert planned.dead[0].reason.startswith("could not be applied: ")
    assert records.decode(effects.parts[("lumiere", keys[1])]).f.views == 1
    assert ("lumiere", keys[0]) not in effects.parts


def test_a_timer_that_can_not_be_served_is_dropped_and_its_neighbour_is_served() -> None:
    ctx = context({"lumiere": a.lumiere()}, a.PEPPER, {})
    broken, whole = (Timer("lumiere", oid, "cart", a.NOON) for oid in ("b" * 16, "w" * 16))
    view = View(b"", {("lumiere", broken.oid): GARBAGE, ("lumiere", whole.oid): None}, {})

    effects = isolate.rung((broken, whole), view, {}, a.NOON, ctx, NO_KEYS)

    assert set(effects.dropped) == {broken.member, whole.member}


def test_an_event_that_holds_only_after_another_of_its_slice_is_applied() -> None:
    """Somebody is erased and comes back, and the store lost both: no key opens their record any more."""
    ctx = context({"lumiere": a.lumiere()}, a.PEPPER, {})
    part = a.part_of(client_id="c-1")
    lost, drawn = (Key(bytes(32), part, [bytes([n]) * 16]) for n in (1, 2))
    named = Touch(a.profile(client_id="c-1"), part, a.NOON)
    view = View(b"", {part: None}, {})
    held = personalise([named], (), view, {}, a.NOON, ctx, keys={part: lost}).parts[part]
    view = View(b"", {part: held}, {part: ()})
    erased = a.event("client.erase", a.NOON + 1, client_id="c-1")
    events = [a.profile(a.NOON, client_id="c-1"), erased, a.consent(a.NOON + 2, "service", client_id="c-1")]
    raws = [Raw(n, part[1].encode(), encode(event)) for n, event in enumerate(events)]
    keys = {part: drawn}
    planned = plan(raws, a.NOON + 3, WAKES.keys(), ctx, keys)

    planned, effects = isolate.applied(planned, raws, view, {}, a.NOON + 3, ctx, False, keys)

    assert [d.raw.offset for d in planned.dead] == [0]
    record = records.decode(effects.parts[part], drawn)
    assert records.values(record, a.NOON + 3)["consent"] == {"service": "all"}
