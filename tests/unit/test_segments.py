"""Segments: who is in one, from when to when, as one team hears it."""

from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from agents.drafts import SPOKEN
from agents.segments import Verdict, judged, looked_at_next, segmentation_of
from feature_store import record as records
from feature_store.scale import Scale, ladder_of
from feature_store.store import PartKey
from schemas.events.chat import ChatMessage
from schemas.events.client import ClientProfile
from schemas.events.store import StoreCheckin, StorePurchase
from schemas.events.web import WebView
from schemas.maison import Maison
from schemas.times import seconds
from tests import builders as a
from tests.builders import Line

DAY = 86_400.0
TEAM = {"team": "client-service"}


def segment(id: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "name": id.capitalize(), "purpose": "service", **TEAM, **more}


def leaf(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


BUYERS = segment("buyers", when=leaf("facts.purchases", ">=", 2))
SILENT = segment(
    "silent",
    when={"all": [leaf("facts.purchases", ">=", 1), leaf("recency.purchase_days", ">=", 100)]},
)
FRENCH = segment("french", when={"any": [leaf("profile.language", "in", ["fr", "it"])]})
RICH = segment("rich", when=leaf("facts.spend.EUR", ">", 500_000))
PROFILED = segment("profiled", when=leaf("facts.purchases", ">=", 1), purpose="profiling")
BEST = segment("best", when=leaf("value.monetary", "=", 5))


def house(*segments: dict[str, Any]) -> Maison:
    return a.lumiere(segments=[*segments])


def told(line: Line) -> list[tuple[str, str]]:
    return [(change.segment, change.change) for change in line.changes]


async def members(line: Line, segment: str) -> set[str]:
    found: set[str] = set()
    for shard in range(a.SHARDS):
        found |= (await line.store.members(shard, "lumiere", segment, 100)).keys()
    return found


async def counted(line: Line, segment: str) -> int:
    shards = [await line.store.tallies(shard) for shard in range(a.SHARDS)]
    return sum(tallies.get(f"lumiere|k|{segment}", 0) for tallies in shards)


async def test_the_second_purchase_makes_a_buyer_and_the_team_hears_it_once() -> None:
    line = Line(house(BUYERS))
    await line.tell(a.purchase(a.NOON - DAY, client_id="c1"))
    assert line.changes == []
    await line.tell(twice := a.purchase(client_id="c1"), twice, a.purchase(a.NOON + 60, client_id="c1"))
    [change] = line.changes
    assert (change.segment, change.change, change.team) == ("buyers", "entered", "client-service")
    assert change.why == ["facts.purchases >= 2"]
    assert await members(line, "buyers") == {change.client} == {a.part_of(client_id="c1")[1]}
    assert await counted(line, "buyers") == 1


async def test_a_return_takes_out_whom_a_purchase_brought_in() -> None:
    line = Line(house(RICH))
    bought = [a.line(amount=600_000)]
    await line.tell(
        a.purchase(client_id="c1", lines=bought), a.returned(a.NOON + 60, client_id="c1", lines=bought)
    )
    assert told(line) == [("rich", "entered"), ("rich", "left")]
    assert len({change.id for change in line.changes}) == 2
    assert (await members(line, "rich"), await counted(line, "rich")) == (set(), 0)


async def test_time_alone_makes_a_client_silent_and_a_purchase_ends_it() -> None:
    line = Line(house(SILENT))
    await line.tell(a.purchase(client_id="c1"))
    await line.until(a.NOON + 100 * DAY - 60, step=DAY)
    assert line.changes == []
    await line.until(a.NOON + 100 * DAY + 60, step=60)
    assert told(line) == [("silent", "entered")]
    await line.tell(a.purchase(line.now + DAY, client_id="c1"))
    assert told(line)[1:] == [("silent", "left")]
    assert line.changes[-1].why == ["not recency.purchase_days >= 100"]


@pytest.mark.parametrize("op", [">=", ">"])
async def test_days_since_an_advisor_met_a_client_are_counted_without_an_event(op: str) -> None:
    line = Line(house(segment("unmet", when=leaf("relation.last_days", op, 30))))
    await line.tell(a.checkin(client_id="c1", method="tablet", staff="camille"))
    assert line.changes == []
    midnight = a.NOON // DAY * DAY + (30 + (op == ">")) * DAY
    await line.until(midnight - 60, step=DAY)
    assert line.changes == []
    await line.until(midnight + 60, step=60)
    assert told(line) == [("unmet", "entered")]


async def test_a_mood_that_passes_by_itself_takes_a_client_out_within_a_week() -> None:
    line = Line(house(segment("worried", when=leaf("mood.worry.strength", ">", 0.5))))
    await line.tell(a.emotion(client_id="c1"))
    assert told(line) == [("worried", "entered")]
    await line.until(a.NOON + 60 * DAY, step=DAY)
    assert told(line)[1:] == [("worried", "left")]


async def test_whom_nobody_hears_of_for_a_year_leaves_before_the_record_lapses_and_no_timer_stays() -> None:
    line = Line(house(BUYERS, SILENT))
    await line.tell(a.purchase(client_id="c1"), a.purchase(a.NOON + 1, client_id="c1"))
    await line.until(a.NOON + 389 * DAY, step=DAY)
    assert await members(line, "silent") == await members(line, "buyers") != set()
    await line.until(a.NOON + 391 * DAY, step=DAY)
    assert await members(line, "silent") == await members(line, "buyers") == set()
    assert await line.timers() == 0


async def test_a_segment_that_profiles_needs_consent_and_a_withdrawal_leaves_it_at_once() -> None:
    line = Line(house(PROFILED))
    await line.tell(a.purchase(client_id="c1"))
    assert line.changes == []
    await line.tell(a.consent(a.NOON + 1, "profiling", client_id="c1"))
    await line.tell(a.consent(a.NOON + 2, "profiling", "none", client_id="c1"))
    assert told(line) == [("profiled", "entered"), ("profiled", "left")]
    assert line.changes[-1].why == ["no consent for profiling"]


AFTER = segment(
    "after-a-stay",
    shows="destinations",
    purpose="marketing",
    also=["profiling"],
    when={"all": [leaf("journeys.left_days", ">=", 2), leaf("journeys.left_days", "<=", 30)]},
)


async def left_the_hotel(*more: Any) -> Line:
    """A line on which a guest who allows what the audience needs left three days ago."""
    line = Line(house(AFTER))
    agreed = [a.consent(a.NOON - DAY, purpose, client_id="c1") for purpose in ("marketing", "profiling")]
    await line.tell(*agreed, a.hotel("checkout", a.NOON, client_id="c1"), *more)
    await line.until(a.NOON + 3 * DAY, step=DAY / 4)
    return line


async def test_who_speaks_to_a_guest_afterwards_is_told_what_to_show_to_say_to_avoid_and_how_long() -> None:
    [change] = (await left_the_hotel()).changes
    assert change.change == "entered"
    assert change.shows
    assert set(change.say) == set(SPOKEN)
    assert all(change.avoid)
    assert change.success
    assert change.until is not None
    assert 26 < (seconds(change.until) - a.NOON) / DAY < 32
    assert "riviera" not in msgspec.json.encode((change.say, change.avoid, change.success)).decode()


@pytest.mark.parametrize(
    ("weighs", "over"),
    [
        (a.case(a.NOON + 1, "mourning", "open", "x", client_id="c1"), "ended"),
        (a.case(a.NOON + 1, "complaint", "open", "x", client_id="c1"), "closed"),
        (a.emotion(a.NOON + 2 * DAY, "not_today", 1.0, "staff", client_id="c1"), ""),
        (a.profile(a.NOON + 1, {"birth_date": "2015-01-01"}, client_id="c1"), ""),
    ],
)
async def test_nobody_is_in_an_audience_while_something_weighs_on_them(weighs: Any, over: str) -> None:
    line = await left_the_hotel(weighs)
    assert told(line) == []
    if over:
        kind = weighs.data.kind
        await line.tell(a.case(line.now + 60, kind, over, "x", client_id="c1"), now=line.now + 60)
        assert told(line) == [("after-a-stay", "entered")]


async def test_who_comes_to_grief_leaves_an_audience_at_once_and_the_team_does_not_learn_why() -> None:
    line = await left_the_hotel()
    await line.tell(a.case(line.now + 60, "mourning", "open", "x", client_id="c1"), now=line.now + 60)
    assert told(line) == [("after-a-stay", "entered"), ("after-a-stay", "left")]
    assert line.changes[-1].why == ["held back by discretion"]
    assert (line.changes[-1].say, line.changes[-1].shows) == ({}, [])


async def test_not_today_is_over_by_itself_and_the_guest_comes_into_the_audience() -> None:
    line = await left_the_hotel(a.emotion(a.NOON + 2 * DAY, "not_today", 1.0, "staff", client_id="c1"))
    assert told(line) == []
    await line.until(a.NOON + 9 * DAY, step=DAY / 4)
    assert told(line) == [("after-a-stay", "entered")]


async def test_a_consent_that_ends_takes_its_segment_with_it() -> None:
    line = Line(house(PROFILED))
    ends = a.iso(a.NOON + 3 * DAY)
    await line.tell(a.purchase(client_id="c1"), a.consent(purpose="profiling", expires=ends, client_id="c1"))
    await line.until(a.NOON + 3 * DAY + 60, step=a.HOUR)
    assert told(line) == [("profiled", "entered"), ("profiled", "left")]


async def test_a_client_of_several_parts_is_in_a_segment_once_by_what_they_sum_up_to() -> None:
    line = Line(house(BUYERS))
    ids = {"client_id": "c1", "card": "k1", "email": "e@example.com"}
    await line.tell(a.profile(a.NOON - DAY, {}, who=ids))
    await line.tell(a.purchase(card="k1"), a.purchase(a.NOON + 1, email="e@example.com"))
    await line.tell(a.purchase(a.NOON + 2, client_id="c1"))
    assert told(line) == [("buyers", "entered")]
    assert await counted(line, "buyers") == len(await members(line, "buyers")) == 1


async def test_a_withdrawal_under_one_identifier_takes_out_whom_another_brought_in() -> None:
    line = Line(house(PROFILED))
    await line.tell(a.profile(a.NOON - DAY, {}, card="k1", email="e@example.com"))
    for bought, refused in (
        ({"card": "k1"}, {"email": "e@example.com"}),
        ({"email": "e@example.com"}, {"card": "k1"}),
    ):
        line.changes.clear()
        at = line.now + 60
        await line.tell(a.purchase(at, **bought), a.consent(at + 1, "profiling", **bought))
        await line.tell(a.consent(at + 2, "profiling", "none", **refused))
        assert told(line) == [("profiled", "entered"), ("profiled", "left")]


async def test_two_who_turn_out_to_be_one_are_counted_once_and_again_twice_when_they_are_not() -> None:
    line = Line(house(BUYERS))
    for client in ("c1", "c2"):
        await line.tell(*(a.purchase(a.NOON + n, client_id=client) for n in range(2)))
    assert await counted(line, "buyers") == 2
    await line.tell(a.link(a.NOON + 60, client_id="c1", with_={"client_id": "c2"}))
    assert await counted(line, "buyers") == 1
    await line.tell(a.link(a.NOON + 80, client_id="c1", with_={"client_id": "c2"}, linked=False))
    assert await counted(line, "buyers") == 2


async def test_where_a_client_stands_among_others_can_make_a_segment() -> None:
    line = Line(house(BEST))
    ladder = ladder_of(dict.fromkeys(range(100), 1))
    line.ctx = msgspec.structs.replace(line.ctx, scales={"lumiere": Scale({"m:EUR": ladder})})
    await line.tell(a.purchase(client_id="c1", lines=[a.line(amount=10)]), a.purchase(client_id="c2"))
    assert [(c.client, c.segment) for c in line.changes] == [(a.part_of(client_id="c2")[1], "best")]


async def test_a_replay_has_its_segments_looked_at_when_it_has_passed() -> None:
    line = Line(house(BUYERS))
    await line.slice([a.purchase(a.NOON - n * DAY, client_id="c1") for n in (2, 1)], silent=True)
    assert line.changes == []
    await line.until(a.NOON + 10)
    assert told(line) == [("buyers", "entered")]


async def test_a_line_that_is_crossed_at_this_very_second_is_looked_at_again() -> None:
    line = Line(house(segment("s", when=leaf("recency.purchase_days", ">", 100))))
    await line.tell(a.purchase(client_id="c1"))
    at = a.NOON + 100 * DAY
    await line.tell(a.profile(at, {"language": "fr"}, client_id="c1"))
    assert line.changes == []
    await line.until(at + 3, step=1)
    assert told(line) == [("s", "entered")]


async def test_who_is_in_a_segment_by_taste_is_looked_at_every_week() -> None:
    """Taste for bags is 0.5 after 45 days."""
    line = Line(house(segment("bags", when=leaf("taste.bags", ">", 0.5))))
    await line.tell(a.view(category="bags", client_id="c1"))
    assert told(line) == [("bags", "entered")]
    await line.until(a.NOON + 44 * DAY, step=DAY)
    assert told(line) == [("bags", "entered")]
    await line.until(a.NOON + 52 * DAY, step=DAY)
    assert told(line)[1:] == [("bags", "left")]


def test_whatever_a_category_is_called_a_segment_by_it_is_looked_at_every_week() -> None:
    maison = house(segment("small", when=leaf("taste.bags.small", ">", 0.5)))
    client = a.record_of(a.view(category="bags.small"))
    [verdict] = judged(maison.segments, maison, client, Scale(), a.NOON).values()
    assert (verdict.holds, verdict.look) == (True, a.NOON + 7 * DAY)


async def test_who_falls_silent_leaves_what_they_were_in_and_nothing_else() -> None:
    line = Line(house(BUYERS, SILENT))
    await line.tell(a.purchase(client_id="c1"))
    await line.until(a.NOON + 391 * DAY, step=DAY)
    assert told(line) == [("silent", "entered"), ("silent", "left")]
    assert line.changes[-1].why == ["nothing was heard for 390 days"]
    maison, client = house(BUYERS), a.record_of(a.purchase(), a.purchase())
    for after, holds in ((390 * DAY - 1, True), (390 * DAY, False)):
        [verdict] = judged(maison.segments, maison, client, Scale(), a.NOON + after).values()
        assert verdict.holds is holds


def test_what_time_alone_can_not_change_is_not_looked_at_again() -> None:
    never = {"all": [leaf("facts.visits", ">", 5), leaf("recency.purchase_days", ">=", 100)]}
    later = {"all": [leaf("facts.purchases", "=", 1), leaf("recency.purchase_days", ">=", 100)]}
    client = a.record_of(a.purchase())
    maison = house(segment("never", when=never), segment("later", when=later))
    found = judged(maison.segments, maison, client, Scale(), a.NOON + DAY)
    assert (found["never"].look, found["later"].look) == (None, a.NOON + 100 * DAY)
    assert looked_at_next(found.values()) == a.NOON + 100 * DAY + 1
    assert looked_at_next([Verdict(True, (), 10.5), Verdict(True, ())]) == 11
    assert looked_at_next([]) == 0


def test_what_several_events_can_change_is_what_any_of_them_can_each_once_in_the_files_order() -> None:
    by_ring = segment("ring", when=leaf("profile.sizes.ring", "=", 52))
    segments = segmentation_of(house(BUYERS, FRENCH, SILENT, by_ring))
    several = [StoreCheckin, ClientProfile, StorePurchase, WebView]
    assert [s.id for s in segments.changed_by(several)] == ["buyers", "french", "silent", "ring"]
    assert [s.id for s in segments.changed_by([WebView, StorePurchase])] == ["buyers", "silent"]
    assert [s.id for s in segments.changed_by([StorePurchase])] == ["buyers", "silent"]
    assert [*segments.changed_by([WebView])] == [*segments.changed_by([WebView, StoreCheckin])] == []


def test_a_message_concerns_those_segments_alone_that_show_something() -> None:
    by = segmentation_of(house(BUYERS, AFTER)).by
    assert [s.id for s in by[ChatMessage]] == ["after-a-stay"]


def test_a_page_view_concerns_no_segment_that_does_not_ask_for_views() -> None:
    assert WebView not in segmentation_of(house(BUYERS, SILENT, RICH, FRENCH, BEST)).by
    assert WebView in segmentation_of(house(segment("lookers", when=leaf("facts.views", ">", 9)))).by
    assert WebView not in segmentation_of(a.LUMIERE).by


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        (leaf("profile.language", "=", "fr"), True),
        (leaf("profile.language", "!=", "fr"), False),
        (leaf("profile.sizes.ring", "=", 52), True),
        (leaf("profile.gender", "!=", "female"), False),
        (leaf("profile.gender", "known", False), True),
        (leaf("facts.spend.JPY", "<", 10), False),
        (leaf("profile.language", ">", 3), False),
        (leaf("profile.language", "in", ["it", "fr"]), True),
        (leaf("profile.language", "in", ["it", "en"]), False),
        (leaf("profile.gender", "in", ["female"]), False),
        (leaf("profile.language", "has", "f"), False),
        (leaf("facts.spend", "has", "JPY"), False),
        (leaf("profile.preferences.wine.red", "=", "Pauillac"), True),
        (leaf("facts.spend", "has", "EUR"), True),
        (leaf("influence.follows", "has", "@ana"), True),
        (leaf("taste.bags", ">", 1), True),
        ({"any": [leaf("facts.visits", ">", 5), leaf("facts.purchases", "=", 1)]}, True),
        ({"all": [leaf("facts.visits", ">", 5), leaf("facts.purchases", "=", 1)]}, False),
        ({"all": [{"any": [leaf("facts.visits", ">", 5)]}, leaf("facts.purchases", "=", 1)]}, False),
    ],
)
def test_conditions_are_true_of_what_is_known_and_of_nothing_unknown(
    when: dict[str, Any], holds: bool
) -> None:
    client = a.record_of(
        a.profile(fields={"language": "fr", "sizes": {"ring": 52}, "preferences": {"wine.red": "Pauillac"}}),
        a.purchase(lines=[a.line(category="bags")]),
        a.referral(influencer="@ana"),
    )
    maison = house(segment("s", when=when))
    [verdict] = judged(maison.segments, maison, client, Scale(), a.NOON).values()
    assert verdict.holds is holds
    assert verdict.why


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (segment("s", when={}), "exactly one of all, any, field"),
        (segment("s", when={"all": [], "field": "facts.visits"}), "exactly one"),
        (segment("s", when={"any": []}), "at least one condition"),
        (segment("s", when=leaf("facts.visits", ">", "many")), "compared with a number"),
        (segment("s", when=leaf("facts.visits", ">", True)), "compared with a number"),
        (segment("s", when=leaf("facts.visits", "in", 3)), "compared with a list"),
        (segment("s", when=leaf("facts.visits", "=", [3])), "go together"),
        (segment("s", when=leaf("__class__", "=", 3)), "segments"),
        (segment("s", when=leaf("facts.visits", "eval", 3)), "segments"),
        (segment("s", when={"all": [{"all": [{"all": [{"all": [leaf("facts.visits", "=", 3)]}]}]}]}), "deep"),
        (segment("s", when=leaf("facts.visits", "=", 3), team="nobody"), "unknown team 'nobody'"),
        (segment("s", when=leaf("facts.visits", "=", 3), purpose="profit"), "purpose"),
    ],
)
def test_what_is_wrong_with_a_segment_is_told_when_the_file_is_read(
    wrong: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        house(wrong)


def test_a_segment_twice_is_refused_and_one_that_asks_for_no_feature_too() -> None:
    with pytest.raises(ValueError, match="'buyers' is declared twice"):
        house(BUYERS, BUYERS)
    with pytest.raises(ValueError, match="aura is no feature"):
        segmentation_of(house(segment("s", when=leaf("aura.blue", ">", 1))))
    with pytest.raises(ValueError, match="segments is no feature"):
        segmentation_of(house(segment("s", when=leaf("segments.in", "has", "buyers"))))


async def naively(line: Line, parts: list[PartKey], name: str) -> list[list[str]]:
    """Who is in a segment by the records alone: of each client the parts that have one."""
    links = await line.store.links(parts)
    stored = await line.store.peek(parts)
    found: list[list[str]] = []
    for part in parts:
        client = sorted({part[1], *links[part]})
        held = {o: records.decode(v) for o in client if (v := stored.get(("lumiere", o))) is not None}
        if held and min(held) == part[1]:
            maison, merged = line.ctx.maisons["lumiere"], records.merge([*held.values()])
            verdicts = judged(maison.segments, maison, merged, Scale(), line.now)
            found += [[*held]] if verdicts[name].holds else []
    return found


_clients = st.sampled_from(["c1", "c2", "c3"])
_times = st.integers(0, 300).map(lambda days: a.NOON + days * DAY)
_events = st.one_of(
    st.builds(a.purchase, _times, client_id=_clients),
    st.builds(a.returned, _times, client_id=_clients),
    st.builds(a.consent, _times, st.just("profiling"), st.sampled_from(["all", "none"]), client_id=_clients),
    st.builds(a.view, _times, client_id=_clients),
    st.builds(
        a.link,
        _times,
        client_id=_clients,
        with_=_clients.map(lambda c: {"client_id": c}),
        linked=st.booleans(),
    ),
)


async def test_who_has_died_is_in_no_segment() -> None:
    line = Line(house(BUYERS))
    await line.tell(*(a.purchase(a.NOON + n, client_id="c1") for n in range(2)))
    for said, change in ((True, "left"), (False, "entered")):
        await line.tell(a.profile(line.now + 60, {"deceased": said}, client_id="c1"))
        assert told(line)[-1] == ("buyers", change)
    assert len(line.changes) == 3


LINKED_BEFORE = [
    a.returned(a.NOON, client_id="c3"),
    a.link(a.NOON, client_id="c2", with_={"client_id": "c3"}),
    a.purchase(a.NOON + DAY, client_id="c2"),
    a.purchase(a.NOON + 101 * DAY, client_id="c1"),
]
"""Whom the client stands by did nothing that time could change; another part of theirs did."""
HEARD_OF_LATER = [
    a.purchase(a.NOON, client_id="c1"),
    a.purchase(a.NOON, client_id="c1"),
    a.link(a.NOON, client_id="c1", with_={"client_id": "c3"}),
    a.view(a.NOON + 1, client_id="c3"),
]
"""A part with a smaller id begins once they are in a segment, with what changes none: they go on standing by
the other until something does."""


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(events=st.lists(_events, max_size=14), random=st.randoms(use_true_random=False))
@example(events=LINKED_BEFORE, random=Random(1))
@example(events=HEARD_OF_LATER, random=Random(1))
async def test_members_counts_and_what_was_told_agree_whatever_came(
    events: list[Any], random: Random
) -> None:
    line = Line(house(BUYERS, SILENT, RICH, PROFILED))
    for event in sorted(events, key=lambda e: e.time):
        await line.until(event.time.timestamp(), step=30 * DAY)
        await line.slice([event, *([event] if random.random() < 0.3 else [])])
    await line.until(line.now + 60)  # a line that is crossed now is looked at a second later
    ids = [a.part_of(client_id=c) for c in ("c1", "c2", "c3")]
    stored = await line.store.peek(ids)
    for name in ("buyers", "silent", "rich", "profiled"):
        held = {
            part[1]
            for part, value in stored.items()
            if value is not None and name in records.slice_of(records.decode(value), "segments").held
        }
        clients = await naively(line, ids, name)
        assert await members(line, name) == held, name
        assert [len(held.intersection(client)) for client in clients] == [1] * len(clients), name
        assert len(held) == len(clients), name
        assert await counted(line, name) == len(held)
        heard: dict[str, str] = {}
        for change in line.changes:
            if change.segment == name:
                assert heard.get(change.client) != change.change, "told twice"
                heard[change.client] = change.change
        assert {client for client, change in heard.items() if change == "entered"} == held
    assert len({change.id for change in line.changes}) == len(line.changes)
