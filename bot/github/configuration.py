"""Reads a repository's configuration: its own file, its owner's below it, and the instance's defaults.

Only the default branch decides; a commit's own version is read to tell people what it would mean. A
repository without a file of its own is off. An owner's file that was there and cannot be read any more
makes the configuration invalid, so that nobody deploys past their owner's rules.
"""

import binascii
from base64 import b64decode
from typing import Any

import structlog
from cachetools import LRUCache
from msgspec import Struct

from bot.configuration import (
    ConfigurationFile,
    Drivers,
    RepositoryReading,
    Surroundings,
    effective_policy,
)
from bot.domain.instance import InstancePolicy
from bot.domain.values import Repository, Seconds
from bot.github.addresses import one, repository_path, with_query
from bot.github.answers import Content, read
from bot.github.caching import Facts
from bot.github.faults import NotThere, Refused
from bot.github.tokens import GitHubApp
from bot.ports import PolicyRead

FILE = ".github/pointsman.yml"
OWNER_REPOSITORY = ".github"
KEPT_SECONDS: Seconds = 15.0
FILE_BYTES_MAX = 64 * 1024
FILES_KEPT_MAX = 500
READINGS_KEPT_MAX = 500

log = structlog.get_logger(__name__)


class FileRead(Struct, frozen=True, kw_only=True):
    """A file as it stood at `read_at`. `text` and `problem` None = it is not there; `problem` = unusable."""

    read_at: Seconds
    blob: str = ""
    text: bytes | None = None
    problem: str | None = None

    @property
    def is_absent(self) -> bool:
        """Whether there is no such file."""
        return self.text is None and self.problem is None


