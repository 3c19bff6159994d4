"""From what a sender says to a message for Kafka: checked, stamped, keyed, and what is personal sealed."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import orjson
from msgspec import Meta

from feature_store.store import PartKey
from schemas.codec import MAX_BYTES, Unreadable, decode, too_large
from schemas.envelope import Text, Utc
from schemas.events import EVENTS, topic_of
from schemas.key import key_of_event
from schemas.personal import PEOPLE, SEALED, Split, sealed, split
from schemas.sealing import Key
from schemas.who import LINKABLE, OID, OPAQUE, Who, key_of, nobody, normalise, oid_of, opaque, stands
from streams.produce import Message
from streams.write_keys import WriteKey

MAX_DEPTH = 32
"""Objects and arrays within one another in one event."""
MAX_IDENTIFIER = 256
"""Characters of an identifier: oids are cached by it."""

LINKS = frozenset({"client.link", "client.unlink"})
_AT = re.compile(r"(?:Object missing required field `(?P<missing>[^`]*)`)?.*?(?: - at `\$\.?(?P<path>.*)`)?")


class Refused(ValueError):
    """An event (or a whole request) is not taken: HTTP status, field, reason. Repeats nothing personal."""

    def __init__(self, status: int, field: str | None, reason: str, retry_after: int | None = None) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.status = status
        self.field = field
        self.reason = reason
        self.retry_after = retry_after
        self.id: str | None = None


class _Named(msgspec.Struct, frozen=True):
    who: Who


class _Unknown(msgspec.Struct, frozen=True):
    """All that is asked of a type nobody knows yet: an envelope, and whom it is about."""

    id: Text
    source: Annotated[str, Meta(min_length=1, max_length=512)]
    type: Text
    time: Utc
    data: _Named


_unknown = msgspec.json.Decoder(_Unknown)


NAMED = LINKABLE - {"session"}
"""Kinds of identifier by which a client can be told what the house holds under them."""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """An event that is taken: whom it is about, as (maison, oid), and what of it is personal.

    `aside`: it comes from a source that the maison has not declared, and waits in quarantine.
    """

    topic: str
    part: PartKey
    split: Split
    aside: bool = False

    @property
    def keys(self) -> dict[PartKey, tuple[str, str] | None]:
        """The parts whose keys it needs, each with the identifier it stands for, where that stands here."""
        named = {
            (self.part[0], oid): (kind, value)
            for oid, kind, value in self.split.named
            if kind in NAMED or oid == self.part[1]
        }
        return {self.part: None, **named} if self.split.personal else {**named}

    @property
    def returning(self) -> bool:
        """Whether it lets the house serve somebody again who may have been erased."""
        said = self.split.personal
        return self.split.clear.get("of") == "client.consent" and (
            said.get("purpose"),
            said.get("state"),
        ) == (
            "service",
            "all",
        )

    def message(self, key: Key | None) -> Message:
        """The event sealed with the key of its part; without one, what is personal is left out."""
        return Message(topic=self.topic, key=self.part[1].encode("ascii"), value=sealed(self.split, key))


def check(raw: Any, key: WriteKey, now: datetime, pepper: bytes, *, called: bool = False) -> Checked:
    """One event as sent: envelope checked, `maison`, `time`, `scope`, `proven` stamped, taken apart.

    A type of the contract is checked in full; of another only the envelope and `data.who`. Fields nobody
    knows are kept. `called`: it came by an API whose calls the key may make whatever event they become.
    Raises `Refused`.
    """
    if not isinstance(raw, dict):
        raise Refused(400, None, "an event is a JSON object")
    type_ = _checked_type(raw, key, called)
    event = {name: value for name, value in raw.items() if name != "proof"}
    event["maison"] = key.maison
    event["scope"] = key.scope
    event["proven"] = _is_proven(raw, key)
    if event.get("time") is None:
        event["time"] = now.astimezone(UTC).isoformat().replace("+00:00", "Z")
    value = _dumped(event)
    _check_who(type_, event.get("data"))
    try:
        oid = _key(type_, value, key.maison, pepper)
    except Unreadable as error:
        raise refusal_of(str(error)) from None
    if oid is None:
        raise Refused(400, "data.who", "names nobody: one identifier at least")
    taken = split(event, lambda kind, value: oid_of(key.maison, kind, value, pepper))
    return Checked(topic=topic_of(type_), part=(key.maison, oid), split=taken)


def restated(value: bytes, topic: str | None, pepper: bytes) -> Checked:
    """An event of our own, or of a recording, as it stands there: as it was sent, or as it travels.

    Raises `Unreadable`.
    """
    known = decode(value)
    oid = key_of_event(known, pepper)
    if oid is None:
        raise Unreadable("names nobody - at `$.data.who`")
    try:
        event = orjson.loads(value)
    except orjson.JSONDecodeError as error:  # in a field nobody reads, which the decoder passed over
        raise Unreadable(f"not JSON: {error}") from None
    where = topic or topic_of(event.get("of", event["type"]))
    if "sealed" in event["data"]:
        return Checked(topic=where, part=(known.maison, oid), split=Split(clear=event, personal={}, named=[]))
    if len(value) > MAX_BYTES:
        raise too_large(value, MAX_BYTES)
    taken = split(event, lambda kind, said: opaque(known.maison, kind, said, pepper))
    named = [one for one in taken.named if not stands(one[2])]
    return Checked(topic=where, part=(known.maison, oid), split=msgspec.structs.replace(taken, named=named))


def _checked_type(raw: dict[str, Any], key: WriteKey, called: bool) -> str:
    if raw.get("specversion") != "1.0":
        raise Refused(400, "specversion", "this gateway reads CloudEvents 1.0")
    if raw.get("maison") not in (None, key.maison):
        raise Refused(403, "maison", "is not the maison of this write key")
    type_ = raw.get("type")
    if not isinstance(type_, str) or not type_ or type_ == SEALED:
        raise Refused(400, "type", "is required: a text such as web.view")
    if not called and not key.may_send(type_):
        raise Refused(403, "type", f"is not for a write key of scope {key.scope}")
    return type_


def _is_proven(raw: dict[str, Any], key: WriteKey) -> bool:
    """The proof holds for one session and one client; an event that names two sessions proves neither.

    Nor does it vouch for the other side of a link, or whoever signs in could take over anybody's record.
    """
    proof = raw.get("proof")
    data = raw.get("data")
    if proof is None or key.scope != "web" or raw.get("type") in LINKS or not isinstance(data, dict):
        return False
    who = data.get("who")
    if not isinstance(who, dict):
        return False
    sessions = {s for s in (who.get("session"), data.get("session")) if s is not None}
    client = who.get("client_id")
    if len(sessions) != 1 or not isinstance(client, str):
        return False
    session = sessions.pop()
    return isinstance(session, str) and key.proves(proof, session, client)


def _dumped(event: dict[str, Any]) -> bytes:
    try:
        value = orjson.dumps(event)
    except orjson.JSONEncodeError:
        raise Refused(400, None, f"nested too deeply: at most {MAX_DEPTH} levels") from None
    if value.count(b"{") + value.count(b"[") > MAX_DEPTH and _depth_over(event, MAX_DEPTH):
        raise Refused(400, None, f"nested too deeply: at most {MAX_DEPTH} levels")
    return value


def _depth_over(value: Any, levels: int) -> bool:
    if isinstance(value, dict):
        return levels == 0 or any(_depth_over(v, levels - 1) for v in value.values())
    if isinstance(value, list):
        return levels == 0 or any(_depth_over(v, levels - 1) for v in value)
    return False


def _key(type_: str, value: bytes, maison: str, pepper: bytes) -> str | None:
    if len(value) > MAX_BYTES:
        raise too_large(value, MAX_BYTES)
    if type_ in EVENTS:
        return key_of_event(decode(value), pepper)
    try:
        return key_of(maison, _unknown.decode(value).data.who, pepper)
    except msgspec.ValidationError as error:
        raise Unreadable(str(error)) from None


def _check_who(type_: str, data: Any) -> None:
    """One of blanks, or `undefined`, would be shared by all whom a form or a program has no name for."""
    if not isinstance(data, dict):
        return
    if isinstance(session := data.get("session"), str):
        _check_identifier(type_, "data.session", "session", session)
    for field in PEOPLE:
        who = data.get(field)
        for kind, value in who.items() if isinstance(who, dict) else ():
            if isinstance(value, str) and value:
                _check_identifier(type_, f"data.{field}.{kind[:40]}", kind, value)
        if type_ in LINKS and isinstance(who, dict) and not any(who.get(kind) for kind in LINKABLE):
            raise Refused(400, f"data.{field}", "names nobody who can be linked: a device is no evidence")


def _check_identifier(type_: str, where: str, kind: str, value: str) -> None:
    if len(value) > MAX_IDENTIFIER:
        raise Refused(400, where, f"too long: at most {MAX_IDENTIFIER} characters")
    if not normalise(kind, value):
        raise Refused(400, where, "is blank")
    if nobody(kind, value):
        raise Refused(400, where, "says that there is none: leave it out")
    if value.startswith(OID):
        raise Refused(400, where, f"begins with {OID}, as no identifier of a client does")
    if kind == "oid" and (type_ != "staff.feedback" or not OPAQUE.fullmatch(value)):
        raise Refused(400, where, "only staff.feedback names a client by oid, as its alert gave it")


def refusal_of(text: str) -> Refused:
    """What a decoder found wrong, as a refusal that names the field.

    >>> refusal_of("Object missing required field `site` - at `$.data`").args
    ('data.site: is required',)
    >>> refusal_of("Expected `int`, got `str` - at `$.data.lines[0].amount`").field
    'data.lines[0].amount'
    """
    if text.startswith("too large"):
        return Refused(413, None, text)
    if text.startswith("not JSON"):
        return Refused(400, None, text)
    found = _AT.fullmatch(text)
    path, missing = (found["path"] or "", found["missing"]) if found else ("", None)
    if missing:
        return Refused(400, f"{path}.{missing}" if path else missing, "is required")
    return Refused(400, path or None, text.partition(" - at ")[0])
