"""How a client answers."""

import time
from typing import Any

import pytest

from feature_store import record as records
from feature_store.features.replies import DAY, FEATURE, Replies, channel_of, hour_of
from tests import builders as a

SEVEN_PM = a.NOON + 7 * a.HOUR
MIDNIGHT = a.NOON - 12 * a.HOUR


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


def write(hour: float, channel: str = "whatsapp", **said: Any) -> Any:
    return a.chat(MIDNIGHT + hour * a.HOUR, channel=channel, whatsapp="w", **said)


def test_how_a_client_answers_reads_the_same_of_one_part_and_of_two() -> None:
    told = [
        *(write(9, "email") for _ in range(3)), write(9), *(write(9, direction="out") for _ in range(2)),
        write(9 + 24, language="fr"), write(9, language="fr"), write(9, language="it"),
    ]  # fmt: skip
    expected = {
        "channels": {"email": 3, "whatsapp": 4}, "written": {"whatsapp": 2}, "hour": 9,
        "languages": ["fr", "it"],
    }  # fmt: skip
    for order in (told, told[::-1]):
        whole = replies(*order)
        assert FEATURE.values(whole, a.NOON) == expected
        assert whole.languages == {"fr": int(MIDNIGHT // DAY) + 1, "it": int(MIDNIGHT // DAY)}
        assert whole.hours == bytes([0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0])
        assert FEATURE.merge([replies(one) for one in order]) == whole
    assert repr(hour_of(replies(*told))) == "9"
    mails = replies(*(write(9, "email") for _ in range(3)), write(9))
    assert channel_of(mails) == "email", "the one with most messages, whatever its name"
    assert channel_of(replies(write(9, "email"), write(9))) == "whatsapp"


def test_of_hours_alike_the_first_of_the_day_is_told_and_neighbours_count_by_half() -> None:
    assert hour_of(replies(write(16), write(4))) == 5
    assert hour_of(replies(*(write(4) for _ in range(3)), write(14), write(18))) == 5


def test_hours_are_those_of_utc_wherever_the_server_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        hour = hour_of(replies(write(4)))
    time.tzset()
    assert hour == 5


def test_of_many_languages_those_written_in_last_are_remembered() -> None:
    tags = ["zh", "fr", "en", "it"]
    said = [write(24 * n, language=tag) for n, tag in enumerate(tags)]
    assert replies(*said).languages.keys() == replies(*said[::-1]).languages.keys() == set(tags[1:])
    assert FEATURE.merge([replies(one) for one in said]).languages.keys() == set(tags[1:])
    at_once = [write(9, language=tag) for tag in tags]
    assert (
        replies(*at_once).languages.keys() == replies(*at_once[::-1]).languages.keys() == {"zh", "it", "fr"}
    )


def test_the_languages_written_in_last_come_first() -> None:
    said = [
        a.chat(a.NOON - d * 86_400, language=t, whatsapp="w") for d, t in ((9, "it"), (1, "FR"), (5, "en"))
    ]
    assert records.values(a.record_of(*said), a.NOON)["replies"]["languages"] == ["fr", "en", "it"]
