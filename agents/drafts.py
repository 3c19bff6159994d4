"""Drafts of what staff may say, in the client's own language; in no other.

One file of `words/` is one draft: a table per language, and in it a sentence per register. A house's `tone`
names the register it speaks in; `formal` is there in every language. `aloud` is how that is pronounced, in
Latin letters, where it is said face to face by somebody who may not read it.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from agents.moment import Moment
from agents.phrase import Phrase
from schemas.maison import Person

NAMES = {
    "fr": "French",
    "en": "English",
    "it": "Italian",
    "de": "German",
    "es": "Spanish",
    "zh": "Chinese",
    "zh-hant": "Chinese (traditional characters)",
    "ja": "Japanese",
    "ko": "Korean",
    "ar": "Arabic",
    "da": "Danish",
    "el": "Greek",
    "fi": "Finnish",
    "he": "Hebrew",
    "hi": "Hindi",
    "id": "Indonesian",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "sv": "Swedish",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "yue": "Cantonese",
}
TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})

SPOKEN = ("fr", "en", "it", "de", "es", "zh", "zh-hant", "ja", "ko")
"""Languages that every draft is written in."""
OURS = "en"
"""What staff read."""
REGISTERS = ("formal", "warm")
WORDS = Path(__file__).parent / "words"


@cache
def words(name: str) -> Mapping[str, Mapping[str, str]]:
    """Language -> register -> sentence, of the draft of that name. Raises `FileNotFoundError`."""
    return tomllib.loads((WORDS / f"{name}.toml").read_text("utf-8"))


@cache
def register_of(tone: str) -> str:
    """The register that a house's tone names first.

    >>> register_of("warm, unhurried, never familiar"), register_of("")
    ('warm', 'formal')
    """
    return next((w for w in re.findall(r"\w+", tone.lower()) if w in REGISTERS), "formal")


def named(tag: str | None) -> str | None:
    """The language of a BCP 47 tag as a key of `NAMES`; None for none, or for one we could not name.

    A script that is named outranks the country: a telephone in Hong Kong set to simplified says `zh-Hans-HK`.

    >>> named("fr_FR"), named("zh-TW"), named("zh-Hans-HK"), named("tlh")
    ('fr', 'zh-hant', 'zh', None)
    """
    if not tag:
        return None
    first, *others = tag.replace("_", "-").lower().split("-")
    if first == "zh" and "hans" not in others and not TRADITIONAL.isdisjoint(others):
        return "zh-hant"
    return first if first in NAMES else None


def language_of(moment: Moment) -> str | None:
    """The client's stated language as a key of `NAMES`; None when unknown."""
    return named(moment.profile("language"))


def draft(moment: Moment, name: str, *facts: str, **fill: str) -> Phrase | None:
    """The draft of that name in the client's language; none where there is none: a wrong one is worse.

    `facts`: what it lets the client hear that the house knows; `fill`: what its `{places}` stand for.
    """
    language = language_of(moment)
    written = words(name)
    if language is None or language not in written:
        return None
    tone = moment.maison.tone
    said = _in_tone(written[language], tone).format(**fill)
    meaning = None if language == OURS else _in_tone(written[OURS], tone).format(**fill)
    if aloud := written[language].get("aloud"):
        meaning = f"{meaning} Pronounced “{aloud}”"
    return Phrase(said, "language", *facts, language=language, meaning=meaning)


def spoken(name: str, tone: str) -> dict[str, str]:
    """The draft of that name in every language, in the register of a tone; one with no places to fill."""
    return {language: _in_tone(said, tone) for language, said in words(name).items()}


def _in_tone(said: Mapping[str, str], tone: str) -> str:
    return said.get(register_of(tone), said["formal"])


def speaks(person: Person, language: str) -> bool:
    """Whether somebody is known to speak a language, a key of `NAMES`. Chinese is one, in two scripts."""
    known = {(named(tag) or tag).partition("-")[0] for tag in person.languages}
    return language.partition("-")[0] in known


def speaking(moment: Moment, title: str, *facts: str) -> Phrase:
    """A title that also says the language to use, when it is known; `facts`: what the title tells."""
    language = language_of(moment)
    if language is None:
        return Phrase(title, *facts)
    return Phrase(f"{title}, speaks {NAMES[language]}", "language", *facts)
