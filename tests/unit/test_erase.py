"""Who asks to be forgotten is: in every part, once, and so that the next click begins nothing."""

from typing import Any

import msgspec
import pytest

from agents.effects import Effects
from agents.personalise import personalise
from agents.plan import Context, Touch, context
from feature_store import record as records
from feature_store.store import PartKey, Timer, View
from schemas.alerts import StatusChange
from schemas.messages import Example, Outcome
from schemas.personal import sealed, split
from schemas.sealing import Key
from schemas.who import oid_of
from streams import topics
from streams.erasure import IN_OTHERS, SEALED_TOPICS
from tests import builders as a

CTX: Context = context({"lumiere": a.lumiere()}, a.PEPPER, {})
PART = a.part_of(client_id="c-1")
OTHER = a.part_of(card="k-1")
KEY = Key(bytes(32), PART, [bytes(16)])


def told(
    *events: Any, held: bytes | None = None, links: tuple[str, ...] = (), part: PartKey = PART
) -> Effects:
    touches = [Touch(event, part, event.time.timestamp()) for event in events]
    view = View(b"", {part: held}, {part: links})
    return personalise(touches, (), view, {}, a.NOON + 60, CTX, keys={part: KEY})


def erasure(at: float = a.NOON + 10) -> Any:
    return a.event("client.erase", at, client_id="c-1")


def test_nothing_is_left_of_a_record_but_that_it_was_erased() -> None:
    before = told(a.profile(client_id="c-1"), a.purchase(client_id="c-1"))
    after = told(erasure(), held=before.parts[PART])
    record = records.decode(after.parts[PART], KEY)
    assert records.values(record, a.NOON) == {}
    assert (record.x, after.erased) == (int(a.NOON + 10), [PART])
    assert len(after.parts[PART]) < 20


def test_it_leaves_every_tally_it_stood_in() -> None:
    before = told(a.purchase(client_id="c-1"))
    after = told(erasure(), held=before.parts[PART])
    assert before.tallies
    total = before.tallies.copy()
    total.update(after.tallies)
    assert not any(total.values())


def test_an_open_card_is_taken_back_from_whoever_has_it() -> None:
    before = told(a.profile(client_id="c-1"), a.checkin(client_id="c-1"))
    shown = {change.alert.id for _, change in before.alerts}
    after = told(erasure(), held=before.parts[PART])
    assert shown
    assert {c.id for _, c in after.alerts if isinstance(c, StatusChange)} == shown
    assert {c.status for _, c in after.alerts if isinstance(c, StatusChange)} == {"retracted"}
    assert not set(after.timers) & set(before.timers)


def test_models_wait_no_more_for_what_becomes_of_who_was_erased_and_learn_nothing_of_it() -> None:
    agreed = [a.consent(a.NOON - 90, purpose, client_id="c-1") for purpose in ("profiling", "one_to_one")]
    life = [a.profile(client_id="c-1"), a.purchase(client_id="c-1"), a.booking(client_id="c-1")]
    before = told(*agreed, *life, a.chat(client_id="c-1"), a.checkin(client_id="c-1"))
    lessons = [(model, item) for (_, model), items in before.examples.items() for item in items]
    known = {(model, item.decision) for model, item in lessons if isinstance(item, Outcome)}
    asked = {(model, item.decision) for model, item in lessons if isinstance(item, Example)} - known
    assert {"acceptance", "second", "cancellation"} <= {model for model, _ in asked}
    erased = told(erasure(), held=before.parts[PART])
    late = [
        Timer(*PART, f"{kind}:{id}", a.NOON) for kind in ("answered", "expire") for id in ("old", "older")
    ]
    timers = [timer for timer in before.timers.values() if timer.member not in erased.dropped]
    view = View(b"", {PART: erased.parts[PART]}, {PART: ()})
    after = personalise((), [*timers, *late], view, {}, a.NOON + 9e6, CTX, keys={PART: KEY})
    ended = [
        (model, item)
        for one in (erased, after)
        for (_, model), items in one.examples.items()
        for item in items
    ]
    assert {item.y for _, item in ended if isinstance(item, Outcome)} == {None}
    assert len(ended) == sum(isinstance(item, Outcome) for _, item in ended)
    assert asked <= {(model, item.decision) for model, item in ended}
    assert ("response", "old") in {(model, item.decision) for model, item in ended}
    assert (after.alerts, after.parts, after.timers, after.changes) == ([], {}, {}, [])


def test_a_receipt_says_of_every_topic_that_knows_of_clients_what_became_of_them_there() -> None:
    of_no_client = {topics.SNAPSHOTS, topics.STANDING, topics.SILENCES}
    kept = {topics.AUDIT}
    named = {*SEALED_TOPICS, *IN_OTHERS, topics.KEYS}
    assert {topic.name for topic in topics.TOPICS} == named | kept | of_no_client


def test_every_part_of_the_client_is_told_and_the_telling_ends() -> None:
    first = told(erasure(), links=(OTHER[1],))
    ((part, event),) = first.further
    assert (part, event.data.who.oid) == (OTHER, OTHER[1])
    second = told(event, links=(PART[1],), part=OTHER)
    ((back, again),) = second.further
    assert back == PART
    third = told(again, held=first.parts[PART], links=(OTHER[1],))
    assert (third.further, third.parts, third.erased) == ([], {}, [])


