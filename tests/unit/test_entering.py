"""What a client said by letter or telephone: when it counts from, what it wants, what it does not go over."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from feature_store.consent import outranks, overrides
from feature_store.features.consent import Consent
from feature_store.record import slice_of
from schemas.case import PATTERN, SAYS
from schemas.times import iso, seconds
from streams.auth import Caller, Denied
from streams.cases import naming_a_case
from streams.entering import check_evidence, event_of, said_at
from streams.shapes.consents import Spoken
from tests import builders as a

NOW = seconds("2026-11-21T12:00:00Z")
SPACES = r"\s*"
"""What the page lets somebody paste around a reference: it sends it without."""


def spoken(state: str = "none", **more: Any) -> Spoken:
    return msgspec.convert({"purpose": "marketing", "state": state, **more}, Spoken)


@pytest.mark.parametrize(
    ("state", "at", "counts"),
    [
        ("none", None, "2026-11-21T12:00:00.000Z"),
        ("none", "2026-11-19", "2026-11-19T23:59:59.999Z"),
        ("all", "2026-11-19", "2026-11-19T00:00:00.000Z"),
        ("none", "2026-11-21", "2026-11-21T12:00:00.000Z"),
        ("all", "2026-11-22", "2026-11-21T12:00:00.000Z"),  # it has begun in Tokyo
        ("none", "2026-11-21T09:00:00+01:00", "2026-11-21T08:00:00.000Z"),
        ("all", "2026-11-21T12:04:00Z", "2026-11-21T12:00:00.000Z"),
    ],
)
def test_a_day_is_read_as_strictly_as_it_can_be_and_nothing_counts_from_later_than_now(
    state: str, at: str | None, counts: str
) -> None:
    assert iso(said_at(spoken(state, at=at), NOW)) == counts


@pytest.mark.parametrize(
    ("at", "why"),
    [
        ("2026-11-23", "lies ahead"),
        ("2026-11-21T12:06:00Z", "lies ahead"),
        ("yesterday", "write a day"),
        ("2026-11-21T09:00:00", "write a day"),
        ("2026-02-30", "write a day"),
        ("1969-12-31", "before 1970"),
    ],
)
def test_a_time_that_cannot_be_is_refused_by_name_and_not_repeated(at: str, why: str) -> None:
    with pytest.raises(Denied, match=why) as refused:
        said_at(spoken("all", case="DPO-1", at=at), NOW)
    assert refused.value.status == 400
    assert str(refused.value).startswith("at: ")
    assert at == "2026-11-21T09:00:00" or at not in str(refused.value)


def test_a_yes_wants_evidence_and_a_refusal_none() -> None:
    check_evidence(spoken("none"))
    check_evidence(spoken("all", case="DPO-2026-118"))
    for state in ("all", "one_to_one"):
        with pytest.raises(Denied, match=r"^case: is required"):
            check_evidence(spoken(state))
    with pytest.raises(Denied, match=r"^expires: "):
        check_evidence(spoken("none", expires="2027-01-01T00:00:00Z"))


@pytest.mark.parametrize("case", ["DPO-2026-118", "RITM0012345", "GDPR-7", "DSAR42-1"])
def test_what_a_case_file_is_called_is_taken(case: str) -> None:
    assert naming_a_case(
        msgspec.json.encode({"purpose": "service", "state": "all", "case": case}), Spoken
    ).case


@pytest.mark.parametrize(
    "case",
    [
        "Aline Moreau",
        "a@example.com",
        "+33612345678",
        "0612345678",
        "DUPONT",
        "",
        "A-1 ",
        "A-1-2-3",
        "É-1",
    ],
)
def test_what_may_name_a_client_is_refused_by_the_field_and_not_repeated(case: str) -> None:
    body = msgspec.json.encode({"purpose": "service", "state": "all", "case": case})
    with pytest.raises(Denied, match=r"^case: capital letters, then digits") as refused:
        naming_a_case(body, Spoken)
    assert refused.value.status == 400
    assert not case or case not in str(refused.value)


def test_the_page_asks_for_the_reference_of_a_case_as_the_house_takes_it_and_in_the_same_words() -> None:
    page = (Path(__file__).parents[2] / "streams/page/entering.js").read_text()
    (pattern,) = re.findall(r'pattern: "(.+?)"', page)
    assert f"^{pattern.replace(2 * chr(92), chr(92)).removeprefix(SPACES).removesuffix(SPACES)}$" == PATTERN
    (words,) = re.findall(r'LIKE = "(.+?)"', page)
    assert words.partition(";")[0] == SAYS.partition(";")[0]


def test_what_else_is_wrong_with_a_body_is_told_as_ever() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"\$\.purpose"):
        naming_a_case(b'{"purpose": "fun", "state": "all"}', Spoken)
    with pytest.raises(msgspec.DecodeError):
        naming_a_case(b"{", Spoken)


def known(*said: tuple[float, str, str | None]) -> Consent:
    record = a.record_of(
        *(a.consent(NOW - ago, "marketing", state, channel=channel, card="c") for ago, state, channel in said)
    )
    slice: Consent = slice_of(record, "consent")
    return slice


@pytest.mark.parametrize(
    ("said", "channel", "state", "ago", "goes_over", "holds"),
    [
        ([], None, "all", 0, False, True),
        ([(10, "none", None)], None, "all", 5, False, True),
        ([(10, "none", None)], None, "all", 10, True, False),
        ([(10, "none", None)], None, "all", 20, True, False),
        ([(10, "none", None)], "email", "all", 20, True, False),
        ([(10, "none", None)], "email", "all", 5, False, True),
        ([(10, "none", "email")], None, "all", 20, False, True),
        ([(10, "none", "sms")], "email", "all", 20, False, True),
        ([(10, "one_to_one", None)], None, "all", 20, True, False),
        ([(10, "one_to_one", None)], None, "one_to_one", 20, False, False),
        ([(10, "none", None)], None, "one_to_one", 20, True, False),
        ([(10, "all", None)], None, "all", 20, False, False),
        ([(10, "all", None)], None, "none", 20, False, False),
        ([(10, "all", None)], None, "none", 10, False, True),
        ([(10, "all", "email"), (8, "none", None)], "email", "all", 20, True, False),
    ],
)  # fmt: skip
def test_a_yes_never_goes_over_what_was_refused_or_limited_since(
    said: Any, channel: str | None, state: str, ago: float, goes_over: bool, holds: bool
) -> None:
    found = outranks(known(*said), "marketing", channel, state, NOW - ago)
    assert (overrides(state, found), found is None) == (goes_over, holds)


def test_the_same_entered_twice_is_one_statement_and_says_who_entered_it_and_why_it_is_believed() -> None:
    maud = Caller(staff="maud", role="privacy", maison="lumiere", sites=(), expires=0.0, issued=0.0)
    said = spoken("all", case="DPO-7", wording="v3", channel="email")
    one, again = (event_of(maud, "o" * 16, "p" * 16, said, NOW) for _ in range(2))
    other = event_of(maud, "o" * 16, "p" * 16, said, NOW + 1)
    assert one == again
    assert one.id != other.id
    assert (one.source, one.data.proof, one.data.wording) == ("/staff/maud", "DPO-7", "v3")
