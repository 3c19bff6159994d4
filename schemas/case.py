"""The reference of a case file: where what a client wrote or said is kept. It names no client."""

from typing import Annotated

from msgspec import Meta

PATTERN = r"^[A-Z]{1,6}-?[0-9]{1,7}(-[0-9]{1,6})?$"
SAYS = "capital letters, then digits, such as DPO-2026-118; never a name, an address or a number of a client"

Case = Annotated[str, Meta(pattern=PATTERN, description=f"reference of the case file: {SAYS}")]
