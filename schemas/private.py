"""What an alert says is sealed with its client's key, sentence by sentence, until somebody may read it.

The same sentence gives the same bytes, so whether a revision changes anything is seen without opening it.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable

from msgspec.structs import replace

from schemas.alerts import Alert
from schemas.sealing import Key, Lost

SEALED = "sealed:"


def close(text: str, key: Key) -> str:
    """A sentence as it is kept."""
    return SEALED + urlsafe_b64encode(key.seal(text.encode())).decode()


def read(text: str, key: Key | None) -> str:
    """A sentence as it is read; one that was never sealed is what it is. Raises `Lost`."""
    if not text.startswith(SEALED):
        return text
    if key is None:
        raise Lost("its key was destroyed")
    try:
        return key.open(urlsafe_b64decode(text[len(SEALED) :])).decode()
    except binascii.Error:
        raise Lost("not what was sealed") from None


def closed(alert: Alert, key: Key) -> Alert:
    """An alert as it travels and as inboxes keep it."""
    return _with(alert, lambda text: close(text, key))


def opened(alert: Alert, key: Key | None) -> Alert:
    """An alert as it can be read. Raises `Lost`."""
    return _with(alert, lambda text: read(text, key))


def is_closed(alert: Alert) -> bool:
    """Whether its words are sealed."""
    return alert.title.startswith(SEALED)


def blank(alert: Alert) -> Alert:
    """An alert without its words: nobody may read them any more, or nobody can, its client was erased."""
    nameless = replace(alert.client, name=None)
    return replace(
        alert, client=nameless, title="", why=[], avoid=[], say=None, meaning=None, recommendations=[]
    )


def _with(alert: Alert, said: Callable[[str], str]) -> Alert:
    name = alert.client.name
    return replace(
        alert,
        client=replace(alert.client, name=said(name) if name else name),
        title=said(alert.title),
        why=[said(text) for text in alert.why],
        avoid=[said(text) for text in alert.avoid],
        say=said(alert.say) if alert.say else alert.say,
        meaning=said(alert.meaning) if alert.meaning else alert.meaning,
        recommendations=[replace(one, why=said(one.why)) for one in alert.recommendations],
    )
