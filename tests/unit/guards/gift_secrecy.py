"""Gift secrecy: a gift is given away to nobody."""

from random import Random
from typing import Any

from agents.moment import Proposal
from agents.phrase import Phrase
from schemas.alerts import Recommendation
from tests import builders as a
from tests.guarding import Case, Slip
from tests.unit.guards.open_case import client

DAY = 86_400.0
RING, NAME = "ring-solstice", "Solstice ring"
NOTES = (
    "Noted: a ring for his wife's fiftieth", "Noted: cherche un cadeau", "Noted: pour sa femme, en juin",
    "Noted: una sorpresa", "Noted: ein Geschenk", "Noted: para su mujer", "Noted: 想送给太太", "Noted: 送禮",
    "Noted: 妻への贈り物を探している", "Noted: 선물을 찾으신다", "Noted: wants to buy a GIFT",
)  # fmt: skip
"""What an advisor wrote in their own words, in the languages of the drafts."""
GIVES = Phrase("Buys for his wife each June", "preferences.gifts")


def gave(ago: float = DAY, **more: Any) -> Any:
    return a.purchase(a.NOON - ago, lines=[a.line(RING)], card="c", **({"gift": True} | more))


def awaits(ago: float = DAY) -> Any:
    return a.event("record.surprise", a.NOON - ago, who={"oid": a.part_of(card="c")[1]}, skus=[RING])


CASES = {
    "what they bought for themselves": Case(
        client=client(gave(gift=False)), proposal={"subject": [RING]}, passes=True
    ),
    "a card about the gift, to the giver": Case(
        client=client(gave()), proposal={"subject": [RING]}, passes=False
    ),
    "a card about it, to whom it is for": Case(
        client=client(awaits()), proposal={"subject": [RING]}, passes=False
    ),
    "a year later": Case(client=client(gave(ago=366 * DAY)), proposal={"subject": [RING]}, passes=True),
    "another article": Case(client=client(gave()), proposal={"subject": ["bag-aurore"]}, passes=True),
    "a title that names it": Case(
        client=client(gave()),
        proposal={"title": Phrase(f"The {NAME} is ready", "facts.purchases")},
        passes=False,
    ),
    "a title that names it in other letters": Case(
        client=client(gave()), proposal={"title": Phrase("The SOLSTICE RING is ready", "words")}, passes=False
    ),
    **{
        f"a title that names it in {language}": Case(
            client=client(gave()), proposal={"title": Phrase(said, "words")}, passes=False
        )
        for language, said in {
            "Japanese": f"{NAME}が届きました",
            "Chinese": f"您看中的{NAME}还在",
            "Korean": f"{NAME}를 준비했습니다",
            "the plural": f"Likes all {NAME}s",
        }.items()
    },
    "giving, told with the client there": Case(proposal={"title": GIVES, "present": True}, passes=False),
    "giving, told to the advisor alone": Case(proposal={"title": GIVES}, passes=True),
    **{
        f"a note of it with the client there: {text}": Case(
            proposal={"title": Phrase(text, "notes.2"), "present": True}, passes=False
        )
        for text in NOTES
    },
    "a note of it to the advisor alone": Case(proposal={"title": Phrase(NOTES[0], "notes.2")}, passes=True),
    "a note of something else with the client there": Case(
        proposal={
            "title": Phrase("Noted: left-handed, her daughter studies here", "notes.2"),
            "present": True,
        },
        passes=True,
    ),
}


def slips(random: Random) -> Slip:
    """A secret in a title, a reason, a caution, a draft, a recommendation or a subject, for either side."""
    told = random.choice([gave(random.uniform(0, 80 * DAY)), awaits(random.uniform(0, 80 * DAY))])
    name = random.choice([NAME, NAME.lower(), NAME.upper(), "ring, that Solstice,"])
    names = Phrase(f"Ask how the {name} pleases", random.choice(["facts.purchases", "taste.jewellery"]))
    noted = Phrase(random.choice(NOTES), random.choice(["notes.0", "notes.1", "notes.2", "notes.3"]))
    telling = random.choice([GIVES, Phrase("Two gifts this year", "surprises.given"), names, noted])
    place = random.choice(["title", "why", "avoid", "say", "recommendations", "subject"])
    said: dict[str, Any] = {
        "title": {"title": telling},
        "why": {"why": [Phrase("Known", "facts.visits"), telling]},
        "avoid": {"avoid": [telling]},
        "say": {"say": Phrase(str(telling), *telling.facts, language="fr")},
        "recommendations": {
            "recommendations": [Recommendation(sku=RING, why=Phrase("goes with the bag", "taste.x"))]
        },
        "subject": {"subject": ["bag-aurore", RING]},
    }[place]
    given = {"title": Phrase("Just came in"), "why": [Phrase("Known", "facts.visits")], "present": True}
    return Slip(moment=a.moment(client=client(told)), proposal=a.proposal(**(given | said)), wrong=_tells)


def _tells(left: Proposal) -> bool:
    said = [left.title, *left.why, *left.avoid, left.say or "", *(r.why for r in left.recommendations)]
    words = any(
        "Noted" in text or "solstice" in text.lower() or "gift" in text.lower() or "his wife" in text
        for text in said
    )
    return words or RING in (*left.subject, *(r.sku for r in left.recommendations))
