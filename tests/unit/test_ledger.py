"""The consent ledger: every statement as it was applied, readable while its part has a key."""

from typing import Any

import msgspec
import pytest

from agents.personalise import personalise
from agents.plan import Touch, context
from feature_store.store import View
from schemas.codec import decode, encode
from schemas.ledger import LedgerEntry, decode_entry, entry_of, statement_of
from schemas.sealing import Key
from streams.consent_command import _cell
from streams.ledger import _read
from tests import builders as a

PART = a.part_of(card="c")
KEY = Key(bytes(32), PART, [bytes(16)])
OTHER = Key(bytes(32), PART, [bytes(range(16))])
TOLD = {"wording": "v3", "proof": "signed on the tablet by Aline", "channel": "email"}


def kept(said: Any, key: Key | None = KEY) -> LedgerEntry:
    return decode_entry(msgspec.json.encode(entry_of(said, PART[1], a.NOON, key)))


def test_a_statement_is_read_back_as_it_was_made() -> None:
    said = a.consent(a.NOON, "marketing", "all", card="c", expires=a.iso(a.NOON + 60), **TOLD)
    told = statement_of(kept(said), a.NOON + 1, KEY)
    assert (told.wording, told.proof, told.channel) == ("v3", "signed on the tablet by Aline", "email")
    assert (told.purpose, told.state, told.counts, told.client) == ("marketing", "all", True, PART[1])
    assert told.at < told.recorded < (told.expires or "")


def test_its_words_are_sealed_and_go_with_the_key() -> None:
    entry = kept(a.consent(a.NOON, card="c", **TOLD))
    assert b"Aline" not in msgspec.json.encode(entry)
    for key in (None, OTHER):
        told = statement_of(entry, a.NOON, key)
        assert (told.unreadable, told.proof, told.state) == (True, None, "all")
    assert not statement_of(kept(a.consent(a.NOON, card="c")), a.NOON, None).unreadable
    assert kept(a.consent(a.NOON, card="c", **TOLD), None).words is None


def effects(*events: Any, silent: bool = False) -> Any:
    touches = [Touch(e, PART, e.time.timestamp()) for e in events]
    view = View(b"", {PART: None}, {})
    ctx = context({"lumiere": a.LUMIERE}, a.PEPPER, {})
    return personalise(touches, (), view, {}, a.NOON, ctx, silent, {PART: KEY})


def test_every_statement_is_entered_once_also_one_that_changes_nothing_and_one_of_a_replay() -> None:
    said = a.consent(a.NOON - 60, "marketing", "none", card="c")
    late = a.consent(a.NOON - 90, "marketing", "all", card="c")
    unproven = a.consent(a.NOON, "marketing", "all", card="c", envelope={"source": "/staff/camille"})
    for silent in (False, True):
        made = effects(said, said, late, unproven, a.checkin(card="c"), silent=silent)
        assert [(e.id, e.counts) for e in made.ledger] == [
            (said.id, True), (late.id, True), (unproven.id, False)
        ]  # fmt: skip


def test_what_was_withdrawn_is_marked_again_from_the_log_and_a_replay_marks_nothing() -> None:
    said = a.consent(a.NOON - 60, "marketing", "none", card="c")
    old = a.consent(a.NOON - 90 * 86_400, "service", "none", card="c")
    assert [d.part for d in effects(said, old, a.consent(a.NOON, card="c")).denials] == [PART]
    assert effects(said, silent=True).denials == []


def test_a_cell_is_no_formula() -> None:
    assert [_cell(v) for v in ("=1+1", "-x", "v3", True)] == ["'=1+1", "'-x", "v3", True]


def test_what_a_killed_worker_entered_twice_is_read_once_and_other_houses_never() -> None:
    value = msgspec.json.encode(kept(a.consent(a.NOON, card="c", **TOLD)))
    told: set[tuple[str, str]] = set()
    assert _read(value, "autre", None, told) is None
    assert _read(value, "lumiere", ["somebody-else"], told) is None
    assert _read(b"garbage", "lumiere", None, told) is None
    assert _read(value, "lumiere", [PART[1]], told) is not None
    assert _read(value, "lumiere", [PART[1]], told) is None


@pytest.mark.parametrize(
    "never", ["9999-12-31T23:59:59-05:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+05:00"]
)
def test_a_time_that_lies_beyond_the_calendar_costs_nobody_their_word(never: str) -> None:
    said = a.consent(a.NOON, "marketing", "all", card="c", expires=never, **TOLD)
    long_ago = a.event(
        "client.consent", card="c", purpose="marketing", state="none", envelope={"time": never}
    )
    promised = a.case(card="c", kind="repair", status="late", due=never)
    visit = {"who": {"card": "c"}, "appointment": "a1", "kind": "visit", "site": "ginza"}
    visit |= {"status": "accepted", "at": never}
    kept = [said, long_ago, promised, decode(encode(a.raw_event("client.appointment", visit)))]
    assert [e.state for e in effects(*kept).ledger] == ["all", "none"]
