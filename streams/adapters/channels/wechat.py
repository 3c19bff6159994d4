"""WeChat's official accounts, in the open and in safe mode.

https://developers.weixin.qq.com/doc/offiaccount/en/Message_Management/Receiving_standard_messages.html

The signature of an open call holds for a token and a time, not for what is said: safe mode is the one to set.
"""

import hmac
from base64 import b64decode
from binascii import Error
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import sha1
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from schemas.maison import Maison
from streams.adapters.channels import Call, Heard
from streams.adapters.channels.telling import chat, event, refusal_of_marketing
from streams.hooks import Hook, of
from streams.inbound import Refused

ANSWER: str | None = "success"
MOST = 65_536
FRESH = 600.0
"""Seconds for which a signature is taken: who overhears one can say anything with it, in open mode."""
SCENE = "qrscene_"
"""How the code begins by which somebody who scans it also subscribes."""


def heard(call: Call, hooks: Sequence[Hook]) -> list[Heard]:
    """What the account said that the call is for, if its token signed it, encrypted where it has a key."""
    if "msg_signature" in call.query:
        ours = [hook for hook in of(hooks, "wechat") if hook.other]
        encrypted = _encrypted(call.body)
        hook = _signed(call, ours, "msg_signature", encrypted)
        said = _fields(_opened(hook, encrypted))
    else:
        hook = _signed(call, [hook for hook in of(hooks, "wechat") if not hook.other], "signature")
        said = _fields(call.body)
    if said.get("ToUserName") != hook.account:
        raise Refused(403, "ToUserName", "is not the account whose token signed this")
    try:
        return [Heard(hook.maison, hook.source, [*_told(hook, said, call.houses)])]
    except Refused as refused:
        return [Heard(hook.maison, hook.source, [refused])]


def _encrypted(body: bytes) -> str:
    """What is sealed; nothing where that is not said: then nobody's signature fits."""
    with suppress(Refused):
        return _fields(body).get("Encrypt", "")
    return ""


def greeting(call: Call, hooks: Sequence[Hook]) -> str:
    """The echo that was asked for."""
    _signed(call, of(hooks, "wechat"), "signature")
    return call.query.get("echostr", "")


def _signed(call: Call, hooks: Sequence[Hook], name: str, *also: str) -> Hook:
    """The account whose token made the signature of this name, of this and the usual."""
    stamp, nonce = call.query.get("timestamp", ""), call.query.get("nonce", "")
    given = call.query.get(name, "").encode(errors="surrogateescape")
    made = [(hook, _signature(hook, stamp, nonce, *also)) for hook in hooks]
    ours = [hook for hook, signature in made if hmac.compare_digest(given, signature)]
    if not ours:
        raise Refused(403, name, "was made by the token of no account in PREVENANCE_WEBHOOKS")
    if not stamp.isdecimal() or abs(call.now.timestamp() - float(stamp)) > FRESH:
        raise Refused(403, "timestamp", f"is not within {FRESH:.0f} s of our clock")
    return ours[0]


def _signature(hook: Hook, *signed: str) -> bytes:
    text = "".join(sorted([hook.secret.decode(), *signed]))
    return sha1(text.encode(errors="replace"), usedforsecurity=False).hexdigest().encode()


def _opened(hook: Hook, encrypted: str) -> bytes:
    """16 random bytes, the length, the message, the app's id; padded to blocks of 32."""
    key = b64decode(f"{hook.other}=")
    try:
        sealed = b64decode(encrypted, validate=True)
        opener = Cipher(algorithms.AES256(key), modes.CBC(key[:16])).decryptor()
        plain = opener.update(sealed) + opener.finalize()
    except (Error, ValueError):
        raise Refused(400, "Encrypt", "can't be opened with this account's EncodingAESKey") from None
    return plain[20 : 20 + int.from_bytes(plain[16:20], "big")]


def _fields(body: bytes) -> dict[str, str]:
    """The texts right under the root. Raises `Refused` for what is no XML, or has a document type."""
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise Refused(400, None, "not XML as WeChat sends it") from None
    return {child.tag: (child.text or "").strip() for child in root}


def _told(hook: Hook, said: Mapping[str, str], houses: Mapping[str, Maison]) -> Iterator[dict[str, Any]]:
    client, stamp = said.get("FromUserName", ""), said.get("CreateTime", "")
    if not client:
        raise Refused(400, "FromUserName", "names nobody")
    if not stamp.isdecimal():
        raise Refused(400, "CreateTime", "is no time")
    at, kind = float(stamp), said.get("MsgType", "")
    if kind == "event":
        yield from _happened(hook, said, client, at, houses)
        return
    message = said.get("MsgId") or f"{kind}:{stamp}:{client}"
    file = {"kind": kind, **({"id": said["MediaId"]} if said.get("MediaId") else {})}
    text, files = said.get("Content") or said.get("Recognition"), None if kind == "text" else [file]
    yield chat(hook, "chat.message", message, at, client, message, text=text, attachments=files)


def _happened(
    hook: Hook, said: Mapping[str, str], client: str, at: float, houses: Mapping[str, Maison]
) -> Iterator[dict[str, Any]]:
    """Somebody scans a site's code, or leaves. Other codes are a campaign's: passed over, as all else is."""
    name, key = said.get("Event", "").lower(), said.get("EventKey", "")
    id_ = f"{name}:{at:.0f}:{client}"
    house, scene = houses.get(hook.maison), key.removeprefix(SCENE)
    site = house.site_coded(scene) if house is not None else None
    if site is not None and (name == "scan" or (name == "subscribe" and key.startswith(SCENE))):
        data = {"who": {"wechat": client}, "site": site.id, "method": "qr"}
        yield event(hook, "store.checkin", id_, at, data)
    elif name == "unsubscribe":
        yield refusal_of_marketing(hook, id_, at, client)
