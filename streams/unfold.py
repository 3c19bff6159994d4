"""Fields of a profile that are named by their path, `preferences.allergies`, as our own answers name them.

Further on an unknown name is kept in the log and read by nobody: an allergy would be lost.
"""

from typing import Any

from schemas.events.client import GROUPS
from streams.inbound import Refused


def unfolded(event: Any) -> Any:
    """An event as sent, with such fields where the contract has them. Raises `Refused` 400.

    >>> unfolded({"data": {"fields": {"preferences.wine": "Sancerre", "sizes": {"ring": 54}}}})
    {'data': {'fields': {'sizes': {'ring': 54}, 'preferences': {'wine': 'Sancerre'}}}}
    """
    data = event.get("data") if isinstance(event, dict) else None
    fields = data.get("fields") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(fields, dict):
        return event
    whole = nested(fields, "data.fields")
    return event if whole is fields else {**event, "data": {**data, "fields": whole}}


def nested(fields: dict[str, Any], place: str) -> dict[str, Any]:
    """Fields with those that are named by their path in their group, or themselves. Raises `Refused` 400,
    which names the field by the `place` in which they stand.
    """
    paths = [name for name in fields if name.partition(".")[0] in GROUPS and "." in name]
    if not paths:
        return fields
    whole = {name: value for name, value in fields.items() if name not in paths}
    for path in paths:
        group, _, kind = path.partition(".")
        held = whole.get(group) or {}
        if not isinstance(held, dict) or held.get(kind, fields[path]) != fields[path]:
            raise Refused(400, f"{place}.{group}", f"says something else than `{path}`: state it once")
        whole[group] = {**held, kind: fields[path]}
    return whole
