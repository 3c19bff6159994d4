"""For machines that watch a process, and the description that every port gives of itself."""

from streams.operation import HTML, OBJECT, TEXT, Answer, Operation, Route
from streams.shapes.ops import Alive, Ready

OPERATIONS: dict[Route, Operation] = {
    ("GET", "/health"): Operation(
        group="ops",
        says="Whether the process should be left running.",
        answers={200: Answer("leave it", Alive), 503: Answer("it makes no progress: start it again", Alive)},
    ),
    ("GET", "/ready"): Operation(
        group="ops",
        says="Whether the process can do its work now.",
        answers={200: Answer("it can", Ready), 503: Answer("not now: what is missing", Ready)},
    ),
    ("GET", "/metrics"): Operation(
        group="ops",
        says="What the process counts, for Prometheus.",
        answers={200: Answer("in the format that Accept prefers", TEXT,
                             media=("text/plain", "application/openmetrics-text"))},
    ),
    ("GET", "/docs"): Operation(
        group="docs",
        says="This description, for people.",
        answers={200: Answer("nothing in it comes from other hosts", TEXT, media=HTML)},
    ),
    ("GET", "/openapi.json"): Operation(
        group="docs",
        says="This description, for machines.",
        answers={200: Answer("OpenAPI 3.1 of what this port serves", OBJECT)},
    ),
}  # fmt: skip
