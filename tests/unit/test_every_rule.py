"""What holds of every rule, at every moment it can meet."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from agents.decide import decide
from agents.moment import Again, Moment, Proposal, Withdraw
from agents.registry import ACTIONS, RULES
from agents.rule import Rule
from feature_store import record as records
from feature_store.features.attention import Proposed, coded, keep
from feature_store.features.fatigue import propose
from feature_store.store import Timer
from schemas.codec import decode
from schemas.events import EVENTS
from tests import builders as a
from tests.random_events import lives

GOLDEN = Path(__file__).parents[1] / "golden/events"
EACH = pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
SECRETS: dict[str, Any] = {
    "card": "LUM-88F1-204",
    "email": "aline@martel.example",
    "phone": "+33612345678",
    "client_id": "C-1042-secret",
    "whatsapp": "+33698765432",
}
PERSONAL = re.compile(
    "|".join(map(re.escape, [*SECRETS.values(), "612345678", "698765432", "bonjour de moi"]))
)
FIELDS = {
    "name": "Aline",
    "language": "fr",
    "advisor": "camille",
    "preferences": {"wine": "Chablis", "allergies": ["nuts"], "temperature": 19, "vip": True},
}


def known(*more: Any) -> Any:
    """A client the house knows well, with a full cart and every consent."""
    said = [a.consent(a.NOON - 900, p, "all", **SECRETS) for p in ("one_to_one", "profiling", "marketing")]
    return a.record_of(
        a.profile(a.NOON - 9e5, FIELDS, **SECRETS),
        *said,
        a.purchase(a.NOON - 8e5, **SECRETS),
        a.booking(a.NOON - 7e5, **SECRETS),
        a.cart(a.NOON - 7_200, **SECRETS),
        a.event("web.wish", a.NOON - 9e4, who=SECRETS, session="s1", sku="clutch-nuit"),
        a.event("store.item", a.NOON - 8e4, who=SECRETS, site="ginza", sku="clutch-nuit", action="tried"),
        a.booking(a.NOON - 9e4, booking_id="b2", arrival="2026-11-20", departure="2026-11-22", **SECRETS),
        a.hotel("checkin", a.NOON - 8e4, "b2", **SECRETS),
        *more,
    )


def moments_of(rule: Rule, client: Any) -> list[Moment]:
    """Moments of each event type and timer that wakes the rule."""
    made = []
    for kind in sorted(rule.wakes, key=str):
        type_ = str(kind.__struct_config__.tag)
        event = WAKING.get(type_) or decode((GOLDEN / f"{type_}.json").read_bytes())
        record = records.decode(records.encode(client))
        records.touch(record, event, event.time.timestamp(), a.HOUSE)
        made += [a.moment(event, client=record, anew=anew) for anew in (False, True)]
    for name in sorted(rule.timers):
        for what in ("", ":b1", ":b2", ":vendome"):
            record = records.decode(records.encode(client))
            for event in BOOKS.get(rule.name, ()):
                records.touch(record, event, event.time.timestamp(), a.HOUSE)
            timer = Timer("lumiere", "part-of-a-client", name + what, a.NOON)
            made.append(a.moment(client=record, timer=timer))
    return made


WAKING: dict[str, Any] = {
    "record.review": a.event("record.review", who={"oid": "q" * 16}, parted=True),
    "record.surprise": a.event("record.surprise", who={"oid": "q" * 16}, skus=["clutch-nuit"]),
    "store.checkin": a.checkin(**SECRETS),
    "store.leave": a.event("store.leave", who=SECRETS, site="vendome", method="nfc"),
    "store.purchase": a.purchase(channel="web", **SECRETS),
    "store.return": a.returned(order="o-first", **SECRETS),
    "client.appointment": a.appointment(**SECRETS),
    "hotel.booking": a.booking(**SECRETS),
    "hotel.arrival": a.arrival(**SECRETS),
    "hotel.checkin": a.hotel("checkin", **SECRETS),
    "hotel.checkout": a.hotel("checkout", **SECRETS),
    "hotel.service": a.hotel("service", booking_id="b2", service="bar", item="verbena tea", **SECRETS),
    "client.profile": a.profile(fields={"preferences": {"pillow": "goose down"}}, **SECRETS),
    "chat.message": a.chat(conversation="+33698765432", text="bonjour de moi", **SECRETS),
    "call.incoming": a.event("call.incoming", who=SECRETS, line="+33100000000", conversation="+33612345678"),
    "client.case": a.case(**SECRETS),
    "client.emotion": a.emotion(signal="worry", value=0.9, **SECRETS),
    "client.licence": a.licence(revoked=True, **SECRETS),
    "client.consent": a.consent(purpose="service", state="none", **SECRETS),
}


DAY = 86_400.0
BOTH = [a.line("ring-solstice", 540_000), a.line("scarf-brise", 46_000)]
BOOKS: dict[str, list[Any]] = {
    "after_purchase": [a.purchase(a.NOON - 11 * DAY, lines=BOTH, **SECRETS)],
    "appointment": [a.appointment(a.NOON - 2 * DAY, "missed", begins=a.NOON - 3 * DAY, **SECRETS)],
    "birthday": [a.profile(a.NOON - DAY, {"birth_date": "1981-11-21"}, **SECRETS)],
    "event_invitation": [a.purchase(a.NOON - 9 * DAY, lines=BOTH, **SECRETS)],
    "gift_season": [a.purchase(a.NOON - 345 * DAY, gift=True, for_={"card": "other"}, **SECRETS)],
    "handwritten_card": [a.purchase(a.NOON - 5 * DAY, lines=BOTH, **SECRETS)],
    "lapsing": [a.purchase(a.NOON - (300 + 50 * n) * DAY, **SECRETS) for n in range(9)],
}
"""What happened before the book of a client is opened and a rule has something to say."""


def texts_of(proposal: Proposal) -> list[str]:
    why = [r.why for r in proposal.recommendations]
    return [proposal.title, *proposal.why, *proposal.avoid, proposal.say or "", *why]


@EACH
def test_a_rule_says_the_same_twice_and_changes_nothing(rule: Rule) -> None:
    client = known()
    before = records.encode(client)
    for moment in moments_of(rule, client):
        held = records.encode(moment.client)
        assert list(rule.propose(moment)) == list(rule.propose(moment))
        assert records.encode(moment.client) == held
    assert records.encode(client) == before


@EACH
def test_a_rule_proposes_nothing_at_an_event_or_a_timer_it_does_not_name(rule: Rule) -> None:
    client = known()
    for type_, kind in EVENTS.items():
        if kind in rule.wakes or type_ == "staff.presence":
            continue
        moment = a.moment(decode((GOLDEN / f"{type_}.json").read_bytes()), client=client)
        said = [s for s in rule.propose(moment) if isinstance(s, Proposal)]
        assert not said or rule.timers, f"at {type_}: let it look at moment.event first"


@EACH
def test_what_a_rule_proposes_can_be_said_to_somebody(rule: Rule) -> None:
    for moment in moments_of(rule, known()):
        for said in rule.propose(moment):
            if not isinstance(said, Proposal):
                continue
            assert said.action in ACTIONS, "named as its rule, or in CODED: else nobody can silence it"
            assert said.valid_to > moment.now
            assert said.silence > 0 or said.updates, "the same card twice"
            assert 1 <= said.urgency <= 5
            assert 0 < said.value <= 1
            assert all((said.title, said.why, said.ref, said.success))
            assert said.site is None or moment.maison.site(said.site)
            assert said.staff is None or moment.maison.person(said.staff)
            assert said.escalate is None or moment.now + said.escalate < said.valid_to


ANSWERS = frozenset({"client_writes", "client_calls"})
"""What a client has just said is answered in a person's own words."""


