"""What a house measures, from what its log tells."""

from collections.abc import Mapping
from random import Random
from typing import Any

import msgspec
import pytest

from agents.measured import VISIT, Counted, Measured
from schemas.who import oid_of
from tests import builders as a

DAY = 86_400.0
SINCE, UNTIL = a.NOON - 30 * DAY, a.NOON + DAY
ALINE, BERTHE = {"client_id": "aline"}, {"client_id": "berthe"}


def oid(**who: str) -> str:
    [(kind, value)] = who.items()
    return oid_of("lumiere", kind, value, a.PEPPER)


def measured(*events: Any, client: Mapping[str, str] | None = None, **ever: Any) -> Measured:
    counted = Counted(a.LUMIERE, a.PEPPER, SINCE, UNTIL)
    for one in events:
        counted.take(one)
    held = ever.pop("held", {})
    welcomes = ever.pop("welcomes", {})
    return counted.measured(client or {}, ever.get("orders", {}), ever.get("stays", {}), held, welcomes)


def verdict(at: float, alert: str, said: str, **more: Any) -> Any:
    who = {"oid": oid(**ALINE)}
    return a.event("staff.feedback", at, who=who, alert=alert, staff="camille", verdict=said, **more)


def bought(at: float, site: str | None = "vendome", **who: str) -> Any:
    line = {"sku": "bag-aurore", "quantity": 1, "amount": 345_000, "currency": "EUR"}
    channel = "web" if site is None else "store"
    return a.event(
        "store.purchase", at, who=who, order_id=f"o-{at}", site=site, channel=channel, lines=[line]
    )


def test_a_card_counts_as_its_model_is_told_of_it() -> None:
    found = measured(
        *(verdict(a.NOON, "taken", said) for said in ("seen", "accepted")),
        verdict(a.NOON, "written", "edited"),
        verdict(a.NOON, "asked", "dismissed", because="declined"),
        verdict(a.NOON, "left", "seen"),
        verdict(a.NOON, "refused", "dismissed", because="not_now"),
        verdict(a.NOON, "no more", "never"),
        *(verdict(a.NOON, "begun", said) for said in ("seen", "claimed")),  # who knows?
        verdict(a.NOON, "done before", "dismissed", because="looked_after"),
        verdict(a.NOON, "unseen", "delivered"),
        verdict(a.NOON, "unseen", "expired"),
    )
    assert (found.followed.count, found.followed.of) == (3, 6)
    assert found.followed.share == 0.5


def test_a_card_waits_from_its_inbox_to_whoever_takes_it_first() -> None:
    found = measured(
        verdict(a.NOON + 90, "a", "done"),  # told before what came before it
        verdict(a.NOON + 40, "a", "claimed"),
        verdict(a.NOON, "a", "delivered"),
        verdict(a.NOON + 600, "a", "delivered"),
        verdict(a.NOON, "b", "delivered"),
        verdict(a.NOON, "c", "claimed"),
    )
    assert (found.claimed.of, found.claimed.median, found.claimed.nine_in_ten) == (1, 40.0, 40.0)


def test_what_an_order_is_by_now_is_no_second_order() -> None:
    line = {"sku": "bag-aurore", "quantity": 1, "amount": 345_000, "currency": "EUR"}
    given: dict[str, Any] = {
        "who": ALINE,
        "order_id": "o",
        "channel": "store",
        "site": "vendome",
        "lines": [line],
    }
    visit = a.checkin(a.NOON, site="vendome", **ALINE)
    found = measured(visit, a.event("store.purchase", a.NOON + 60, changed=True, **given))
    assert (found.bought.count, found.ordered_again.of) == (0, 0)


def test_a_visit_is_twelve_hours_at_a_boutique_and_what_is_bought_there_is_of_it() -> None:
    found = measured(
        a.checkin(a.NOON, site="vendome", **ALINE),
        a.checkin(a.NOON + 60, site="vendome", card="card-aline"),  # by the door, and by the till
        bought(a.NOON + 1_800, card="card-aline"),
        a.checkin(a.NOON - 2 * DAY, site="vendome", **ALINE),
        bought(a.NOON - 2 * DAY + VISIT, **ALINE),  # too late
        bought(a.NOON - 2 * DAY + 60, site="ginza", **ALINE),  # elsewhere
        bought(a.NOON - 2 * DAY + 60, site=None, **ALINE),  # at home
        a.checkin(a.NOON, site="riviera", **BERTHE),  # no boutique
        a.checkin(a.NOON, site="ginza", **BERTHE),
        client={oid(card="card-aline"): oid(**ALINE)},
    )
    assert (found.bought.count, found.bought.of) == (1, 3)


