"""Spans: what carries a context is traced, what does not costs a look, and who is off pays nothing."""

import subprocess
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from agents.effects import Effects
from agents.plan import Plan
from schemas.alerts import AlertChange, decode_inbox
from schemas.trace_context import TraceContext, context_in
from streams import topics
from streams.produce import Message
from streams.settings import SettingsError, settings_from
from streams.spanning import MOST, Spanned, deciding, sending, serving, shown
from streams.spans import Kind, Said, context_from, current, spans_to, under
from streams.telling import aside, messages_of
from streams.transport import Slice
from tests.alerts import a_change
from tests.samples import EVENT_SAMPLES

EVENT = EVENT_SAMPLES["store.checkin"].read_bytes()
EVENT_ID = "store.checkin-0001"


def context(n: int, flags: str = "01") -> TraceContext:
    return TraceContext(traceparent=f"00-{n:032x}-{n:016x}-{flags}")


class Recorded:
    """A span of `Recording`: what was said of it, and whether it ended."""

    def __init__(self, name: str, parent: TraceContext | None, link: TraceContext | None, said: Said) -> None:
        self.name, self.parent, self.link, self.said = name, parent, link, dict(said)
        self.context = context(99)
        self.ended: list[BaseException | None] = []

    def add(self, said: Said) -> None:
        self.said.update(said)

    def end(self, error: BaseException | None = None) -> None:
        self.ended.append(error)


class Recording:
    """Keeps spans, of whoever has a sampled parent; of whoever has none, if `begins`."""

    def __init__(self, begins: bool = False) -> None:
        self.begins = begins
        self.spans: list[Recorded] = []

    def start(
        self,
        name: str,
        kind: Kind,
        said: Said,
        parent: TraceContext | None = None,
        *,
        link: TraceContext | None = None,
        since: float | None = None,
    ) -> Recorded | None:
        if not (self.begins if parent is None else parent.sampled):
            return None
        self.spans.append(Recorded(name, parent, link, said))
        return self.spans[-1]


class Record(msgspec.Struct, frozen=True):
    offset: int
    headers: Sequence[tuple[str, bytes]] = ()
    value: bytes | None = EVENT
    key: bytes | None = b"k"
    timestamp: int = 0


