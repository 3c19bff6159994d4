"""The only place where a key of the client record is spelled: maison first, then the shard's hash tag.

All that one shard writes together shares the tag `{shard}`, so one script can write it on a cluster.
"""

LANES = (
    "fence",
    "due",
    "tally",
    "chosen",
    "members",
    "outbox",
    "changed",
    "publishing",
    "checkpoint",
    "seal",
)
"""Beginnings of what belongs to a shard or a lane and not to one maison: how far each has come, and ids."""


def of_maison(maison: str) -> tuple[str, ...]:
    """Patterns of every key that is a maison's, its inboxes' among them, and of no other maison's.

    >>> of_maison("lumiere")
    ('lumiere{*', '{lumiere/*')
    """
    return f"{maison}{{*", f"{{{maison}/*"


def fence(shard: int) -> str:
    """What was last applied in a shard."""
    return f"fence{{{shard}}}"


def due(shard: int) -> str:
    """When the first timer of each bucket of a shard is due; what else its timers need stands after it."""
    return f"due{{{shard}}}"


def marks(shard: int) -> str:
    """The timers of a shard that never come due: they mark a part.

    >>> marks(3)
    'due{3}:marks'
    """
    return f"{due(shard)}:marks"


def tally(shard: int) -> str:
    """How the parts of a shard are spread over their cells."""
    return f"tally{{{shard}}}"


def chosen(shard: int) -> str:
    """Which articles the parts of a shard chose, and which together."""
    return f"chosen{{{shard}}}"


def members(shard: int) -> str:
    """Which parts of a shard are in which segment."""
    return f"members{{{shard}}}"


def outbox(shard: int) -> str:
    """What a shard has decided and is still to tell."""
    return f"outbox{{{shard}}}"


def changed(shard: int) -> str:
    """What has changed in a shard since its last checkpoint began: keys of records, members of timers."""
    return f"changed{{{shard}}}"


def publishing(shard: int) -> str:
    """What of a shard the checkpoint under way has yet to publish."""
    return f"publishing{{{shard}}}"


def checkpoint(shard: int) -> str:
    """Who publishes the checkpoints of a shard, and how far they have come."""
    return f"checkpoint{{{shard}}}"


def part(maison: str, shard: int, oid: str) -> str:
    """The record of a part.

    >>> part("lumiere", 3, "qjGJ8m2C0b1xYz_A")
    'lumiere{3}qjGJ8m2C0b1xYz_A'
    """
    return f"{maison}{{{shard}}}{oid}"


def links(maison: str, shard: int, oid: str) -> str:
    """The parts that are the same client as this one; written by `identify` alone."""
    return f"{maison}{{{shard}}}{oid}:l"


def alone(maison: str, shard: int, oid: str) -> str:
    """A hash of the parts that are a client by themselves: some share one, which Redis packs."""
    return f"{maison}{{{shard}}}{oid[:1]}:a"


def salts(maison: str, oid: str) -> str:
    """A hash of the salts of some parts: few share one, so that Redis keeps it in a list of bytes.

    >>> salts("lumiere", "qjGJ8m2C0b1xYz_A")
    '{lumiere/qj}k'
    """
    return f"{{{maison}/{oid[:2]}}}k"


def graph(maison: str) -> str:
    """How far the links of a maison have come."""
    return f"{maison}{{{maison}}}graph"


def nodes(maison: str, oid: str) -> str:
    """What was said of parts, and their links as stated: one of 4,096 strings."""
    return f"{maison}{{{maison}}}n{oid[:2]}"


def held(maison: str) -> str:
    """The pairs of a maison that wait for a person's word."""
    return f"{maison}{{{maison}}}held"


def block(maison: str, key: str) -> str:
    """Those who share keys under which persons are compared: one of 4,096 strings."""
    return f"{maison}{{{maison}}}b{key[:2]}"


def model(maison: str, model: str) -> str:
    """The learner's state of one model: weights, pending decisions, offset."""
    return f"{maison}{{{maison}/{model}}}model"


def denial(maison: str, oid: str) -> str:
    """What a part has limited or withdrawn; its own slot, for whoever writes it knows of no shards."""
    return f"{maison}{{{oid}}}:deny"


def withdrawals(maison: str) -> str:
    """The stream of parts of a maison that have withdrawn something."""
    return f"{maison}{{{maison}}}withdrawals"


def seal(lane: str, partition: int) -> str:
    """How far a lane has come in its partition."""
    return f"seal{{{lane}/{partition}}}"


def sources(maison: str) -> str:
    """When each source of a maison was last heard, and how often it speaks."""
    return f"{maison}{{{maison}}}sources"


def standings(maison: str) -> str:
    """Who of a maison has left, or has another role since."""
    return f"{maison}{{{maison}}}standings"


def silences(maison: str) -> str:
    """What people of a maison are told nothing of."""
    return f"{maison}{{{maison}}}silences"


def telephones(maison: str) -> str:
    """Where the people of a maison are rung."""
    return f"{maison}{{{maison}}}telephones"


def telephones_of(maison: str) -> str:
    """Which of them are whose."""
    return f"{telephones(maison)}:whose"


def ring(maison: str, alert: str) -> str:
    """Which telephones were rung for an alert; its own slot, for whoever rings knows of no inbox."""
    return f"{maison}{{{alert}}}ring"
