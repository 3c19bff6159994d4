"""Where spans begin and end: around a request, a send, a slice of a lane, a verdict, a card that is shown."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Protocol, cast

from aiohttp import web
from aiohttp.typedefs import Handler
from msgspec.structs import replace

from schemas.alerts import Alert, AlertChange, decode_inbox
from schemas.codec import Unreadable, decode
from schemas.trace_context import TraceContext, context_in, context_of
from streams import topics
from streams.lanes import Lane
from streams.produce import Message, Publish
from streams.spans import Said, Span, Spans, current, leading_to, under
from streams.transport import Record, Slice

MOST = 20
"""Records of one slice that get a span: whoever has all of them sampled must not slow the line down."""


def asked(request: web.Request) -> TraceContext | None:
    """Where the request stands in a trace of its sender's."""
    headers = request.headers
    return context_of(headers.getall("traceparent", ()), headers.getall("tracestate", ()))


def serving(
    handler: Handler, spans: Spans | None, route: str, believed: Callable[[web.Request], bool]
) -> Handler:
    """The handler with a span around each request. `believed`: a sender's own context goes on."""
    if spans is None:
        return handler

    async def traced(request: web.Request) -> web.StreamResponse:
        said = {"http.request.method": request.method, "http.route": route}
        parent = asked(request) if believed(request) else None
        with under(spans.start(f"{request.method} {route}", "server", said, parent)) as span:
            response = await handler(request)
            if span is not None:
                span.add({"http.response.status_code": response.status})
            return response

    return traced


def sending(publish: Publish, spans: Spans | None) -> Publish:
    """`publish` whose events carry the context of what is being done."""
    if spans is None:
        return publish

    async def traced(messages: Sequence[Message]) -> None:
        doing, events = current.get(), [m for m in messages if m.topic in topics.INBOUND]
        if doing is None or not events:
            await publish(messages)
            return
        where = "+".join(sorted({m.topic for m in events}))
        said: Said = {"messaging.system": "kafka", "messaging.batch.message_count": len(events)}
        with under(spans.start(f"send {where}", "producer", said, doing.context)) as span:
            carried = span.context.headers if span is not None else []
            await publish([_carrying(message, carried) for message in messages])

    return traced


@contextmanager
def deciding(
    spans: Spans | None, request: web.Request, alert: Alert, given: str, since: float
) -> Iterator[None]:
    """A verdict, from when it was asked: in the trace of the alert, or of the request and linked to it."""
    if spans is None:
        yield
        return
    own, led = asked(request), alert.trace_context or None
    own = own if own is not None and own.sampled else None
    route = "/v1/alerts/{id}/{verdict}"
    said = {
        "http.request.method": "POST",
        "http.route": route,
        "prevenance.alert": alert.id,
        "prevenance.action": alert.action,
        "prevenance.verdict": given,
    }
    with under(
        spans.start(f"POST {route}", "server", said, own or led, link=led if own else None, since=since)
    ):
        yield


def shown(spans: Spans | None, alert: Alert, since: float) -> None:
    """An alert has come to somebody's screen, on its way from the inbox since then."""
    if spans is not None and alert.trace_context:
        span = spans.start("show alert", "internal", _about(alert), alert.trace_context, since=since)
        if span is not None:
            span.end()


class _Record(Record, Protocol):
    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]: ...


class Spanned:
    """A lane with a span for each record that is sampled, as long as the slice that it came in."""

    def __init__(self, lane: Lane, spans: Spans, group: str) -> None:
        self._lane, self._spans, self._group = lane, spans, group

    async def serve(self, slice: Slice) -> None:
        """Serves the slice."""
        carrying = [record for record in cast(Sequence[_Record], slice.records) if record.headers]
        if not carrying:
            await self._lane.serve(slice)
            return
        sampled = ((record, context) for record in carrying if (context := context_in(record.headers)))
        spans = [
            (record, span)
            for record, context in islice(sampled, MOST)
            if (span := self._start(slice, record, context))
        ]
        causes = {name: span for record, span in spans for name in _names(record)}
        alone = spans[0][1] if len(spans) == 1 else None
        error: BaseException | None = None
        try:
            with leading_to(alone, causes):
                await self._lane.serve(slice)
        except BaseException as failed:
            error = failed
            raise
        finally:
            for _, span in spans:
                span.end(error)

    async def tick(self, now: float) -> None:
        """Nothing of what timers do was asked for by an event."""
        await self._lane.tick(now)

    def _start(self, slice: Slice, record: Record, parent: TraceContext) -> Span | None:
        said = {
            "messaging.system": "kafka",
            "messaging.destination.name": slice.topic,
            "messaging.destination.partition.id": str(slice.partition),
            "messaging.kafka.offset": record.offset,
            "messaging.consumer.group.name": self._group,
            "messaging.batch.message_count": len(slice.records),
            **_alert(slice, record),
        }
        return self._spans.start(f"process {slice.topic}", "consumer", said, parent)


def _carrying(message: Message, headers: Sequence[tuple[str, bytes]]) -> Message:
    """An event with these headers too; what else a sender needs (keys) goes as it is."""
    return (
        replace(message, headers=[*message.headers, *headers]) if message.topic in topics.INBOUND else message
    )


def _names(record: Record) -> list[str | int]:
    try:
        return [record.offset, decode(record.value).id]
    except Unreadable:  # the lane says so, in its own way
        return [record.offset]


def _alert(slice: Slice, record: Record) -> Said:
    if slice.topic != topics.ALERTS:
        return {}
    try:
        message = decode_inbox(record.value)
    except Unreadable:
        return {}
    return _about(message.alert) if isinstance(message, AlertChange) else {}


def _about(alert: Alert) -> Said:
    return {"prevenance.alert": alert.id, "prevenance.action": alert.action}
