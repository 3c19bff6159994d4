"""The consent ledger: every statement a client made, or that was made for them, as it was applied."""

from typing import Annotated

import msgspec
from msgspec import Meta

from schemas.codec import readable
from schemas.consent import lacks_proof
from schemas.events.client import ClientConsent
from schemas.sealing import Key, Lost
from schemas.times import iso


class Words(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What of a statement somebody wrote: sealed in the ledger."""

    wording: str | None = None
    proof: str | None = None


class LedgerEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`personalise` -> `consent.ledger`, keyed by part. The same (`source`, `id`) is the same statement."""

    maison: Annotated[str, Meta(description="id of the house")]
    client: Annotated[str, Meta(description="opaque id of the part it was said of")]
    source: Annotated[str, Meta(description="the system that told it")]
    id: Annotated[str, Meta(description="of the event, within its source")]
    purpose: Annotated[str, Meta(description="what for")]
    state: Annotated[str, Meta(description="all, one_to_one or none")]
    at: Annotated[str, Meta(description="when it was said, ISO 8601 UTC")]
    counts: Annotated[bool, Meta(description="false: staff showed no proof, so it changed nothing")]
    channel: Annotated[str | None, Meta(description="on this channel only; absent: all")] = None
    expires: Annotated[str | None, Meta(description="from then on it says nothing, ISO 8601 UTC")] = None
    words: Annotated[bytes | None, Meta(description="wording and proof, sealed")] = None


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """One statement, for whoever answers for a client's rights."""

    at: Annotated[str, Meta(description="when it was said, ISO 8601 UTC")]
    recorded: Annotated[str, Meta(description="when it was entered, ISO 8601 UTC")]
    client: Annotated[str, Meta(description="opaque id of the part it was said of")]
    purpose: Annotated[str, Meta(description="what for")]
    channel: Annotated[str | None, Meta(description="on this channel only; null: all")]
    state: Annotated[str, Meta(description="all, one_to_one or none")]
    counts: Annotated[bool, Meta(description="false: staff showed no proof, so it changed nothing")]
    wording: Annotated[str | None, Meta(description="version of the text that was shown")]
    proof: Annotated[str | None, Meta(description="where the evidence is")]
    expires: Annotated[str | None, Meta(description="from then on it says nothing, ISO 8601 UTC")]
    source: Annotated[str, Meta(description="the system that told it")]
    id: Annotated[str, Meta(description="of the event, within its source")]
    unreadable: Annotated[bool, Meta(description="true: its words were sealed with a key that is gone")]


def entry_of(event: ClientConsent, client: str, at: float, key: Key | None) -> LedgerEntry:
    """A statement of `at` (Unix seconds) as the ledger keeps it; without a key its words are left out."""
    data = event.data
    words = Words(wording=data.wording, proof=data.proof)
    said = key is not None and words != Words()
    return LedgerEntry(
        maison=event.maison,
        client=client,
        source=event.source,
        id=event.id,
        purpose=data.purpose,
        state=data.state,
        at=iso(at),
        counts=not lacks_proof(event.source, event.scope, data),
        channel=data.channel,
        expires=iso(data.expires.timestamp()) if data.expires else None,
        words=key.seal(msgspec.json.encode(words)) if key is not None and said else None,
    )


def statement_of(entry: LedgerEntry, recorded: float, key: Key | None) -> Statement:
    """An entry as it may be read: `recorded` in Unix seconds."""
    words, unreadable = Words(), False
    if entry.words is not None:
        try:
            if key is None:
                raise Lost("no key")
            words = msgspec.json.decode(key.open(entry.words), type=Words)
        except Lost:
            unreadable = True
    return Statement(
        at=entry.at,
        recorded=iso(recorded),
        client=entry.client,
        purpose=entry.purpose,
        channel=entry.channel,
        state=entry.state,
        counts=entry.counts,
        wording=words.wording,
        proof=words.proof,
        expires=entry.expires,
        source=entry.source,
        id=entry.id,
        unreadable=unreadable,
    )


_decoder: msgspec.json.Decoder[LedgerEntry] = msgspec.json.Decoder(LedgerEntry)


def decode_entry(value: bytes | None) -> LedgerEntry:
    """Raises `Unreadable`."""
    return readable(_decoder, value)
