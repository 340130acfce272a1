"""Keeps a stage over a restart: what GitHub, Slack and the deployer remember, in one file.

The file is a pickle, so it is written and read only where nobody else can write (demo_folder.py sees to it),
and nothing but the sandbox's own records is read back from it. The clock, whoever listens, servers and
connections belong to the running program: they are left out and attached again.
Must never leave half a file behind, and never hold up the event loop for the disk.
"""

import asyncio
import copy
import io
import json
import os
import pickle
import time
import zlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

from bot.sandbox.deployer import DeployerWorld
from bot.sandbox.github import GitHubWorld
from bot.sandbox.github.outbox import DeliveryLog, Webhook
from bot.sandbox.pages.tour_state import Tour
from bot.sandbox.slack import SlackWorld
from bot.sandbox.slack.workspace import Workspace

SAVE_SECONDS = 2.0
SAVE_SHARE_MAX = 0.05
"""A stage that has grown large is saved less often, so that saving takes at most this part of the time."""
DELIVERIES_KEPT = 2_000
"""Of GitHub's log of deliveries the newest: by far the largest thing, and nobody reads it to its end."""
FORMAT = "pointsman demo 2"
HEADER_BYTES_MAX = 1024 * 1024
_COMPRESSION = 1
_PLAIN = {
    ("builtins", "set"),
    ("builtins", "frozenset"),
    ("builtins", "bytearray"),
    ("collections", "deque"),
    ("collections", "OrderedDict"),
    ("collections", "defaultdict"),
    ("random", "Random"),
}

Clock = Callable[[], float]


class CannotKeep(Exception):
    """Something in the worlds cannot be saved; the message says what."""


class Unreadable(Exception):
    """A file that cannot be gone on from; the message says why."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where everything listens; 0 takes a free one."""

    bot: int = 0
    github: int = 0
    slack: int = 0
    deployer: int = 0
    pages: int = 0


@dataclass(slots=True, kw_only=True)
class Kept:
    """All that a stage needs to go on where it was. `saved_at` is in epoch seconds.

    `in_order` is False for what was saved while the demo ran: if nothing newer is found at the next start, it
    was killed, and what happened after `saved_at` is not in there.
    """

    github: GitHubWorld
    slack: SlackWorld
    deployer: DeployerWorld
    tour: Tour
    private_key: str
    dashboard_token: str
    ports: Ports
    saved_at: float
    in_order: bool


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A stage at one moment, as bytes that nothing changes any more; `write` puts them on the disk."""

    header: bytes
    body: bytes
    webhooks: list[pickle.PickleBuffer]

    def write(self, path: Path) -> None:
        """Replace the file by this, whole or not at all; only its owner can read it. Raises OSError."""
        begun = path.with_name(f"{path.name}.new")
        with suppress(FileNotFoundError):
            begun.unlink()
        number = os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(number, "wb") as file:
            whole = pickle.dumps((self.body, [bytes(each.raw()) for each in self.webhooks]))
            file.write(self.header + b"\n" + zlib.compress(whole, _COMPRESSION))
            file.flush()
            os.fsync(file.fileno())
        begun.replace(path)
        _sync_folder(path.parent)


def snapshot(kept: Kept, version: str) -> Snapshot:
    """Take a snapshot, marked with this version of Pointsman. Raises CannotKeep."""
    written = io.BytesIO()
    writer = _Writer(written, kept.github.clock)
    try:
        writer.dump(kept)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise CannotKeep(str(error)) from error
    shapes = {_name_of(kind): _shape_of(kind) for kind in writer.kinds}
    header = {"format": FORMAT, "version": version, "shapes": shapes}
    return Snapshot(json.dumps(header).encode(), written.getvalue(), writer.webhooks)


def load(path: Path, version: str, clock: Clock) -> Kept:
    """Read a stage back and give it this clock. Raises Unreadable, and FileNotFoundError without a file."""
    content = _own_bytes(path)
    line, _, body = content.partition(b"\n")
    header = _header_of(line[:HEADER_BYTES_MAX])
    if header["version"] != version:
        raise Unreadable(f"it was saved by Pointsman {header['version']}, and this is {version}")
    try:
        shapes = header["shapes"]
        stage, webhooks = _Reader(zlib.decompress(body), [], clock, shapes).load()
        kept = _Reader(stage, webhooks, clock, shapes).load()
    except Unreadable:
        raise
    except Exception as error:  # a broken pickle can raise anything
        raise Unreadable(f"it is damaged ({type(error).__name__}: {error})") from error
    if not isinstance(kept, Kept):
        raise Unreadable("it is no saved stage")
    return kept


class _Writer(pickle.Pickler):
    """Pickles the sandbox's records; `kinds` are the classes that it met.

    The bodies of webhooks, which are most of it and never change, are not copied now: they are `webhooks`.
    """

    def __init__(self, file: io.BytesIO, clock: Clock) -> None:
        self.kinds: set[type] = set()
        self.webhooks: list[pickle.PickleBuffer] = []
        super().__init__(file, pickle.HIGHEST_PROTOCOL, buffer_callback=self.webhooks.append)
        self._clock = clock

    def reducer_override(self, value: Any) -> Any:
        """Leave out what belongs to the running program."""
        if value is self._clock:
            return _attached_clock, ()
        kind = type(value)
        if kind.__module__.startswith("bot.sandbox."):
            self.kinds.add(kind)
        change = _CHANGES.get(kind)
        if change is None:
            return NotImplemented
        make, arguments, state, *_ = value.__reduce_ex__(pickle.HIGHEST_PROTOCOL)
        if isinstance(state, dict):
            return make, arguments, state | change(state)
        return make, arguments, (None, state[1] | change(state[1]))  # the way of __slots__


class _Reader(pickle.Unpickler):
    """Makes the sandbox's records and a few plain containers; a pickle could name any program."""

    def __init__(
        self, content: bytes, buffers: list[bytes], clock: Clock, shapes: dict[str, list[str]]
    ) -> None:
        super().__init__(io.BytesIO(content), buffers=buffers)
        self._clock = clock
        self._shapes = shapes

    def find_class(self, module: str, name: str) -> Any:
        """The class of this name, if it is one that may be made and has the fields that it had."""
        if (module, name) == (_attached_clock.__module__, _attached_clock.__name__):
            return lambda: self._clock
        if (module, name) in _PLAIN:
            return super().find_class(module, name)
        found = super().find_class(module, name) if module.startswith("bot.sandbox.") else None
        if not isinstance(found, type) or found.__module__ != module:
            raise Unreadable(f"it names {module}.{name}, which is no record of the sandbox")
        if self._shapes.get(_name_of(found)) != _shape_of(found):
            raise Unreadable(f"{found.__name__} has other fields now than when it was saved")
        return found