class Lane:
    """Remembers what it was given, and what an alert of the event would carry on."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.carried: TraceContext | None = None
        self.under: object = None
        self.served = 0

    async def serve(self, slice: Slice) -> None:
        self.served += 1
        self.carried, self.under = context_from(EVENT_ID), current.get()
        if self.error is not None:
            raise self.error

    async def tick(self, now: float) -> None: ...


async def serve(records: Sequence[Record], lane: Lane | None = None) -> tuple[Recording, Lane]:
    spans, lane = Recording(), lane or Lane()
    await Spanned(lane, spans, "personalise").serve(Slice("store.checkins", 3, records))
    assert lane.served == 1
    return spans, lane


async def test_a_slice_without_headers_is_served_as_it_is() -> None:
    spans, lane = await serve([Record(n) for n in range(500)])
    assert (spans.spans, lane.carried, lane.under) == ([], None, None)


async def test_a_sampled_record_has_a_span_and_what_it_leads_to_goes_on() -> None:
    spans, lane = await serve([Record(6), Record(7, context(1).headers), Record(8, context(2, "00").headers)])
    (span,) = spans.spans
    assert (span.name, span.parent, span.ended) == ("process store.checkins", context(1), [None])
    assert span.said["messaging.kafka.offset"] == 7
    assert (lane.carried, lane.under) == (span.context, span)
    assert (context_from(EVENT_ID), current.get()) == (None, None)


async def test_whoever_has_all_sampled_gets_but_a_few_spans() -> None:
    spans, lane = await serve([Record(n, context(n + 1).headers) for n in range(500)])
    assert len(spans.spans) == MOST
    assert lane.under is None  # of several, none is what is being done


@pytest.mark.parametrize("value", [None, b"", b"Aline", b"[" * 5000])
async def test_a_record_that_cannot_be_read_is_the_lanes_to_tell(value: bytes | None) -> None:
    spans, _ = await serve([Record(0, context(1).headers, value)])
    assert [span.ended for span in spans.spans] == [[None]]


async def test_a_lane_that_fails_ends_its_spans_and_fails_as_it_would() -> None:
    failed = RuntimeError("away")
    spans = Recording()
    with pytest.raises(RuntimeError, match="away"):
        await Spanned(Lane(failed), spans, "deliver").serve(
            Slice("alerts", 0, [Record(0, context(1).headers)])
        )
    assert [span.ended for span in spans.spans] == [[failed]]


async def test_an_alert_and_a_mis_keyed_event_carry_the_context_on_and_others_do_not() -> None:
    told: list[Message] = []

    class Telling(Lane):
        async def serve(self, slice: Slice) -> None:
            await super().serve(slice)
            change = a_change("a1")
            alert = msgspec.structs.replace(change.alert, event=EVENT_ID)
            both = [
                ("lumiere/vendome", msgspec.structs.replace(change, alert=alert)),
                ("lumiere/vendome", change),
            ]
            told.extend(messages_of(Effects(alerts=list(both)), {}, 0.0))
            told.extend(aside(_plan([("oid", Record(7)), ("oid", Record(8))]), "store.checkins", 3))

    spans, _ = await serve([Record(7, context(1).headers)], Telling())
    caused, other, again, not_traced = told
    expected = spans.spans[0].context
    assert [context_in(m.headers) for m in (caused, again)] == [expected, expected]
    assert [m.headers for m in (other, not_traced)] == [[], ()]
    kept = [decode_inbox(m.value) for m in (caused, other)]
    assert [isinstance(one, AlertChange) and one.alert.trace_context for one in kept] == [
        expected,
        msgspec.UNSET,
    ]


def _plan(rekeyed: list[Any]) -> Plan:
    nothing: dict[str, Any] = {name: [] for name in Plan.__struct_fields__}
    return Plan(**{**nothing, "rekeyed": rekeyed})


async def test_events_carry_the_context_of_the_request_and_keys_do_not() -> None:
    sent: list[Message] = []

    async def publish(messages: Sequence[Message]) -> None:
        sent.extend(messages)

    spans = Recording(begins=True)
    both = [
        Message(topic=topics.KEYS, value=b""),
        Message(topic=topics.FEEDBACK, value=b"", headers=[("a", b"")]),
    ]
    await sending(publish, spans)(both)
    assert sent == both
    sent.clear()
    with under(spans.start("POST", "server", {})):
        await sending(publish, spans)(both)
    assert [span.name for span in spans.spans] == ["POST", "send staff.feedback"]
    assert sent[0] == both[0]
    assert sent[1].headers == [("a", b""), *spans.spans[1].context.headers]


@pytest.mark.parametrize("believed", [True, False])
async def test_a_request_goes_on_from_its_sender_if_that_is_believed(believed: bool) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=202)

    spans = Recording(begins=True)
    headers = {"traceparent": context(1).traceparent}
    request = make_mocked_request("POST", "/v1/events?email=aline", headers=headers)
    await serving(handler, spans, "/v1/events", lambda _: believed)(request)
    (span,) = spans.spans
    assert span.parent == (context(1) if believed else None)
    assert (span.name, span.said["http.response.status_code"]) == ("POST /v1/events", 202)


@pytest.mark.parametrize(
    ("asked", "led", "parent", "link"),
    [
        (None, context(1), context(1), None),
        (context(2), context(1), context(2), context(1)),
        (context(2, "00"), context(1), context(1), None),
        (context(2), msgspec.UNSET, context(2), None),
        (None, msgspec.UNSET, None, None),
    ],
)
def test_a_verdict_joins_the_trace_of_its_alert_or_links_to_it(
    asked: TraceContext | None, led: Any, parent: TraceContext | None, link: TraceContext | None
) -> None:
    spans = Recording(begins=True)
    headers = {"traceparent": asked.traceparent} if asked else {}
    alert = msgspec.structs.replace(a_change("a1").alert, trace_context=led)
    with deciding(spans, make_mocked_request("POST", "/", headers=headers), alert, "claimed", 0.0):
        assert current.get() is spans.spans[0]
    assert (spans.spans[0].parent, spans.spans[0].link) == (parent, link)
    assert spans.spans[0].said["prevenance.alert"] == "a1"


def test_only_an_alert_that_is_traced_is_shown_in_a_trace() -> None:
    spans, alert = Recording(begins=True), a_change("a1").alert
    shown(spans, alert, 0.0)
    assert spans.spans == []
    shown(spans, msgspec.structs.replace(alert, trace_context=context(1)), 0.0)
    assert [span.name for span in spans.spans] == ["show alert"]


async def test_where_nothing_is_recorded_nothing_is_wrapped() -> None:
    handler: Any = object()
    publish: Any = object()
    assert serving(handler, None, "/", lambda _: True) is handler
    assert sending(publish, None) is publish
    with deciding(None, make_mocked_request("POST", "/"), a_change("a1").alert, "claimed", 0.0):
        assert current.get() is None
    async with AsyncExitStack() as stack:
        assert await spans_to(settings_from({}), "prevenance", stack) is None


def test_a_process_without_a_collector_imports_nothing_for_spans() -> None:
    ours = "('streams.otel', 'opentelemetry.sdk.trace', 'opentelemetry.exporter', 'google.protobuf')"
    code = f"import sys, streams.cli; print([m for m in sys.modules if m.startswith({ours})])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


async def test_a_collector_without_the_extra_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "streams.otel", None)
    settings = settings_from({"PREVENANCE_OTLP": "http://localhost:4318"})
    with pytest.raises(SettingsError, match=r"install `prevenance\[tracing\]`"):
        await spans_to(settings, "prevenance", AsyncExitStack())


@pytest.mark.parametrize(
    ("name", "value"),
    [("OTLP", "localhost:4318"), ("OTLP_RATIO", "2"), ("OTLP_RATIO", "nan"), ("OTLP_RATIO", "much")],
)
def test_a_setting_that_is_none_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"PREVENANCE_{name} "):
        settings_from({f"PREVENANCE_{name}": value})
