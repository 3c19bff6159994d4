"""Which events made which value: told by the same code that applies them."""

from typing import Any

from agents.explain import Cause, Explanation, shown
from agents.plan import Touch
from feature_store import record as records
from streams.explain_text import text_of
from streams.explaining import PartExplained
from tests import builders as a

PART = ("lumiere", "qjGJ8m2C0b1xYz_A")


def explanation(*events: Any, most: int = 3) -> Explanation:
    told = Explanation(most)
    for offset, event in enumerate(events):
        cause = Cause(
            type=type(event).__struct_config__.tag,
            time=a.iso(event.time.timestamp()),
            source=event.source,
            id=event.id,
            topic="a.topic",
            partition=3,
            offset=offset,
        )
        at = event.time.timestamp()
        told.add(Touch(event, PART, at), cause, a.HOUSE, at)
    return told


def offsets(told: Explanation, name: str) -> list[int]:
    return [cause.offset for cause in told.values[name].events]


def test_a_value_names_the_events_that_set_or_changed_it_and_no_others() -> None:
    visits = [a.checkin(a.NOON + n, card="c") for n in range(2)]
    bought = a.purchase(a.NOON + 9, card="c", lines=[a.line(amount=700, currency="EUR")])
    told = explanation(visits[0], bought, visits[1])
    assert offsets(told, "facts.visits") == [0, 2]
    assert offsets(told, "facts.purchases") == [1]
    assert offsets(told, "facts.spend.EUR") == [1]


def test_an_event_sent_twice_made_nothing_the_second_time() -> None:
    visit = a.checkin(card="c")
    told = explanation(visit, visit)
    assert (told.applied, told.twice) == (1, 1)
    assert offsets(told, "facts.visits") == [0]


def test_of_many_events_the_newest_are_kept_and_all_are_counted() -> None:
    told = explanation(*(a.checkin(a.NOON + n, card="c") for n in range(50)), most=2)
    assert offsets(told, "facts.visits") == [48, 49]
    assert told.values["facts.visits"].count == 50


def test_what_is_explained_is_the_record_the_lanes_make() -> None:
    events = [a.profile(card="c"), a.checkin(card="c"), a.view(card="c"), a.purchase(card="c")]
    assert records.encode(explanation(*events).record) == records.encode(a.record_of(*events))


def test_an_event_that_came_late_and_changed_nothing_of_a_field_is_not_its_cause() -> None:
    newer = a.profile(a.NOON, card="c", fields={"language": "fr"})
    older = a.profile(a.NOON - 60, card="c", fields={"language": "ja"})
    told = explanation(newer, older)
    assert offsets(told, "profile.language") == [0]


def test_what_was_before_an_erasure_explains_nothing() -> None:
    told = explanation(a.checkin(card="c"), a.event("client.erase", card="c"), a.checkin(card="c"))
    assert offsets(told, "facts.visits") == [2]
    assert records.slice_of(told.record, "facts").visits == 1


def explained(*events: Any, **changes: Any) -> PartExplained:
    told = explanation(*events)
    given: dict[str, Any] = {
        "oid": PART[1],
        "events": told.applied,
        "twice": 0,
        "unreadable": 0,
        "since": a.NOON,
        "cut": (),
        "made": told.values,
        "values": shown(told.record, a.NOON),
        "differs": (),
    }
    return PartExplained(**(given | changes))


def test_nothing_personal_is_shown_and_every_cause_has_its_place_in_the_log() -> None:
    part = explained(a.profile(card="c", fields={"name": "Aline"}), a.checkin(card="c"))
    text = "\n".join(text_of("lumiere", [part]))
    assert "Aline" not in text
    assert "profile.name = (not shown)" in text
    assert "facts.visits = 1" in text
    assert "store.checkin  /test" in text
    assert "a.topic[3]@1" in text
    assert text.endswith("equal to the record in the store")


def test_where_the_record_says_otherwise_the_reason_is_told() -> None:
    part = explained(a.checkin(card="c"), cut=("store.checkins",), differs=("facts", "attention"))
    text = "\n".join(text_of("lumiere", [part]))
    assert "facts: the record says otherwise, for events before the log's beginning count too" in text
    assert "attention: the record says otherwise, for it holds what was proposed too" in text
    assert "rebuild --verify" in "\n".join(text_of("lumiere", [explained(differs=("facts",))]))
