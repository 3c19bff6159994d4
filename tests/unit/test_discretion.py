"""What an alert shows to whom: reasons, cautions and drafts, each with the facts it rests on."""

from typing import Any

import msgspec
import pytest

from agents.alert_life import incoming
from agents.circles import alias_of, circle_for, circle_of
from agents.discretion import TITLE, shown_to, told_by
from agents.phrase import Phrase
from agents.verdict import Accepted, verdict
from schemas.alerts import Addressee, Alert, AlertChange, Grounds, Recommendation
from streams.auth import Caller
from tests import builders as a
from tests.alerts import an_alert, an_entry
from tests.builders import Line

ALIAS = "Client R-4F2K"
GROUNDS = Grounds(
    advisor="camille",
    title=("language",),
    say=("language", "facts.visits"),
    why=[("facts.visits",), ("stay.eta",), ("preferences.children",)],
    avoid=[("preferences.allergies",), ()],
    recommendations=[("session.cart",), ("taste.bags",)],
)


def reader(staff: str, role: str = "advisor", *sites: str) -> Caller:
    return Caller(staff=staff, role=role, maison="lumiere", sites=sites, expires=0.0)


CAMILLE, MATTEO = reader("camille", "advisor", "vendome"), reader("matteo", "advisor", "vendome")
HELENE, TABLET = reader("helene", "manager", "vendome"), reader("vendome-team", "team", "vendome")


def welcome(**fields: Any) -> Alert:
    given: dict[str, Any] = {
        "title": "Just came in, speaks French",
        "say": "Quel plaisir de vous revoir.",
        "language": "fr",
        "meaning": "How lovely to see you again.",
        "why": ["3 visits", "arrives at 16:00", "a daughter, Zoé"],
        "avoid": ["Allergies: nuts", "Guessing the language"],
        "recommendations": [
            Recommendation(sku="bag-aurore", why="in the cart"),
            Recommendation(sku="clutch-nuit", why="drawn to bags"),
        ],
        "grounds": GROUNDS,
    }
    return an_alert(**(given | fields))


def shown(alert: Alert, to: Caller, **raised: int) -> Alert:
    return shown_to(to, alert, raised, ALIAS)


def test_the_assigned_advisor_is_told_everything_and_never_what_it_rests_on() -> None:
    told = shown(welcome(), CAMILLE)
    assert told == msgspec.structs.replace(welcome(), grounds=msgspec.UNSET)
    assert b"grounds" not in msgspec.json.encode(told)
    assert told.masked == 0


def test_whoever_serves_is_not_told_what_is_intimate_but_what_must_not_be_served() -> None:
    told = shown(welcome(), MATTEO)
    assert told.why == ["3 visits", "arrives at 16:00"]
    assert told.avoid == ["Allergies: nuts", "Guessing the language"]
    assert (told.client.name, told.say, told.masked) == ("Aline Moreau", welcome().say, 1)


def test_who_does_not_serve_any_more_sees_less_from_then_on() -> None:
    alert = welcome(status="claimed", claimed_by="matteo")
    told = shown(alert, reader("yuna"))
    assert circle_for(reader("yuna"), alert) == "team"
    assert told.why == ["3 visits", "arrives at 16:00"]
    assert [r.sku for r in told.recommendations] == ["clutch-nuit"]
    back = welcome(grounds=msgspec.structs.replace(GROUNDS, say=("stay.eta",)))
    assert (shown(back, TABLET).say, shown(back, TABLET).language) == (None, None)
    assert shown(back, MATTEO).say == back.say
    assert shown(alert, CAMILLE).why == alert.why, "their own advisor remains their advisor"
    assert circle_for(HELENE, alert) == "manager"


def test_a_shared_screen_shows_the_name_and_what_must_not_be_served() -> None:
    told = shown(welcome(), TABLET)
    assert told.client.name == "Aline Moreau"
    assert told.avoid == welcome().avoid
    assert (told.masked, [r.sku for r in told.recommendations]) == (2, ["clutch-nuit"])


def test_an_advisor_whose_client_is_elsewhere_is_told_no_more_than_who_serves() -> None:
    word = welcome(action="client_elsewhere", for_=Addressee(staff="camille"))
    assert "a daughter, Zoé" not in shown(word, CAMILLE).why
    assert "a daughter, Zoé" in shown(welcome(), CAMILLE).why


def test_who_was_the_advisor_when_a_card_was_told_reads_the_record_as_whoever_serves() -> None:
    now_with_matteo = a.moment(client=a.record_of(a.profile(fields={"advisor": "matteo"}, client_id="k1")))
    assert circle_for(CAMILLE, welcome()) == "assigned", "of the card, which was written for them"
    assert circle_of(CAMILLE, now_with_matteo, [welcome()]) == "serving"
    assert circle_of(CAMILLE, now_with_matteo, [welcome(status="claimed", claimed_by="matteo")]) == "team"
    assert circle_of(CAMILLE, now_with_matteo, []) == "house"
    assert circle_of(MATTEO, now_with_matteo, []) == "assigned"


