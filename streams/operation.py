"""What a route does, in words: who may ask, with what, and each answer it can give."""

from typing import Any

import msgspec

from streams.auth import COOKIE, PROOF, SHOWN

JSON = ("application/json",)
HTML = ("text/html",)
LATER = ("Retry-After",)
TEXT: dict[str, Any] = {"type": "string"}
OBJECT: dict[str, Any] = {"type": "object"}

Route = tuple[str, str]
"""Method and path."""


class Answer(msgspec.Struct, frozen=True):
    """One answer, in words. `body` is a struct or a JSON Schema; None: it has none."""

    says: str
    body: Any = None
    media: tuple[str, ...] = JSON
    headers: tuple[str, ...] = ()


class Parameter(msgspec.Struct, frozen=True):
    """What is asked besides the body; `within` is path, query or header; a text where no schema is given."""

    name: str
    within: str
    says: str
    required: bool = True
    schema: dict[str, Any] | None = None


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """What a route does. `keys`: any one of these opens it (names of `SCHEMES`); none: open to all.

    `body` is what it takes as JSON; `other`, as other media, by media type. `name`: what it is called where
    the name that its path gives it is another's.
    """

    group: str
    says: str
    answers: dict[int, Answer]
    keys: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    body: Any = None
    other: dict[str, Any] = {}
    body_required: bool = True
    name: str | None = None


SCHEMES: dict[str, dict[str, str]] = {
    "writeKey": {"type": "http", "scheme": "bearer", "description": "A write key as Bearer."},
    "writeKeyAsUser": {"type": "http", "scheme": "basic", "description": "A write key as user, no password."},
    "person": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A person's token, HS256: sub, role, maison, sites, exp; and iat, or it opens nothing "
        "once their role or sites have changed. Times in Unix seconds. Never in a URL.",
    },
    "page": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "The same token as the page keeps it. Who writes by cookie comes from the console's "
        f"own origin and sends the header {PROOF}, with any value. A page that says in {SHOWN} whom it "
        "shows, percent-encoded, is refused where somebody else has signed in since.",
    },
}
GROUPS = {
    "in": "HTTP in: events, from systems and pages to Kafka.",
    "people": "HTTP for people: their alerts, live; what they decide; the records of clients.",
    "ops": "For machines that watch a process; not for the public.",
    "docs": "This description.",
}
