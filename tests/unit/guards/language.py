"""Language: a draft is in the client's own, or there is none."""

import tomllib
from pathlib import Path
from random import Random
from typing import Any

from agents.moment import Proposal
from agents.phrase import Phrase
from tests import builders as a
from tests.guarding import Case, Slip

WORDS = Path(__file__).parents[3] / "agents/words"
DRAFTS: dict[str, list[str]] = {}
"""Language -> the sentences of every draft in it, as their files have them."""
for _file in sorted(WORDS.glob("*.toml")):
    for _language, _said in tomllib.loads(_file.read_text()).items():
        DRAFTS.setdefault(_language, []).extend(_said.values())


def speaker(language: str | None) -> Any:
    """A client who stated that language, or none."""
    return a.record_of(
        a.profile(fields={"name": "Aline"} | ({"language": language} if language else {}), card="c")
    )


def foreign(said: str | None, language: str | None) -> bool:
    """Whether words are not among what the files have in that language."""
    return said is not None and said not in DRAFTS.get(language or "", ())


FRENCH = Phrase("Bienvenue, quel plaisir de vous revoir.", "language", language="fr")

CASES = {
    "in their own": Case(client=speaker("fr-CA"), proposal={"say": FRENCH}, passes=True),
    "nothing to say": Case(client=speaker(None), passes=True),
    "in another": Case(client=speaker("en"), proposal={"say": FRENCH}, passes=False),
    "guessed": Case(client=speaker(None), proposal={"say": FRENCH}, passes=False),
    "does not say in which": Case(client=speaker("fr"), proposal={"say": "Bienvenue"}, passes=False),
    "the script they name, and another country's": Case(
        client=speaker("zh-Hans-HK"),
        proposal={"say": Phrase("歡迎", "language", language="zh-hant")},
        passes=False,
    ),
    "the other script": Case(
        client=speaker("zh-TW"), proposal={"say": Phrase("欢迎", "language", language="zh")}, passes=False
    ),
}


def slips(random: Random) -> Slip:
    """A draft in a language that is not the client's, that they never stated, or that says it is theirs."""
    language = random.choice([None, *DRAFTS])
    other = random.choice([one for one in DRAFTS if one != language])
    text = random.choice(DRAFTS[other])
    said = random.choice([text, Phrase(text, "language"), Phrase(text, "language", language=other)])

    def wrong(left: Proposal) -> bool:
        return foreign(left.say, language)

    return Slip(moment=a.moment(client=speaker(language)), proposal=a.proposal(say=said), wrong=wrong)
