"""What became of dead letters, told from the words beside them, in the order in which they stand."""

import itertools
from typing import Any

from agents.plan import Dead
from schemas.letters import LEASE, Fate, letter_id, over, take
from streams.gaps import Record
from streams.telling import LONGEST, dead_letter

ORIGIN = ("personalise", "web.clicks", "3", "17")


def fate(said: Any, run: str, at: float = 0.0, **more: Any) -> Fate:
    return Fate(letters=["a"], said=said, run=run, at=at, by="ines", **more)


def became(*words: Fate) -> tuple[str, str]:
    known: dict[str, Fate] = {}
    for word in words:
        take(known, word)
    return known["a"].said, known["a"].run


def test_of_two_runs_that_begin_with_a_letter_the_first_has_it() -> None:
    assert became(fate("begun", "one"), fate("begun", "two", at=1.0)) == ("begun", "one")
    assert became(fate("begun", "one"), fate("begun", "two", at=1.0), fate("back", "two")) == ("begun", "one")
    assert became(fate("begun", "one"), fate("begun", "two", at=1.0), fate("back", "one")) == ("back", "one")


def test_a_run_that_has_not_ended_is_taken_over_once_its_lease_is_over() -> None:
    one, two = fate("begun", "one"), fate("begun", "two", at=LEASE)
    assert not over(one, LEASE - 1)
    assert over(one, LEASE)
    assert became(one, two) == ("begun", "two")
    assert became(one, two, fate("back", "one", at=LEASE + 1)) == ("begun", "two"), (
        "it is not its own any more"
    )
    assert became(one, two, fate("back", "two", at=LEASE + 1)) == ("back", "two")


def test_who_takes_over_looks_where_the_first_run_began() -> None:
    known: dict[str, Fate] = {}
    for number, run in enumerate(("one", "two", "three")):
        ends = {"web.clicks": {0: 10 + number}}
        take(known, fate("begun", run, at=number * LEASE, ends=ends))
    assert (known["a"].run, known["a"].ends) == ("three", {"web.clicks": {0: 10}})


def test_what_was_put_back_or_discarded_stays_so_whatever_is_said_later() -> None:
    closed = {
        ("back", "one"): (fate("begun", "one"), fate("back", "one")),
        ("discarded", "one"): (fate("discarded", "one"),),
    }
    later = [fate(said, "two", at=9 * LEASE) for said in ("begun", "back", "discarded")]
    for told, words in closed.items():
        for order in itertools.permutations(later):
            assert became(*words, *order) == told


def test_what_a_run_began_with_is_not_discarded_for_it_may_be_back() -> None:
    assert became(fate("begun", "one"), fate("discarded", "two", at=9 * LEASE)) == ("begun", "one")


def test_a_letter_set_aside_twice_is_one_letter_and_another_offset_another() -> None:
    same = letter_id(ORIGIN, b"key", b"value")
    assert letter_id(ORIGIN, b"key", b"value") == same
    others = [
        letter_id((*ORIGIN[:3], "18"), b"key", b"value"),
        letter_id(ORIGIN, b"ke", b"yvalue"),
        letter_id(ORIGIN, b"key", b"value2"),
    ]
    assert len({same, *others}) == 4


def test_what_is_set_aside_twice_stands_in_one_partition_where_what_is_said_of_it_has_an_order() -> None:
    for key, partition in ((b"key", None), (None, 0), (b"", 0)):
        message = dead_letter(Dead(Record(17, key, b"{", 0), "not JSON"), "personalise", "web.clicks", 3)
        assert (message.key, message.partition) == (key, partition)


def test_of_what_is_far_too_long_the_beginning_is_set_aside_for_the_topic_takes_no_more() -> None:
    def kept(key: bytes | None, value: bytes | None) -> tuple[bytes | None, bytes | None]:
        letter = dead_letter(Dead(Record(17, key, value, 0), "too large"), "learn", "topic", 3)
        return letter.key, letter.value

    poison = b"x" * 5_000_000
    for said in ((b"key", poison), (None, poison), (poison, poison), (b"key", None), (b"key", b"")):
        assert kept(*said) == said
    assert kept(b"key", b"a" * 40_000_000) == (b"key", b"a" * (LONGEST - 3))
    assert kept(b"k" * 40_000_000, b"a") == (b"k" * LONGEST, b"")
