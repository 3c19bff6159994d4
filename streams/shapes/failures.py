"""What people are told when something went wrong."""

from typing import Annotated

import msgspec
from msgspec import Meta


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why a person's request was not answered."""

    error: Annotated[str, Meta(description="a sentence for the person who asked")]
