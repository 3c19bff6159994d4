"""A licence at the gateway: what a client hands over is in the form it says, or is refused."""

from typing import Any

from schemas.portable import NotPortable, portable
from streams.inbound import Refused


def check_licence(event: Any) -> None:
    """Raises `Refused` (400) for data that names a version and is not of it; any other is kept unread."""
    if not isinstance(event, dict) or event.get("type") != "client.licence":
        return
    data = event.get("data")
    held = data.get("data") if isinstance(data, dict) else None
    if not isinstance(held, dict) or "version" not in held:
        return
    try:
        portable(held)
    except NotPortable as error:
        raise Refused(400, f"data.data.{error.field}".rstrip("."), error.reason) from None
