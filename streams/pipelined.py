"""redis-py on one connection for all tasks: commands of one turn of the loop go out together, answers return
in their order.

redis-py's own way (a connection from a pool, a retry, a time-out, a stream reader, a measurement for each
command) costs some 200 us of CPU a command, more than what it asks for. It still connects, signs in, names
and reads every answer here.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import hiredis
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import ConnectionError as LinkLost
from redis.exceptions import InvalidResponse, ReadOnlyError, RedisError, ResponseError
from redis.exceptions import TimeoutError as NoAnswer

PROMPT = 1024
"""Bytes of commands that do not wait for the end of the loop's turn: Redis works on them while other tasks
compute. A lane's read and its write are some 30 and 500 KB."""
_MORE = object()


class _Asked:
    """Commands that went out together, and what came of them so far."""

    __slots__ = ("answer", "at", "count", "replies")

    def __init__(self, answer: asyncio.Future[list[Any]], at: float, count: int) -> None:
        self.answer, self.at, self.count = answer, at, count
        self.replies: list[Any] = []


class _Link(asyncio.Protocol):
    """One connection that redis-py has opened; every reply belongs to the longest waiting commands."""

    def __init__(self, opened: Any, patience: float) -> None:
        self.lost: RedisError | None = None
        self._patience = patience
        self._waiting: deque[_Asked] = deque()
        self._loop = asyncio.get_running_loop()
        self._watch: asyncio.TimerHandle | None = None
        self._unsent: list[bytes] = []
        self._reader = hiredis.Reader(
            protocolError=InvalidResponse, replyError=opened._parser.parse_error, notEnoughData=_MORE
        )
        self._writer, opened._writer = (
            opened._writer,
            None,
        )  # ours now: redis-py shall neither close nor miss it
        self._transport: Any = self._writer.transport
        self._transport.set_protocol(self)
        self._transport.set_write_buffer_limits(high=0)  # else uvloop keeps what is sent until the turn ends

    def ask(self, packed: bytes, count: int = 1) -> asyncio.Future[list[Any]]:
        """Sends so many commands; the future has their replies, errors of Redis among them, or raises what
        the connection says."""
        if self.lost is not None:  # between the end of its handshake and this, its first command
            raise self.lost
        answer, now = self._loop.create_future(), self._loop.time()
        self._waiting.append(_Asked(answer, now, count))
        if self._watch is None:
            self._watch = self._loop.call_at(now + self._patience, self._look)
        if not self._unsent:
            self._loop.call_soon(self._send)
        self._unsent.append(packed)
        if len(packed) >= PROMPT:
            self._send()
        return answer

    def _send(self) -> None:
        """One write for however many tasks asked: a call of the system costs more than a command."""
        packed, self._unsent = b"".join(self._unsent), []
        if packed and self.lost is None:
            self._transport.write(packed)

    def data_received(self, data: bytes) -> None:
        try:
            self._reader.feed(data)
            while self.lost is None and (reply := self._reader.gets()) is not _MORE:
                if not isinstance(reply, hiredis.PushNotification):
                    self._answer(reply)
        except RedisError as error:  # no Redis: whatever follows can't be told apart either
            self.fail(error)

    def _answer(self, reply: Any) -> None:
        if not self._waiting:
            raise InvalidResponse("an answer to nothing")
        asked = self._waiting[0]
        asked.replies.append(reply)
        if len(asked.replies) < asked.count:
            return
        self._waiting.popleft()
        if not asked.answer.done():  # else: its caller was cancelled
            asked.answer.set_result(asked.replies)
        if any(map(_is_replica, asked.replies)):  # whoever writes has moved on: so do we, by its name
            self.fail(LinkLost("it has become a replica"))

    def connection_lost(self, exc: Exception | None) -> None:
        self.fail(LinkLost(f"the connection was lost: {type(exc).__name__ if exc else 'closed by Redis'}"))

    def fail(self, error: RedisError) -> None:
        """Gives the connection up; whoever waits is told, and nothing is known of their commands."""
        if self.lost is not None:
            return
        self.lost = error
        self._transport.abort()
        if self._watch is not None:
            self._watch.cancel()
        while self._waiting:
            answer = self._waiting.popleft().answer
            if not answer.done():
                answer.set_exception(error)

    def _look(self) -> None:
        self._watch = None
        if not self._waiting:
            return
        due = self._waiting[0].at + self._patience
        if due <= self._loop.time():
            self.fail(NoAnswer(f"no answer in {self._patience:g} s"))
        else:
            self._watch = self._loop.call_at(due, self._look)


