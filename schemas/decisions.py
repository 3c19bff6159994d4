"""The decision log: what might have been done, what was done, with which probability, and what came of it.

One JSON object a line. Written by whoever draws among actions, `prevenance decisions` for one, and read by
`prevenance evaluate`.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from schemas.codec import MAX_BYTES, Unreadable, readable
from schemas.envelope import Text

Chance = Annotated[float, Meta(ge=0, le=1)]
Worth = Annotated[float, Meta(ge=-1e12, le=1e12)]
_ROUNDED = 1e-6
"""How far probabilities that were written as text may be from summing up to 1."""


class Logged(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One decision. `policies` and `q` stand in the order of `actions`."""

    context: Annotated[Text, Meta(description="id of the decision, opaque; of two lines the first counts")]
    actions: Annotated[
        list[Text], Meta(min_length=1, max_length=1000, description="what was eligible, silence among them")
    ]
    action: Annotated[Text, Meta(description="which of them was taken")]
    propensity: Annotated[
        float, Meta(ge=1e-9, le=1, description="with which probability it was taken, as it was drawn")
    ]
    reward: Annotated[Worth | None, Meta(description="what came of it; null while that is not known")] = None
    labels: Annotated[
        dict[Text, int | None],
        Meta(
            description="model -> what it was told of the action taken: 1, 0, or null, nobody will know; of "
            "what is not known yet nothing stands here"
        ),
    ] = {}
    policies: Annotated[
        dict[Text, list[Chance]],
        Meta(description="policy to be evaluated: the probability with which it would take each action"),
    ] = {}
    q: Annotated[
        list[Worth] | None, Meta(description="the reward a model expects of each action, for doubly robust")
    ] = None
    x: Annotated[
        dict[Text, dict[str, dict[str, float]]],
        Meta(description="action -> model -> what it saw, to work out what another policy would do"),
    ] = {}


_decoder = msgspec.json.Decoder(Logged)


def logged(value: bytes) -> Logged:
    """The decision of a line. Raises `Unreadable`, which names the field and repeats no value.

    >>> logged(b'{"context": "d1", "actions": ["card", "silence"], "action": "card", "propensity": 0}')
    Traceback (most recent call last):
        ...
    schemas.codec.Unreadable: Expected `float` >= 1e-09 - at `$.propensity`
    """
    if len(value) > MAX_BYTES:
        raise Unreadable(f"too large: at most {MAX_BYTES} bytes")
    line = readable(_decoder, value)
    count = len(line.actions)
    if len(set(line.actions)) < count:
        raise Unreadable("an action stands twice - at `$.actions`")
    if line.action not in line.actions:
        raise Unreadable("not among the actions - at `$.action`")
    for chances in line.policies.values():
        if len(chances) != count or abs(sum(chances) - 1) > _ROUNDED:
            raise Unreadable(f"Expected {count} probabilities that sum up to 1 - at `$.policies[...]`")
    if line.q is not None and len(line.q) != count:
        raise Unreadable(f"Expected {count} numbers - at `$.q`")
    return line
