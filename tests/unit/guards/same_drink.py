"""Same drink: whatever it is called, by whoever proposes it, however long it was cut."""

from random import Random
from typing import Any

from agents.moment import Proposal
from agents.phrase import Phrase
from feature_store import record as records
from feature_store.features.attention import OVER, Proposed, coded, keep
from schemas.alerts import Recommendation
from tests import builders as a
from tests.guarding import Case, Slip

WHO = {"guest_id": "g1"}
NEW = Phrase("new to them")


def served(*items: str | None, service: str | None = "bar", ago: float = a.HOUR, booking: str = "b1") -> Any:
    """A guest in the hotel who was served that."""
    return a.record_of(
        a.booking(a.NOON - 9e4, booking_id=booking, **WHO),
        a.hotel("checkin", a.NOON - 8e4, booking, **WHO),
        *(a.hotel("service", a.NOON - ago - n, booking, service=service, item=item, **WHO)
          for n, item in enumerate(items)),
    )  # fmt: skip


def proposed(drink: str, **entry: Any) -> Any:
    """A guest in the hotel to whom a drink was proposed this morning."""
    record = served()
    at = int(a.NOON - 4 * a.HOUR)
    given: dict[str, Any] = {"at": at, "until": at + 9_000} | entry
    keep(
        records.own(record, "attention"),
        {"x": Proposed(coded("during_stay"), f"b1:{drink}", "riviera", **given)},
    )
    return record


def tea(**more: Any) -> dict[str, Any]:
    return {
        "action": "during_stay",
        "ref": "b1:verbena",
        "site": "riviera",
        "title": Phrase("For tea"),
    } | more


VERBENA = tea(recommendations=[Recommendation(sku="verbena", why=NEW)])

CASES = {
    "nothing had yet": Case(client=served(), proposal=VERBENA, passes=True),
    "something else had": Case(client=served("mint tea"), proposal=VERBENA, passes=True),
    "had at breakfast": Case(client=served("Verbena Tea"), proposal=VERBENA, passes=False),
    "had by another name": Case(client=served("Verveine fraîche"), proposal=VERBENA, passes=False),
    "had days ago, in this stay": Case(
        client=served("verbena tea", ago=2 * 86_400), proposal=VERBENA, passes=False
    ),
    "had, and said in the draft alone": Case(
        client=served("verbena tea"),
        proposal=tea(say=Phrase("Puis-je vous proposer une infusion de verveine ?")),
        passes=False,
    ),
    "had what is on no card": Case(
        client=served("Negroni"), proposal=tea(title=Phrase("A Negroni on the terrace")), passes=False
    ),
    "a tea of some kind": Case(client=served("tea"), proposal=VERBENA, passes=False),
    "a name too long to be kept whole": Case(
        client=served("one large glass of the verbena infusion"), proposal=VERBENA, passes=False
    ),
    "poured, and nobody wrote what": Case(client=served(None), proposal=VERBENA, passes=False),
    "poured yesterday, and nobody wrote what": Case(
        client=served(None, ago=20 * a.HOUR), proposal=VERBENA, passes=True
    ),
    "a massage nobody named": Case(client=served(None, service="spa"), proposal=VERBENA, passes=True),
    "a table, after the same tea": Case(
        client=served("verbena tea"), proposal=tea(subject=["terrace"]), passes=True
    ),
    "proposed this morning": Case(client=proposed("verbena"), proposal=VERBENA, passes=False),
    "another proposed this morning": Case(client=proposed("orgeat"), proposal=VERBENA, passes=True),
    "not in the hotel": Case(client=a.record_of(), proposal=VERBENA, passes=True),
}


def slips(random: Random) -> Slip:
    """A drink that was had, under any of its names and letters, or proposed, by any action in any place."""
    drink = random.choice([o for o in a.LUMIERE.menu if o.kind == "drink"])
    name = random.choice([drink.name, *drink.also, *drink.called.values()])
    written = random.choice([str.upper, str.lower, str.title, str])(name)
    item = random.choice(["{}", "a pot of {}", "{} x2", " {}  "]).format(written)
    client = random.choice(
        [
            served("still water", item, ago=random.uniform(60, 3 * 86_400)),
            proposed(drink.id),
            proposed(drink.id, step=OVER, verdict="dismissed", staff="louis"),
        ]
    )
    says = Phrase(f"Might I suggest {name}?")
    how = random.choice(
        [{"subject": [drink.id]}, {"recommendations": [Recommendation(sku=drink.id, why=NEW)]}, {"say": says},
         {"title": says}]
    )  # fmt: skip
    action = random.choice(["during_stay", "farewell", "boutique_welcome"])
    return Slip(
        moment=a.moment(client=client),
        proposal=a.proposal(**(tea(ref="another", action=action) | how)),
        wrong=lambda left: name in f"{left.title} {left.say}" or drink.id in _ids(left),
    )


def _ids(left: Proposal) -> set[str]:
    return {*left.subject, *(one.sku for one in left.recommendations)}