def _is_replica(reply: Any) -> bool:
    """Whether it refuses a write for being no master any more; Redis 6 says so of scripts in other words."""
    return isinstance(reply, ResponseError) and (
        isinstance(reply, ReadOnlyError) or "-READONLY" in str(reply)
    )


def _packed(args: tuple[Any, ...]) -> bytes:
    name = args[0]
    if " " in name:  # CONFIG GET and the like are two words
        args = (*name.split(), *args[1:])
    packed: bytes = hiredis.pack_command(args)
    return packed


class Pipelined(Redis):
    """A `redis.asyncio.Redis` of one server for one loop. Never give it a command that blocks.

    A command whose answer is not there within the pool's `socket_timeout` raises `TimeoutError`, as do all
    that wait behind it; the next command connects anew. So it does where a master that became a replica has
    refused a write: its connections may stand, and its name lead to another one. Nothing is ever sent twice.
    """

    _link: _Link | None = None
    _connecting: asyncio.Future[_Link] | None = None

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        link = self._standing() or await self._connected()
        [reply] = await link.ask(_packed(args))
        return self._read(reply, args[0], options)

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> "_Batch":
        """Commands that are asked together: a third of what a task for each of them costs.

        Never a transaction, which would need a connection of its own: that is what scripts are for.
        """
        if transaction:
            raise NotImplementedError("write a script: `feature_store.scripts`")
        return _Batch(self)

    async def together(self, commands: Sequence[tuple[tuple[Any, ...], dict[str, Any]]]) -> list[Any]:
        """The answers to these commands, each with its options, in their order. Raises the first error."""
        if not commands:
            return []
        link = self._standing() or await self._connected()
        replies = await link.ask(b"".join([_packed(args) for args, _ in commands]), len(commands))
        return [
            self._read(reply, args[0], options)
            for reply, (args, options) in zip(replies, commands, strict=True)
        ]

    def _read(self, reply: Any, name: str, options: dict[str, Any]) -> Any:
        if isinstance(reply, Exception):
            raise reply
        callback: Callable[..., Any] | None = self.response_callbacks.get(name)
        if callback is None:
            return reply
        options.pop("keys", None)
        return callback(reply, **options)

    def _standing(self) -> _Link | None:
        link = self._link
        return link if link is not None and link.lost is None else None

    async def _connected(self) -> _Link:
        """One task connects, however many wait for it."""
        if self._connecting is None:
            self._connecting = asyncio.ensure_future(self._connect())
            self._connecting.add_done_callback(self._settled)
        return await asyncio.shield(self._connecting)

    async def _connect(self) -> _Link:
        opened = self.connection_pool.make_connection()
        await opened.connect()
        link = _Link(opened, opened.socket_timeout)
        if self._connecting is asyncio.current_task():
            self._link = link
        else:  # the client was closed meanwhile
            link.fail(LinkLost("closed"))
        return link

    def _settled(self, connecting: "asyncio.Future[_Link]") -> None:
        if self._connecting is connecting:
            self._connecting = None
        if not connecting.cancelled():
            connecting.exception()  # told to those who wait, if any still do

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        self._connecting = None
        if self._link is not None:
            self._link.fail(LinkLost("closed"))
        await asyncio.sleep(0)  # in which transports let go of their sockets
        await super().aclose(close_connection_pool)


class _Batch(Pipeline):
    """redis-py's pipeline, on the connection that all share."""

    def __init__(self, client: Pipelined) -> None:
        super().__init__(client.connection_pool, client.response_callbacks, False, None)
        self._client = client

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        asked = list(self.command_stack)
        self.command_stack.clear()
        return await self._client.together(asked)
