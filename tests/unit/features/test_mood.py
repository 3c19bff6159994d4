"""What was perceived of a client's mood, by whom, and what is left of it."""

import unicodedata
from typing import Literal

import pytest

from feature_store.cues import CUES, cues
from feature_store.features.mood import BY, DAY, FEATURE, Mood, felt
from feature_store.record import slice_of
from tests import builders as a


def mood(*told: object) -> Mood:
    slice: Mood = slice_of(a.record_of(*told), "mood")
    return slice


def test_worry_that_a_person_saw_is_half_as_strong_a_day_later() -> None:
    held = mood(a.emotion(value=0.8, card="c"))
    one = felt(held, "worry", a.NOON + DAY)
    assert one is not None
    assert (one.strength, one.by) == (pytest.approx(0.4), "staff")
    assert felt(held, "worry", a.NOON + 30 * DAY) is None


def test_a_person_outranks_what_was_read_or_measured_until_it_has_faded() -> None:
    held = mood(
        a.emotion(a.NOON - 60, value=0.0, by="staff", card="c"),
        a.emotion(a.NOON, value=0.9, by="text", card="c"),
    )
    one = felt(held, "worry", a.NOON)
    assert one is not None
    assert (one.strength, one.by) == (0.0, "staff")
    later = felt(
        mood(a.emotion(a.NOON - 9 * DAY, value=0.0, card="c"), a.emotion(by="text", card="c")),
        "worry",
        a.NOON,
    )
    assert later is not None
    assert later.by == "text"


@pytest.mark.parametrize("order", [1, -1])
def test_of_what_one_perceives_the_last_stands_in_any_order(order: int) -> None:
    told = [a.emotion(a.NOON, value=0.2, card="c"), a.emotion(a.NOON + 9, value=0.8, card="c")][::order]
    for held in (mood(*told), FEATURE.merge([mood(one) for one in told])):
        assert FEATURE.values(held, a.NOON)["worry"] == {"strength": 0.8, "by": "staff", "at": a.NOON + 9}
    assert FEATURE.values(mood(told[0], told[1]), a.NOON + 9 + 3600)["worry"]["strength"] == 0.777


@pytest.mark.parametrize(("value", "strength"), [(9.0, 1.0), (-9.0, -1.0), (0.25, 0.25)])
def test_a_signal_is_as_strong_as_can_be_at_most_and_as_strong_as_it_was_at_that_moment(
    value: float, strength: float
) -> None:
    one = felt(mood(a.emotion(value=value, card="c")), "worry", a.NOON)
    assert one == (strength, "staff", a.NOON, strength)


def test_who_perceived_what_is_kept_as_a_number_that_never_changes() -> None:
    told = [a.emotion(by=by, signal="not_today", card="c") for by in BY]
    assert set(mood(*told, a.emotion(card="c")).felt) == {1, 5, 21, 37}


def test_a_device_is_believed_only_where_somebody_asks_for_it() -> None:
    held = mood(a.emotion(by="device", card="c"))
    assert felt(held, "worry", a.NOON) is None
    assert felt(held, "worry", a.NOON, devices=True) is not None
    assert FEATURE.values(held, a.NOON) == {}


def test_joy_is_remembered_for_weeks() -> None:
    one = felt(mood(a.emotion(signal="joy", value=1.0, card="c")), "joy", a.NOON + 30 * DAY)
    assert one is not None
    assert one.strength == pytest.approx(0.5)


def test_words_of_the_client_are_read_and_not_kept() -> None:
    held = mood(a.chat(text="Toujours pas reçu ma bague, c'est urgent 😰", client_id="c"))
    assert FEATURE.values(held, a.NOON)["worry"] == {"strength": 0.88, "by": "text", "at": int(a.NOON)}
    assert mood(a.chat(text="urgent", direction="out", client_id="c")).felt == {}


def test_a_signal_nobody_reads_stays_in_the_log() -> None:
    assert mood(a.emotion(signal="awe", card="c")).felt == {}
    assert felt(mood(a.emotion(signal="Not today", value=1, card="c")), "not_today", a.NOON) is not None


@pytest.mark.parametrize(
    ("text", "signals"),
    [
        ("Where is my ring? I am worried, please help", {"worry"}),
        ("Où en est ma montre ? Je suis inquiète et déçue", {"worry", "anger"}),
        ("Il y a de l’urgence", {"worry"}),
        ("Sono preoccupata, nessuna risposta", {"worry"}),
        ("Es ist dringend!", {"worry"}),
        ("Es urgente, necesito una respuesta", {"worry"}),
        ("还没收到，我很着急", {"worry"}),
        ("還沒收到，我很著急", {"worry"}),
        ("至急お願いします。不安です", {"worry"}),
        ("아직 못 받았어요. 걱정됩니다", {"worry"}),
        ("My husband passed away last week", {"sadness"}),
        ("😡", {"anger"}),
        ("嬉しい！", {"joy"}),
        ("Nothing urgent, thank you", set()),
        ("Rien d’urgent, ne vous inquiétez pas", set()),
        ("急ぎません", set()),
        ("Je ne suis pas du tout inquiète", set()),
        ("Non sono affatto delusa, anzi", set()),
        ("Ich bin nicht besorgt, es ist nicht sehr dringend", set()),
        ("No hay ninguna urgencia", set()),
        ("请不要担心，不用着急", set()),
        ("請不用擔心", set()),
        ("ご心配なく", set()),
        ("I am not worried, I am furious", {"anger"}),
        ("Never been so disappointed", {"anger"}),
        ("Résurgent", set()),
        ("Felizmente ya llegó", set()),
        ("Good morning, do you have the bag in green?", set()),
    ],
)
def test_a_cue_is_a_word_anybody_can_read(text: str, signals: set[str]) -> None:
    assert set(cues(text)) == signals


def test_every_language_has_cues_for_every_signal() -> None:
    languages = {"fr", "en", "it", "de", "es", "zh", "zh-hant", "ja", "ko", "emoji"}
    assert all(set(by_language) == languages for by_language in CUES.values())
    for signal, by_language in CUES.items():
        for words in by_language.values():
            assert all(signal in cues(f"- {word.strip()} -") for word in words.split(","))


@pytest.mark.parametrize("form", ["NFD", "NFKD"])
def test_a_cue_is_read_however_a_keyboard_composes_it(form: Literal["NFD", "NFKD"]) -> None:
    assert set(cues(unicodedata.normalize(form, "Je suis très inquiète"))) == {"worry"}
    assert set(cues(unicodedata.normalize(form, "걱정됩니다"))) == {"worry"}
    assert set(cues("ＡＳＡＰ")) == {"worry"}


def test_a_message_of_any_length_is_read_at_once() -> None:
    assert cues("a" * 10_000 + " urgent") == {}
