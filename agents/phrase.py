"""A sentence for staff that knows which facts of the client it rests on."""


class Phrase(str):
    """Text and the facts of `schemas/tiers.py` that it tells; none: it tells nothing of the client.

    A plain string does not say what it tells, and is held for a `words`. language: the one it is written in
    for a client to hear, as a key of `NAMES`; None for what staff read. meaning: what that is in English,
    where it is in another language.

    >>> Phrase("Sizes: ring 52", "sizes.ring").facts
    ('sizes.ring',)
    """

    __slots__ = ("facts", "language", "meaning")
    facts: tuple[str, ...]
    language: str | None
    meaning: str | None

    def __new__(
        cls, text: str, *facts: str, language: str | None = None, meaning: str | None = None
    ) -> "Phrase":
        phrase = super().__new__(cls, text)
        phrase.facts, phrase.language, phrase.meaning = facts, language, meaning
        return phrase


def facts_of(sentence: str) -> tuple[str, ...]:
    """The facts a sentence rests on.

    >>> facts_of("Likes to be left alone")
    ('words',)
    """
    return sentence.facts if isinstance(sentence, Phrase) else ("words",)
