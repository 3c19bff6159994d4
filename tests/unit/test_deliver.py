"""Deliver: who hears an alert, what its inbox keeps, what is told as delivered, and what is dead."""

from collections.abc import Iterable
from typing import Any

import pytest
from msgspec.structs import replace

from agents.deliver import Delivery, ForeignLog, deliver, unpack
from agents.deliver import on_duty as on_duty_at
from agents.verdict import Accepted, verdict
from feature_store.inbox import START, Entry, Held, Presence, View, Write
from schemas.alerts import Addressee, AlertChange, InboxMessage, PresenceChange, StatusChange, to_json
from schemas.codec import decode, encode
from schemas.maison import Maison, Shift
from tests.alerts import NOW, a_change, an_entry, lumiere
from tests.builders import Raw
from tests.desk import Desk

MAISONS = {"lumiere": lumiere()}
VENDOME = "lumiere/vendome"


def raws(*messages: InboxMessage, inbox: str = VENDOME, first: int = 10) -> list[Raw]:
    return [
        Raw(key=inbox.encode(), offset=first + n, value=to_json(message))
        for n, message in enumerate(messages)
    ]


def delivered(messages: Iterable[Raw], now: float = NOW, **view: Any) -> Delivery:
    slice = unpack(messages, MAISONS)
    assert slice.dead == []
    views = {inbox: View(inbox=inbox, **view) for inbox in slice.inboxes}
    return deliver(slice, views, MAISONS, now, "log-1")


def on_duty(staff: str, status: str = "on", at: float = NOW) -> PresenceChange:
    return PresenceChange(maison="lumiere", staff=staff, site="vendome", status=status, at=at)


def shown_to(delivery: Delivery, inbox: str = VENDOME) -> list[Addressee]:
    return [shown.alert.for_ for shown in delivery.writes[inbox].shown]


def test_the_assigned_advisor_hears_it_when_on_duty() -> None:
    got = delivered(raws(on_duty("camille"), a_change(assigned="camille")))
    assert shown_to(got) == [Addressee(staff="camille")]
    assert got.writes[VENDOME].presence == {"camille": Presence(status="on", at=NOW)}


@pytest.mark.parametrize("status", ["off", "busy"])
def test_the_team_hears_it_when_the_assigned_advisor_cannot(status: str) -> None:
    got = delivered(raws(on_duty("camille", status), on_duty("matteo"), a_change(assigned="camille")))
    assert shown_to(got) == [Addressee(team="vendome-team")]


def test_who_came_on_duty_yesterday_and_never_signed_off_has_gone_home() -> None:
    for hours, hearer in ((15, Addressee(staff="camille")), (17, Addressee(team="vendome-team"))):
        since = on_duty("camille", at=NOW - hours * 3600)
        assert shown_to(delivered(raws(since, a_change(assigned="camille")))) == [hearer]


def test_the_team_hears_it_when_nobody_is_assigned_or_there() -> None:
    assert shown_to(delivered(raws(a_change()))) == [Addressee(team="vendome-team")]


def test_whom_the_alert_names_hears_it() -> None:
    fyi = a_change(for_=Addressee(staff="matteo"), assigned="camille", urgency=1)
    assert shown_to(delivered(raws(fyi))) == [Addressee(staff="matteo")]


def test_a_team_without_a_site_has_an_inbox_of_its_own() -> None:
    got = delivered(raws(a_change(site=None), inbox="lumiere/client-service"))
    assert shown_to(got, "lumiere/client-service") == [Addressee(team="client-service")]


def test_an_older_word_on_presence_does_not_undo_a_newer_one() -> None:
    before = {"camille": Presence(status="on", at=NOW)}
    got = delivered(raws(on_duty("camille", "off", NOW - 60), a_change(assigned="camille")), presence=before)
    assert shown_to(got) == [Addressee(staff="camille")]


def test_a_new_alert_is_told_as_delivered_by_an_event_with_a_stable_id() -> None:
    message = raws(on_duty("camille"), a_change(assigned="camille"))
    first, again = delivered(message), delivered(message, now=NOW + 60)
    (event,) = first.feedback
    assert decode(encode(event)) == event
    assert (event.data.alert, event.data.staff, event.data.verdict) == ("a1", "camille", "delivered")
    assert (event.data.who.oid, event.source, event.maison) == ("AlineMoreau00001", "/deliver", "lumiere")
    assert again.feedback[0].id == event.id
    assert delivered(raws(a_change("a2"))).feedback[0].id != event.id


def test_offsets_already_applied_are_skipped() -> None:
    messages = raws(a_change("a1"), a_change("a2"), first=10)
    got = delivered(messages, offset=10, epoch="log-1", version=4)
    write = got.writes[VENDOME]
    assert (list(write.entries), write.offset, write.version) == (["a2"], 11, 4)
    assert [f.data.alert for f in got.feedback] == ["a2"]
    assert delivered(messages, offset=11, epoch="log-1") == Delivery(writes={}, feedback=[])


