"""Spans by OpenTelemetry, sent to a collector by OTLP over HTTP: the one file that imports it.

Spans wait in a bounded queue for a thread that sends them; what finds no room there, or a collector that is
away, is dropped. Nothing else waits for it.
"""

import asyncio
from threading import Thread
from time import time_ns

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    TraceState,
    set_span_in_context,
)
from opentelemetry.trace import Span as OtelSpan

from schemas.trace_context import TraceContext
from streams.spans import Kind, Said

PATIENCE = 3
"""Seconds a collector may take to answer, and a process to send its last spans."""

_KINDS = {
    "server": SpanKind.SERVER,
    "producer": SpanKind.PRODUCER,
    "consumer": SpanKind.CONSUMER,
    "internal": SpanKind.INTERNAL,
}


def takes_spans(collector: str) -> bool:
    """Whether a collector takes what is sent to it, nothing in this case. Blocks for `PATIENCE` seconds."""
    exporter = _exporter(collector)
    try:
        return exporter.export(()) is SpanExportResult.SUCCESS
    finally:
        exporter.shutdown()


def _exporter(collector: str) -> OTLPSpanExporter:
    return OTLPSpanExporter(endpoint=f"{collector.rstrip('/')}/v1/traces", timeout=PATIENCE)


class Otel:
    """`Spans` of a service. `collector` is the base URL; `ratio` the share of traces that begin here."""

    def __init__(self, service: str, collector: str, ratio: float) -> None:
        self._ratio = ratio
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(ratio)),
            resource=Resource.create({"service.name": service}),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(BatchSpanProcessor(_exporter(collector)))
        self._tracer = self._provider.get_tracer("prevenance")

    def start(
        self,
        name: str,
        kind: Kind,
        said: Said,
        parent: TraceContext | None = None,
        *,
        link: TraceContext | None = None,
        since: float | None = None,
    ) -> "_Recorded | None":
        """As `Spans` promises."""
        if parent is None and not self._ratio:
            return None
        above = Context()
        if parent is not None:
            above = set_span_in_context(NonRecordingSpan(_context(parent)), above)
        span = self._tracer.start_span(
            name,
            above,
            _KINDS[kind],
            said,
            [Link(_context(link))] if link is not None else (),
            time_ns() if since is None else round(since * 1e9),
        )
        return _Recorded(span) if span.is_recording() else None

    async def close(self) -> None:
        """Sends what waits, for a moment: a collector that is away holds up no process that ends."""
        ending = Thread(target=self._provider.shutdown, name="last spans", daemon=True)
        ending.start()
        await asyncio.to_thread(ending.join, PATIENCE)


class _Recorded:
    """`Span` of one of OpenTelemetry's."""

    def __init__(self, span: OtelSpan) -> None:
        self._span = span

    @property
    def context(self) -> TraceContext:
        said = self._span.get_span_context()
        parent = f"00-{said.trace_id:032x}-{said.span_id:016x}-{said.trace_flags & 1:02x}"
        return TraceContext(traceparent=parent, tracestate=said.trace_state.to_header())

    def add(self, said: Said) -> None:
        self._span.set_attributes(said)

    def end(self, error: BaseException | None = None) -> None:
        if error is not None:
            self._span.set_attribute("error.type", type(error).__name__)
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()


def _context(said: TraceContext) -> SpanContext:
    state = TraceState.from_header([said.tracestate]) if said.tracestate else None
    flags = TraceFlags(TraceFlags.SAMPLED if said.sampled else TraceFlags.DEFAULT)
    return SpanContext(int(said.trace_id, 16), int(said.span_id, 16), True, flags, state)
