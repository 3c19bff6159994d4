"""How a client answers."""

from typing import Any

from feature_store import record as records
from feature_store.features.replies import Replies, channel_of, hour_of
from tests import builders as a

SEVEN_PM = a.NOON + 7 * a.HOUR


def replies(*events: Any) -> Replies:
    slice: Replies = records.slice_of(a.record_of(*events), "replies")
    return slice


def test_the_channel_the_client_writes_on_most_of_those_that_are_allowed() -> None:
    wrote = [a.chat(SEVEN_PM + n, whatsapp="w") for n in range(3)]
    habits = replies(*wrote, a.chat(channel="email", whatsapp="w"))
    assert channel_of(habits) == "whatsapp"
    assert channel_of(habits, ["email", "wechat"]) == "email"
    assert channel_of(habits, ["wechat"]) is None


def test_what_the_house_writes_is_no_habit_of_the_client() -> None:
    habits = replies(*(a.chat(direction="out", channel="email", whatsapp="w") for _ in range(5)))
    assert channel_of(habits) is None
    assert hour_of(habits) is None


def test_a_call_is_a_word_by_telephone() -> None:
    assert channel_of(
        replies(a.event("call.incoming", phone="+33612345678", line="l", conversation="c"))
    ) == ("phone")


def test_the_hour_of_the_day_counts_its_neighbours_and_goes_round_midnight() -> None:
    late = [a.chat(a.NOON + 11 * a.HOUR + n, whatsapp="w") for n in range(2)]
    after = [a.chat(a.NOON + 13 * a.HOUR + n, whatsapp="w") for n in range(2)]
    before = [a.chat(a.NOON + 9 * a.HOUR, whatsapp="w")]
    morning = [a.chat(a.NOON - 3 * a.HOUR + n, whatsapp="w") for n in range(3)]
    habits = replies(*late, *after, *before, *morning)
    assert hour_of(habits) == 23
    assert hour_of(habits, shift=9) == 8


def test_the_languages_written_in_last_come_first() -> None:
    said = [
        a.chat(a.NOON - d * 86_400, language=t, whatsapp="w") for d, t in ((9, "it"), (1, "FR"), (5, "en"))
    ]
    assert records.values(a.record_of(*said), a.NOON)["replies"]["languages"] == ["fr", "en", "it"]
