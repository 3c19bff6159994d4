"""Lua scripts in Redis, on one server or a cluster, and what its silence is called."""

import hashlib
from collections.abc import Awaitable, Sequence
from typing import Any, TypeVar

from redis.exceptions import NoScriptError, RedisError

from feature_store.store import StoreAway

T = TypeVar("T")


class Scripts:
    """Runs scripts by their hash; a server that has forgotten one (a restart, a failover) is taught again."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis
        self._shas: dict[str, str] = {}

    async def run(self, script: str, names: Sequence[str], args: Sequence[Any]) -> Any:
        """The script's answer. Every key shares one hash tag. Raises `StoreAway`."""
        sha = self._shas.get(script)
        if sha is not None:
            try:
                return await told(self._redis.evalsha(sha, len(names), *names, *args))
            except NoScriptError:
                pass
        result = await told(self._redis.eval(script, len(names), *names, *args))
        self._shas[script] = hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
        return result


async def told(answer: Awaitable[T]) -> T:
    """The answer of a command. Raises `StoreAway` where Redis gives none."""
    try:
        return await answer
    except NoScriptError:
        raise
    except (RedisError, OSError, TimeoutError) as error:
        raise StoreAway(f"Redis did not answer: {type(error).__name__}: {error}") from error
