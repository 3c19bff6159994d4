"""What another house told stands as long as the client's grant, and goes with it."""

import time
from itertools import permutations
from typing import Any

import msgspec
import pytest

from agents.decide import decide
from agents.granted import reached_by_others
from agents.moment import Moment
from agents.registry import GUARDS, RULES
from feature_store import record as records
from feature_store.days import day_of
from feature_store.features.grants import BYTES, FEATURE, KEPT, Grants, standing
from schemas.alerts import AlertChange
from tests import builders as a
from tests.builders import Line

DAY = 86_400.0
TOLD = {"language": "ja", "sizes.ring": 52}


def slice_of(*events: Any) -> Grants:
    slice: Grants = records.slice_of(a.record_of(*events), "grants")
    return slice


def read(*events: Any, now: float = a.NOON) -> Moment:
    came = a.checkin(now, card="c1")
    return a.moment(came, client=a.record_of(*events, came), now=now)


def test_it_is_read_as_the_profile_where_the_house_itself_knows_nothing() -> None:
    moment = read(a.grant(facts=TOLD, card="c1"))
    assert (moment.profile("language"), moment.profile("sizes.ring")) == ("ja", 52)
    assert moment.grant_of("language") == ("ja", "orfevre/g1", a.NOON + 90 * DAY)
    own = read(a.grant(facts=TOLD, card="c1"), a.profile(fields={"language": "fr"}, card="c1"))
    assert own.profile("language") == "fr"
    assert own.grant_of("language") is None
    assert own.grant_of("sizes.ring") is not None


@pytest.mark.parametrize(
    ("fact", "value"), [("language", 5), ("gender", ["women"]), ("timezone", {}), ("preferences.wine", 2**64)]
)
async def test_what_no_field_of_a_profile_can_be_is_not_kept_and_ends_no_lane(fact: str, value: Any) -> None:
    line = Line()
    told = a.grant(a.NOON - 20, facts={fact: value, "sizes.ring": 52}, card="c1")
    await line.tell(a.purchase(a.NOON - 30, card="c1"), told)
    assert await line.tell(a.checkin(a.NOON, card="c1"))
    (grant,) = records.slice_of(await line.client(card="c1"), "grants").given.values()
    assert grant.facts == {"sizes.ring": 52}


@pytest.mark.parametrize(
    "over",
    [
        a.grant(a.NOON - 10, revoked=True, card="c1"),
        a.consent(a.NOON - 10, purpose="sharing", state="none", card="c1"),
    ],
)
def test_taken_back_or_refused_here_it_is_gone_in_whatever_order_it_is_heard(over: Any) -> None:
    told = a.grant(a.NOON - 20, facts=TOLD, card="c1")
    for events in ([told, over], [over, told]):
        assert read(*events).profile("language") is None
    again = a.grant(a.NOON - 5, facts=TOLD, card="c1")
    assert read(again, over, told).profile("language") == "ja"


def test_when_it_has_run_out_nothing_of_it_is_read() -> None:
    told = a.grant(facts=TOLD, expires=a.iso(a.NOON + DAY), card="c1")
    assert read(told, now=a.NOON + DAY - 1).profile("language") == "ja"
    assert read(told, now=a.NOON + DAY).profile("language") is None


def test_a_grant_reads_with_its_house_its_purpose_and_its_end() -> None:
    slice = slice_of(a.grant(facts=TOLD, card="c1"))
    assert FEATURE.values(slice, a.NOON) == {
        "orfevre/g1": {
            "house": "orfevre", "told": "by", "purpose": "personalisation", "since": int(a.NOON),
            "expires": int(a.NOON + 90 * DAY), "facts": TOLD, "contacted": [],
        }
    }  # fmt: skip
    assert type(FEATURE.values(slice, a.NOON)["orfevre/g1"]["since"]) is int


def test_taken_back_at_the_instant_at_which_it_was_given_it_stands_no_more() -> None:
    told = [a.grant(facts=TOLD, card="c1"), a.grant(revoked=True, expires=a.iso(a.NOON + DAY), card="c1")]
    for events in (told, told[::-1]):
        slice = slice_of(*events)
        assert ([*standing(slice, a.NOON)], FEATURE.values(slice, a.NOON)) == ([], {})
        assert [one.facts for one in slice.given.values()] == [{}]


