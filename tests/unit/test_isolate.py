"""What can't be applied is set aside alone; the events and timers beside it go on."""

from agents.plan import NO_KEYS, context, plan
from agents.registry import WAKES
from feature_store import record as records
from feature_store.store import Timer, View
from schemas.codec import encode
from schemas.key import key_of_event
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
