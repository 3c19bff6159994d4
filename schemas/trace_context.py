"""Where in a distributed trace something stands: the W3C Trace Context (https://www.w3.org/TR/trace-context/).

It is what `traceparent` and `tracestate` say, in HTTP, in Kafka's headers and in an alert: identifiers of
spans, for whoever watches how long each step took. Why something was decided is another matter: the traces of
decisions are in `schemas/traces.py`.
"""

import re
from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import Meta

LONGEST_STATE = 512
"""Characters of a `tracestate` that everybody has to carry on; a longer one is left out."""

_PARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_MEMBER = re.compile(
    r"[a-z0-9][a-z0-9_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]"
)
_SAMPLED = 1


class TraceContext(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One span, named for the spans that it leads to."""

    traceparent: Annotated[str, Meta(description="`00-trace id-span id-01`: the trace, and its last span")]
    tracestate: Annotated[
        str, Meta(description="what tracing systems add for themselves, kept as it came")
    ] = ""

    @property
    def trace_id(self) -> str:
        """32 hex digits."""
        return self.traceparent[3:35]

    @property
    def span_id(self) -> str:
        """16 hex digits."""
        return self.traceparent[36:52]

    @property
    def sampled(self) -> bool:
        """Whether whoever sent it records the trace."""
        return bool(int(self.traceparent[53:55], 16) & _SAMPLED)

    @property
    def headers(self) -> list[tuple[str, bytes]]:
        """As it stands in the headers of a record.

        >>> TraceContext(traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01").headers[0][0]
        'traceparent'
        """
        said = [("traceparent", self.traceparent.encode())]
        return [*said, ("tracestate", self.tracestate.encode())] if self.tracestate else said


def context_of(parents: Iterable[str], states: Iterable[str]) -> TraceContext | None:
    """The context that the values of the two headers tell, or None: a wrong one is as good as none.

    A later version of the format is read as this one. A wrong `tracestate` is left out alone.

    >>> said = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    >>> context_of([said], []).span_id, context_of([said, said], []), context_of(["00-" + "0" * 52], [])
    ('b7ad6b7169203331', None, None)
    """
    given = [*parents]
    found = _PARENT.fullmatch(given[0].strip(" \t")) if len(given) == 1 else None
    if found is None:
        return None
    version, trace, span, flags, more = found.groups()
    if version == "ff" or (version == "00" and more) or not int(trace, 16) or not int(span, 16):
        return None
    sampled = int(flags, 16) & _SAMPLED
    return TraceContext(traceparent=f"00-{trace}-{span}-0{sampled}", tracestate=_state(states))


def context_in(headers: Iterable[tuple[str, bytes | None]]) -> TraceContext | None:
    """The context that a record carries in its headers, if it is sampled."""
    said: dict[str, list[str]] = {"traceparent": [], "tracestate": []}
    for name, value in headers:
        if name in said:
            said[name].append((value or b"").decode(errors="replace"))
    context = context_of(*said.values())
    return context if context is not None and context.sampled else None


def _state(states: Iterable[str]) -> str:
    members = [member.strip(" \t") for said in states for member in said.split(",")]
    kept = [member for member in members if member]
    state = ",".join(kept)
    keys = {member.partition("=")[0] for member in kept}
    right = len(state) <= LONGEST_STATE and len(keys) == len(kept) <= 32 and all(map(_MEMBER.fullmatch, kept))
    return state if right else ""
