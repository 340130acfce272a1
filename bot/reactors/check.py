"""Checks of a pull request's head: when it is opened, moves, or somebody asks for them again.

Old news is not checked: a head that is no longer the newest gets nothing new.
"""

from bot.checks import TABLE
from bot.checks.check import (
    CONFIGURATION_PATH,
    WORKFLOWS_FOLDER,
    CheckFacts,
    Result,
    Subject,
    subject_of,
)
from bot.checks.plan import questions
from bot.domain.change import ChangeState
from bot.domain.commit_facts import ConfigurationGuard
from bot.domain.effects import PublishCheck, Wanted
from bot.domain.errors import LastingFault
from bot.domain.events import ChangeOpened, ChangeUpdated, ChecksRequested, Event, data_of
from bot.domain.state import check_target
from bot.domain.values import Change, Repository, Seconds
from bot.gates.gathering import Gathered, gather
from bot.ports import ChangedFiles, Decision, Sources


async def read(sources: Sources, event: Event) -> CheckFacts:
    """Read the configuration that holds, the one that the head has, and the change's files."""
    subjects = await _subjects(sources, event)
    repository, head_sha = _head(event)
    current = await sources.github.policy(repository)
    if not subjects:
        return CheckFacts(current=current, proposed=current)
    number = subjects[0].number
    files = await sources.github.changed_files(repository, number) if number is not None else None
    proposed, guard = current, None
    if _touches_configuration(files):
        proposed = await sources.github.policy_at(repository, head_sha)
        guard = await _guard(sources, repository)
    change = await sources.github.pull_request(repository, number) if number is not None else None
    gathered = Gathered()
    if current.policy is not None:
        asked = questions(subjects[0], current.policy, files, change)
        gathered = await gather(sources, asked)
    return CheckFacts(
        subjects=subjects,
        current=current,
        proposed=proposed,
        guard=guard,
        files=files,
        change=change,
        gathered=gathered,
    )


def _change(event: Event) -> Change | None:
    return event.data.change if isinstance(event.data, ChangeOpened | ChangeUpdated) else None


def _head(event: Event) -> tuple[Repository, str]:
    change = _change(event)
    if change is not None:
        return change.repository, change.head_sha
    asked = data_of(event, ChecksRequested)
    return asked.repository, asked.head_sha


async def _subjects(sources: Sources, event: Event) -> tuple[Subject, ...]:
    """The pull requests of the head; for forks GitHub's payload names none, so they are looked up."""
    change = _change(event)
    if change is not None:
        return (subject_of(change),)
    asked = data_of(event, ChecksRequested)
    numbers = asked.numbers or await sources.github.pull_requests_of(asked.repository, asked.head_sha)
    if not numbers:
        return ()
    pull = await sources.github.pull_request(asked.repository, numbers[0])
    from_fork = pull.head_repository != asked.repository.full_name
    return (Subject(asked.repository, asked.head_sha, pull.number, from_fork),)


def _touches_configuration(files: ChangedFiles | None) -> bool:
    """The workflows that it may name are judged with it."""
    if files is None or files.truncated:
        return True
    return any(path == CONFIGURATION_PATH or path.startswith(WORKFLOWS_FOLDER) for path in files.paths)


async def _guard(sources: Sources, repository: Repository) -> ConfigurationGuard | None:
    """What guards the configuration; None = GitHub does not let us see it, which hinders no check."""
    try:
        return await sources.github.configuration_guard(repository)
    except LastingFault:
        return None


def decide(event: Event, change: ChangeState | None, facts: CheckFacts, now: Seconds) -> Decision:
    """Publish the result of each check that has something to say."""
    if not facts.subjects:
        return Decision(outcome="ignored", reason="no_pull_request")
    subject = facts.subjects[0]
    if change is not None and change.head_sha not in (None, subject.head_sha):
        return Decision(outcome="superseded", reason="head_moved", values={"head": change.head_sha})
    only = event.data.name if isinstance(event.data, ChecksRequested) else None
    results = {
        check.name: _judged(check.name, subject, facts, now) for check in TABLE if only in (None, check.name)
    }
    asked = event.id if isinstance(event.data, ChecksRequested) else None
    effects = tuple(_publish(subject, name, result, asked) for name, result in results.items() if result)
    if not effects:
        return Decision(outcome="ignored", reason="repository_off")
    told = {name: result.conclusion for name, result in results.items() if result}
    return Decision(outcome="acted", reason="checked", values=told, effects=effects)


def _judged(name: str, subject: Subject, facts: CheckFacts, now: Seconds) -> Result | None:
    check = next(each for each in TABLE if each.name == name)
    settings = facts.current.policy.checks.get(name, {}) if facts.current.policy else {}
    return check.judge(subject, facts, settings, now)


def _publish(subject: Subject, name: str, result: Result, asked: str | None) -> Wanted:
    body = PublishCheck(
        repository=subject.repository,
        head_sha=subject.head_sha,
        name=name,
        conclusion=result.conclusion,
        title=result.title,
        summary=result.summary,
        text=result.text,
        asked=asked,
    )
    return Wanted(body=body, target=check_target(subject.repository, subject.head_sha, name))
