"""The life of an alert: a table of what follows what, and any interleaving of topic and people."""

from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.alert_life import incoming, signed_off, status
from agents.verdict import Accepted, Decided, Gone, Refused, Taken, verdict
from feature_store.inbox import Entry
from schemas.alerts import OVER, Addressee, Recommendation, Shown, StatusChange
from schemas.times import iso
from tests.alerts import NOW, a_change, an_entry

TEAM = Addressee(team="vendome-team")
CAMILLE = Addressee(staff="camille")
SOON = iso(NOW + 900)


def a_status(what: str, revision: int = 2, at: float = NOW, escalated: int = 0) -> StatusChange:
    return StatusChange(
        id="a1", revision=revision, maison="lumiere", status=what, at=iso(at), escalated=escalated
    )


def after(entry: Entry, *verdicts: tuple[str, str], **given: Any) -> Entry:
    for staff, what in verdicts:
        outcome = verdict(entry, staff, what, NOW, **given)
        assert isinstance(outcome, Accepted)
        entry = outcome.entry
    return entry


def test_a_new_alert_is_shown_as_revision_one_to_whom_routing_says() -> None:
    entry, shown = incoming(None, a_change(revision=4), CAMILLE, NOW)
    assert shown is not None
    assert (shown.kind, shown.alert.revision, shown.alert.for_) == ("alert", 1, CAMILLE)
    assert entry.seen == 4


def test_an_alert_whose_time_has_passed_is_kept_as_expired_and_not_shown() -> None:
    entry, shown = incoming(None, a_change(lasts=-1), TEAM, NOW)
    assert (entry.alert.status, shown) == ("expired", None)


def test_a_revision_already_seen_does_nothing() -> None:
    entry = an_entry(revision=3)
    assert incoming(entry, a_change(revision=3, title="other"), TEAM, NOW) == (entry, None)


def test_an_update_keeps_a_claim_its_addressee_and_its_acceptance() -> None:
    entry = after(an_entry(for_=CAMILLE), ("camille", "accepted"))
    entry, shown = incoming(entry, a_change(revision=2, title="In 5 minutes", due=SOON), TEAM, NOW)
    assert shown is not None
    alert = shown.alert
    assert (shown.kind, alert.title, alert.due, alert.revision) == ("update", "In 5 minutes", SOON, 3)
    assert (alert.status, alert.claimed_by, alert.accepted, alert.for_) == (
        "claimed",
        "camille",
        True,
        CAMILLE,
    )


def test_an_update_that_says_nothing_new_is_not_shown() -> None:
    entry, shown = incoming(an_entry(), a_change(revision=2, at=SOON), TEAM, NOW)
    assert (entry.seen, shown) == (2, None)


@pytest.mark.parametrize("how", ["retracted", "expired", "done"])
@pytest.mark.parametrize("claimed", [True, False])
def test_the_topic_closes_an_alert_claimed_or_not(how: str, claimed: bool) -> None:
    entry = after(an_entry(), ("camille", "claimed")) if claimed else an_entry()
    entry, shown = status(entry, a_status(how), TEAM, NOW)
    assert shown is not None
    assert (shown.kind, shown.alert.status) == ("retract", how)


@pytest.mark.parametrize(("how", "kind"), [("retracted", "retract"), ("done", "retract"), ("open", None)])
def test_what_is_called_off_is_off_even_if_another_part_gave_an_update_the_same_revision(
    how: str, kind: str | None
) -> None:
    moved, _ = incoming(an_entry(), a_change(revision=2, title="Later"), TEAM, NOW)
    entry, shown = status(moved, a_status(how, 2, escalated=1), TEAM, NOW)
    assert (shown.kind if shown else None) == kind
    assert entry.seen == 2
    assert status(entry, a_status(how, 2), TEAM, NOW)[1] is None


def test_nothing_leaves_what_is_over() -> None:
    entry = after(an_entry(), ("camille", "done"))
    for change in (a_change(revision=9, title="Back again"), a_change(revision=10, lasts=9000)):
        entry, shown = incoming(entry, change, TEAM, NOW)
        assert (entry.alert.status, shown) == ("done", None)
    assert status(entry, a_status("open", 11), TEAM, NOW)[1] is None


def test_an_unclaimed_alert_escalates_to_the_team_and_a_claimed_one_does_not() -> None:
    _, shown = status(an_entry(for_=CAMILLE), a_status("open", escalated=1), TEAM, NOW)
    assert shown is not None
    assert (shown.alert.for_, shown.alert.escalated) == (TEAM, 1)
    claimed = after(an_entry(for_=CAMILLE), ("camille", "claimed"))
    assert status(claimed, a_status("open", escalated=1), TEAM, NOW)[1] is None


