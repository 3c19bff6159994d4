"""The CloudEvents 1.0 envelope that every event shares, and the vocabulary of its fields."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal, get_args

import msgspec
from msgspec import Meta

PERSONAL = {"travels": "personal"}
"""`Meta(extra=PERSONAL)`: said in words, by or of a person; it travels sealed (`schemas/personal.py`)."""
OPAQUE = {"travels": "opaque"}
"""`Meta(extra=OPAQUE)`: an id that may itself be personal; an opaque one travels in its place."""

Text = Annotated[str, Meta(min_length=1, max_length=256)]
Words = Annotated[str, Meta(max_length=10_000)]
Utc = Annotated[datetime, Meta(tz=True)]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217 code")]
Minor = Annotated[int, Meta(description="amount in minor units (cents), a whole number", ge=0, le=2**53)]
Quantity = Annotated[int, Meta(ge=1, le=1_000_000, description="how many pieces")]
Site = Annotated[Text, Meta(description="id of a boutique or hotel in the maison file")]
Staff = Annotated[Text, Meta(description="id of a person in the maison file")]
Sku = Annotated[Text, Meta(description="article of the maison's catalogue")]
Category = Annotated[Text, Meta(description="kind of article; where absent, the catalogue's for it")]
Language = Annotated[str, Meta(min_length=2, max_length=35, description="BCP 47 tag")]
Channel = Literal[
    "whatsapp",
    "messenger",
    "instagram",
    "wechat",
    "weibo",
    "line",
    "kakaotalk",
    "sms",
    "email",
    "phone",
    "app",
    "web",
    "mail",
    "store",
]
CHANNELS: tuple[str, ...] = get_args(Channel)
"""Stored by position: new ones go last."""


class Data(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Base of the `data` of every event; unknown fields are kept in the log and not read."""

    doubtful: (
        Annotated[
            list[Text],
            Meta(max_length=16, description="identifiers of who that look wrong; the gateway writes it"),
        ]
        | None
    ) = None


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag_field="type"):
    """What every event carries. (`maison`, `source`, `id`) names it: the same three are the same event.

    `scope` says what its sender may be believed (`server`, `web`, `pos`, `pms`); the gateway writes it.
    `proven` is written by the gateway when a web page showed its maison's proof of who is signed in.
    """

    topic: ClassVar[str]
    id: Annotated[Text, Meta(description="chosen by the sender, once per event; a resend keeps it")]
    source: Annotated[
        str, Meta(min_length=1, max_length=512, description="the system that speaks, such as /till/vendome-1")
    ]
    specversion: Annotated[Literal["1.0"], Meta(description="version of CloudEvents")]
    maison: Annotated[Text, Meta(description="id of the house; the gateway takes it from the write key")]
    time: Annotated[Utc, Meta(description="when it happened, not when it was sent; the gateway puts now")]
    scope: Annotated[
        Literal["server", "web", "pos", "pms"],
        Meta(description="what the sender may be believed; the gateway takes it from the write key"),
    ] = "server"
    proven: Annotated[bool, Meta(description="the gateway checked the page's proof of who it is")] = False