class Configuration:
    """Loads and judges configurations. `instance` and `drivers` stay as they are while this lives."""

    def __init__(self, app: GitHubApp, instance: InstancePolicy, drivers: Drivers) -> None:
        self._app = app
        self._instance = instance
        self._drivers = drivers
        self._own: Facts[int, FileRead] = Facts(app.clock, KEPT_SECONDS, FILES_KEPT_MAX)
        self._owners: Facts[tuple[str, int], FileRead] = Facts(app.clock, KEPT_SECONDS, FILES_KEPT_MAX)
        self._owners_with_file: set[tuple[str, int]] = set()
        self._readings: LRUCache[tuple[str, str, str], RepositoryReading] = LRUCache(READINGS_KEPT_MAX)

    async def policy(self, repository: Repository, *, fresh: bool = False) -> PolicyRead:
        """Read the configuration on the default branch, merged; at most 15 s old, or `fresh`."""
        ask = self._own.refresh if fresh else self._own.get
        own = await ask(repository.id, lambda: self._read_own(repository))
        return await self._merged(repository, own, fresh=fresh)

    async def policy_at(self, repository: Repository, sha: str) -> PolicyRead:
        """Read the configuration as a commit would have it, over the owner's file as it is now."""
        return await self._merged(repository, await self._read_own(repository, sha), fresh=False)

    async def _merged(self, repository: Repository, own: FileRead, *, fresh: bool) -> PolicyRead:
        if own.is_absent:
            return PolicyRead(status="off", read_at=own.read_at)
        owner = await self._owner_file(repository, fresh=fresh)
        read_at = min(own.read_at, owner.read_at)
        blob = "+".join(filter(None, (own.blob, owner.blob)))
        problems = tuple(filter(None, (own.problem, owner.problem)))
        if problems:
            return PolicyRead(status="invalid", blob=blob, problems=problems, read_at=read_at)
        reading = self._judge(repository, own, owner)
        return PolicyRead(
            status="invalid" if reading.policy is None else "valid",
            policy=reading.policy,
            blob=blob,
            problems=tuple(str(each) for each in reading.findings if each.severity == "error"),
            warnings=tuple(str(each) for each in reading.findings if each.severity == "warning"),
            read_at=read_at,
        )

    def _judge(self, repository: Repository, own: FileRead, owner: FileRead) -> RepositoryReading:
        """The same texts mean the same, so they are judged once."""
        key = (repository.full_name, own.blob, owner.blob)
        known = self._readings.get(key)
        if known is None:
            surroundings = Surroundings(self._drivers, self._instance, repository.full_name)
            below = _named(f"{repository.owner}/{OWNER_REPOSITORY}/{FILE}", owner)
            known = self._readings[key] = effective_policy(_named(FILE, own), below, surroundings)
        return known

    async def _read_own(self, repository: Repository, sha: str | None = None) -> FileRead:
        path = f"{repository_path(repository)}/contents/{FILE}"
        try:
            return await self._read(repository, FILE, with_query(path, ref=sha) if sha else path)
        except NotThere:
            return FileRead(read_at=self._app.clock.now())

    async def _owner_file(self, repository: Repository, *, fresh: bool) -> FileRead:
        """The owner's `.github` repository has no other below it."""
        if repository.name == OWNER_REPOSITORY:
            return FileRead(read_at=self._app.clock.now())
        key = (repository.owner.lower(), repository.installation)
        ask = self._owners.refresh if fresh else self._owners.get
        return await ask(key, lambda: self._read_owner(repository, key))

    async def _read_owner(self, repository: Repository, key: tuple[str, int]) -> FileRead:
        started = self._app.clock.now()
        where = f"/repos/{one(repository.owner)}/{OWNER_REPOSITORY}"
        name = f"{repository.owner}/{OWNER_REPOSITORY}/{FILE}"
        try:
            found = await self._read(repository, name, f"{where}/contents/{FILE}")
        except NotThere:
            if key in self._owners_with_file and not await self._is_visible(repository, where):
                return _unreadable(started, name, "the App cannot see that repository any more")
            self._owners_with_file.discard(key)
            return FileRead(read_at=started)
        except Refused as fault:
            return _unreadable(started, name, fault.reason)
        self._owners_with_file.add(key)
        return found

    async def _is_visible(self, repository: Repository, where: str) -> bool:
        """Tells a file that was deleted from a repository that was taken away."""
        try:
            await self._app.installation(repository.installation).getitem(where)
        except NotThere:
            return False
        return True

    async def _read(self, repository: Repository, name: str, path: str) -> FileRead:
        started = self._app.clock.now()
        answer = await self._app.installation(repository.installation).getitem(path)
        return _content(answer, name, started)


def _content(answer: Any, name: str, read_at: Seconds) -> FileRead:
    if isinstance(answer, list):
        return FileRead(read_at=read_at, problem=f"{name}:1:1: this is a folder; it must be a file")
    found = read(Content, answer)
    if found.type != "file":
        problem = f"{name}:1:1: this is a {found.type}; it must be a file"
    elif found.size > FILE_BYTES_MAX:
        problem = f"{name}:1:1: the file has {found.size} bytes; the limit is {FILE_BYTES_MAX}"
    else:
        text = _decoded(found)
        if text is not None:
            return FileRead(read_at=read_at, blob=found.sha, text=text)
        problem = f"{name}:1:1: GitHub sent the file in a form that is not known ({found.encoding})"
    return FileRead(read_at=read_at, blob=found.sha, problem=problem)


def _decoded(found: Content) -> bytes | None:
    if found.encoding != "base64":
        return None
    try:
        return b64decode(found.content)
    except binascii.Error:
        return None


def _named(name: str, file: FileRead) -> ConfigurationFile | None:
    return None if file.text is None else ConfigurationFile(name, file.text)


def _unreadable(read_at: Seconds, name: str, reason: str) -> FileRead:
    log.warning("github.owner_file_unreadable", file=name, reason=reason)
    problem = f"{name}:1:1: the owner's file was there and cannot be read now: {reason}"
    return FileRead(read_at=read_at, problem=problem)
