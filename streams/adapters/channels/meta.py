"""Meta's webhooks: WhatsApp, Messenger and Instagram, which sign and greet alike.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started
"""

import hmac
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from streams.adapters.channels import Call, Heard, messenger, whatsapp
from streams.hooks import META, Hook, of
from streams.inbound import Refused
from streams.wire import read, told

ANSWER: str | None = None
MOST = 4 * 1024 * 1024
"""It sends up to 3 MB."""
SIGNATURE = "X-Hub-Signature-256"
CHANNELS = {"whatsapp_business_account": "whatsapp", "page": "messenger", "instagram": "instagram"}


class _Change(msgspec.Struct):
    field: str = ""
    value: Any = None


class _Entry(msgspec.Struct):
    changes: list[_Change] = []
    messaging: list[Any] = []
    standby: list[Any] = []


class _Body(msgspec.Struct):
    object: str
    entry: list[_Entry] = []


def heard(call: Call, hooks: Sequence[Hook]) -> list[Heard]:
    """What the accounts said whose app signed the call. One of no app of ours is refused, alone."""
    ours = _signed(call, of(hooks, *META))
    body = read(told(call.body), _Body)
    if (channel := CHANNELS.get(body.object)) is None:
        return []
    reader = whatsapp if channel == "whatsapp" else messenger
    by_account = {hook.account: hook for hook in of(ours, channel)}
    said: dict[tuple[str, str], list[Any]] = {}
    for item in _items(body, reader.FIELDS):
        try:
            account, part = reader.read_from(item)
            if (hook := by_account.get(account)) is None:
                raise Refused(403, "account", f"{account[:64]} is none in PREVENANCE_WEBHOOKS of this app")
            said.setdefault((hook.maison, hook.source), []).extend(reader.events_of(hook, part))
        except Refused as refused:
            said.setdefault((ours[0].maison, "/webhooks/meta"), []).append(refused)
    return [Heard(maison, source, events) for (maison, source), events in said.items()]


def greeting(call: Call, hooks: Sequence[Hook]) -> str:
    """The challenge, to whoever knows the verify token of one of our accounts."""
    given = call.query.get("hub.verify_token", "").encode(errors="surrogateescape")
    known = [hmac.compare_digest(given, hook.other.encode()) for hook in of(hooks, *META)]
    if call.query.get("hub.mode") != "subscribe" or not any(known):
        raise Refused(403, "hub.verify_token", "is of no account in PREVENANCE_WEBHOOKS")
    return call.query.get("hub.challenge", "")


def _signed(call: Call, hooks: Sequence[Hook]) -> list[Hook]:
    given = call.headers.get(SIGNATURE, "").encode(errors="surrogateescape")
    made = {secret: hmac.new(secret, call.body, "sha256").hexdigest() for secret in {h.secret for h in hooks}}
    ours = [hook for hook in hooks if hmac.compare_digest(given, f"sha256={made[hook.secret]}".encode())]
    if not ours:
        raise Refused(403, SIGNATURE, "was made by the app of no account in PREVENANCE_WEBHOOKS")
    return ours


def _items(body: _Body, fields: Sequence[str]) -> Iterator[Any]:
    """Each thing that is said of an account; what is no conversation (a feed, a template) is passed over."""
    for entry in body.entry:
        yield from (change.value for change in entry.changes if change.field in fields)
        yield from entry.messaging
        yield from entry.standby
