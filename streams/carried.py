"""What each topic carries: which messages, keyed by what, with which headers."""

from collections.abc import Mapping

import msgspec

from schemas.alerts import AlertChange, PresenceChange, StatusChange
from schemas.audit import Handled, TelephoneAsked, Viewed
from schemas.events import EVENTS
from schemas.ledger import LedgerEntry
from schemas.messages import Examples, KeyChange, LinkChange, Snapshot
from schemas.segments import SegmentChange
from schemas.silence import Silence
from schemas.standing import Standing
from schemas.traces import Traced
from streams import topics

JSON, MSGPACK, BYTES = "application/json", "application/msgpack", "application/octet-stream"
_OID = "opaque id of whom it is about"


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """One topic, in words for its readers.

    says: what it is for. key: what its records are keyed by. messages: what stands in it; without any, bytes
    that `media` names. many: a record is a list of them. headers: name to meaning.
    """

    says: str
    key: str
    messages: tuple[type, ...] = ()
    media: str = JSON
    many: bool = False
    headers: Mapping[str, str] = {}


_SPAN = {
    "traceparent": "where in a distributed trace it stands, if that is recorded: W3C Trace Context",
    "tracestate": "what tracing systems added to that",
}
_ORIGIN = {
    "reason": "why it is here, in words",
    "topic": "the topic that it came from, or was on its way to",
}

CARRIED: Mapping[str, Carried] = {
    **{
        name: Carried(
            says="Events as the gateway took them: identifiers opaque, words sealed.",
            key=_OID,
            messages=tuple(kind for kind in EVENTS.values() if kind.topic == name),
            headers={"letter": "of what was a dead letter alone: its id", **_SPAN},
        )
        for name in topics.INBOUND
    },
    topics.REPLAY: Carried(
        says="Events of a recording. They change records and links, and reach nobody.",
        key=_OID,
        messages=tuple(EVENTS.values()),
    ),
    topics.LINKS: Carried(
        says="Who is who: parts that are, or are not, one client.",
        key="id of the house",
        messages=(LinkChange,),
    ),
    topics.LEDGER: Carried(
        says="Every statement of consent, as it was applied.", key=_OID, messages=(LedgerEntry,)
    ),
    topics.KEYS: Carried(
        says="What clients' keys are made of. To destroy a record here is to erase what was sealed with it.",
        key="`maison/oid/name of the salt`",
        messages=(KeyChange,),
    ),
    topics.ALERTS: Carried(
        says="Next actions on their way to people, what became of them, and who is on duty.",
        key="inbox, `maison/site` or `maison/team`",
        messages=(AlertChange, StatusChange, PresenceChange),
        headers=_SPAN,
    ),
    topics.SEGMENTS: Carried(
        says="Clients who entered a segment, or left one.", key="`maison/team`", messages=(SegmentChange,)
    ),
    topics.DECISIONS: Carried(
        says="Why and why not: what each decision considered.",
        key="opaque id of one part of the slice's shard",
        messages=(Traced,),
        media=MSGPACK,
        many=True,
    ),
    topics.EXAMPLES: Carried(
        says="Decisions and what became of them, to learn from.", key="`maison/model`", messages=(Examples,)
    ),
    topics.SNAPSHOTS: Carried(
        says="The newest state of each model.", key="`maison/model`", messages=(Snapshot,), media=MSGPACK
    ),
    topics.STANDING: Carried(
        says="Who has left the house, and who has their clients since.",
        key="`maison/staff`",
        messages=(Standing,),
    ),
    topics.SILENCES: Carried(
        says="What is silenced, and who ever silenced what.",
        key="`maison/site/action` of what is silenced",
        messages=(Silence,),
    ),
    topics.CHECKPOINT: Carried(
        says="Records and timers of each shard, encrypted. For this line alone: their layout is no contract.",
        key="`maison|oid` of a part, the name of a timer, or `mark|shard`",
        media=BYTES,
    ),
    topics.QUARANTINE: Carried(
        says="Events of sources that a house has not declared, as they came. An empty record lets one in.",
        key="16 bytes that stand for maison, source and id of the event",
        media=BYTES,
        headers={
            **_ORIGIN,
            "maison": "id of the house",
            "source": "the source that is not declared",
            "key": "what the event is to be keyed by",
        },
    ),
    topics.DEAD_LETTERS: Carried(
        says="What could not be read, as it came. A record with the header `fate` says what became of it.",
        key="as it came",
        media=BYTES,
        headers={
            **_ORIGIN,
            "stage": "who could not read it: personalise, identify, learn, deliver ...",
            "partition": "where it stood",
            "offset": "where it stood",
            "fate": "JSON: which letters of this partition were put back or discarded, by whom, why",
        },
    ),
    topics.AUDIT: Carried(
        says="Who looked at which client, who did what with dead letters, whose telephones ring: entered "
        "before.",
        key=f"{_OID}; of dead letters, id of the house; of a telephone, id of whose it is",
        messages=(Viewed, Handled, TelephoneAsked),
    ),
}
"""By topic; every topic stands here."""
