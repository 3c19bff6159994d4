"""A client reads what is held of them: in their language, whole, and nothing of it is code."""

from typing import Any

import pytest

from streams.export_page import WORDS, page
from streams.shapes.rights import Export, Named, Proposed


def made(**changes: Any) -> Export:
    given: dict[str, Any] = {
        "client": "q" * 16, "maison": "Maison Lumière", "made_at": "2026-11-22T10:00:00.000Z", "parts": [],
        "identifiers": [Named(kind="email", value="aline@example.com")], "profile": {}, "features": {},
        "consents": [], "purposes": [], "recipients": [], "events": [],
        "alerts": [Proposed(at="2026-11-22T09:00:00Z", action="x", title="Just came in", why=["2 visits"],
                            say=None)],
    }  # fmt: skip
    return Export(**given | changes)


@pytest.mark.parametrize("language", sorted(WORDS))
def test_every_part_has_a_heading_in_the_clients_language(language: str) -> None:
    shown = page(made(), language)
    assert f'<html lang="{language}">' in shown
    assert all(f">{heading}<".replace("'", "&#x27;") in shown for heading in WORDS[language])


@pytest.mark.parametrize(("said", "shown"), [("fr-CH", "fr"), ("tlh", "en"), (None, "en")])
def test_an_unknown_language_is_english(said: str | None, shown: str) -> None:
    assert f'<html lang="{shown}">' in page(made(), said)


def test_what_somebody_wrote_is_text_and_no_code() -> None:
    shown = page(made(events=[{"type": "chat.message", "data": {"text": "<script>alert(1)</script>"}}]), "en")
    assert "<script>" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
