"""The learner's state in Redis: one model's weights, its offset, and the decisions that wait for a label.

One writer per model. `apply` is a compare-and-set on the head, so weights, waiting decisions and offset
move together: a learner killed between any two lines continues with the very same weights.
"""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from feature_store import keys
from feature_store.scripts import Scripts, told
from feature_store.store import OtherLayout

State = dict[str, float | int | dict[str, float]]

_APPLY = """
if (redis.call('HGET', KEYS[1], 'head') or '') ~= ARGV[1] then return 0 end
local put = tonumber(ARGV[3])
for i = 4, 3 + 2 * put, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
for i = 4 + 2 * put, #ARGV do redis.call('HDEL', KEYS[1], ARGV[i]) end
redis.call('HSET', KEYS[1], 'head', ARGV[2])
return 1
"""


FIRST = 1
"""The layout of heads that name none."""
LAYOUT = 1
"""How models are kept. It is raised when the state of any of them changes its shape."""


MARK = 6
"""Bytes of a hash that stands for a decision."""


class Head(msgspec.Struct, frozen=True, array_like=True):
    """A model as of `offset`, the next one of `model.examples` to learn from.

    `loss`: exponentially weighted log loss of predictions made before each label was learned. `recent`: their
    last errors, a byte each (`agents/drift.py`); `drifts`: how often these have grown. `at_once`: the last
    decisions that came with their label, `MARK` bytes each. `taught`: what lies before this offset has taught
    it already, where it goes on from a snapshot.
    """

    epoch: str
    offset: int = 0
    learned: int = 0
    loss: float = 0.0
    state: State = {}
    recent: bytes = b""
    drifts: int = 0
    layout: int = FIRST
    at_once: bytes = b""
    taught: int = 0


class Learning:
    """State of all models in one Redis or cluster."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis
        self._scripts = Scripts(redis)

    async def read(
        self, maison: str, model: str, decisions: Collection[str] = ()
    ) -> tuple[bytes, dict[str, dict[str, float]]]:
        """The head as stored (empty if there is none) and the features of those decisions that wait."""
        names = list(decisions)
        fields = ["head", *(f"d:{d}" for d in names)]
        got = await told(self._redis.hmget(keys.model(maison, model), fields))
        waiting = {d: msgspec.msgpack.decode(x) for d, x in zip(names, got[1:], strict=True) if x}
        return got[0] or b"", waiting

    async def apply(
        self,
        maison: str,
        model: str,
        seen: bytes,
        head: bytes,
        put: Mapping[str, dict[str, float]],
        drop: Collection[str],
    ) -> bool:
        """True if applied; False if the head is not `seen` any more."""
        args: list[Any] = [seen, head, len(put)]
        for decision, x in put.items():
            args += (f"d:{decision}", msgspec.msgpack.encode(x))
        args += (f"d:{d}" for d in drop)
        return bool(await self._scripts.run(_APPLY, [keys.model(maison, model)], args))


def decode_head(raw: bytes, epoch: str) -> Head:
    """The stored head, or a new one. Raises `OtherLayout`."""
    head = msgspec.msgpack.decode(raw, type=Head) if raw else Head(epoch, layout=LAYOUT)
    if head.layout != LAYOUT:
        raise OtherLayout(
            f"a model was kept in layout {head.layout}, this worker knows {LAYOUT}: run what kept it, "
            "or let all be made again from the log with `prevenance rebuild --everything --yes`"
        )
    return head
