"""Discreet: whom a client wants unmentioned is not mentioned."""

from random import Random
from typing import Any

from agents.moment import Proposal
from agents.phrase import Phrase
from schemas.alerts import Recommendation
from tests import builders as a
from tests.guarding import Case, Slip
from tests.unit.guards.open_case import client

HER = {"client_id": "somebody"}


def beside(kind: str = "companion", discreet: bool | None = True, **more: Any) -> Any:
    said = {} if discreet is None else {"discreet": discreet}
    return a.relation(a.NOON - 900, kind, card="c", **said, **more)


def named(kind: str = "companion") -> Phrase:
    return Phrase("Comes with Ms X", f"entourage.{kind}")


CASES = {
    "nobody is discreet": Case(
        client=client(beside(discreet=None)), proposal={"title": named()}, passes=True
    ),
    "a companion who is": Case(client=client(beside()), proposal={"title": named()}, passes=False),
    "a note, of nobody who is discreet": Case(
        client=client(beside(discreet=None)),
        proposal={"title": Phrase("Noted: left-handed", "notes.2")},
        passes=True,
    ),
    "a note, beside somebody who is": Case(
        client=client(beside()), proposal={"title": Phrase("Noted: here with Sofia", "notes.2")}, passes=False
    ),
    "another kind": Case(client=client(beside("friend")), proposal={"title": named("child")}, passes=True),
    "the partner on file, with a companion": Case(
        client=client(beside()),
        proposal={"title": Phrase("Ask after Jean", "preferences.partner")},
        passes=False,
    ),
    "two of a kind, one discreet": Case(
        client=client(beside(discreet=False, with_=HER), beside()), proposal={"title": named()}, passes=False
    ),
}


def slips(random: Random) -> Slip:
    """Somebody discreet in a title, a reason, a caution, a recommendation or a draft."""
    kind = random.choice(["partner", "companion", "friend", "assistant", "child"])
    facts = [f"entourage.{kind}", "entourage.discreet", f"notes.{random.randrange(4)}"]
    facts += ["preferences.partner"] if kind in ("partner", "companion", "friend") else []
    name = Phrase("NAMED: they come together", random.choice(facts), "language")
    both = Phrase("NAMED: we look forward to you both", "stay.party", language="fr")
    draft = both if kind in ("partner", "companion", "friend") else Phrase(name, *name.facts, language="fr")
    said: dict[str, Any] = random.choice(
        [
            {"title": name},
            {"why": [Phrase("Known", "facts.visits"), name]},
            {"avoid": [name]},
            {"recommendations": [Recommendation(sku="bag-aurore", why=name)]},
            {"say": draft},
        ]
    )
    told = [beside(kind, True, **({"with_": HER} if random.random() < 0.5 else {}))]
    told += [a.relation(a.NOON - 90, kind, card="c")] if random.random() < 0.3 else []
    given = {"title": Phrase("Just came in"), "why": [Phrase("Known", "facts.visits")]}
    return Slip(moment=a.moment(client=client(*told)), proposal=a.proposal(**(given | said)), wrong=_names)


def _names(left: Proposal) -> bool:
    said = [left.title, *left.why, *left.avoid, left.say or "", *(r.why for r in left.recommendations)]
    return any("NAMED" in text for text in said)
