"""Reads a repository's configuration: its own file, its owner's below it, and the instance's defaults.

Only the default branch decides; a commit's own version is read to tell people what it would mean. A
repository without a file of its own is off. An owner's file that was there and cannot be read any more
makes the configuration invalid, so that nobody deploys past their owner's rules. Workflow files that a
configuration names are read with it, from the same commit: one that cannot be started makes it invalid.
"""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

import structlog
from cachetools import LRUCache
from msgspec import Struct
from msgspec.structs import replace

from bot.configuration import (
    WORKFLOWS_FOLDER,
    ConfigurationFile,
    Drivers,
    RepositoryReading,
    Surroundings,
    Unusable,
    effective_policy,
    workflows_named,
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
WORKFLOW_BYTES_MAX = 256 * 1024
FILES_KEPT_MAX = 500
READINGS_KEPT_MAX = 500

log = structlog.get_logger(__name__)


class FileRead(Struct, frozen=True, kw_only=True):
    """A file as it stood at `read_at`. `text` and `reason` None = it is not there; `reason` = unusable."""

    read_at: Seconds
    name: str = ""
    blob: str = ""
    text: bytes | None = None
    reason: str | None = None

    @property
    def is_absent(self) -> bool:
        """Whether there is no such file."""
        return self.text is None and self.reason is None

    @property
    def problem(self) -> str | None:
        """Why it cannot be used, with its place as findings have one."""
        return None if self.reason is None else f"{self.name}:1:1: {self.reason}"


Workflows = Mapping[str, FileRead]


class Configuration:
    """Loads and judges configurations. `instance` and `drivers` stay as they are while this lives."""

    def __init__(self, app: GitHubApp, instance: InstancePolicy, drivers: Drivers) -> None:
        self._app = app
        self._instance = instance
        self._drivers = drivers
        self._own: Facts[int, FileRead] = Facts(app.clock, KEPT_SECONDS, FILES_KEPT_MAX)
        self._owners: Facts[tuple[str, int], FileRead] = Facts(app.clock, KEPT_SECONDS, FILES_KEPT_MAX)
        self._owners_with_file: set[tuple[str, int]] = set()
        self._workflows: Facts[tuple[int, str], FileRead] = Facts(app.clock, KEPT_SECONDS, FILES_KEPT_MAX)
        self._readings: LRUCache[tuple[Any, ...], RepositoryReading] = LRUCache(READINGS_KEPT_MAX)

    async def policy(self, repository: Repository, *, fresh: bool = False) -> PolicyRead:
        """Read the configuration on the default branch, merged; at most 15 s old, or `fresh`."""
        ask = self._own.refresh if fresh else self._own.get
        own = await ask(repository.id, lambda: self._read_own(repository))
        workflows = {}
        for name in self._wanted(own):
            workflows[name] = await self._workflow(repository, name, fresh=fresh)
        return await self._merged(repository, own, workflows, fresh=fresh)

    async def policy_at(self, repository: Repository, sha: str) -> PolicyRead:
        """Read the configuration as a commit would have it, over the owner's file as it is now."""
        own = await self._read_own(repository, sha)
        workflows = {name: await self._read_workflow(repository, name, sha) for name in self._wanted(own)}
        return await self._merged(repository, own, workflows, fresh=False)

    async def _merged(
        self, repository: Repository, own: FileRead, workflows: Workflows, *, fresh: bool
    ) -> PolicyRead:
        if own.is_absent:
            return PolicyRead(status="off", read_at=own.read_at)
        owner = await self._owner_file(repository, fresh=fresh)
        read_at = min(each.read_at for each in (own, owner, *workflows.values()))
        blob = "+".join(filter(None, (own.blob, owner.blob)))
        problems = tuple(filter(None, (own.problem, owner.problem)))
        if problems:
            return PolicyRead(status="invalid", blob=blob, problems=problems, read_at=read_at)
        reading = self._judge(repository, own, owner, workflows)
        return PolicyRead(
            status="invalid" if reading.policy is None else "valid",
            policy=reading.policy,
            blob=blob,
            problems=tuple(str(each) for each in reading.findings if each.severity == "error"),
            warnings=tuple(str(each) for each in reading.findings if each.severity == "warning"),
            read_at=read_at,
        )

    def _judge(
        self, repository: Repository, own: FileRead, owner: FileRead, workflows: Workflows
    ) -> RepositoryReading:
        """The same texts mean the same, so they are judged once."""
        found = tuple((name, each.blob, each.reason) for name, each in workflows.items())
        key = (repository.full_name, own.blob, owner.blob, found)
        known = self._readings.get(key)
        if known is None:
            files = {name: _usable(each) for name, each in workflows.items()}
            surroundings = Surroundings(self._drivers, self._instance, repository.full_name, files)
            known = self._readings[key] = effective_policy(_named(own), _named(owner), surroundings)
        return known

    def _wanted(self, own: FileRead) -> tuple[str, ...]:
        return () if own.text is None else workflows_named(own.text, self._drivers)

    async def _workflow(self, repository: Repository, name: str, *, fresh: bool) -> FileRead:
        ask = self._workflows.refresh if fresh else self._workflows.get
        return await ask((repository.id, name), lambda: self._read_workflow(repository, name))

    async def _read_workflow(self, repository: Repository, name: str, sha: str | None = None) -> FileRead:
        file = f"{WORKFLOWS_FOLDER}/{name}"
        return await self._read_at(repository, file, WORKFLOW_BYTES_MAX, sha)

    async def _read_own(self, repository: Repository, sha: str | None = None) -> FileRead:
        return await self._read_at(repository, FILE, FILE_BYTES_MAX, sha)

    async def _read_at(self, repository: Repository, file: str, bytes_max: int, sha: str | None) -> FileRead:
        """Read one of the repository's files, on the default branch or as a commit has it."""
        path = f"{repository_path(repository)}/contents/{file}"
        try:
            return await self._read(repository, file, with_query(path, ref=sha) if sha else path, bytes_max)
        except NotThere:
            return FileRead(read_at=self._app.clock.now(), name=file)

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
            found = await self._read(repository, name, f"{where}/contents/{FILE}", FILE_BYTES_MAX)
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

    async def _read(self, repository: Repository, name: str, path: str, bytes_max: int) -> FileRead:
        started = self._app.clock.now()
        answer = await self._app.installation(repository.installation).getitem(path)
        found = _content(answer, bytes_max)
        return replace(found, read_at=started, name=name)


def _content(answer: Any, bytes_max: int) -> FileRead:
    if isinstance(answer, list):
        return FileRead(read_at=0.0, reason="this is a folder; it must be a file")
    found = read(Content, answer)
    text = None
    if found.type != "file":
        reason = f"this is a {found.type}; it must be a file"
    elif found.size > bytes_max:
        reason = f"the file has {found.size} bytes; the limit is {bytes_max}"
    else:
        text = _decoded(found)
        reason = f"GitHub sent the file in a form that is not known ({found.encoding})"
    return FileRead(read_at=0.0, blob=found.sha, text=text, reason=None if text is not None else reason)


def _decoded(found: Content) -> bytes | None:
    if found.encoding != "base64":
        return None
    try:
        return b64decode(found.content)
    except binascii.Error:
        return None


def _named(file: FileRead) -> ConfigurationFile | None:
    return None if file.text is None else ConfigurationFile(file.name, file.text)


def _usable(file: FileRead) -> bytes | Unusable | None:
    return file.text if file.reason is None else Unusable(file.reason)


def _unreadable(read_at: Seconds, name: str, reason: str) -> FileRead:
    log.warning("github.owner_file_unreadable", file=name, reason=reason)
    said = f"the owner's file was there and cannot be read now: {reason}"
    return FileRead(read_at=read_at, name=name, reason=said)
