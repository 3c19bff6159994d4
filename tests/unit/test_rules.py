"""What each rule says, and when it keeps silent."""

from typing import Any

import pytest

from agents.guard import spared
from agents.guards.consent import GUARD
from agents.moment import Again, Proposal, Withdraw
from agents.registry import GUARDS, RULES
from feature_store.features.session import LIVE
from feature_store.store import Timer
from tests import builders as a

BY_NAME = {r.name: r for r in RULES}
FRENCH = {"name": "Aline", "language": "fr-FR", "advisor": "camille"}


def said(
    rule: str, event: Any = None, *before: Any, now: float = a.NOON, timer: Timer | None = None
) -> list[Any]:
    """What a rule says at an event (or timer) after what came before."""
    client = a.record_of(*before, *([event] if event is not None else []))
    return list(BY_NAME[rule].propose(a.moment(event, client=client, now=now, timer=timer)))


def test_a_known_client_is_welcomed_in_their_language() -> None:
    [welcome] = said("boutique_welcome", a.checkin(card="c"), a.profile(fields=FRENCH, card="c"))
    assert welcome.say == "Bienvenue, quel plaisir de vous accueillir."
    assert welcome.title == "Just came in, speaks French"
    assert welcome.present


def test_a_language_the_house_does_not_draft_in_is_not_guessed() -> None:
    [welcome] = said("boutique_welcome", a.checkin(card="c"), a.profile(fields={"language": "tlh"}, card="c"))
    assert welcome.say is None
    assert "Guessing the language: unknown, ask" in welcome.avoid


def test_a_size_of_which_a_system_says_nothing_is_told_to_nobody() -> None:
    told = a.profile(a.NOON - 60, fields={**FRENCH, "sizes": {"ring": "-", "shoe": 38, "dress": 0}}, card="c")
    [welcome] = said("boutique_welcome", a.checkin(card="c"), told)
    assert "Sizes: dress 0, shoe 38" in welcome.why


def test_staff_reach_for_no_size_that_a_page_alone_states() -> None:
    page = {"envelope": {"scope": "web", "source": "/sdk/js"}, "session": "s1"}
    told = a.profile(a.NOON - 60, fields={**FRENCH, "sizes": {"ring": 52}}, card="c")
    wrote = a.profile(a.NOON - 30, fields={"sizes": {"ring": 99, "shoe": "any"}}, **page)
    [welcome] = said("boutique_welcome", a.checkin(card="c"), told, wrote)
    assert "Sizes: ring 52" in welcome.why


def test_without_consent_for_profiling_nothing_of_the_web_is_used() -> None:
    looked = [a.profile(fields=FRENCH, card="c"), a.view(sku="ring-solstice", card="c"), a.cart(card="c")]
    [welcome] = said("boutique_welcome", a.checkin(card="c"), *looked)
    assert welcome.recommendations == []
    assert any("no consent" in text for text in welcome.avoid)
    agreed = a.consent(purpose="profiling", card="c")
    [welcome] = said("boutique_welcome", a.checkin(card="c"), *looked, agreed)
    first, *others = (r.sku for r in welcome.recommendations)
    assert first == "bag-aurore"
    assert "ring-solstice" in others


@pytest.mark.parametrize("step", [a.purchase, a.returned], ids=["bought", "brought back"])
def test_what_was_just_bought_or_brought_back_is_not_shown_again(step: Any) -> None:
    def shown(*told: Any) -> list[str]:
        moment = a.moment(a.checkin(card="c"), client=a.record_of(*told))
        [welcome] = BY_NAME["boutique_welcome"].propose(moment)
        assert isinstance(welcome, Proposal)
        return [r.sku for r in spared(moment, welcome, GUARDS).recommendations]

    agreed = a.consent(a.NOON - 900, purpose="profiling", card="c")
    liked = [a.view(a.NOON - 800, sku="bag-aurore", card="c")]
    assert "bag-aurore" in shown(a.profile(card="c"), agreed, *liked)
    had = step(a.NOON - 700, lines=[a.line("bag-aurore")], card="c")
    views = [a.view(a.NOON - 600 + n, sku="bag-aurore", card="c") for n in range(6)]
    after = shown(a.profile(card="c"), agreed, had, *views)
    assert after
    assert "bag-aurore" not in after


def test_a_stranger_is_a_visitor_to_welcome_and_nothing_else() -> None:
    assert said("boutique_welcome", a.checkin(card="c")) == []
    [visitor] = said("unknown_visitor", a.checkin(card="c"))
    assert (visitor.action, visitor.recommendations, visitor.say) == ("unknown_visitor", [], None)
    assert said("unknown_visitor", a.checkin(card="c"), a.purchase(card="c")) == []


def test_a_guest_on_the_way_is_counted_down_at_the_hotels_own_time() -> None:
    wishes = {"preferences": {"temperature": 19, "wine": "Chablis", "allergies": ["nuts"]}}
    [arrival] = said(
        "hotel_arrival",
        a.arrival(by="taxi", guest_id="g"),
        a.booking(guest_id="g"),
        a.profile(fields=wishes, guest_id="g"),
    )
    assert arrival.title == "Arriving at 14:00 by taxi"  # 13:00 UTC at the Riviera
    assert arrival.due == a.NOON + a.HOUR
    assert "2 adults, 2 nights, first stay on record" in arrival.why
    assert arrival.why[0] == "To prepare: room at 19 °C; Chablis waiting"
    assert "Allergies: nuts" in arrival.avoid
    assert (arrival.ref, arrival.site) == ("b1", "riviera")


