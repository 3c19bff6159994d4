"""Meta's webhooks: WhatsApp, Messenger and Instagram, which sign and greet alike.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started
"""

import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from streams.adapters.channels import Call, Heard, messenger, whatsapp
from streams.body import parsed
from streams.hooks import META, Hook, of
from streams.inbound import Refused
from streams.wire import read

ANSWER: str | None = None
SIGNATURE = "X-Hub-Signature-256"
Item = tuple[str, Any]
"""An account, and something said there."""


class _Entry(msgspec.Struct):
    changes: list[Any] = []
    messaging: list[Any] = []
    standby: list[Any] = []


class _Body(msgspec.Struct):
    object: str
    entry: list[_Entry] = []


def heard(call: Call, hooks: Sequence[Hook]) -> list[Heard]:
    """What the accounts said whose app signed the call. One of no app of ours is refused, alone."""
    ours = _signed(call, of(hooks, *META))
    body = read(parsed(call.body), _Body)
    channel = {"whatsapp_business_account": "whatsapp", "page": "messenger", "instagram": "instagram"}
    if (name := channel.get(body.object)) is None:
        return []
    by_account = {hook.account: hook for hook in of(ours, name)}
    said: dict[Hook, list[Any]] = {}
    for item in _items(body):
        for hook, event in _told(item, name, by_account, call):
            said.setdefault(hook or ours[0], []).append(event)
    return [Heard(hook, events) for hook, events in said.items()]


def greeting(call: Call, hooks: Sequence[Hook]) -> str | None:
    """The challenge, to whoever knows the verify token of one of our accounts."""
    given = call.query.get("hub.verify_token", "").encode()
    known = [hmac.compare_digest(given, hook.other.encode()) for hook in of(hooks, *META)]
    if call.query.get("hub.mode") != "subscribe" or not any(known):
        raise Refused(403, "hub.verify_token", "is of no account in PREVENANCE_WEBHOOKS")
    return call.query.get("hub.challenge", "")


def _signed(call: Call, hooks: Sequence[Hook]) -> list[Hook]:
    given = call.headers.get(SIGNATURE, "").encode()
    made = {secret: hmac.new(secret, call.body, "sha256").hexdigest() for secret in {h.secret for h in hooks}}
    ours = [hook for hook in hooks if hmac.compare_digest(given, f"sha256={made[hook.secret]}".encode())]
    if not ours:
        raise Refused(403, SIGNATURE, "was made by the app of no account in PREVENANCE_WEBHOOKS")
    return ours


def _items(body: _Body) -> Iterator[Any]:
    for entry in body.entry:
        yield from entry.changes or [*entry.messaging, *entry.standby]


_READERS: Mapping[str, tuple[Callable[[Any], str], Callable[[Hook, Any], Iterator[Any]]]] = {
    "whatsapp": (whatsapp.account_of, whatsapp.events_of),
    "messenger": (messenger.account_of, messenger.events_of),
    "instagram": (messenger.account_of, messenger.events_of),
}


def _told(
    item: Any, channel: str, by_account: Mapping[str, Hook], call: Call
) -> Iterator[tuple[Hook | None, Any]]:
    account_of, events_of = _READERS[channel]
    try:
        hook = by_account.get(account_of(item))
        if hook is None:
            raise Refused(403, "account", "is none in PREVENANCE_WEBHOOKS whose app signed this")
    except Refused as refused:
        yield None, refused
        return
    yield from ((hook, event) for event in events_of(hook, item))