def test_a_snooze_survives_updates_and_an_early_wake_and_ends_at_its_time() -> None:
    entry = after(an_entry(), ("camille", "snoozed"), until=SOON)
    entry, shown = incoming(entry, a_change(revision=2, title="Later"), TEAM, NOW)
    assert shown is not None
    assert (shown.alert.status, shown.alert.snoozed_until) == ("snoozed", SOON)
    entry, shown = status(entry, a_status("open", 3), TEAM, NOW)
    assert shown is None
    entry, shown = status(entry, a_status("open", 4, at=NOW + 900), TEAM, NOW)
    assert shown is not None
    assert (shown.alert.status, shown.alert.claimed_by, shown.alert.snoozed_until) == (
        "claimed",
        "camille",
        None,
    )


@pytest.mark.parametrize(
    ("news", "wakes"),
    [
        ({"due": iso(NOW + 600)}, True),
        ({"due": iso(NOW + 1_200)}, False),
        ({"due": iso(NOW + 3_600)}, False),
        ({"due": iso(NOW + 1_800), "why": ["Room 107"]}, False),
        ({"due": None, "urgency": 5}, True),
    ],
    ids=["before it wakes", "sooner, and after it wakes", "later", "when it was", "urgent now"],
)
def test_nobody_sleeps_past_who_comes_sooner_than_was_known(news: dict[str, Any], wakes: bool) -> None:
    asleep = after(an_entry(due=iso(NOW + 1_800), urgency=4), ("louis", "snoozed"), until=SOON)
    entry, shown = incoming(asleep, a_change(revision=2, **{"urgency": 4} | news), TEAM, NOW)
    assert shown is not None
    assert (shown.alert.status, shown.alert.claimed_by) == ("claimed" if wakes else "snoozed", "louis")
    assert shown.alert.snoozed_until == (None if wakes else SOON)
    assert status(entry, a_status("open", 3, at=NOW + 900), TEAM, NOW)[0].alert.status == "claimed"


def test_who_put_it_off_past_the_hour_itself_is_woken_by_no_other_news() -> None:
    due = iso(NOW + 600)
    asleep = after(an_entry(due=due), ("louis", "snoozed"), until=SOON)
    _, shown = incoming(asleep, a_change(revision=2, due=due, why=["Room 107"]), TEAM, NOW)
    assert shown is not None
    assert shown.alert.status == "snoozed"


@pytest.mark.parametrize(
    ("given", "becomes", "accepted"),
    [
        ("claimed", "claimed", False),
        ("accepted", "claimed", True),
        ("edited", "claimed", True),
        ("snoozed", "snoozed", False),
        ("dismissed", "dismissed", False),
        ("never", "dismissed", False),
        ("done", "done", True),
    ],
)
def test_what_each_verdict_makes_of_an_open_alert(given: Decided, becomes: str, accepted: bool) -> None:
    outcome = verdict(an_entry(), "camille", given, NOW, until=SOON, text="With pleasure")
    assert isinstance(outcome, Accepted)
    alert = outcome.entry.alert
    assert (alert.status, alert.claimed_by, alert.accepted) == (becomes, "camille", accepted)
    assert outcome.shown == Shown(kind="retract" if becomes in OVER else "update", alert=alert)
    assert alert.revision == 2


@pytest.mark.parametrize("given", get_args(Decided))
def test_the_same_person_saying_the_same_again_is_accepted_and_shows_nothing(given: Decided) -> None:
    entry = after(an_entry(), ("camille", given), until=SOON, text="With pleasure")
    again = verdict(entry, "camille", given, NOW + 5, until=SOON, text="With pleasure")
    assert again == Accepted(entry=entry)


@pytest.mark.parametrize("given", sorted(set(get_args(Decided)) - {"seen"}))
def test_what_somebody_claimed_is_refused_to_others_with_their_name(given: Decided) -> None:
    entry = after(an_entry(), ("camille", "claimed"))
    assert verdict(entry, "matteo", given, NOW, until=SOON, text="x") == Taken(claimed_by="camille")


@pytest.mark.parametrize("given", get_args(Decided))
def test_what_is_over_is_gone_for_everybody_else(given: Decided) -> None:
    entry = after(an_entry(), ("camille", "done"))
    assert verdict(entry, "matteo", given, NOW, until=SOON, text="x") == Gone(status="done")


def test_what_is_past_its_time_is_gone_but_for_whoever_holds_it() -> None:
    late = NOW + 3601
    assert verdict(an_entry(), "camille", "claimed", late) == Gone(status="expired")
    held = after(an_entry(), ("camille", "claimed"))
    assert isinstance(verdict(held, "camille", "done", late), Accepted)


def test_seeing_changes_nothing() -> None:
    assert verdict(an_entry(), "matteo", "seen", NOW) == Accepted(entry=an_entry())


@pytest.mark.parametrize(("given", "words"), [("snoozed", {"until": iso(NOW)}), ("edited", {})])
def test_a_verdict_that_lacks_something_is_refused_and_says_what(
    given: Decided, words: dict[str, str]
) -> None:
    assert isinstance(verdict(an_entry(), "camille", given, NOW, **words), Refused)


def test_a_snooze_that_names_no_end_lasts_a_quarter_of_an_hour() -> None:
    entry = after(an_entry(), ("camille", "snoozed"))
    assert entry.alert.snoozed_until == iso(NOW + 900)


