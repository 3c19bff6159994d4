"""A collector of OpenTelemetry in this process: OTLP over HTTP in, spans out."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import msgspec
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Collected(msgspec.Struct, frozen=True, kw_only=True):
    """One span; times are Unix seconds, ids are hex, `said` are its attributes."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    state: str
    began: float
    ended: float
    said: dict[str, Any]
    links: list[str]
    failed: bool


class Collector:
    """Listens from `with` on; `url` is what `PREVENANCE_OTLP` is set to. `bodies`: all it was sent."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        bodies = self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                if ours := self.path == "/v1/traces":
                    bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200 if ours else 404)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def spans(self, trace: str | None = None) -> list[Collected]:
        """All, or those of a trace, as they began."""
        spans = [span for body in self.bodies for span in _spans(body)]
        return sorted((s for s in spans if trace in (None, s.trace)), key=lambda s: s.began)


def _spans(body: bytes) -> list[Collected]:
    return [
        Collected(
            service=_said(resource.resource.attributes)["service.name"],
            name=span.name,
            trace=span.trace_id.hex(),
            id=span.span_id.hex(),
            parent=span.parent_span_id.hex(),
            state=span.trace_state,
            began=span.start_time_unix_nano / 1e9,
            ended=span.end_time_unix_nano / 1e9,
            said=_said(span.attributes),
            links=[link.trace_id.hex() for link in span.links],
            failed=span.status.code == 2,
        )
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def _said(attributes: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}
