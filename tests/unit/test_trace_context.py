"""W3C Trace Context: a right header is kept, and anything else is as good as none."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.trace_context import TraceContext, context_in, context_of

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{SPAN}-01"
WELL_FORMED = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]")
HEX = "0123456789abcdef"


@given(st.text(HEX, min_size=32, max_size=32), st.text(HEX, min_size=16, max_size=16), st.integers(0, 255))
def test_a_right_header_is_kept_unless_it_names_nothing(trace: str, span: str, flags: int) -> None:
    context = context_of([f"00-{trace}-{span}-{flags:02x}"], [])
    if not int(trace, 16) or not int(span, 16):
        assert context is None
        return
    assert context is not None
    assert (context.trace_id, context.span_id, context.sampled) == (trace, span, bool(flags & 1))


@given(st.lists(st.text() | st.text(HEX + "-ABZ \t,", max_size=70), max_size=3))
def test_anything_hostile_is_ignored(said: list[str]) -> None:
    context = context_of(said, said)
    assert context is None or WELL_FORMED.fullmatch(context.traceparent)


@given(st.integers(0, len(PARENT) - 1), st.characters())
def test_one_wrong_character_is_ignored_or_changes_what_it_says(at: int, other: str) -> None:
    context = context_of([PARENT[:at] + other + PARENT[at + 1 :]], [])
    assert context is None or WELL_FORMED.fullmatch(context.traceparent)
    if other not in HEX:
        assert context is None or other in "-"


@given(st.lists(st.tuples(st.sampled_from(["traceparent", "tracestate", "x"]), st.none() | st.binary())))
def test_bytes_in_the_headers_of_a_record_are_ignored(headers: list[tuple[str, bytes | None]]) -> None:
    assert context_in(headers) is None


@pytest.mark.parametrize(
    "said",
    [
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"{PARENT}\n",
        f"{PARENT},{PARENT}",
        PARENT[:-1],
        "٠٠" + PARENT[2:],
        "",
    ],
)
def test_what_the_standard_forbids_is_ignored(said: str) -> None:
    assert context_of([said], []) is None


def test_two_parents_are_none_and_a_later_version_is_read_as_this_one() -> None:
    assert context_of([PARENT, PARENT], []) is None
    assert context_of([], ["a=1"]) is None
    later = context_of([f"01-{TRACE}-{SPAN}-03-whatever"], [])
    assert later == TraceContext(traceparent=PARENT)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (["a=1"], "a=1"),
        (["a=1, b=2", "c@d=3"], "a=1,b=2,c@d=3"),
        (["a=1,,b=2 "], "a=1,b=2"),
        (["a=1,a=2"], ""),
        (["A=1"], ""),
        (["a=é"], ""),
        (["a"], ""),
        ([f"a={'x' * 600}"], ""),
        ([",".join(f"k{n}=1" for n in range(33))], ""),
    ],
)
def test_a_wrong_state_is_left_out_alone(said: list[str], kept: str) -> None:
    context = context_of([PARENT], said)
    assert context == TraceContext(traceparent=PARENT, tracestate=kept)


@given(st.text(max_size=600))
def test_a_state_that_is_kept_is_short_and_printable(said: str) -> None:
    context = context_of([PARENT], [said])
    assert context is not None
    assert len(context.tracestate) <= 512
    assert context.tracestate.isascii()
    assert not set(context.tracestate) & {"\n", "\r", "\t"}


def test_a_record_carries_what_a_request_said_if_it_is_sampled() -> None:
    sampled = TraceContext(traceparent=PARENT, tracestate="a=1")
    assert context_in(sampled.headers) == sampled
    assert context_in([("letter", b"x"), *sampled.headers]) == sampled
    assert context_in(TraceContext(traceparent=f"{PARENT[:-1]}0").headers) is None
    assert context_in([*sampled.headers, *sampled.headers]) is None
