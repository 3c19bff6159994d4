"""Golden samples: of every message there is, in every shape it ever had."""

import re
from pathlib import Path

GOLDEN = Path(__file__).parent / "golden"


def samples(folder: str) -> dict[str, Path]:
    """Name of a sample -> its file.

    `store.checkin.json` is the first of its type, `store.checkin.2.json` came with fields that the first has
    not; neither is ever changed.
    """
    return {path.stem: path for path in sorted((GOLDEN / folder).glob("*.json"))}


def told_by(sample: str) -> str:
    """What a sample is one of.

    >>> told_by("store.checkin"), told_by("store.checkin.2")
    ('store.checkin', 'store.checkin')
    """
    return re.sub(r"\.\d+$", "", sample)


EVENT_SAMPLES = samples("events")
MESSAGE_SAMPLES = samples("messages")
