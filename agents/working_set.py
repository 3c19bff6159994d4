"""The records of one slice while it is computed, and what the other parts of their clients say. Pure."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agents.plan import Keyring
from feature_store import record as records
from feature_store.store import PartKey, View
from feature_store.tally import Cells, moved


class WorkingSet:
    """held: records by part, changed in place; dirty: those that changed, to be written."""

    def __init__(self, view: View, others: Mapping[PartKey, bytes | None], keys: Keyring) -> None:
        key, decode = keys.get, records.decode
        self.held: dict[PartKey, Any] = {p: decode(value, key(p)) for p, value in view.parts.items()}
        self.dirty: dict[PartKey, Any] = {}
        self._view, self._others, self._keys = view, others, keys
        self._stood: dict[tuple[PartKey, Callable[[Any], Cells]], Cells] = {}

    def change(self, part: PartKey) -> Any:
        """The record of a part, which is going to change."""
        record = self.dirty[part] = self.held[part]
        return record

    def linked(self, part: PartKey) -> tuple[str, ...]:
        """The ids of the other parts of a client."""
        return self._view.links.get(part, ())

    def client(self, part: PartKey) -> Any:
        """The client: this part and those linked to it, as far as they are known."""
        if not self.linked(part):
            return self.held[part]
        return records.merge([*self.parts(part).values()])

    def parts(self, part: PartKey) -> dict[str, Any]:
        """The records of a client's parts that are known, by id; this part's first."""
        found = {part[1]: self.held[part]}
        for oid in self.linked(part):
            other = (part[0], oid)
            if other in self.held:
                found[oid] = records.beside(self.held[other])
            elif (value := self._others.get(other)) is not None:
                found[oid] = records.beside(records.decode(value, self._keys.get(other)))
        return found

    def stand(self, part: PartKey, kinds: Sequence[Callable[[Any], Cells]]) -> None:
        """Remembers in which cells of these kinds a part stands, before something may move it."""
        for cells in kinds:
            if (part, cells) not in self._stood:
                self._stood[part, cells] = cells(self.held[part])

    def moves(self) -> Counter[str]:
        """What parts have left and where they have come to: a tally's name -> what is added to it."""
        tallies = Counter[str]()
        for (part, cells), before in self._stood.items():
            if (after := cells(self.held[part])) != before:
                for name, change in moved(part[0], before, after).items():
                    tallies[name] += change
        return tallies

    def encoded(self) -> dict[PartKey, bytes]:
        """The records that changed, as they are stored."""
        return {part: records.encode(record, self._keys.get(part)) for part, record in self.dirty.items()}
