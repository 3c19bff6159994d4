"""The words that stand in records as numbers: what changes one changes what records say."""

from hashlib import sha256

from feature_store import record as records
from feature_store.vocabulary import CATEGORIES, MARKS, SAID


def test_no_word_has_two_numbers_and_none_takes_two_bytes() -> None:
    for words in (CATEGORIES, MARKS):
        assert len(set(words)) == len(words) <= 128


def test_a_list_that_changes_makes_a_new_version_of_the_record() -> None:
    lists = sha256(repr((CATEGORIES, MARKS, SAID)).encode()).hexdigest()[:16]
    assert (records.VERSION, lists) == (6, "03d197ca7d97fbd8"), (
        "what is stored is read by these lists: a new version"
    )