def test_a_maison_that_raises_a_name_or_a_stay_withholds_it() -> None:
    told = shown(welcome(grounds=msgspec.structs.replace(GROUNDS, title=("stay.eta",))), TABLET, name=3)
    assert told.client.name == ALIAS
    hidden = shown(
        welcome(grounds=msgspec.structs.replace(GROUNDS, title=("stay.eta",))), MATTEO, **{"stay.*": 3}
    )
    assert (hidden.title, hidden.why) == (TITLE, ["3 visits"])


def test_a_sentence_that_does_not_say_what_it_rests_on_is_for_who_serves() -> None:
    plain = welcome(grounds=msgspec.UNSET)
    assert shown(plain, MATTEO).why == plain.why
    assert (shown(plain, TABLET).why, shown(plain, TABLET).title) == ([], TITLE)


def test_what_was_seen_is_named_for_the_audit_by_its_facts() -> None:
    told, withheld = told_by(MATTEO, welcome(), {})
    assert {"name", "facts.visits", "preferences.allergies"} <= told
    assert withheld == {"preferences.children"}


def test_words_that_a_person_wrote_are_theirs_whatever_the_draft_rested_on() -> None:
    entry = an_entry(grounds=msgspec.structs.replace(GROUNDS, say=()), say="Bonjour.")
    edited = verdict(entry, "matteo", "edited", a.NOON - 9e6, text="Votre fille va bien ?")
    assert isinstance(edited, Accepted)
    assert isinstance(edited.entry.alert.grounds, Grounds)
    assert edited.entry.alert.grounds.say == ("words",)
    change = AlertChange(alert=welcome(revision=2, grounds=GROUNDS))
    after, _ = incoming(edited.entry, change, Addressee(), a.NOON - 9e6)
    assert isinstance(after.alert.grounds, Grounds)
    assert after.alert.say == "Votre fille va bien ?"
    assert after.alert.grounds == msgspec.structs.replace(GROUNDS, say=("words",))


def test_what_the_words_mean_is_told_to_whoever_may_say_them_and_may_not_speak_the_language() -> None:
    assert shown(welcome(), CAMILLE).meaning == "How lovely to see you again."
    assert shown_to(CAMILLE, welcome(), {}, ALIAS, fluent=True).meaning is None
    unsaid = shown(welcome(grounds=msgspec.structs.replace(GROUNDS, say=("words",))), TABLET)
    assert (unsaid.say, unsaid.meaning) == (None, None)


async def test_every_sentence_of_every_card_says_what_it_rests_on() -> None:
    line = Line()
    wishes = {
        "allergies": ["nuts"],
        "avoid": "lilies",
        "diet": "no pork",
        "wine": "Sancerre",
        "temperature": 20,
    }
    fields = {
        "name": "Aline",
        "language": "fr",
        "advisor": "haruka",
        "sizes": {"ring": 52},
        "preferences": wishes,
    }
    at = a.NOON
    who = {"client_id": "c1"}
    alerts = await line.tell(
        a.profile(at, fields, **who),
        a.consent(at, "profiling", **who),
        a.consent(at, "one_to_one", **who),
        a.consent(at, "one_to_one", "none", channel="sms", **who),
        a.purchase(at, **who),
        a.view(at, category="bags", **who),
        a.booking(at, **who),
        a.arrival(at, at + 9_000, by="taxi", **who),
        a.checkin(at + 60, **who),
        a.chat(at + 120, **who),
        a.cart(at + 180, **who),
        a.checkin(at + 240, client_id="nobody-knows"),
    )
    await line.until(at + 14 * a.HOUR, 600.0)  # the cart waits for Ginza's morning
    told = [change.alert for _, change in line.alerts]
    assert {t.action for t in told} >= {
        "boutique_welcome", "client_elsewhere", "hotel_arrival", "client_writes", "abandoned_cart",
        "unknown_visitor",
    }  # fmt: skip
    for alert in told:
        grounds = alert.grounds
        assert isinstance(grounds, Grounds)
        assert (len(grounds.why), len(grounds.avoid)) == (len(alert.why), len(alert.avoid))
        assert len(grounds.recommendations) == len(alert.recommendations)
        every = [grounds.title, grounds.say, *grounds.why, *grounds.avoid, *grounds.recommendations]
        assert ("words",) not in every, (alert.action, alert)
    assert alerts


def test_an_alias_tells_nothing_and_stays_the_same() -> None:
    one = alias_of(CAMILLE, "lumiere", "AlineMoreau00001", b"pepper")
    assert one == alias_of(MATTEO, "lumiere", "AlineMoreau00001", b"pepper")
    others = {
        alias_of(reader("haruka", "advisor", "ginza"), "lumiere", "AlineMoreau00001", b"pepper"),
        alias_of(CAMILLE, "lumiere", "AlineMoreau00002", b"pepper"),
        alias_of(CAMILLE, "orfevre", "AlineMoreau00001", b"pepper"),
        alias_of(CAMILLE, "lumiere", "AlineMoreau00001", b"another"),
    }
    assert len(others | {one}) == 5
    assert len({alias_of(CAMILLE, "lumiere", f"oid{n:013}", b"pepper") for n in range(2_000)}) > 1_995


@pytest.mark.parametrize("text", ["", "Sizes: ring 52"])
def test_a_phrase_is_its_text(text: str) -> None:
    assert Phrase(text, "sizes.ring") == text
    assert type(str(Phrase(text))) is str
