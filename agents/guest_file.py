"""What a house should know of a guest before they arrive, and does not. Pure.

A file is complete when each of `WANTED` is stated or was seen; of an arrival the hour is.
"""

from agents.averse import abstains
from agents.comfort import seen
from agents.moment import Moment
from agents.staying import announced
from feature_store.features.stay import Stay

WANTED = ("allergies", "language", "arrival", "temperature", "pillow", "wine")
"""What is missed most first: what can hurt, then what can embarrass, then what can only disappoint."""
SAYS = {"arrival": "hour of arrival", "temperature": "room temperature"}
MUST = frozenset({"allergies", "language"})
"""Without one of these a file is incomplete, however long it is."""
ENOUGH = 0.5
"""The share of `WANTED` below which it is, even so."""


def missing(moment: Moment, stay: Stay) -> list[str]:
    """What is not known, what is missed most first."""
    return [field for field in WANTED if not _known(moment, stay, field)]


def completeness(moment: Moment, stay: Stay) -> float:
    """The share of what should be known that is, 0 to 1."""
    return 1 - len(missing(moment, stay)) / len(WANTED)


def incomplete(moment: Moment, stay: Stay) -> bool:
    """Whether a stay with this file would be a risk."""
    return completeness(moment, stay) < ENOUGH or not MUST.isdisjoint(missing(moment, stay))


def _known(moment: Moment, stay: Stay, field: str) -> bool:
    if field == "arrival":
        return bool(announced(moment, stay))
    if field == "language":
        return bool(moment.profile("language"))
    if field == "wine" and moment.once(abstains):
        return True
    stated = moment.profile(f"preferences.{field}")
    if stated is not None and stated != "":  # an empty list says that there are none
        return True
    return seen(moment, field)