def test_edited_words_are_shown_and_survive_an_update() -> None:
    entry = after(an_entry(say="Bonjour", meaning="Hello"), ("camille", "edited"), text="Bonsoir")
    news = a_change(revision=2, say="Bonjour encore", meaning="Hello again", title="New")
    entry, _ = incoming(entry, news, TEAM, NOW)
    assert (entry.alert.say, entry.alert.meaning, entry.alert.title) == ("Bonsoir", None, "New")


changes = st.builds(
    lambda revision, title, over, escalated, sku: a_change(
        revision=revision,
        title=title,
        status="retracted" if over else "open",
        escalated=escalated,
        recommendations=[Recommendation(sku=sku, why="taste")],
    ),
    st.integers(1, 6),
    st.sampled_from(["a", "b", "c"]),
    st.booleans(),
    st.integers(0, 2),
    st.sampled_from(["s1", "s2"]),
)
statuses = st.builds(
    a_status,
    st.sampled_from(["open", "retracted", "expired", "done"]),
    st.integers(1, 6),
    escalated=st.integers(0, 2),
)
decisions = st.tuples(st.sampled_from(["camille", "matteo"]), st.sampled_from(get_args(Decided)))


@given(st.lists(st.tuples(changes | statuses | decisions, st.floats(0, 5000)), max_size=25))
def test_in_any_order_no_revision_is_shown_twice_and_nothing_leaves_over(steps: list[Any]) -> None:
    entry: Entry | None = None
    revisions: list[int] = []
    for step, later in steps:
        before, shown = entry, None
        if isinstance(step, StatusChange):
            if entry is not None:
                entry, shown = status(entry, step, TEAM, NOW + later)
        elif not isinstance(step, tuple):
            entry, shown = incoming(entry, step, CAMILLE, NOW + later)
        elif entry is not None:
            outcome = verdict(entry, *step, NOW + later, until=iso(NOW + 6000), text="words")
            if isinstance(outcome, Accepted):
                entry, shown = outcome.entry, outcome.shown
        if shown is not None:
            assert entry is not None
            assert shown.alert == entry.alert
            revisions.append(shown.alert.revision)
        if before is not None and before.over:
            assert entry is not None
            assert msgspec.structs.replace(entry, seen=0) == msgspec.structs.replace(before, seen=0)
        if before is not None and entry is not None:
            assert entry.seen >= before.seen
    assert revisions == list(range(1, len(revisions) + 1))


@pytest.mark.parametrize("held", ["claimed", "accepted", "snoozed"])
def test_what_was_taken_from_a_team_is_the_teams_again_when_its_holder_goes_home(held: str) -> None:
    entry = after(an_entry(say="Bienvenue"), ("louis", held))
    entry, shown = signed_off(entry, "louis", TEAM, NOW + 60, NOW + 61)
    assert shown is not None
    alert = shown.alert
    assert (shown.kind, alert.status, alert.claimed_by, alert.accepted) == ("update", "open", None, False)
    assert (alert.snoozed_until, alert.for_, alert.say, alert.at) == (None, TEAM, "Bienvenue", iso(NOW + 61))
    assert isinstance(verdict(entry, "ines", "claimed", NOW + 70), Accepted)
    assert isinstance(verdict(after(entry, ("ines", "claimed")), "louis", "accepted", NOW + 80), Taken)


def test_what_is_theirs_alone_another_persons_over_or_taken_since_stays_as_it_is() -> None:
    for entry, staff in (
        (after(an_entry(for_=CAMILLE, urgency=3), ("camille", "claimed")), "camille"),
        (after(an_entry(), ("matteo", "claimed")), "camille"),
        (after(an_entry(), ("camille", "done")), "camille"),
        (an_entry(), "camille"),
    ):
        assert signed_off(entry, staff, TEAM, NOW + 60, NOW + 61) == (entry, None)
    entry = after(an_entry(), ("camille", "claimed"))
    assert signed_off(entry, "camille", TEAM, NOW - 60, NOW + 61) == (entry, None)


@pytest.mark.parametrize(("urgency", "escalated"), [(5, 1), (4, 1), (3, 0)])
def test_what_is_urgent_and_set_free_stands_first_for_nothing_else_will_bring_it_up(
    urgency: int, escalated: int
) -> None:
    entry, _ = signed_off(
        after(an_entry(urgency=urgency), ("louis", "claimed")), "louis", TEAM, NOW + 60, NOW + 61
    )
    assert (entry.alert.escalated, entry.alert.for_) == (escalated, TEAM)
    again, _ = signed_off(after(entry, ("ines", "claimed")), "ines", TEAM, NOW + 90, NOW + 91)
    assert (again.alert.status, again.alert.escalated) == ("open", escalated)


def test_what_is_urgent_is_the_teams_though_it_was_for_whoever_took_it_and_went_home() -> None:
    entry, shown = signed_off(
        after(an_entry(for_=CAMILLE), ("camille", "claimed")), "camille", TEAM, NOW + 60, NOW + 61
    )
    assert shown is not None
    assert (entry.alert.for_, entry.alert.claimed_by, entry.alert.escalated) == (TEAM, None, 1)
