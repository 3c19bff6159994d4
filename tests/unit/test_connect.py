"""Why Redis gives no answer, and what to do, in words that are true of what it said."""

import pytest
from redis.exceptions import BusyLoadingError, OutOfMemoryError, RedisError, ResponseError
from redis.exceptions import ConnectionError as LinkLost

from streams.connect import not_answering


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (BusyLoadingError("Redis is loading the dataset in memory"), "is reading what it has on disk"),
        (ResponseError("BUSY Redis is busy running a script."), "`redis-cli SCRIPT KILL` ends it"),
        (
            OutOfMemoryError("command not allowed when used memory > 'maxmemory'."),
            "raise maxmemory, or add a node",
        ),
        (LinkLost("Connection refused"), "does not answer (ConnectionError): start it"),
    ],
)
def test_a_redis_that_answers_is_not_to_be_started(said: RedisError, told: str) -> None:
    """Whoever started one that was starting had it read all of it again."""
    assert told in not_answering(said)