def test_several_revisions_in_one_slice_are_each_shown_once_in_order() -> None:
    moved = a_change(revision=2, title="In 5 minutes")
    over = StatusChange(id="a1", revision=3, maison="lumiere", status="retracted", at=moved.alert.at)
    write = delivered(raws(a_change(), moved, moved, over)).writes[VENDOME]
    assert [(s.kind, s.alert.revision) for s in write.shown] == [("alert", 1), ("update", 2), ("retract", 3)]


def test_an_alert_past_its_time_is_kept_but_neither_shown_nor_delivered() -> None:
    got = delivered(raws(a_change(lasts=-1)))
    assert (got.writes[VENDOME].shown, got.feedback) == ((), [])
    assert got.writes[VENDOME].entries["a1"].alert.status == "expired"


def test_a_status_of_an_alert_that_is_forgotten_moves_the_offset_only() -> None:
    got = delivered(
        raws(StatusChange(id="x", revision=2, maison="lumiere", status="expired", at="2026-11-22T10:00:00Z"))
    )
    write = got.writes[VENDOME]
    assert (write.entries, write.shown, write.offset) == ({}, (), 10)


def test_an_alert_nobody_took_goes_to_the_team_even_if_it_named_somebody() -> None:
    held: Entry = an_entry(for_=Addressee(staff="camille"))
    escalated = StatusChange(
        id="a1", revision=2, maison="lumiere", status="open", escalated=1, at=held.alert.at
    )
    got = delivered(raws(escalated), held={"a1": Held(entry=held)}, epoch="log-1", offset=1)
    assert shown_to(got) == [Addressee(team="vendome-team")]
    assert got.feedback == []


def test_an_inbox_filled_from_another_log_is_refused_in_a_sentence() -> None:
    with pytest.raises(ForeignLog, match=r"log-0.*log-1"):
        delivered(raws(a_change()), epoch="log-0")


GOOD = to_json(a_change())


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        (None, GOOD, "key: no inbox"),
        (b"lumiere/atlantis", GOOD, "key: an inbox of no known maison, site or team"),
        (b"other/vendome", GOOD, "key: an inbox of no known maison, site or team"),
        (b"\xff\xfe", GOOD, "key: an inbox of no known maison, site or team"),
        (b"lumiere/vendome", b"{nonsense", "not an inbox message"),
        (b"lumiere/vendome", None, "not an inbox message"),
        (b"lumiere/vendome", b'{"type":"Aline"}', "not an inbox message: unknown type - at `$.type`"),
        (b"lumiere/vendome", b"[" * 100_000, "not an inbox message"),
        (b"lumiere/vendome", to_json(a_change(maison="other")), "maison: not the inbox's"),
        (b"lumiere/vendome", to_json(a_change(valid_to="tomorrow")), "valid_to: not a time with a zone"),
    ],
)
def test_what_cannot_be_read_or_placed_is_dead_with_its_bytes_and_a_reason(
    key: bytes | None, value: bytes | None, reason: str
) -> None:
    raw = Raw(key=key, offset=3, value=value)
    slice = unpack([raw, *raws(a_change())], MAISONS)
    (dead,) = slice.dead
    assert dead.raw is raw
    assert dead.reason.startswith(reason)
    assert "Aline" not in dead.reason
    assert list(slice.inboxes) == [VENDOME]


def test_refused_inboxes_are_delivered_again_alone() -> None:
    slice = unpack([*raws(a_change()), *raws(a_change("g1"), inbox="lumiere/ginza")], MAISONS)
    assert slice.wanted == {VENDOME: {"a1"}, "lumiere/ginza": {"g1"}}
    assert slice.only(["lumiere/ginza"]).wanted == {"lumiere/ginza": {"g1"}}


def test_the_message_type_is_kept_by_the_wire() -> None:
    change = a_change()
    assert isinstance(unpack(raws(change), MAISONS).inboxes[VENDOME][0][1], AlertChange)


def test_what_a_killed_run_had_shown_is_told_as_delivered_by_the_next_under_the_same_id() -> None:
    messages = raws(a_change("a1"), a_change("a2"))
    first = delivered(messages)
    entries = first.writes[VENDOME].entries
    held = {"a1": Held(entry=entries["a1"], position="7-0"), "a2": Held(entry=entries["a2"], position=START)}
    again = delivered(messages, now=NOW + 60, offset=11, epoch="log-1", held=held)
    assert again.writes == {}
    assert [f.id for f in again.feedback] == [first.feedback[0].id]  # a2 was kept and never shown


async def test_a_card_that_somebody_claimed_before_they_went_home_is_there_for_whoever_is_on_duty() -> None:
    desk = Desk()
    await desk.say(on_duty("camille"), a_change("a1"), a_change("a2"), a_change("a3"))
    for id, staff in (("a1", "camille"), ("a2", "matteo")):
        view = (await desk.inboxes.read({VENDOME: [id]}))[VENDOME]
        held = verdict(view.held[id].entry, staff, "claimed", NOW + 10)
        assert isinstance(held, Accepted)
        write = Write(version=view.version, epoch=view.epoch, offset=view.offset, entries={id: held.entry})
        assert not await desk.inboxes.apply({VENDOME: write}, NOW + 10)
    await desk.say(on_duty("camille", "busy", NOW + 20), at=20)
    assert (await desk.entry("a1")).alert.claimed_by == "camille"
    await desk.say(on_duty("camille", "off", NOW + 60), at=61)
    assert (await desk.shown())[3:] == [("update", "a1")]
    assert [(await desk.entry(id)).alert.claimed_by for id in ("a1", "a2", "a3")] == [None, "matteo", None]
    await desk.again(at=62)
    assert (await desk.shown())[3:] == [("update", "a1")]


