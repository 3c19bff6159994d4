"""An export of Google Takeout, read for what a house sells: what was often looked for, and starred places.

Activity: https://developers.google.com/data-portability/schema-reference/my_activity (arrays of records with
`title`, `header`, `time`). Places: GeoJSON, `.../schema-reference/local_actions`. Of all that people search
for, only that they did so for a category of the house leaves the file, and never what they typed.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from agents.declared import names
from schemas.portable import Portable

WANTED = frozenset(
    {"MyActivity.json", "My Activity.json", "watch-history.json", "search-history.json", "Saved Places.json"}
)
ENOUGH = 3
"""Times something was looked for before it is an interest: once is a question."""
PLACES = 20
LONGEST = 64


def portable_of(documents: Iterable[Any], categories: Sequence[str]) -> Portable:
    """What documents of an export say in the portable form; of no known shape: nothing."""
    sought: Counter[str] = Counter()
    places: dict[str, None] = {}
    for document in documents:
        if isinstance(document, list):
            for title in _titles(document):
                sought.update(category for category in categories if names(title, category))
        elif isinstance(document, dict) and document.get("type") == "FeatureCollection":
            places |= dict.fromkeys(_places(document.get("features")))
    often = [category for category, times in sought.most_common() if times >= ENOUGH]
    return Portable(version=1, interests=often, places=list(places)[:PLACES])


def _titles(records: list[Any]) -> Iterable[str]:
    for record in records:
        title = record.get("title") if isinstance(record, dict) else None
        if isinstance(title, str):
            yield title[:512]


def _places(features: Any) -> Iterable[str]:
    """Names of places; an address of its own, where somebody lives, has none."""
    for feature in features if isinstance(features, list) else ():
        properties = feature.get("properties") if isinstance(feature, dict) else None
        location = properties.get("location") if isinstance(properties, dict) else None
        name = location.get("name") if isinstance(location, dict) else None
        if isinstance(name, str) and 0 < len(name) <= LONGEST:
            yield name
