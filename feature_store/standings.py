"""Who has left, or has another role since: asked before anything is shown to a person.

A copy of the compacted topic `staff.standing`, one field per person that anything ever changed for.
"""

from typing import Any

from feature_store import keys
from feature_store.copies import Copies
from schemas.standing import Standing, decode_standing


class Standings(Copies[Standing]):
    """The standings of every maison. Raises `StoreAway`."""

    def __init__(self, redis: Any) -> None:
        super().__init__(redis, keys.standings, lambda standing: standing.staff, decode_standing)
