"""A recording is sent again: at its own speed, faster, or flat out; records change, nobody is alerted."""

import asyncio
import io
import json
import signal
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from feature_store.keyring import Keyring
from schemas.codec import Unreadable
from schemas.wording import many
from streams import topic_admin
from streams.applied import until_applied, write_records
from streams.command import INTERRUPTED
from streams.embedded_line import assemble, run_agents
from streams.inbound import Checked
from streams.intake import publish_sealed
from streams.keys import Keys
from streams.logs import say
from streams.parts import Parts
from streams.produce import Producer
from streams.recording import Line, RecordingError, in_background, lines_of, open_recording, played
from streams.serve import servers
from streams.settings import EMBEDDED, Settings, SettingsError
from streams.worker import Worker

AT_ONCE = 1000
"""Events in one send, whose acknowledgement is awaited."""
TOLD = 20
"""Bad lines that are told one by one; further ones are only counted."""
DELIVERY = 30.0


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """How a replay was asked for. `speed`: recorded seconds per second, None for flat out."""

    file: str
    speed: float | None
    strict: bool
    wait: bool
    out: Path | None
    json: bool


class Summary(msgspec.Struct, kw_only=True):
    """What a replay did. `applied_seconds`: from the first event to the last one applied, if waited for."""

    events: int = 0
    refused: int = 0
    seconds: float = 0.0
    per_second: int = 0
    applied_seconds: float | None = None
    applied_per_second: int | None = None
    interrupted: bool = False

    def sentence(self) -> str:
        """For a person."""
        text = f"{many(self.events, 'event')} sent in {self.seconds:.1f} s ({self.per_second:,}/s)"
        if self.applied_seconds is not None:
            text += f", applied after {self.applied_seconds:.1f} s ({self.applied_per_second:,}/s)"
        text += f", {self.refused:,} refused"
        return f"interrupted: {text}" if self.interrupted else text


async def replay(settings: Settings, ask: Ask) -> int:
    """Sends a recording and returns the exit code. An embedded line is started, and waited for, in here.

    Raises `RecordingError`, and what starting a line raises.
    """
    stopping = _stopped_by_signals()
    async with AsyncExitStack() as stack:
        recording = open_recording(ask.file)
        worker: Worker | None = None
        if settings.kafka == EMBEDDED:
            parts = await assemble(settings, stack)
            worker = Worker(parts, ("keys", "personalise", "identify"))
            await run_agents(worker, stack)
        else:
            parts = await _servers(settings, stack, needs_redis=ask.wait or ask.out is not None)
        producer = Producer(
            parts.brokers, client_id="prevenance-replay", linger_ms=2, delivery_timeout=DELIVERY
        )
        stack.push_async_callback(producer.close)
        run = _Run(parts, producer, ask, stopping)
        waiting = worker is not None or ask.wait or ask.out is not None
        work = asyncio.create_task(run.through(recording, waiting))
        if (failed := await _failed(worker, work)) is not None:
            raise RecordingError(f"the replay stopped: {failed}")
        say(run.summary.sentence())
        if ask.json:
            sys.stdout.write(json.dumps(msgspec.structs.asdict(run.summary)) + "\n")
        return INTERRUPTED if run.summary.interrupted else 0


def _stopped_by_signals() -> asyncio.Event:
    stopping = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    return stopping


async def _servers(settings: Settings, stack: AsyncExitStack, needs_redis: bool) -> Parts:
    if needs_redis and settings.redis == EMBEDDED:
        raise SettingsError("PREVENANCE_REDIS is not set: --wait and --out look into the workers' Redis")
    await asyncio.to_thread(topic_admin.shards_of, settings.kafka)
    return servers(settings, stack, needs_redis)


async def _failed(worker: Worker | None, work: "asyncio.Task[None]") -> BaseException | None:
    """Waits for the work, or for the worker beside it to fail."""
    if worker is None:
        await work
        return None
    failure = asyncio.create_task(worker.failure())
    tasks: list[asyncio.Task[Any]] = [failure, work]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    if work.done():
        failure.cancel()
        work.result()
        return None
    work.cancel()
    return failure.result()


