"""Spans: how long each step took, from a request to what somebody decided, for a collector of OpenTelemetry.

The context of a span (`schemas/trace_context.py`) goes on in the headers of Kafka and in the alert. Where
nothing is recorded no process has `Spans`, `opentelemetry` is not imported and no lane or handler is wrapped.
What is not sampled costs a look at a record's headers. Not to be confused with the traces of decisions, which
say why (`agents/tracing.py`).
"""

from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from contextvars import ContextVar
from types import MappingProxyType, ModuleType
from typing import Literal, Protocol

from schemas.trace_context import TraceContext
from streams.settings import Settings, SettingsError

Kind = Literal["server", "producer", "consumer", "internal"]
Said = Mapping[str, str | int]


class Span(Protocol):
    """One step that is recorded."""

    @property
    def context(self) -> TraceContext:
        """What the steps that follow are told."""
        ...

    def add(self, said: Said) -> None:
        """What is known by now: routes, topics, rules, ids. Nothing that a person said."""
        ...

    def end(self, error: BaseException | None = None) -> None:
        """It is over; of an error only the class is recorded."""
        ...


class Spans(Protocol):
    """Where spans go."""

    def start(
        self,
        name: str,
        kind: Kind,
        said: Said,
        parent: TraceContext | None = None,
        *,
        link: TraceContext | None = None,
        since: float | None = None,
    ) -> Span | None:
        """A span that has begun, `since` (Unix seconds) or now; None where sampling says no.

        A parent decides that, and without one the share of traces that this process begins.
        """
        ...


current: ContextVar[Span | None] = ContextVar("current", default=None)
"""The span of what is being done."""
_causes: ContextVar[Mapping[str | int, Span]] = ContextVar("_causes", default=MappingProxyType({}))


async def spans_to(settings: Settings, service: str, stack: AsyncExitStack) -> Spans | None:
    """The spans of a process, sent until `stack` ends; None where the settings name no collector."""
    if settings.otlp is None:
        return None
    otel = _opentelemetry().Otel(service, settings.otlp, settings.otlp_ratio)
    stack.push_async_callback(otel.close)
    spans: Spans = otel
    return spans


def takes_spans(collector: str) -> bool:
    """Whether a collector takes what is sent to it, nothing in this case. Blocks for seconds. Raises
    `SettingsError` where OpenTelemetry is not installed."""
    takes: bool = _opentelemetry().takes_spans(collector)
    return takes


def _opentelemetry() -> ModuleType:
    try:
        import streams.otel as otel
    except ImportError:
        raise SettingsError(
            "PREVENANCE_OTLP is set: install `prevenance[tracing]`, which brings OpenTelemetry"
        ) from None
    return otel


@contextmanager
def under(span: Span | None) -> Iterator[Span | None]:
    """Whatever is done in the block belongs to the span, which ends with it."""
    if span is None:
        yield None
        return
    token = current.set(span)
    try:
        yield span
    except BaseException as error:
        span.end(error)
        raise
    else:
        span.end()
    finally:
        current.reset(token)


@contextmanager
def leading_to(span: Span | None, causes: Mapping[str | int, Span]) -> Iterator[None]:
    """In the block, what these events lead to goes on with their spans; `span` is what is being done.

    An event is named by its id, and by the offset of its record.
    """
    before, under = _causes.set(causes), current.set(span)
    try:
        yield
    finally:
        current.reset(under)
        _causes.reset(before)


def context_from(event: str | int) -> TraceContext | None:
    """What goes on from an event (its id, or its record's offset) of the slice that is served; None where it
    is not recorded."""
    span = _causes.get().get(event)
    return span.context if span is not None else None
