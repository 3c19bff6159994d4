"""What is told only once the write that decided it stands: kept in the store by that write, sent after it.

Alerts go out before the write, for a second run may decide otherwise and the first one shown wins. Who is in
a segment has no such rule: what a team hears and what is counted must be one. So the write keeps it, and the
lane sends it within a tick; killed before it says so, it is sent again under the same id.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import blake2b

import msgspec

from agents.effects import Effects
from agents.identify import Linked
from feature_store.store import PartKey
from schemas.codec import encode
from schemas.events.client import ClientReview, ReviewData
from schemas.who import Who
from streams import topics
from streams.produce import Message

_decoder = msgspec.msgpack.Decoder(tuple[str, bytes, bytes])


def entries(effects: Effects, now: float) -> list[bytes]:
    """What the effects have to tell, as it is kept. `now` is Unix seconds."""
    return [msgspec.msgpack.encode(entry) for entry in _entries(effects, now)]


def _entries(effects: Effects, now: float) -> Iterator[tuple[str, bytes, bytes]]:
    for change in effects.changes:
        key = f"{change.maison}/{change.team}".encode()
        yield topics.SEGMENTS, key, msgspec.json.encode(change)
    for part in effects.reviews:
        yield topics.DECLARATIONS, part[1].encode(), encode(review(part, now))
    for surprise in effects.surprises:
        yield topics.DECLARATIONS, (surprise.data.who.oid or "").encode(), encode(surprise)


def asked_again(linked: Linked, now: float, every: bool) -> list[Message]:
    """What has the shard of each part look at its client again: of parts whose client has lost or gained one,
    or of `every` part that a statement concerned."""
    parts = linked.links.keys() if every else linked.parted | linked.joined.keys()
    return [
        Message(
            topic=topics.DECLARATIONS,
            key=part[1].encode(),
            value=encode(review(part, now, part in linked.parted, linked.joined.get(part, []))),
        )
        for part in sorted(parts)
    ]


def message(entry: bytes) -> Message:
    """What was kept, to be sent."""
    topic, key, value = _decoder.decode(entry)
    return Message(topic=topic, key=key, value=value)


def review(part: PartKey, now: float, parted: bool = False, joined: Sequence[str] = ()) -> ClientReview:
    """The event that asks for it. `now` is Unix seconds."""
    maison, oid = part
    return ClientReview(
        id=blake2b(f"{maison}|{oid}|{now}".encode(), digest_size=12).hexdigest(),
        source="/personalise",
        specversion="1.0",
        maison=maison,
        time=datetime.fromtimestamp(now, UTC),
        data=ReviewData(who=Who(oid=oid), parted=parted, joined=joined),
    )