def test_what_is_known_now_is_told_the_grant_given_last_first() -> None:
    told = [a.grant(a.NOON - n, name, card="c1") for n, name in ((1, "g0"), (0, "g9"), (0, "g3"), (0, "g5"))]
    order = [f"orfevre/{name}" for name in ("g3", "g5", "g9", "g0")]
    assert [id for id, _ in standing(slice_of(*told), a.NOON)] == order


def test_two_givings_of_one_instant_tell_the_same_in_any_order() -> None:
    told = [a.grant(facts={"language": language}, card="c1") for language in ("fr", "ja")]
    assert slice_of(*told) == slice_of(*told[::-1])


def test_facts_are_kept_to_the_last_byte_there_is_room_for() -> None:
    def size(n: int) -> int:
        (grant,) = slice_of(a.grant(facts={"name": "x" * n, "sizes.ring": 52}, card="c1")).given.values()
        return len(msgspec.msgpack.encode(grant.facts))

    assert max(map(size, range(150, 240))) == BYTES


def test_two_parts_know_together_what_each_was_told() -> None:
    one, other = slice_of(a.grant(card="c1")), slice_of(a.grant(a.NOON, "g2", card="c1"))
    back = slice_of(a.grant(a.NOON + 9, revoked=True, card="c1"))
    for parts in ([one, other, back], [back, other, one]):
        assert set(FEATURE.values(FEATURE.merge(parts), a.NOON + 9)) == {"orfevre/g2"}
    assert set(FEATURE.merge([one, other]).given) == {"orfevre/g1", "orfevre/g2"}


def test_what_is_granted_for_marketing_directs_no_service_and_what_goes_out_is_not_read_here() -> None:
    assert read(a.grant(facts=TOLD, purpose="marketing", card="c1")).profile("language") is None
    out = a.grant(facts=TOLD, to="orfevre", card="c1")
    assert read(out).profile("language") is None
    [seen] = records.values(a.record_of(out), a.NOON)["grants"].values()
    assert (seen["told"], seen["house"], seen["facts"]) == ("to", "orfevre", TOLD)


def test_a_grant_that_goes_out_is_another_than_one_of_the_same_id_that_came_in() -> None:
    """Each house counts its own, and both may begin at g1."""
    told = a.grant(a.NOON - 20, facts=TOLD, card="c1")
    out = a.grant(a.NOON - 10, facts={"sizes.ring": 54}, to="orfevre", card="c1")
    back = a.grant(a.NOON - 5, to="orfevre", revoked=True, card="c1")
    for events in permutations([told, out, back]):
        assert read(*events).profile("language") == "ja"
    more = a.grant(a.NOON - 9, to="autre", card="c1")
    known = FEATURE.values(slice_of(told, out, more), a.NOON)
    assert {name: (one["told"], one["house"]) for name, one in known.items()} == {
        "orfevre/g1": ("by", "orfevre"),
        "lumiere/g1/orfevre": ("to", "orfevre"),
        "lumiere/g1/autre": ("to", "autre"),
    }
    ended = slice_of(told, out, a.grant(a.NOON - 5, revoked=True, card="c1"))
    assert FEATURE.values(ended, a.NOON).keys() == {"lumiere/g1/orfevre"}


def test_a_grant_that_went_out_under_the_name_that_records_had_before_is_taken_back() -> None:
    record = a.record_of(a.grant(a.NOON - 20, facts=TOLD, to="orfevre", card="c1"))
    given = records.own(record, "grants").given
    given["orfevre/g1"] = given.pop("lumiere/g1/orfevre")
    records.touch(record, a.grant(a.NOON, to="orfevre", revoked=True, card="c1"), a.NOON, a.HOUSE)
    assert FEATURE.values(records.slice_of(record, "grants"), a.NOON + 1) == {}


def test_a_grant_that_is_taken_back_keeps_no_fact_in_the_record() -> None:
    told, back = a.grant(a.NOON - 20, facts=TOLD, card="c1"), a.grant(a.NOON - 10, revoked=True, card="c1")
    for events in ([told, back], [back, told]):
        slice = records.slice_of(a.record_of(*events), "grants")
        assert [one.facts for one in slice.given.values()] == [{}]


