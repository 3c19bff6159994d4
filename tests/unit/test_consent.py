"""What is allowed of a client, by whose law, and what a model sees of one who may not be profiled."""

from typing import Any

import pytest

from agents.channels import refused
from agents.registry import BY_MODEL, MODELS
from feature_store import record as records
from feature_store.consent import law_of, outranks, overrides
from schemas.consent import lacks_proof
from schemas.events.client import ConsentData
from schemas.maison import Maison
from schemas.who import Who
from tests import builders as a
from tests.builders import Line

TABLE = {
    "default": {"marketing": False, "profiling": True},
    "EU": {"profiling": False},
    "JP": {"service": False, "profiling": True, "marketing": True},
    "US": {"marketing": True, "profiling": True},
}


def house(**rows: Any) -> Maison:
    return a.lumiere(consent=rows or TABLE)


def lives(**fields: Any) -> Any:
    return a.record_of(a.profile(a.NOON - 99, fields=fields, card="c"))


@pytest.mark.parametrize(
    ("client", "at", "row"),
    [
        (lives(country="FR"), None, "EU"),
        (lives(country="US"), "vendome", "US"),
        (lives(country="US", timezone="Asia/Tokyo"), None, "US"),
        (lives(timezone="Asia/Tokyo"), "vendome", "JP"),
        (lives(timezone="Asia/Tokyo"), None, "JP"),
        (lives(name="Aline"), "vendome", "EU"),
        (lives(name="Aline"), "ginza", "JP"),
        (lives(name="Aline"), None, "default"),
        (lives(country="BR"), "vendome", "strictest"),
        (lives(timezone="UTC"), "vendome", "strictest"),
        (lives(timezone="at home"), None, "strictest"),
    ],
)
def test_the_law_is_of_where_a_client_lives_else_of_where_they_are(
    client: Any, at: str | None, row: str
) -> None:
    event = a.checkin(site=at, card="c") if at else None
    moment = a.moment(event, client=client, maison=house())
    strictest = {"service": False, "profiling": False, "marketing": False}
    expected = strictest if row == "strictest" else {"service": True, **TABLE[row]}
    assert law_of(house(), records.slice_of(client, "profile"), house().site(at or "")).row == row
    assert {p: moment.allows(p) for p in expected} == expected
    assert not moment.allows("emotion")
    assert moment.standing("marketing").why == "default"


def test_an_own_row_of_a_country_outranks_that_of_its_union() -> None:
    maison = house(EU={"marketing": True}, FR={"marketing": False})
    assert not a.moment(client=lives(country="FR"), maison=maison).allows("marketing")
    assert a.moment(client=lives(country="IT"), maison=maison).allows("marketing")


def test_where_the_maison_has_no_row_of_a_country_all_its_rows_must_allow_it() -> None:
    maison = house(EU={"profiling": True}, US={"profiling": True, "marketing": True})
    moment = a.moment(client=lives(country="BR"), maison=maison)
    assert {p: moment.allows(p) for p in ("profiling", "marketing", "service")} == {
        "profiling": True, "marketing": False, "service": True,
    }  # fmt: skip


def test_without_a_row_for_clients_of_no_known_place_they_are_served_and_no_more() -> None:
    moment = a.moment(client=lives(name="Aline"), maison=house(EU={"marketing": True}))
    assert (moment.allows("service"), moment.allows("marketing")) == (True, False)


def test_a_page_moves_nobody_under_another_law() -> None:
    page = a.profile(fields={"country": "US"}, session="s", envelope={"scope": "web"})
    assert not a.moment(client=a.record_of(page), maison=house()).allows("marketing")


