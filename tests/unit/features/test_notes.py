"""Notes of advisors: the last four, each with its tier, in whichever order they come."""

from typing import Any

from feature_store import record as records
from feature_store.features.notes import KEPT, LONGEST
from tests import builders as a


def noted(*events: Any) -> dict[str, Any]:
    return records.values(a.record_of(*events), a.NOON).get("notes", {})


def test_a_note_is_kept_with_who_wrote_it_and_when() -> None:
    said = noted(a.note(text=" Left-handed ", client_id="c1", tier=1))
    assert said == {"1": [{"text": "Left-handed", "by": "camille", "at": int(a.NOON)}]}
    assert type(said["1"][0]["at"]) is int


def test_a_note_that_says_no_tier_is_held_for_relationship() -> None:
    assert list(noted(a.note(client_id="c1"))) == ["2"]


def test_the_newest_stand_first_and_the_oldest_go() -> None:
    told = [a.note(a.NOON + n, f"note {n}", client_id="c1") for n in range(KEPT + 2)]
    for order in (told, told[::-1]):
        texts = [note["text"] for note in noted(*order)["2"]]
        assert texts == [f"note {n}" for n in range(KEPT + 1, 1, -1)]


def test_a_story_is_cut_at_a_letter_and_an_empty_note_is_none() -> None:
    [long] = noted(a.note(text="é" * 2_000, client_id="c1"))["2"]
    assert len(long["text"].encode()) <= LONGEST
    assert long["text"].endswith("é…")
    whole = "x" * LONGEST
    texts = [noted(a.note(text=text, client_id="c1"))["2"][0]["text"] for text in (whole, f"{whole}x")]
    assert texts == [whole, "x" * (LONGEST - 3) + "…"]
    assert noted(a.note(text="  ", client_id="c1")) == {}
