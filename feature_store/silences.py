"""What is silenced: asked before anything is shown to a person. A copy of the topic `silences`, by scope."""

from typing import Any

from feature_store import keys
from feature_store.copies import Copies
from schemas.silence import Silence, decode_silence


class Silences(Copies[Silence]):
    """The silences of every maison, lifted or not. Raises `StoreAway`."""

    def __init__(self, redis: Any) -> None:
        super().__init__(redis, keys.silences, lambda silence: silence.scope, decode_silence)
