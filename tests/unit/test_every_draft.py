"""What holds of every draft: all languages, one meaning, nothing left to fill."""

import re
import unicodedata
from string import Formatter

import pytest

from agents.drafts import REGISTERS, SPOKEN, WORDS, draft, words
from tests import builders as a

NAMES = sorted(path.stem for path in WORDS.glob("*.toml"))
UNREADABLE = {"zh", "zh-hant", "ja", "ko"}
"""Languages whose letters most people of a house cannot read."""
EACH = pytest.mark.parametrize("name", NAMES)


def places(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field is not None}


@EACH
def test_a_draft_is_written_in_every_language_the_house_may_speak(name: str) -> None:
    assert set(words(name)) == set(SPOKEN)
    for said in words(name).values():
        assert "formal" in said
        assert set(said) <= {*REGISTERS, "aloud"}
        assert "aloud" not in said or set(said) == {"formal", "aloud"}  # it is how the formal one sounds
        assert all(text.strip() == text and text for text in said.values())


@EACH
def test_a_draft_leaves_the_same_places_in_every_language(name: str) -> None:
    assert len({frozenset(places(text)) for said in words(name).values() for text in said.values()}) == 1


@EACH
def test_no_two_languages_say_a_draft_in_the_same_words(name: str) -> None:
    formal = [said["formal"] for said in words(name).values()]
    assert len(set(formal)) == len(formal)


FAMILIAR = {
    "fr": "tu te toi ton ta tes",
    "it": "tu ti te tuo tua tuoi tue Suo Sua Suoi Sue",
    "de": "du dich dir dein deine deinen ihr euch euer",
    "es": "tú te ti tu tus contigo",
}
"""Words by which nobody of a house addresses a client; Italian writes its courtesy small."""


@EACH
@pytest.mark.parametrize("language", FAMILIAR)
def test_a_client_is_addressed_with_one_courtesy(name: str, language: str) -> None:
    spoken = " ".join(words(name)[language].values())
    assert not set(re.findall(r"[\w']+", spoken)) & set(FAMILIAR[language].split())


@EACH
def test_french_keeps_its_marks_with_the_word_before_them(name: str) -> None:
    spoken = " ".join(words(name)["fr"].values())
    assert not re.findall(r"\S* ?(?<!\u202f)[?!;]|\S* ?(?<!\u00a0):", spoken)


def test_a_house_speaks_in_the_register_its_tone_names(monkeypatch: pytest.MonkeyPatch) -> None:
    spoken = {
        "fr": {"formal": "Bonjour, {article} vous attend.", "warm": "{article} est là pour vous."},
        "en": {"formal": "{article} awaits you."},
    }
    monkeypatch.setattr("agents.drafts.words", lambda name: spoken)
    client = a.record_of(a.profile(fields={"language": "fr"}, card="c1"))
    said = draft(a.moment(client=client, maison=a.lumiere(tone="warm")), "any", article="Aurore")
    assert said == "Aurore est là pour vous."
    said = draft(a.moment(client=client, maison=a.lumiere(tone="restrained")), "any", article="Aurore")
    assert said == "Bonjour, Aurore vous attend."
    assert said.meaning == "Aurore awaits you."


def test_only_words_in_another_language_than_staff_read_say_what_they_mean() -> None:
    spoken = {
        language: draft(
            a.moment(client=a.record_of(a.profile(fields={"language": language}, card="c1"))), "welcome"
        )
        for language in SPOKEN
    }
    meant = {language: one and one.meaning for language, one in spoken.items()}
    written = words("welcome")
    assert meant == {
        language: None if language == "en"
        else f"{spoken['en']} Pronounced “{written[language]['aloud']}”" if language in UNREADABLE
        else str(spoken["en"])
        for language in SPOKEN
    }  # fmt: skip


@pytest.mark.parametrize("name", ["welcome", "welcome_back"])
def test_who_greets_somebody_at_the_door_is_told_how_it_sounds_where_they_may_not_read_it(name: str) -> None:
    heard = {language: said["aloud"] for language, said in words(name).items() if "aloud" in said}
    assert heard.keys() == UNREADABLE
    assert heard["zh"] == heard["zh-hant"]
    assert all(
        "LATIN" in unicodedata.name(letter) for said in heard.values() for letter in said if letter.isalpha()
    )


def test_a_client_whose_language_has_no_draft_gets_none() -> None:
    client = a.record_of(a.profile(fields={"language": "fi"}, card="c1"))
    assert draft(a.moment(client=client), "welcome") is None
