"""A fetch session against a broker that keeps it: it looks at what is wanted, whatever is lost on the way."""

from aiokafka.protocol.fetch import FetchRequest, FetchRequest_v6, FetchRequest_v11
from hypothesis import given
from hypothesis import strategies as st

from streams.fetch_session import LAST_EPOCH, Session, SessionRequest, Wanted

MOST = 1024


class Broker:
    """What KIP-227 says of the other side, for one session."""

    def __init__(self) -> None:
        self.id = 0
        self.epoch = 0
        self.looks_at: dict[tuple[str, int], int] = {}

    def fetch(self, asked: tuple, keeps: bool = True) -> tuple[int, int]:
        """Error and session id of the answer; what it has looked at is in `looks_at`."""
        id, epoch, topics, forgotten = asked
        news = {(topic, p): offset for topic, partitions in topics for p, offset, _ in partitions}
        if epoch == 0:
            self.looks_at, self.epoch = news, 1
            self.id = id + 1 if keeps else 0
            return 0, self.id
        if id != self.id:
            return 70, 0
        if epoch != self.epoch:
            return 71, 0
        for topic, partitions in forgotten:
            for p in partitions:
                del self.looks_at[topic, p]
        self.looks_at.update(news)
        self.epoch += 1
        return 0, self.id


def wanted(offsets: dict[tuple[str, int], int]) -> Wanted:
    topics: dict[str, list[tuple[int, int, int]]] = {}
    for (topic, p), offset in offsets.items():
        topics.setdefault(topic, []).append((p, offset, MOST))
    return list(topics.items())


Offsets = st.dictionaries(
    st.tuples(st.sampled_from(["clicks", "checkins"]), st.integers(0, 2)), st.integers(0, 3), min_size=1
)
Ends = st.sampled_from(["heard", "heard", "heard", "answer lost", "never sent", "not kept", "forgotten"])


@given(st.lists(st.tuples(Offsets, Ends)))
def test_the_broker_looks_at_what_is_wanted_and_at_nothing_else(rounds: list) -> None:
    session, broker = Session(), Broker()
    for offsets, end in rounds:
        asked = session.ask(wanted(offsets))
        if end == "never sent":
            session.lost()
            continue
        if end == "forgotten":
            broker.id = -1  # a restart, or its cache was full
        error, id = broker.fetch(asked, keeps=end != "not kept")
        if not error:
            assert broker.looks_at == offsets
        if end == "answer lost":
            session.lost()
        else:
            session.answered(error, id)


def test_nothing_is_said_twice() -> None:
    session = Session()
    session.ask(wanted({("clicks", 0): 5, ("clicks", 1): 5}))
    session.answered(0, 9)
    assert session.ask(wanted({("clicks", 0): 5, ("clicks", 1): 5})) == (9, 1, [], [])


def test_the_epoch_starts_again_at_one_before_it_outgrows_its_number() -> None:
    session = Session()
    session.ask([])
    session.answered(0, 9)
    session._epoch = LAST_EPOCH
    session.ask([])
    session.answered(0, 9)
    assert session.ask([]).epoch == 1


def test_the_request_says_the_part_and_aiokafka_reads_the_whole() -> None:
    session = Session()
    whole = wanted({("clicks", 0): 5, ("clicks", 1): 5})
    first = SessionRequest(FetchRequest(100, 1, MOST, 0, whole), session).build(FetchRequest_v11)
    assert (first.session_id, first.session_epoch) == (0, 0)
    session.answered(0, 9)
    moved = wanted({("clicks", 1): 6})
    request = SessionRequest(FetchRequest(100, 1, MOST, 0, moved), session)
    built = request.build(FetchRequest_v11)
    assert (built.session_id, built.session_epoch, built.forgotten_topics_data) == (9, 1, [("clicks", [0])])
    assert built.topics == [("clicks", [(1, -1, 6, -1, MOST)])]
    assert request.topics == moved
    assert built.encode()


def test_a_broker_older_than_sessions_is_asked_for_all() -> None:
    whole = wanted({("clicks", 0): 5})
    built = SessionRequest(FetchRequest(100, 1, MOST, 0, whole), Session()).build(FetchRequest_v6)
    assert built.topics == [("clicks", [(0, 5, -1, MOST)])]