def _attached_clock() -> Clock:
    """Stands for the clock in a file; reading puts the running one there."""
    raise CannotKeep("a clock is attached by reading only")


def _emptied(container: Any) -> Any:
    empty = copy.copy(container)  # a deque keeps how long it may become
    empty.clear()
    return empty


def _without(*names: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda state: {name: _emptied(state[name]) for name in names}


_CHANGES: dict[type, Callable[[dict[str, Any]], dict[str, Any]]] = {
    GitHubWorld: _without("listeners", "validators", "requests"),
    SlackWorld: _without("calls"),
    Workspace: _without("listeners"),
    DeployerWorld: _without("listeners"),
    DeliveryLog: lambda state: {"entries": dict(list(state["entries"].items())[-DELIVERIES_KEPT:])},
    Webhook: lambda state: {"body": pickle.PickleBuffer(state["body"])},
}
"""What differs in the file: who listens belongs to the program, and what is only looked up would grow."""


def _name_of(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _shape_of(kind: type) -> list[str]:
    return [field.name for field in fields(kind)] if is_dataclass(kind) else []


def _header_of(line: bytes) -> dict[str, Any]:
    try:
        header = json.loads(line)
    except ValueError as error:
        raise Unreadable("it does not begin as a saved stage does") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise Unreadable("it does not begin as a saved stage does")
    if not isinstance(header.get("version"), str) or not isinstance(header.get("shapes"), dict):
        raise Unreadable("its first line is incomplete")
    return header


def _own_bytes(path: Path) -> bytes:
    """The content of a plain file that belongs to this user and that nobody else can write."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Unreadable(f"it cannot be opened ({error.strerror})") from error
    with os.fdopen(number, "rb") as file:
        status = os.fstat(file.fileno())
        if status.st_uid != os.getuid() or status.st_mode & 0o022:
            raise Unreadable("somebody else could have written it")
        return file.read()


def _sync_folder(folder: Path) -> None:
    """A name that was replaced lasts only once its folder is on the disk."""
    number = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)


class Keeper:
    """Saves after changes: at once, then at most every two seconds, and at the end.

    `take` makes the snapshot, on the event loop and in one go, so that it is of one moment; the disk is
    waited for in a thread. `say` gets a sentence when saving fails, once until it works again.
    """

    def __init__(
        self,
        path: Path,
        take: Callable[[bool], Snapshot],
        say: Callable[[str], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._path = path
        self._take = take
        self._say = say
        self._sleep = sleep
        self._dirty = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._writing: asyncio.Task[None] | None = None
        self._failing = False

    def changed(self) -> None:
        """There is something to save."""
        self._dirty.set()

    async def start(self) -> None:
        """Save now, and after every change from now on."""
        await self.save(in_order=False)
        self._task = asyncio.create_task(self._run(), name="demo: saving")

    async def close(self) -> bool:
        """Save for the last time; False = it could not be, and that was said."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._writing is not None:  # an older state must not come after the last one
            await asyncio.wait({self._writing})
        await self.save(in_order=True)
        return not self._failing

    async def save(self, *, in_order: bool) -> float:
        """Save; gives for how many seconds it held up the event loop."""
        self._dirty.clear()
        began = time.perf_counter()
        try:
            taken = self._take(in_order)
            took = time.perf_counter() - began
            self._writing = asyncio.create_task(asyncio.to_thread(taken.write, self._path))
            await asyncio.shield(self._writing)
        except (CannotKeep, OSError) as error:
            self._failed(error)
            return time.perf_counter() - began
        self._failing = False
        return took

    async def _run(self) -> None:
        while True:
            await self._dirty.wait()
            took = await self.save(in_order=False)
            await self._sleep(max(SAVE_SECONDS, took / SAVE_SHARE_MAX))

    def _failed(self, error: CannotKeep | OSError) -> None:
        if self._failing:
            return
        self._failing = True
        why = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        self._say(
            f"The demo could not be saved in {self._path}: {why}. It goes on and tries again; if it ends "
            "now, the next start begins with what was saved before."
        )
