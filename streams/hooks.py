"""Accounts of messaging channels that call us: of which house each is, and what proves that it is they."""

from collections.abc import Container, Iterable
from typing import Literal, get_args

import msgspec

from streams.secret import entries_of
from streams.settings import Settings, SettingsError

HookChannel = Literal["whatsapp", "messenger", "instagram", "line", "wechat"]
CHANNELS: tuple[str, ...] = get_args(HookChannel)
META = ("whatsapp", "messenger", "instagram")
AES_KEY = 43
"""Characters of WeChat's EncodingAESKey."""


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    """One account.

    account: WhatsApp's `phone_number_id`, Messenger's page id, Instagram's account id, LINE's `destination`,
        WeChat's `gh_` id. secret: Meta's app secret, LINE's channel secret, WeChat's token. other: Meta's
        verify token; WeChat's EncodingAESKey, and then nothing is taken that is not encrypted with it.
    """

    maison: str
    channel: HookChannel
    account: str
    secret: bytes
    other: str = ""

    @property
    def source(self) -> str:
        """The `source` of its events, as a maison file may declare it.

        >>> Hook(maison="lumiere", channel="line", account="U12", secret=b"s").source
        '/line/U12'
        """
        return f"/{self.channel}/{self.account}"

    def __repr__(self) -> str:
        return f"Hook({self.maison!r}, {self.source!r})"


def hooks_from(text: str) -> tuple[Hook, ...]:
    """Accounts from `maison:channel:account:secret[:other],...`, or one a line; an account whose secret is
    being changed stands there with the old one and with the new one.

    Raises `ValueError`, which never repeats a secret.

    >>> hooks_from("lumiere:line:U12:s3cret, lumiere:whatsapp:1122:app-s3cret:verify")
    (Hook('lumiere', '/line/U12'), Hook('lumiere', '/whatsapp/1122'))
    """
    entries = enumerate(entries_of(text), 1)
    hooks = [_hook(entry, f"PREVENANCE_WEBHOOKS, entry {number}") for number, entry in entries]
    houses = {hook.source: hook.maison for hook in hooks}
    if shared := next((hook.source for hook in hooks if hook.maison != houses[hook.source]), None):
        raise ValueError(f"PREVENANCE_WEBHOOKS: {shared} stands there twice: an account is of one house")
    tokens = [hook.secret for hook in of(hooks, "wechat")]
    if len(set(tokens)) < len(tokens):
        raise ValueError("PREVENANCE_WEBHOOKS: WeChat signs a token alone: give each account its own")
    return tuple(hooks)


def hooks_in(settings: Settings, maisons: Container[str]) -> tuple[Hook, ...]:
    """The accounts that the environment names.

    Raises `SettingsError` when they can't be read, or one is of a house that is not there.
    """
    try:
        hooks = hooks_from(settings.webhooks.reveal()) if settings.webhooks else ()
    except ValueError as error:
        raise SettingsError(str(error)) from None
    if unknown := next((hook.maison for hook in hooks if hook.maison not in maisons), None):
        raise SettingsError(
            f"PREVENANCE_WEBHOOKS: no file in {settings.maisons} defines the maison {unknown!r}"
        )
    return hooks


def _hook(entry: str, where: str) -> Hook:
    maison, channel, account, secret, other = [*entry.split(":", 4), "", "", "", ""][:5]
    if not (maison and channel and account and secret):
        raise ValueError(f"{where}: write it maison:channel:account:secret[:other]")
    if channel not in CHANNELS:
        raise ValueError(f"{where}: the channel is one of {', '.join(CHANNELS)}")
    if channel in META and not other:
        raise ValueError(f"{where}: Meta's verify token is missing: write it after the app secret")
    if channel == "line" and other:
        raise ValueError(f"{where}: LINE has one secret, the channel secret")
    if channel == "wechat" and other and not (len(other) == AES_KEY and other.isascii() and other.isalnum()):
        raise ValueError(f"{where}: an EncodingAESKey has {AES_KEY} letters and digits")
    named = msgspec.convert(channel, HookChannel)
    return Hook(maison=maison, channel=named, account=account, secret=secret.encode(), other=other)


def of(hooks: Iterable[Hook], *channels: str) -> list[Hook]:
    """The accounts on these channels."""
    return [hook for hook in hooks if hook.channel in channels]
