"""By which key telephones are rung, and through which push services; a house that gives none rings nobody."""

from typing import NamedTuple

from streams.settings import Settings, SettingsError
from streams.webpush import Signer, Unfit


class Push(NamedTuple):
    """Who signs, and hosts of push services besides those that are known."""

    signer: Signer
    services: tuple[str, ...] = ()


def push_in(settings: Settings) -> Push | None:
    """As the environment says. Raises `SettingsError`."""
    if settings.push_key is None:
        return None
    if not settings.push_contact.startswith(("mailto:", "https:")):
        raise SettingsError(
            "PREVENANCE_PUSH_CONTACT must be mailto: or https:, with whom a push service may write to: "
            "some take nothing without"
        )
    for number, one in enumerate(settings.push_services, 1):
        if set(one) & set("/@*? "):
            raise SettingsError(f"PREVENANCE_PUSH_SERVICES: entry {number} is no host: write push.example")
    try:
        return Push(
            Signer(settings.push_key.reveal(), settings.push_contact),
            tuple(one.lower() for one in settings.push_services),
        )
    except Unfit as unfit:
        raise SettingsError(f"PREVENANCE_PUSH_KEY {unfit}") from None