def test_who_comes_back_had_been_there_before_whichever_way_they_are_known() -> None:
    aline, card, berthe = oid(**ALINE), oid(card="c"), oid(**BERTHE)
    left = a.event("hotel.checkout", a.NOON, who=BERTHE, site="riviera", booking_id="b")
    found = measured(
        bought(a.NOON, **ALINE),
        bought(a.NOON + 1, card="c"),
        bought(a.NOON, **BERTHE),
        left,
        client={card: aline},
        orders={aline: 2, berthe: 1},
        stays={berthe: 3},
    )
    assert (found.ordered_again.count, found.ordered_again.of) == (1, 2)
    assert (found.stayed_again.count, found.stayed_again.of) == (1, 1)


def test_an_answer_is_timed_from_the_first_message_that_waited() -> None:
    said = [
        *((a.NOON, "in"), (a.NOON + 60, "in"), (a.NOON + 300, "out"), (a.NOON + 400, "out")),
        *((a.NOON + 500, "in"), (a.NOON + 520, "out"), (a.NOON + 900, "in")),
    ]
    talk = [
        a.event("chat.message", at, who=ALINE, channel="line", conversation="x", message=str(at), direction=d)
        for at, d in said
    ]
    Random(1).shuffle(talk)
    found = measured(*talk)
    assert (found.answered.of, found.answered.median, found.answered.nine_in_ten) == (2, 20.0, 300.0)
    assert found.contacts == 0  # all of them answered


def test_what_clients_make_of_it_is_told_for_each_thousand_contacts() -> None:
    mails = [
        a.event("client.contacted", a.NOON - n * DAY, who=who, channel="email")
        for n in range(5)
        for who in (ALINE, BERTHE)
    ]
    no = {"purpose": "marketing", "state": "none"}
    wrote = a.event(
        "chat.message", a.NOON, who=ALINE, channel="sms", conversation="s", message="1", direction="out"
    )
    found = measured(
        *mails,
        mails[0],  # twice
        a.event("client.contacted", a.NOON + 60, who=ALINE, channel="email"),  # a second on one day
        wrote,
        a.event("client.consent", a.NOON, who=ALINE, **no),
        a.event("client.consent", a.NOON, who={"card": "c"}, **no),
        a.event("client.consent", a.NOON, who=BERTHE, purpose="emotion", state="none"),
        *(a.event("client.case", a.NOON, who=BERTHE, case="1", kind="complaint", status=s) for s in "ab"),
        a.event("client.case", a.NOON, who=BERTHE, case="2", kind="repair", status="open"),
        a.event("client.case", a.NOON, who=ALINE, case="3", kind="complaint", status="résolu"),  # of before
        client={oid(card="c"): oid(**ALINE)},
        held={"mood": 1, "cadence": 3},
    )
    assert found.contacts == 11
    assert (found.opted_out.count, found.complained.count) == (1, 1)
    assert found.complained.per_thousand == pytest.approx(1_000 / 11)
    assert [*found.held_back] == ["cadence", "mood"]


def test_clients_say_themselves_whether_a_contact_was_of_use() -> None:
    def rating(n: int, useful: bool, source: str = "/app/form") -> Any:
        said = {"source": source, "id": f"r{n}"}
        return a.event("client.rating", a.NOON, envelope=said, who=ALINE, useful=useful, channel="email")

    found = measured(rating(1, True), rating(1, True), rating(2, False), rating(3, True, "/staff/camille"))
    assert (found.useful.count, found.useful.of) == (1, 2)