@pytest.mark.parametrize("at", [a.NOON, a.NOON + 30], ids=["late", "later"])
def test_no_event_brings_back_who_was_erased(at: float) -> None:
    erased = told(erasure())
    events = [a.view(at, client_id="c-1"), a.purchase(at, client_id="c-1"), a.profile(at, client_id="c-1")]
    after = told(*events, held=erased.parts[PART])
    assert (after.parts, after.counts["erased"]) == ({}, 3)


def test_only_the_clients_own_later_consent_to_be_served_does() -> None:
    erased = told(erasure()).parts[PART]
    for at, purpose, state in (
        (a.NOON, "service", "all"),
        (a.NOON + 30, "marketing", "all"),
        (a.NOON + 30, "service", "none"),
    ):
        assert told(a.consent(at, purpose, state, client_id="c-1"), held=erased).parts == {}
    back = told(
        a.consent(a.NOON + 30, "service", client_id="c-1"),
        a.view(a.NOON + 40, client_id="c-1"),
        held=erased,
    )
    record = records.decode(back.parts[PART], KEY)
    assert (record.x, records.slice_of(record, "facts").views) == (-int(a.NOON + 30), 1)


def test_staff_bring_nobody_back_without_proof_also_past_the_gateway() -> None:
    erased = told(erasure()).parts[PART]
    word = a.consent(a.NOON + 30, "service", client_id="c-1")
    theirs = msgspec.structs.replace(word, source="/staff/camille")
    assert told(theirs, held=erased).parts == {}
    proven = msgspec.structs.replace(theirs, data=msgspec.structs.replace(word.data, proof="form 31"))
    assert records.decode(told(proven, held=erased).parts[PART], KEY).x < 0


def test_a_key_that_an_earlier_consent_brought_along_is_destroyed_again() -> None:
    """The gateway draws one for whoever may be coming back: it can't know that they were erased since."""
    erased = told(erasure()).parts[PART]
    late = a.consent(a.NOON, "service", client_id="c-1")
    assert told(late, held=erased).erased == [PART]
    said = [a.consent(a.NOON + 30, "marketing", client_id="c-1"), a.view(a.NOON + 30, client_id="c-1")]
    assert told(*said, held=erased).erased == [], "none was drawn for these: what is there may be newer"
    back = told(late, a.consent(a.NOON + 30, "service", client_id="c-1"), held=erased)
    assert back.erased == [], "who is back since keeps it"


def test_an_erasure_older_than_the_return_does_not_count_again() -> None:
    erased = told(erasure()).parts[PART]
    back = told(a.consent(a.NOON + 30, "service", client_id="c-1"), held=erased).parts[PART]
    twin = told(erasure(), held=back)
    assert twin.erased == [], "the same erasure read again, as after a failover"


def test_its_event_is_read_when_no_key_is_left() -> None:
    event = msgspec.json.decode(msgspec.json.encode(erasure()))
    taken = split(event, lambda kind, value: oid_of("lumiere", kind, value, a.PEPPER))
    assert msgspec.json.decode(sealed(taken, None))["type"] == "client.erase"


def test_what_is_read_again_after_the_return_and_was_before_it_is_nothing() -> None:
    """A store that has lost writes is told what clients declared first, and then all else."""
    erased = told(erasure()).parts[PART]
    back = told(a.consent(a.NOON + 30, "service", client_id="c-1"), held=erased).parts[PART]
    again = told(
        a.purchase(a.NOON, client_id="c-1"),
        a.view(a.NOON + 20, client_id="c-1"),
        a.view(a.NOON + 40, client_id="c-1"),
        held=back,
    )
    facts = records.slice_of(records.decode(again.parts[PART], KEY), "facts")
    assert (facts.purchases, facts.views, again.counts["erased"]) == (0, 1, 2)


def test_who_was_never_erased_keeps_what_happened_before_1970() -> None:
    bought = told(a.purchase(-300 * a.HOUR, client_id="c-1"), a.checkin(client_id="c-1"))
    facts = records.slice_of(records.decode(bought.parts[PART], KEY), "facts")
    assert (facts.purchases, facts.visits, bought.counts["erased"]) == (1, 1, 0)


@pytest.mark.parametrize("together", [False, True], ids=["in-another-shard", "in-the-same-slice"])
def test_an_event_counts_though_a_linked_part_is_sealed_with_another_key_than_is_known(
    together: bool,
) -> None:
    older, newer = (Key(bytes(32), OTHER, [bytes([n]) * 16]) for n in (1, 2))
    named = Touch(a.profile(fields={"name": "Aline"}, card="k-1"), OTHER, a.NOON)
    alone = View(b"", {OTHER: None}, {})
    back = personalise([named], (), alone, {}, a.NOON, CTX, keys={OTHER: newer}).parts[OTHER]
    came = Touch(a.checkin(client_id="c-1"), PART, a.NOON)
    here, elsewhere = ({PART: None, OTHER: back}, {}) if together else ({PART: None}, {OTHER: back})
    linked = View(b"", here, {PART: (OTHER[1],)})
    effects = personalise([came], (), linked, elsewhere, a.NOON, CTX, keys={PART: KEY, OTHER: older})
    assert records.slice_of(records.decode(effects.parts[PART], KEY), "facts").visits == 1
    assert effects.parts.get(OTHER, back) == back, "what cannot be read stays as it is"