def test_what_a_client_says_outranks_any_law_and_what_has_expired_was_never_said() -> None:
    refuses = a.consent(a.NOON - 60, "marketing", "none", card="c")
    american = a.profile(a.NOON - 99, fields={"country": "US"}, card="c")
    moment = a.moment(client=a.record_of(american, refuses), maison=house())
    assert (moment.allows("marketing"), moment.standing("marketing").why) == (False, "stated")

    until = a.consent(a.NOON - 60, "emotion", "all", expires=a.iso(a.NOON - 1), card="c")
    moment = a.moment(client=a.record_of(until), maison=house())
    assert (moment.allows("emotion"), moment.standing("emotion").why) == (False, "expired")


def test_a_refusal_does_not_expire() -> None:
    until = a.consent(a.NOON - 60, "marketing", "none", expires=a.iso(a.NOON - 1), card="c")
    american = a.profile(a.NOON - 99, fields={"country": "US"}, card="c")
    assert not a.moment(client=a.record_of(american, until), maison=house()).allows("marketing")


def test_to_a_person_alone_is_allowed_to_a_person_and_told_apart() -> None:
    said = a.consent(a.NOON - 60, "marketing", "one_to_one", card="c")
    standing = a.moment(client=a.record_of(said)).standing("marketing")
    assert (standing.allowed, standing.state, standing.at) == (True, "one_to_one", a.NOON - 60)


def test_of_a_channel_and_its_purpose_the_stricter_holds_and_what_ran_out_there_is_told_as_such() -> None:
    channel = a.consent(a.NOON - 60, "marketing", "one_to_one", channel="email", card="c")
    whole = a.consent(a.NOON - 50, "marketing", "none", card="c")
    moment = a.moment(client=a.record_of(channel, whole))
    assert moment.standing("marketing", "email").state == "none"
    until = a.consent(a.NOON - 60, "marketing", "all", channel="email", expires=a.iso(a.NOON - 1), card="c")
    moment = a.moment(client=a.record_of(until))
    assert moment.standing("marketing", "email").why == "expired"
    assert moment.standing("marketing").why == moment.standing("service", "email").why == "default"


SOON, NOW, LATER = a.NOON - 1, a.NOON, a.NOON + 1


@pytest.mark.parametrize(
    ("said", "channel", "state", "outranking"),
    [
        ([], None, "all", None),
        ([(SOON, None, "none")], None, "all", None),
        ([(LATER, None, "none")], None, "all", (LATER, "none")),
        ([(NOW, None, "none")], None, "all", (NOW, "none")),
        ([(NOW, None, "all")], None, "all", None),
        ([(LATER, "email", "none")], None, "all", None),
        ([(LATER, "email", "none")], "email", "all", (LATER, "none")),
        ([(LATER, "email", "none")], "sms", "all", None),
        ([(NOW, None, "none")], "email", "all", (NOW, "none")),
        ([(SOON, None, "none")], "email", "all", None),
        ([(LATER, None, "all")], "email", "one_to_one", None),
        ([(LATER, "email", "one_to_one"), (NOW, None, "none")], "email", "all", (NOW, "none")),
    ],
)
def test_what_was_said_outranks_a_statement_that_is_earlier_or_looser(
    said: list[Any], channel: str | None, state: str, outranking: tuple[float, str] | None
) -> None:
    events = [
        a.consent(at, "marketing", was, card="c", **({"channel": c} if c else {})) for at, c, was in said
    ]
    slice = records.slice_of(a.record_of(*events), "consent")
    found = outranks(slice, "marketing", channel, state, NOW)
    assert (found and (found.at / 1000, found.state)) == outranking
    assert overrides(state, found) is (found is not None)


def test_a_refusal_is_entered_over_a_later_yes_that_outranks_it() -> None:
    said = records.slice_of(a.record_of(a.consent(LATER, "marketing", "all", card="c")), "consent")
    found = outranks(said, "marketing", None, "none", NOW)
    assert found is not None
    assert not overrides("none", found)


