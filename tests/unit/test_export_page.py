"""A client reads what is held of them: in their language, whole, and nothing of it is code."""

from typing import Any, get_args

import pytest

from feature_store.features.facts import Facts
from feature_store.record import BY_NAME
from schemas.events import EVENTS
from schemas.events.client import PURPOSES as CONSENTS
from schemas.maison import Role
from streams.export import PURPOSES
from streams.export_page import NAMES, WORDS, page
from streams.provenance import Told
from streams.shapes.rights import Export, Named, Proposed, Purpose


def made(**changes: Any) -> Export:
    given: dict[str, Any] = {
        "client": "q" * 16, "maison": "Maison Lumière", "made_at": "2026-11-22T10:00:00.000Z", "parts": [],
        "identifiers": [Named(kind="email", value="aline@example.com")], "profile": {}, "features": {},
        "consents": [], "purposes": [], "recipients": [], "events": [],
        "waiting": [],
        "alerts": [Proposed(at="2026-11-22T09:00:00Z", action="x", title="Just came in", why=["2 visits"],
                            say=None)],
    }  # fmt: skip
    return Export(**given | changes)


@pytest.mark.parametrize("language", sorted(WORDS))
def test_every_part_has_a_heading_in_the_clients_language(language: str) -> None:
    shown = page(made(), language)
    assert f'<html lang="{language}">' in shown
    assert all(f">{heading}<".replace("'", "&#x27;") in shown for heading in WORDS[language])


@pytest.mark.parametrize(
    ("said", "shown"),
    [("fr-CH", "fr"), ("fr_FR", "fr"), ("zh-TW", "zh"), ("tlh", "en"), ("el", "en"), (None, "en")],
)
def test_an_unknown_language_is_english(said: str | None, shown: str) -> None:
    assert f'<html lang="{shown}">' in page(made(), said)


def test_what_a_house_holds_has_a_name_in_every_language() -> None:
    held = {
        "serves": PURPOSES,
        "part": PURPOSES,
        "purpose": CONSENTS,
        "state": ("all", "one_to_one", "none"),
        "role": get_args(Role),
        "feature": {*BY_NAME, "value", "quality"} - {"profile"},
        "event": {*EVENTS} - {"staff.presence", "record.review", "record.surprise"},
        "value": Facts.__struct_fields__,
    }
    for kind, words in held.items():
        for word in words:
            named = {tag for tag, said in NAMES.get(f"{kind}.{word}", {}).items() if said}
            assert named == WORDS.keys(), f"say in streams/export_words.csv what {kind}.{word} is"
    assert all(row.keys() == WORDS.keys() for row in NAMES.values())


def test_a_client_reads_words_and_no_names_of_fields() -> None:
    alive = Told(
        value=False, source="/crm", kind="first_party", rank=2, verified=True, since="", because=None
    )
    told: dict[str, Any] = {
        "profile": {"deceased": alive},
        "features": {
            "facts": {"visits": 2},
            "orders": {"last": {"at": 1_795_341_600, "web": False}},
            "taste": {"bags": 15.9997},
            "unheard_of": {"by_day": 1},
        },
        "purposes": [Purpose(of="records", serves="to know the client and serve them")],
        "events": [
            {"time": "2026-11-22T10:00:00.000Z", "type": "store.checkin", "source": "/door", "data": {}}
        ],
    }
    shown = page(made(**told), "fr")
    for words in ("Décomptes: visites", "unheard_of: by day", "Vous connaître et vous servir"):
        assert f"<td>{words}</td>" in shown
    for words in ("la dernière quand</td><td>2026-11-22 10:00", "en ligne</td><td>non", "bags</td><td>16.0"):
        assert f" {words}</td>" in shown
    assert "<td>décès</td><td>non</td>" in shown
    assert "<td>2026-11-22 10:00</td><td>venue en boutique</td><td>/door</td>" in shown


def test_what_somebody_wrote_is_text_and_no_code() -> None:
    shown = page(made(events=[{"type": "chat.message", "data": {"text": "<script>alert(1)</script>"}}]), "en")
    assert "<script>" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown


def test_what_holds_several_things_is_told_one_after_another() -> None:
    lines = [{"sku": "ring", "quantity": 1}, {"sku": "scarf", "quantity": 2}]
    bought = {"type": "store.purchase", "data": {"who": {"card": "~x"}, "lines": lines}}
    shown = page(made(events=[bought], features={"stay": {"allergies": ["nuts", "lilies"]}}), "en")
    assert "<td>who.card: ~x, lines: sku: ring, quantity: 1; sku: scarf, quantity: 2</td>" in shown
    assert "<td>nuts; lilies</td>" in shown
