"""Private events of a house, and whose hands sign its cards."""

from collections.abc import Iterator
from datetime import datetime

import msgspec


class Designer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose hand may sign a card for what they drew; they have no screen.

    id: as articles name them. name: as cards say it.
    """

    id: str
    name: str


class Occasion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A private event of the house, `[[events]]` in its file, to which clients are invited one by one.

    id: as appointments name it. name: as cards say it. site: id of where it is.
    at: when it begins, with its offset from UTC. capacity: places. tags: categories, collections or segments
    it is for; none: everybody the house looks after. among: how many clients are likely to fit, where known:
    then no more of them are drawn than would fill it.
    """

    id: str
    name: str
    site: str
    at: datetime
    capacity: int
    tags: list[str] = []
    among: int | None = None

    @property
    def wrongs(self) -> Iterator[str]:
        """All that is wrong with it by itself, in words."""
        if self.at.tzinfo is None:
            yield f"event {self.id}: `at` needs its offset from UTC, as +01:00"
        if self.capacity < 1 or (self.among is not None and self.among < 1):
            yield f"event {self.id}: capacity and among are 1 at least"