@pytest.mark.parametrize(
    ("source", "scope", "state", "proof", "lacks"),
    [
        ("/staff/camille", "server", "all", None, True),
        ("staff", "server", "one_to_one", None, True),
        ("/console", "server", "all", None, True),
        ("/till", "pos", "all", None, True),
        ("/pms", "pms", "all", None, True),
        ("/staff/camille", "server", "all", "form 12", False),
        ("/staff/camille", "server", "none", None, False),
        ("/crm", "server", "all", None, False),
        ("/staffing-agency", "server", "all", None, False),
    ],
)
def test_staff_loosen_nothing_without_proof(
    source: str, scope: str, state: Any, proof: str | None, lacks: bool
) -> None:
    data = ConsentData(who=Who(card="c"), purpose="marketing", state=state, proof=proof)
    assert lacks_proof(source, scope, data) is lacks
    sent = {"state": state, "card": "c", **({"proof": proof} if proof else {})}
    said = a.consent(purpose="marketing", envelope={"source": source, "scope": scope}, **sent)
    counted = records.values(a.record_of(said), a.NOON).get("consent", {})
    assert counted == ({} if lacks else {"marketing": state})


def test_staff_do_not_undo_a_refusal_by_speaking_later() -> None:
    refused = a.consent(a.NOON - 60, "marketing", "none", card="c")
    told = a.consent(a.NOON, "marketing", "all", card="c", envelope={"source": "/staff/camille"})
    assert not a.moment(client=a.record_of(refused, told)).allows("marketing")


async def test_a_withdrawal_holds_for_older_events_that_come_after_it() -> None:
    line = Line()
    await line.tell(a.profile(a.NOON - 99, card="c"))
    await line.tell(a.consent(a.NOON, "service", "none", card="c"))
    older = [a.checkin(a.NOON - 20, card="c"), a.consent(a.NOON - 30, "service", "all", card="c")]
    assert await line.tell(*older, a.checkin(a.NOON - 10, site="ginza", card="c"), now=a.NOON + 5) == []
    assert line.vetoes == [("consent", "boutique_welcome")] * 2
    assert (
        len(
            await line.tell(
                a.consent(a.NOON + 9, "service", "all", card="c"), a.checkin(a.NOON + 10, card="c")
            )
        )
        == 1
    )


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
async def test_of_a_client_who_may_not_be_profiled_a_model_learns_what_it_would_of_a_stranger(
    model: Any,
) -> None:
    lived = [a.profile(a.NOON - 99, card="c"), a.purchase(a.NOON - 90, card="c")]
    seen = {}
    for state in ("all", "none"):
        line = Line()
        await line.tell(*lived, a.consent(a.NOON - 60, "profiling", state, card="c"))
        await line.tell(a.checkin(card="c"))
        [seen[state]] = [e.x for e in line.examples if hasattr(e, "x")]
    stranger = a.moment(a.checkin(card="c"), client=records.Record())
    neutral = BY_MODEL["acceptance"].x(stranger, a.proposal(urgency=5, present=True))
    assert seen["none"] == neutral | {"drafted": seen["none"]["drafted"]}
    assert seen["all"]["purchases"] > 0


def test_whoever_writes_is_told_which_channels_are_refused() -> None:
    agreed = a.consent(a.NOON - 60, "one_to_one", "all", card="c")
    no = [a.consent(a.NOON - 50, "one_to_one", "none", channel=c, card="c") for c in ("email", "sms")]
    assert refused(a.moment(client=a.record_of(agreed)), "one_to_one") == []
    assert refused(a.moment(client=a.record_of(agreed, *no)), "one_to_one") == [
        "Reaching them by SMS, by e-mail: refused"
    ]


def test_a_consent_table_names_jurisdictions_and_purposes_that_exist() -> None:
    for consent, why in (
        ({"France": {"service": True}}, "consent.France is no jurisdiction"),
        ({"FR": {"marketting": True}}, "unknown purpose 'marketting'"),
    ):
        with pytest.raises(ValueError, match=why):
            a.lumiere(consent=consent)