class _Run:
    """One recording on its way."""

    def __init__(self, parts: Parts, producer: Producer, ask: Ask, stopping: asyncio.Event) -> None:
        self.summary = Summary()
        self._seals = Keys(Keyring(parts.redis) if parts.redis else None, parts.master)
        self._parts, self._producer, self._ask, self._stopping = parts, producer, ask, stopping
        self._began = 0.0
        self._first: float | None = None
        self._position = 0.0

    async def through(self, recording: io.BufferedReader, waiting: bool) -> None:
        """Sends all of it; then waits until it is applied and writes the records, where asked."""
        summary = self.summary
        self._began = time.monotonic()
        progress = asyncio.create_task(self._progress())
        try:
            async with aclosing(_pieces(recording, self._stopping)) as pieces:
                async for lines in pieces:
                    await self._send(lines)
        finally:
            progress.cancel()
        summary.seconds = time.monotonic() - self._began
        summary.per_second = round(summary.events / max(summary.seconds, 1e-9))
        summary.interrupted = self._stopping.is_set()
        if not waiting or summary.interrupted:
            return
        await until_applied(self._parts, self._stopping)
        summary.applied_seconds = time.monotonic() - self._began
        summary.applied_per_second = round(summary.events / max(summary.applied_seconds, 1e-9))
        summary.interrupted = self._stopping.is_set()
        if self._ask.out is not None and not summary.interrupted:
            count = await write_records(self._parts, self._ask.out, time.time())
            say(f"{many(count, 'record')} written to {self._ask.out}")

    async def _send(self, lines: list[Line]) -> None:
        batch: list[Checked] = []
        for line in lines:
            try:
                at, event = played(line.value, self._parts.maisons, self._parts.pepper)
            except Unreadable as error:
                self._refuse(line.number, str(error))
                continue
            if self._ask.speed is not None and (ahead := self._ahead(at, self._ask.speed)) > 0:
                await self._flush(batch)
                batch = []
                await self._pause(ahead)
            if self._stopping.is_set():
                break
            self._position = at
            batch.append(event)
            if len(batch) == AT_ONCE:
                await self._flush(batch)
                batch = []
        await self._flush(batch)

    def _ahead(self, at: float, speed: float) -> float:
        """Seconds until an event of this time is due."""
        if self._first is None:
            self._first = at
        return (at - self._first) / speed - (time.monotonic() - self._began)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    async def _flush(self, batch: list[Checked]) -> None:
        await publish_sealed(batch, self._seals, self._producer.send)
        self.summary.events += len(batch)

    def _refuse(self, number: int, reason: str) -> None:
        self.summary.refused += 1
        if self._ask.strict:
            sent = many(self.summary.events, "event")
            raise RecordingError(f"line {number}: {reason}; sent before: {sent}")
        if self.summary.refused <= TOLD:
            say(f"line {number}: {reason}")
        elif self.summary.refused == TOLD + 1:
            say("more lines are refused: they are only counted")

    async def _progress(self) -> None:
        every = 1.0 if sys.stderr.isatty() else 5.0
        sent = 0
        while True:
            await asyncio.sleep(every)
            rate, sent = (self.summary.events - sent) / every, self.summary.events
            if not self._position:
                say("nothing has come yet")
                continue
            at = datetime.fromtimestamp(self._position, UTC).isoformat(" ", "seconds")
            say(f"{many(sent, 'event')}, {rate:,.0f}/s, recorded time {at}")


async def _pieces(recording: io.BufferedReader, stopping: asyncio.Event) -> AsyncGenerator[list[Line], None]:
    """What a recording holds, until its end or a signal, even where nothing comes."""
    pieces = lines_of(recording)
    stopped: asyncio.Future[Any] = asyncio.ensure_future(stopping.wait())
    try:
        while not stopped.done():
            read = in_background(lambda: next(pieces, None))
            await asyncio.wait([stopped, read], return_when=asyncio.FIRST_COMPLETED)
            if not read.done():
                return  # its thread still reads: it can't be closed
            if (lines := read.result()) is None:
                break
            yield lines
        pieces.close()
    except GeneratorExit:
        pieces.close()
        raise
    finally:
        stopped.cancel()
