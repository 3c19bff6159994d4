"""An export of Instagram, as JSON, read for topics: what its owner is thought to like, of what a house sells.

`topics_your_topics` (recommended_topics.json, before: your_topics.json) and `inferred_data_ig_interest`
(ads_interests.json), each a list of `string_map_data`, whose one key is translated. Texts are UTF-8 that was
written as Latin-1. Whom somebody follows, likes or writes to is not opened: it is about other people.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from agents.declared import names
from schemas.portable import Portable

WANTED = frozenset(
    {"recommended_topics.json", "your_topics.json", "your_reels_topics.json", "ads_interests.json"}
)
LISTS = ("topics_your_topics", "topics_your_reels_topics", "inferred_data_ig_interest")


def portable_of(documents: Iterable[Any], categories: Sequence[str]) -> Portable:
    """What documents of an export say in the portable form; of no known shape: nothing."""
    topics = [topic for document in documents for topic in _topics(document)]
    found = dict.fromkeys(category for topic in topics for category in categories if names(topic, category))
    return Portable(version=1, interests=list(found))


def _topics(document: Any) -> Iterator[str]:
    for name in LISTS if isinstance(document, dict) else ():
        listed = document.get(name)
        for entry in listed if isinstance(listed, list) else ():
            said = entry.get("string_map_data") if isinstance(entry, dict) else None
            for one in said.values() if isinstance(said, dict) else ():
                value = one.get("value") if isinstance(one, dict) else None
                if isinstance(value, str):
                    yield _mended(value[:512])


def _mended(text: str) -> str:
    """
    >>> _mended("H\\u00c3\\u00b4tels")
    'Hôtels'
    """
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text