def test_b5_how_people_welcome_is_told_by_language_and_country_of_enough_of_them() -> None:
    said, welcomes = [], {}
    for n in range(60):
        card, language = f"w{n}", "fr" if n < 30 else "ja"
        welcomes[card] = {"language": language, "country": f"C{n % 4}"} if n < 58 else {}
        said += [verdict(a.NOON, card, "delivered"), verdict(a.NOON, card, "seen")]
        if language == "fr":
            said.append(verdict(a.NOON + 30, card, "accepted"))
    found = measured(*said, welcomes=welcomes).welcomed
    assert [(name, one.followed.share, one.claimed.median) for name, one in found["language"].items()] == [
        ("fr", 1.0, 30.0),
        ("ja", 0.0, None),
    ]
    assert found["country"] == {}  # fifteen of each, and two of whom nothing is known


def answers(site: str, people: int, cards: int = 30, first: int | None = None) -> list[Any]:
    """Cards of a site, each taken after half a minute: by so many in turn, the first so many by one."""
    said: list[Any] = []
    for n in range(cards):
        one = 0 if first is not None and n < first else n % people
        given: dict[str, Any] = {"who": {"oid": oid(**ALINE)}, "alert": f"{site}-{n}", "place": site}
        staff = {"staff": f"{site}-{one}", "envelope": {"source": f"/staff/{site}-{one}"}}
        said.append(a.event("staff.feedback", a.NOON, **given, staff="team", verdict="delivered"))
        said.append(a.event("staff.feedback", a.NOON + 30, **given, **staff, verdict="accepted"))
    return said


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (answers("vendome", 5), {"vendome"}),
        (answers("vendome", 4), set()),
        (answers("vendome", 1), set()),
        (answers("vendome", 6, first=20), set()),
        (answers("vendome", 5, cards=19), set()),
        (answers("vendome", 5) + answers("ginza", 6), {"vendome", "ginza"}),
        (answers("vendome", 5) + answers("ginza", 1), set()),
        (answers("vendome", 5, 60) + answers("ginza", 6, 40) + answers("riviera", 1), {"vendome"}),
    ],
    ids=[
        "five people", "four", "one", "one gave most", "few cards", "two sites", "one of the two is a person",
        "the smallest hides whoever is alone",
    ],
)  # fmt: skip
def test_a_site_is_told_apart_where_nobody_of_it_nor_of_the_rest_can_be_read_off(
    said: list[Any], told: set[str]
) -> None:
    found = measured(*said)
    assert found.sites.keys() == {"vendome", "ginza", "riviera"}
    assert {site for site, there in found.sites.items() if there is not None} == told
    assert measured(*said[::-1]).sites == found.sites
    for there in found.sites.values():
        assert there is None or (there.followed.share, there.claimed.median, there.bought) == (
            1.0,
            30.0,
            None,
        )


def test_visits_of_a_boutique_are_told_of_enough_clients_and_leave_enough() -> None:
    people = [*answers("vendome", 5), *answers("ginza", 5)]
    came = [a.checkin(a.NOON, site="vendome", client_id=f"v{n}") for n in range(30)]
    again = [a.checkin(a.NOON - n * DAY, site="ginza", client_id="g") for n in range(1, 25)]

    def visits(*events: Any) -> dict[str, int]:
        sites = measured(*people, *events).sites
        return {site: there.bought.of for site, there in sites.items() if there and there.bought}

    assert visits(*came) == {"vendome": 30}
    assert visits(*again) == {}, "one client's"
    assert visits(*came, *again) == {}, "or theirs would be what is left of the house's"
    others = [a.checkin(a.NOON, site="ginza", client_id=f"g{n}") for n in range(20)]
    assert visits(*came, *again, *others) == {"vendome": 30, "ginza": 44}


def test_of_nothing_nothing_is_said_and_what_lies_outside_counts_for_nothing() -> None:
    nothing = measured()
    assert nothing.followed.share is nothing.claimed.median is nothing.complained.per_thousand is None
    outside = measured(bought(SINCE - 1, **ALINE), a.checkin(UNTIL, site="vendome", **ALINE))
    assert outside == nothing


def test_nothing_of_a_client_is_in_it() -> None:
    said = msgspec.json.encode(measured(bought(a.NOON, **ALINE), verdict(a.NOON, "x", "seen", text="Aline")))
    assert b"aline" not in said.lower()
    assert oid(**ALINE).encode() not in said
