"""Incremental fetches (KIP-227) for aiokafka, which asks a broker for every partition in every fetch.

A worker reads eight topics and an event comes alone: to name 32 partitions and hear of all of them costs both
sides more than the event does. In a session the broker keeps what was asked for; a fetch then carries what
has changed since the last one, and the answer what there is to tell.
"""

from collections.abc import Callable
from copy import copy
from typing import Any, NamedTuple

from aiokafka.protocol.fetch import FetchRequest

Wanted = list[tuple[str, list[tuple[int, int, int]]]]
"""By topic: partition, next offset, most bytes."""

SINCE = 7
"""The version of the fetch API that brought sessions."""
LAST_EPOCH = 2**31 - 1
OUT_OF_RANGE = 1
"""Kafka's number for a partition that has nothing at the offset that was asked for."""

Gone = Callable[[str, int, int], None]
"""Is told topic, partition and offset."""


class Ask(NamedTuple):
    """What a fetch says: its place in the session, what it asks for anew, what it no longer wants."""

    id: int
    epoch: int
    topics: Wanted
    forgotten: list[tuple[str, list[int]]]


class Session:
    """What one broker knows of our fetches. An answer that was not heard ends it: the next fetch says all.

    >>> session = Session()
    >>> session.ask([("clicks", [(0, 10, 99), (1, 20, 99)])]).epoch
    0
    >>> session.answered(0, 7)
    >>> session.ask([("clicks", [(1, 25, 99)])])
    Ask(id=7, epoch=1, topics=[('clicks', [(1, 25, 99)])], forgotten=[('clicks', [0])])
    """

    def __init__(self) -> None:
        self._id = self._epoch = 0
        self._known: dict[tuple[str, int], int] = {}

    @property
    def kept(self) -> bool:
        """Whether the broker keeps it, as far as it has said."""
        return self._epoch > 0

    def ask(self, wanted: Wanted) -> Ask:
        """What to send so that the broker looks at `wanted` and at nothing else."""
        offsets = {(topic, p): offset for topic, partitions in wanted for p, offset, _ in partitions}
        before, self._known = self._known, offsets
        if not self._epoch:
            return Ask(self._id, 0, wanted, [])
        changed = [
            (topic, news)
            for topic, partitions in wanted
            if (news := [p for p in partitions if before.get((topic, p[0])) != p[1]])
        ]
        forgotten: dict[str, list[int]] = {}
        for topic, partition in before.keys() - offsets.keys():
            forgotten.setdefault(topic, []).append(partition)
        return Ask(self._id, self._epoch, changed, list(forgotten.items()))

    def answered(self, error: int, id: int) -> None:
        """Takes note of an answer; id 0 is a broker that keeps no session for us."""
        if error or not id:
            self.lost()
        else:
            self._id, self._epoch = id, self._epoch % LAST_EPOCH + 1

    def lost(self) -> None:
        """Starts over with the next fetch."""
        self._id = self._epoch = 0


class SessionRequest(FetchRequest):
    """A fetch in a session. aiokafka reads `topics`, which stays whole, to know what was asked."""

    def __init__(self, request: FetchRequest, session: Session) -> None:
        self.__dict__.update(request.__dict__)
        self._session = session

    def build(self, request_struct_class: Any) -> Any:
        if request_struct_class.API_VERSION < SINCE:
            return super().build(request_struct_class)
        ask = self._session.ask(self.topics)
        part = copy(self)
        part._topics = ask.topics
        built = FetchRequest.build(part, request_struct_class)
        built.session_id, built.session_epoch = ask.id, ask.epoch
        built.forgotten_topics_data = ask.forgotten
        return built


class SessionClient:
    """An aiokafka client whose fetches go in a session per broker; all else is the client's.

    `gone` is told of offsets that a partition does not have: aiokafka reads on where it begins.
    """

    def __init__(self, client: Any, gone: Gone) -> None:
        self._client, self._gone = client, gone
        self._sessions: dict[int, Session] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    @property
    def in_session(self) -> bool:
        """Whether every broker that was asked for records keeps a session for us; not before one was."""
        return bool(self._sessions) and all(session.kept for session in self._sessions.values())

    async def send(self, node_id: int, request: Any) -> Any:
        """The broker's answer. A fetch that fails, or is given up, ends the session."""
        if not isinstance(request, FetchRequest):
            return await self._client.send(node_id, request)
        session = self._sessions.setdefault(node_id, Session())
        try:
            answer = await self._client.send(node_id, SessionRequest(request, session))
        except BaseException:
            session.lost()
            raise
        if answer.API_VERSION >= SINCE:
            session.answered(answer.error_code, answer.session_id)
        for topic, partitions in answer.topics:
            for one in partitions:
                if one[1] == OUT_OF_RANGE:
                    self._tell_gone(request, topic, one[0])
        return answer

    def _tell_gone(self, request: FetchRequest, topic: str, partition: int) -> None:
        for number, offset, _ in dict(request.topics)[topic]:
            if number == partition:
                self._gone(topic, partition, offset)