async def test_what_was_given_to_who_was_there_is_the_teams_once_they_go_home_and_what_names_them_waits() -> (
    None
):
    """A room is prepared by whoever is in the house: an advisor's client stays when their shift ends."""
    desk = Desk()
    await desk.say(on_duty("camille", "on", NOW - 60))
    mine = {"urgency": 3, "lasts": 86_400}
    await desk.say(
        a_change("a1", assigned="camille", **mine),
        a_change("a2", assigned="camille", **mine),
        a_change("a3", assigned="camille", for_=Addressee(staff="camille"), **mine),
        a_change("a4", assigned="camille", **mine),
    )
    assert {(await desk.entry(f"a{n}")).alert.for_.staff for n in (1, 2, 3, 4)} == {"camille"}
    await desk.answer("a2", "camille", "claimed", at=10)
    await desk.answer("a4", "matteo", "claimed", at=10)
    await desk.say(on_duty("camille", "off", NOW + 60), at=61)
    found = [(await desk.entry(f"a{n}")).alert for n in (1, 2, 3, 4)]
    assert [one.for_.staff for one in found] == [None, None, "camille", "camille"]
    assert [one.claimed_by for one in found] == [None, None, None, "matteo"]
    assert [one.escalated for one in found] == [0, 0, 0, 0], "none is urgent"
    assert (await desk.shown())[-2:] == [("update", "a1"), ("update", "a2")]


def rostered(*shifts: tuple[float, float], staff: str = "matteo") -> Maison:
    """Maison Lumière, where they are at Place Vendôme from and to so many hours from NOW."""
    made = [Shift(site="vendome", begins=NOW + 3600 * b, ends=NOW + 3600 * e) for b, e in shifts]
    return replace(lumiere(), rota={staff: made})


@pytest.mark.parametrize(
    ("said", "home"),
    [
        ({}, 3.0),
        ({-7.0: "on"}, 3.0),
        ({1.0: "busy"}, 3.0),
        ({2.5: "on"}, 18.5),
        ({1.0: "off", 2.5: "on"}, 18.5),
        ({-30.0: "on"}, 3.0),
        ({2.5: "on", 4.0: "off"}, 4.0),
    ],
    ids=["silent", "came in", "busy", "stays on", "came back", "long ago", "signs off"],
)
async def test_what_was_taken_by_who_has_merely_ended_their_shift_is_the_teams_again(
    said: dict[float, str], home: float
) -> None:
    """The shift is from eight hours before NOW to two after."""
    desk = Desk(rostered((-8, 2)))
    await desk.say(
        a_change(lasts=86_400), a_change("mine", urgency=3, lasts=86_400, for_=Addressee(staff="matteo"))
    )
    for id in ("a1", "mine"):
        await desk.answer(id, "matteo", "claimed", at=7_000)
    held, looks = list[float](), sorted([n / 2 for n in range(4, 40)] + [*said])
    for at in looks:
        if at in said:
            await desk.say(on_duty("matteo", said[at], NOW + at * 3600), at=max(at, 2.0) * 3600)
        await desk.tick(at * 3600 if at >= 2 else 7_100)
        alert = (await desk.entry("a1")).alert
        if alert.claimed_by == "matteo":
            held.append(at)
        else:
            assert (alert.status, alert.claimed_by, alert.for_.team) == ("open", None, "vendome-team")
    assert max(held) < home <= max(held) + 0.5
    assert (await desk.entry("mine")).alert.claimed_by == "matteo", "what is theirs alone waits for them"
    kinds = [kind for kind, id in await desk.shown() if id == "a1"]
    assert kinds == ["alert", "update", "update"], "come, taken, free again"


async def test_what_they_take_after_their_shift_and_before_the_next_is_theirs() -> None:
    desk = Desk(rostered((-8, 0), (20, 28)))
    await desk.say(a_change(lasts=4 * 86_400))
    await desk.tick(5_000)
    await desk.answer("a1", "matteo", "claimed", at=7_200)
    for hours in (3, 19, 21, 28.5):
        await desk.tick(hours * 3600)
        assert (await desk.entry("a1")).alert.claimed_by == "matteo"
    await desk.tick(29 * 3600)
    assert (await desk.entry("a1")).alert.claimed_by is None


def test_an_hour_after_their_shift_who_signed_in_that_morning_and_said_nothing_since_is_not_there() -> None:
    house = rostered((-8, 2))
    presence = {"matteo": Presence(status="on", at=NOW - 8.1 * 3600)}
    there = [on_duty_at("matteo", house, "vendome", presence, NOW + h * 3600) for h in (0, 2.5, 3, 4)]
    assert there == [True, True, False, False]
