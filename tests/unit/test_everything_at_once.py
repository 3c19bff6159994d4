"""A short slice of what `make prove` does for an hour: everything that happens to clients, in any order."""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from schemas.codec import decode
from tests import builders as a
from tests.machine_alerts import Desks
from tests.machine_houses import Houses
from tests.recount import MARK, NOBODY, oid
from tests.screens import Screens, callers
from tests.world import World

SHORT = settings(
    max_examples=25, stateful_step_count=25, deadline=None, derandomize=True,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


def test_whatever_happens_in_whatever_order_all_is_as_a_recount_says() -> None:
    run_state_machine_as_test(Houses, settings=SHORT)


def test_whatever_people_decide_and_whenever_every_screen_is_as_it_should_be() -> None:
    run_state_machine_as_test(Desks, settings=SHORT)


@pytest.mark.parametrize("segmented", [True, False])
async def test_whose_client_has_lost_or_gained_a_part_is_looked_at_again_whether_or_not_a_house_has_segments(
    segmented: bool,
) -> None:
    world = World()
    if not segmented:
        world.identifying._maisons = {"lumiere": a.lumiere(segments=[])}
    given: Any = {"envelope": {"source": "/crm"}}
    for linked in (True, False):
        await world.send(a.link(a.NOON - linked, card="c1", with_={"client_id": "x"}, linked=linked, **given))
        await world.settle()
    told = [decode(m.value) for m in world.messages if m.value and b"record.review" in m.value]
    parted = {event.data.who.oid for event in told if event.data.parted}
    assert parted == {oid(("lumiere", "card", "c1")), oid(("lumiere", "client_id", "x"))}
    joined = [event.data.joined for event in told if not event.data.parted]
    assert [len(others) for others in joined] == [1, 1], "of whom there is more to know, too"


async def test_whoever_looks_after_a_client_reads_what_nobody_else_does() -> None:
    """Or the machine would find nothing where there is nothing to find."""
    world = World()
    screens = Screens(world)
    fields = {
        "name": "Aline Zyxelmann",
        "advisor": "camille",
        "preferences": {"health": "QZX!intimate-asthma"},
    }
    given: Any = {"who": {"card": "ZQW-known-c1"}, "envelope": {"maison": "lumiere", "source": "/crm"}}
    for event in (a.profile(a.NOON, fields, **given), a.checkin(a.NOON, **given)):
        await world.send(event)
        await world.settle()
    part = oid(("lumiere", "card", "ZQW-known-c1"))
    people = [one for one in callers(a.NOON) if one.maison == "lumiere"]
    readers = {one.staff: await screens.answer(one, part) for one in people}
    assert {staff for staff, answer in readers.items() if MARK in answer} == {"camille", "maud"}
    assert b'"boutique_welcome"' in readers["camille"], "and the card of the visit"
    assert not any(mark in world.stored() for mark in (MARK, *NOBODY))
    assert len(world.views) == len(readers)