@pytest.mark.parametrize(
    ("eta", "proposes"),
    [
        (a.NOON + a.HOUR, True),
        (a.NOON - 179 * a.MINUTE, True),
        (a.NOON - 181 * a.MINUTE, False),
        (a.NOON + 8 * 86_400, False),
        (253_402_300_799.0, False),
    ],
    ids=["in an hour", "just late", "long past", "next week", "the year 9999"],
)
def test_only_who_is_really_on_the_way_is_announced(eta: float, proposes: bool) -> None:
    told = said("hotel_arrival", a.arrival(eta=eta, guest_id="g"), a.booking(guest_id="g"))
    assert [type(one) for one in told] == [Proposal if proposes else Withdraw]


def test_a_cancelled_booking_takes_the_countdown_back_and_a_checkin_ends_it() -> None:
    before = (a.booking(guest_id="g"), a.arrival(guest_id="g"))
    [cancelled] = said("hotel_arrival", a.booking(a.NOON + 1, "cancelled", guest_id="g"), *before)
    assert cancelled == Withdraw(action="hotel_arrival", ref="b1", status="retracted")
    [here] = said("hotel_arrival", a.hotel("checkin", guest_id="g"), *before)
    assert here == Withdraw(action="hotel_arrival", ref="b1", status="done")


def test_a_known_clients_message_is_for_their_advisor_and_an_answer_ends_it() -> None:
    [message] = said("client_writes", a.chat(whatsapp="+33600000001"), a.profile(fields=FRENCH, card="c"))
    assert (message.staff, message.site, message.ref) == ("camille", "vendome", "conv1")
    [answered] = said("client_writes", a.chat(direction="out", card="c"), a.profile(fields=FRENCH, card="c"))
    assert answered == Withdraw(action="client_writes", ref="conv1", status="done")
    assert said("client_writes", a.chat(card="c")) == []


def test_a_call_is_short_lived_and_never_held() -> None:
    call = a.event("call.incoming", card="c", who={"card": "c"}, line="+331", conversation="x")
    [ringing] = said("client_writes", call, a.profile(fields=FRENCH, card="c"))
    assert (ringing.action, ringing.hold_or_drop, ringing.valid_to) == ("client_calls", "drop", a.NOON + 120)
    assert (ringing.staff, ringing.site) == (None, "vendome"), "whoever is there may answer"


CART_TIMER = Timer("lumiere", "p", "cart", a.NOON + LIVE)
PROFILED = a.consent(a.NOON - 90, "profiling", card="c")


def test_what_was_seen_online_takes_the_consent_to_be_profiled() -> None:
    agreed = a.consent(a.NOON - 99, "one_to_one", card="c")
    before = (a.profile(fields=FRENCH, card="c"), agreed, a.cart(a.NOON, card="c"))
    refused = a.consent(a.NOON - 60, "profiling", "none", card="c")
    for more in ((), (PROFILED, refused)):
        client = a.record_of(*before, *more)
        moment = a.moment(client=client, now=a.NOON + LIVE, timer=CART_TIMER)
        [left] = BY_NAME["abandoned_cart"].propose(moment)
        assert GUARD.check(moment, left) == "no consent for profiling"


def test_a_cart_left_for_half_an_hour_is_for_the_advisor_and_never_to_be_mentioned() -> None:
    before = (a.profile(fields=FRENCH, card="c"), PROFILED, a.cart(a.NOON, card="c"))
    [left] = said("abandoned_cart", None, *before, now=a.NOON + LIVE, timer=CART_TIMER)
    assert isinstance(left, Proposal)
    assert (left.staff, left.site, left.purpose, left.hold_or_drop) == (
        "camille",
        "vendome",
        "one_to_one",
        "hold",
    )
    assert any("Any word of the cart" in text for text in left.avoid)


def test_a_cart_whose_visit_went_on_is_looked_at_later() -> None:
    before = (a.profile(fields=FRENCH, card="c"), a.cart(a.NOON, card="c"), a.view(a.NOON + 600, card="c"))
    assert said("abandoned_cart", None, *before, now=a.NOON + LIVE, timer=CART_TIMER) == [
        Again(due=a.NOON + 600 + LIVE)
    ]


@pytest.mark.parametrize("fields", [{"name": "Aline"}, {"advisor": "somebody-who-left"}])
def test_a_cart_of_a_client_without_an_advisor_is_left_alone(fields: dict[str, str]) -> None:
    before = (a.profile(fields=fields, card="c"), a.cart(a.NOON, card="c"))
    assert said("abandoned_cart", None, *before, now=a.NOON + LIVE, timer=CART_TIMER) == []


def test_what_a_page_alone_states_never_reaches_the_words_for_staff() -> None:
    words = {"preferences": {"avoid": "the gift for Paul"}}
    said = a.profile(client_id="c1", fields=words, envelope={"scope": "web"})
    client = a.record_of(a.profile(client_id="c1", fields={"name": "Aline"}), said)
    assert a.moment(client=client).profile("preferences.avoid") is None