def test_of_many_the_newest_are_kept() -> None:
    record = a.record_of(*(a.grant(a.NOON - n, f"g{n}", card="c1") for n in range(10)))
    assert sorted(records.slice_of(record, "grants").given) == [f"orfevre/g{n}" for n in range(KEPT)]


def test_a_card_that_rests_on_what_crossed_names_the_grant() -> None:
    def alert(*events: Any) -> Any:
        moment = read(a.profile(fields={"name": "Aline"}, card="c1"), *events)
        [welcome] = [rule for rule in RULES if rule.name == "boutique_welcome"]
        decision = decide(moment, [welcome], GUARDS, a.scored(0.9))
        [change] = [c for _, c in decision.changes if isinstance(c, AlertChange)]
        return change.alert

    crossed = alert(a.grant(facts=TOLD, card="c1"))
    assert crossed.language == "ja"
    assert any("ring 52" in why for why in crossed.why)
    assert crossed.grants == ["orfevre/g1"]
    assert alert().grants == []
    assert alert(a.grant(a.NOON - 9, facts=TOLD, card="c1"), a.grant(revoked=True, card="c1")).grants == []


def reached(*events: Any, now: float = a.NOON) -> set[tuple[int, str]]:
    return set(reached_by_others(a.record_of(*events), now))


def told_of(at: float, channel: str = "email") -> Any:
    return a.contacted(at, channel, grant="g1", card="c1", **{"from": "orfevre"})


def test_a_contact_of_another_house_counts_where_the_client_granted_it_and_is_none_of_this_house() -> None:
    wide = a.grant(a.NOON - 9 * DAY, attention=True, card="c1")
    here = day_of(a.NOON - DAY)
    assert reached(wide, told_of(a.NOON - DAY)) == {(here, "email")}
    assert reached(told_of(a.NOON - DAY), wide) == {(here, "email")}
    assert reached(a.grant(a.NOON - 9 * DAY, card="c1"), told_of(a.NOON - DAY)) == set()
    assert reached(told_of(a.NOON - DAY)) == set()
    known = records.values(a.record_of(wide, told_of(a.NOON - DAY)), a.NOON)
    assert "contacts" not in known
    [grant] = known["grants"].values()
    assert grant["contacted"] == ["2026-11-20 email"]
    midnight = a.NOON - a.NOON % DAY - DAY
    back = a.grant(midnight, revoked=True, card="c1")
    again = a.grant(midnight + 1, attention=True, card="c1")
    assert reached(wide, back, told_of(a.NOON - DAY), again) == {(here, "email")}, "of that day, from then on"


def test_a_day_is_one_of_the_calendar_wherever_the_server_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = a.grant(a.NOON - 9 * DAY, attention=True, card="c1")
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "America/New_York")
        time.tzset()
        [grant] = FEATURE.values(slice_of(wide, told_of(a.NOON - DAY)), a.NOON).values()
    time.tzset()
    assert grant["contacted"] == ["2026-11-20 email"]


def test_a_contact_of_this_house_is_of_no_grant() -> None:
    assert slice_of(a.grant(card="c1"), a.contacted(a.NOON, "email", grant="g1", card="c1")).given.keys() == {
        "orfevre/g1"
    }


def test_what_was_counted_goes_with_its_grant_in_whatever_order_it_is_heard() -> None:
    given = a.grant(a.NOON - 9 * DAY, attention=True, card="c1")
    back = a.grant(a.NOON - 3 * DAY, revoked=True, card="c1")
    again = a.grant(a.NOON - 2 * DAY, attention=True, card="c1")
    old, new = told_of(a.NOON - 5 * DAY), told_of(a.NOON - DAY, "sms")
    for order in permutations([given, back, old]):
        assert reached(*order) == set()
    for order in permutations([given, back, again, old, new]):
        assert reached(*order) == {(day_of(a.NOON - DAY), "sms")}
    refused = a.consent(a.NOON - DAY, purpose="sharing", state="none", card="c1")
    assert reached(again, new, refused) == set()
    assert reached(again, new, now=a.NOON + 100 * DAY) == set()
