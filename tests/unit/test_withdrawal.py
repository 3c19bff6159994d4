"""What a withdrawal leaves of an alert: on its way, in its inbox."""

from typing import Any

import pytest

from agents.deliver import deliver, unpack
from agents.withdrawal import clients_of, left_of, stopped, taken_back
from feature_store.inbox import View
from schemas.alerts import InboxMessage, Recommendation, to_json
from schemas.times import iso
from tests.alerts import NOW, a_change, an_alert, an_entry, lumiere
from tests.builders import Raw

CLIENT = ("lumiere", "AlineMoreau00001")
SERVICE = frozenset({"service"})
PROFILING = frozenset({"profiling"})
SHOWN = [Recommendation(sku="bag-aurore", why="in the online cart")]
MAISONS = {"lumiere": lumiere()}
VENDOME = "lumiere/vendome"


@pytest.mark.parametrize(
    ("purposes", "withdrawn", "left"),
    [
        (["service"], frozenset(), True),
        (["service"], SERVICE, False),
        (["service"], frozenset({"marketing"}), True),
        (["one_to_one", "profiling"], PROFILING, False),
        ([], SERVICE, False),
        ([], frozenset(), True),
    ],
)
def test_an_alert_goes_with_any_consent_it_rests_on(
    purposes: list[Any], withdrawn: frozenset[str], left: bool
) -> None:
    alert = an_alert(purposes=purposes)
    assert left_of(alert, withdrawn) == (alert if left else None)


def test_a_welcome_stays_without_what_profiling_put_into_it() -> None:
    alert = an_alert(purposes=["service"], recommendations=SHOWN)
    left = left_of(alert, PROFILING)
    assert left is not None
    assert (left.recommendations, left.why) == ([], alert.why)


def delivered(*messages: InboxMessage, withdrawn: frozenset[str], **view: Any) -> Any:
    raws = [Raw(key=VENDOME.encode(), offset=n, value=to_json(m)) for n, m in enumerate(messages, 10)]
    slice = unpack(raws, MAISONS)
    assert clients_of(slice) == {CLIENT}
    slice = stopped(slice, {CLIENT: withdrawn})
    return deliver(slice, {VENDOME: View(inbox=VENDOME, **view)}, MAISONS, NOW, "log-1")


def test_an_alert_on_its_way_is_remembered_by_its_inbox_and_never_shown() -> None:
    change = a_change(purposes=["service"])
    got = delivered(change, a_change("a1", 2, purposes=["service"]), withdrawn=SERVICE)
    write = got.writes[VENDOME]
    assert (write.shown, got.feedback, write.offset) == ((), [], 11)
    entry = write.entries["a1"]
    assert (entry.over, entry.alert.status, entry.seen) == (True, "retracted", 2)
    assert (entry.alert.client.name, entry.alert.title, entry.alert.why) == (None, "", [])
    assert len(delivered(change, withdrawn=frozenset()).writes[VENDOME].shown) == 1


def test_an_open_card_is_taken_back_once_and_keeps_nothing_of_the_client() -> None:
    entries = [
        an_entry("a1", purposes=["service"], title="Sounds worried", say="Bonjour Aline", due=iso(NOW + 60)),
        an_entry("a2", purposes=["marketing"]),
    ]
    [(entry, shown)] = taken_back(entries, {CLIENT: SERVICE}, NOW + 1)
    assert (shown.kind, shown.alert.id, shown.alert.revision) == ("retract", "a1", 2)
    assert entry.over
    assert not any(word in to_json(shown) for word in (b"Bonjour", b"worried", iso(NOW + 60).encode()))
    assert (shown.alert.client.name, shown.alert.title, shown.alert.due) == (None, "", None)
    assert taken_back([entry], {CLIENT: SERVICE}, NOW + 2) == []
    assert taken_back(entries, {}, NOW + 1) == []
