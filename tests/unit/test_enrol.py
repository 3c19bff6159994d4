"""What a team hears of its segment, under which id; and when the parts of a client are looked at."""

from typing import Any

from agents.enrol import enrol, leave
from feature_store import record as records
from feature_store.scale import Scale
from schemas.maison import Maison
from schemas.times import iso
from tests import builders as a
from tests.builders import Line

DAY = 86_400.0


def house(**conditions: dict[str, Any]) -> Maison:
    """With segments of these names and conditions."""
    of = {"team": "client-service", "purpose": "service"}
    return a.lumiere(segments=[{"id": id, "name": id, "when": when, **of} for id, when in conditions.items()])


def leaf(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


BUYERS = leaf("facts.purchases", ">=", 1)
SILENT = {"all": [BUYERS, leaf("recency.purchase_days", ">=", 100)]}
RICH = leaf("facts.spend.EUR", ">", 500_000)


async def holds(line: Line, **who: str) -> Any:
    """What the part of an identifier holds of segments."""
    part = a.part_of(**who)
    return records.slice_of(records.decode((await line.store.peek([part]))[part]), "segments")


async def test_a_change_is_told_of_its_client_at_its_time_and_under_an_id_that_an_upgrade_keeps() -> None:
    line = Line(house(buyers=BUYERS))
    await line.tell(a.purchase(client_id="c1"), a.purchase(a.NOON + 60, client_id="c2"))
    first, other = line.changes
    assert (first.maison, first.client, first.at) == ("lumiere", a.part_of(client_id="c1")[1], iso(a.NOON))
    assert [first.id, other.id] == ["0bac1b3d7272e2df17d3405a", "9ad7717eca5e915f1ad2bf6e"]


async def test_who_is_erased_leaves_what_they_were_in_and_nothing_else() -> None:
    maison = house(buyers=BUYERS, rich=RICH, silent=SILENT)
    line = Line(maison)
    await line.tell(a.purchase(client_id="c1", lines=[a.line(amount=600_000)]))
    assert [change.segment for change in line.changes] == ["buyers", "rich"]
    part = a.part_of(client_id="c1")
    held = records.decode((await line.store.peek([part]))[part])
    left = leave(maison, part[1], held, a.NOON + 60)
    assert [(one.segment, one.change, one.why) for one in left] == [
        ("buyers", "left", ["erased"]),
        ("rich", "left", ["erased"]),
    ]
    assert {(one.maison, one.team, one.client, one.at) for one in left} == {
        ("lumiere", "client-service", part[1], iso(a.NOON + 60))
    }
    assert [one.id for one in left] == ["52031d94d7454fab453d4756", "271966305a6a2fd3c96ec7f4"]
    assert len({one.id for one in (*line.changes, *left)}) == 4
    await line.tell(a.event("client.erase", a.NOON + 60, client_id="c1"))
    assert line.changes[2:] == left


async def test_grief_takes_nobody_out_of_a_segment_that_shows_nothing() -> None:
    line = Line(house(buyers=BUYERS))
    await line.tell(a.case(a.NOON - 60, "mourning", "open", "x", client_id="c1"), a.purchase(client_id="c1"))
    assert [change.change for change in line.changes] == ["entered"]


async def test_what_an_event_can_not_change_is_looked_at_when_it_was_to_be() -> None:
    line = Line(house(silent=SILENT, rich=RICH))
    await line.tell(a.purchase(client_id="c1"), a.returned(a.NOON + 60, client_id="c1"))
    assert (await holds(line, client_id="c1")).look == a.NOON + 100 * DAY + 1
    await line.until(a.NOON + 100 * DAY + 60, step=DAY)
    assert [(change.segment, change.change) for change in line.changes] == [("silent", "entered")]


async def test_a_purchase_puts_off_the_day_of_silence() -> None:
    line = Line(house(silent=SILENT))
    await line.tell(a.purchase(client_id="c1"), a.purchase(a.NOON + 50 * DAY, client_id="c1"))
    assert (await holds(line, client_id="c1")).look == a.NOON + 150 * DAY + 1


def test_the_part_that_stands_for_a_client_is_asked_to_look_only_where_it_would_sleep_past_something() -> (
    None
):
    maison = house(silent=SILENT)

    def looked(oid: str, parts: dict[str, Any]) -> Any:
        return enrol(maison.segments, maison, oid, parts, Scale(), a.NOON + DAY)

    viewed, bought = a.record_of(a.view(client_id="c1")), a.record_of(a.purchase(card="k1"))
    parts = {"a": viewed, "b": bought}
    assert (looked("b", parts).reviews, looked("b", parts).dirty) == (["a"], False)
    first = looked("a", parts)
    assert (first.look, first.changes, first.dirty) == (a.NOON + 100 * DAY + 1, [], True)
    again = looked("a", parts)
    assert (again.look, again.dirty, again.reviews) == (None, False, [])
    assert looked("b", parts).reviews == [], "it looks in time"
    records.own(parts["a"], "segments").look += 1
    assert looked("b", parts).reviews == ["a"]
    nobody = {"a": viewed, "b": a.record_of(a.view(card="k1"))}
    assert looked("b", nobody).reviews == [], "nothing is to come"
