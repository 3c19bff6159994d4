"""Whether a client has died, as the house was told (`deceased` of their profile). Pure."""

from typing import Any

from feature_store.features.profile import stated
from feature_store.record import slice_of


def departed(client: Any) -> bool:
    """Whether somebody of the house, or a server, has said so of this record: a page is not believed."""
    said = stated(slice_of(client, "profile"), "deceased")
    return said is not None and not said.page and said.value is True
