"""The measured events as they travel: sealed by their clients' keys, as a gateway seals them."""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any

from benchmarks.mix import PEPPER, Sent
from feature_store.keyring import Keyring
from feature_store.store import PartKey
from schemas.sealing import SALT, Key, master_of
from streams.inbound import restated

MASTER = master_of(PEPPER.encode())


class Sealing:
    """Keys of the clients that were met, each with one salt."""

    def __init__(self) -> None:
        self.keys: dict[PartKey, Key] = {}

    def sealed(self, events: Iterable[Sent]) -> Iterator[Sent]:
        """The same events, sealed."""
        for event in events:
            taken = restated(event.value, event.topic, PEPPER.encode())
            message = taken.message(self.key(taken.part))
            yield Sent(message.topic, message.key or b"", message.value or b"")

    def key(self, part: PartKey) -> Key:
        """The key of a client, the same in every run."""
        if part not in self.keys:
            salt = blake2b("/".join(part).encode(), digest_size=SALT).digest()
            self.keys[part] = Key(MASTER, part, [salt])
        return self.keys[part]

    async def keep(self, redis: Any) -> None:
        """Puts the keys where workers look, as the agent `keys` had done long before."""
        salts = [(part, key.salts[0], False) for part, key in self.keys.items()]
        for first in range(0, len(salts), 1000):
            await Keyring(redis).keep(salts[first : first + 1000])
