"""Redis keys of an inbox: one hash tag, the maison first, so one inbox is one slot and maisons cannot mix."""


def grown_channel(maison: str) -> str:
    """On which every entry of every log of a maison is told as it is written."""
    return f"{maison}:inboxes"


def inbox_keys(inbox: str) -> list[str]:
    """Keys of one inbox, in the order in which the scripts take them.

    >>> inbox_keys("lumiere/vendome")[0]
    '{lumiere/vendome}:inbox'
    """
    tag = f"{{{inbox}}}:inbox"
    kept = [f"{tag}:{kind}" for kind in ("open", "over", "presence", "keep")]
    return [tag, *kept, inbox_log_key(inbox), f"{tag}:waiting"]


def inbox_log_key(inbox: str) -> str:
    """The stream of what an inbox showed, in order."""
    return f"{{{inbox}}}:inbox:log"