@EACH
def test_a_card_says_what_to_say_what_to_avoid_and_what_would_count_as_success(rule: Rule) -> None:
    for moment in moments_of(rule, known()):
        for said in rule.propose(moment):
            if isinstance(said, Proposal) and said.action not in ANSWERS:
                assert said.say is not None, said.title
                assert said.avoid, said.title
                assert said.success, said.title


@EACH
def test_no_text_tells_an_identifier_or_the_clients_own_words(rule: Rule) -> None:
    for moment in moments_of(rule, known()):
        for said in rule.propose(moment):
            if isinstance(said, Proposal):
                assert not [text for text in texts_of(said) if PERSONAL.search(text)]


@EACH
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(life=lives(12))
def test_a_rule_has_an_answer_for_every_client(rule: Rule, life: list[Any]) -> None:
    for moment in moments_of(rule, a.record_of(*life)):
        decision = decide(moment, [rule], [], a.scored())
        for said in rule.propose(moment):
            assert isinstance(said, Proposal | Withdraw | Again)
        assert len(decision.changes) >= len(decision.entries)


@EACH
def test_an_event_of_long_ago_alerts_nobody(rule: Rule) -> None:
    for moment in moments_of(rule, known()):
        late = msgspec.structs.replace(moment, now=moment.now + 30 * 86_400)
        decision = decide(late, [rule], [], a.scored())
        assert decision.changes == []


@EACH
def test_every_rule_is_woken_by_something_and_has_something_to_say(rule: Rule) -> None:
    assert rule.wakes or rule.timers
    alerts = {
        f"a{n}": Proposed(coded(action), ref, "vendome", int(a.NOON), int(a.NOON + 900), purpose=purpose)
        for n, (action, ref, purpose) in enumerate(
            [
                *(("client_writes", "conv1", 0), ("abandoned_cart", "cart", 4)),
                *(("boutique_welcome", "vendome", 0), ("boutique_welcome", "vendome", 0)),
            ]
        )
    }
    client = known(a.licence(a.NOON - 600, interests=["watches"], **SECRETS))
    keep(records.own(client, "attention"), alerts)
    propose(records.own(client, "fatigue"), ["clutch-nuit"], "a1", a.NOON)
    nobody = a.record_of()
    spoke = [s for m in [*moments_of(rule, client), *moments_of(rule, nobody)] for s in rule.propose(m)]
    assert spoke
    assert not rule.calls_off or not [said for said in spoke if isinstance(said, Proposal)]
    assert rule.calls_off != (rule.name in ACTIONS), "whoever silences it silences something"
