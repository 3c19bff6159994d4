"""Who may say that a client allows something."""

from schemas.events.client import ConsentData
from schemas.sources import of_staff

AT_HAND = frozenset({"pos", "pms"})
"""Scopes of systems that people of the house type into."""


def lacks_proof(source: str, scope: str, data: ConsentData) -> bool:
    """Whether staff say that a client allows something and show nothing for it: that counts for nothing.

    What a client refuses anybody may write down. `data.proof` says where the evidence is.
    """
    if data.state == "none" or data.proof:
        return False
    return scope in AT_HAND or of_staff(source)
