"""`/deploy`: which commit, for which services, and whether this person may.

The commit is read when the command is handled and pinned. A head that moved after the command was
written is refused, since nobody reviewed what would be deployed then.
"""

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from bot.commands.asked import Asked, Command, accepted, answered, refused, reply_to, said
from bot.commands.finding import request_of_thread
from bot.commands.ordering import Commit, Errand, make_request
from bot.domain.change import moved_after
from bot.domain.effects import KeepMessage, Wanted
from bot.domain.policy import EnvironmentPolicy, services_concerned
from bot.domain.speech import Deploy
from bot.domain.values import PullRequestPlace, Repository, Seconds, SlackPlace
from bot.domain.verdict import Verdict, failed_of
from bot.gates.gate import Question
from bot.gates.gathering import PASSED_BY_EMERGENCY as PASSED
from bot.gates.gathering import Gathered, gather, judge
from bot.gates.rights import Right, right_to_deploy, right_to_emergency
from bot.messages import answers, emergencies
from bot.ports import ChangedFiles, Decision, GitHub, PullRequest, ResolvedRef, Sources


class Chosen(Struct, frozen=True):
    """The commit for one service, or the ref that led to none (`problem` is the reason code)."""

    service: str
    ref: str
    commit: Commit | None = None
    problem: Literal["unknown_ref", "not_reachable"] | None = None


class DeployFacts(Struct, frozen=True, kw_only=True):
    """What was read for a `/deploy`."""

    right: Right
    change: PullRequest | None = None
    moved_at: Seconds | None = None
    files: ChangedFiles | None = None
    chosen: tuple[Chosen, ...] = ()
    thread_of: str | None = None
    gathered: Gathered = Gathered()


async def read(sources: Sources, asked: Asked) -> DeployFacts:
    """Read rights, the pull request, and the commits that were named."""
    command = _command(asked)
    environment = _environment(asked)
    right_to = right_to_emergency if command.emergency else right_to_deploy
    right = await right_to(sources, asked.repository, asked.login, environment)
    change, moved_at, files = None, None, None
    if asked.number is not None:
        change = await sources.github.pull_request(asked.repository, asked.number)
        moved_at = await _moved_at(sources.github, asked, change)
        if command.all_services:
            files = await sources.github.changed_files(asked.repository, asked.number)
    services = services_of(asked, command, files)
    chosen = [
        await _choose(sources.github, asked.repository, name, ref or command.ref, change)
        for name, ref in services
    ]
    facts = DeployFacts(
        right=right,
        change=change,
        moved_at=moved_at,
        files=files,
        chosen=tuple(chosen),
        thread_of=await _thread_of(sources, asked),
    )
    if not right.allowed or refusal_of_commit(asked, command, facts) is not None:
        return facts
    return replace(facts, gathered=await gather(sources, questions(asked, facts)))


def questions(asked: Asked, facts: DeployFacts) -> tuple[Question, ...]:
    """What the gates are asked, one question for each service."""
    command, environment = _command(asked), _environment(asked)
    return tuple(
        Question(
            repository=asked.repository,
            policy=asked.policy,
            environment=environment,
            service=each.service,
            sha=each.commit.sha,
            ref=each.commit.ref,
            pinned=each.commit.pinned,
            asker=asked.person,
            emergency=command.emergency,
            number=asked.number,
            change=facts.change,
            since=asked.given_at,
        )
        for each in facts.chosen
        if each.commit is not None
    )


def _command(asked: Asked) -> Deploy:
    if not isinstance(asked.command, Deploy):
        raise TypeError("this is not a deploy command")
    return asked.command


def _environment(asked: Asked) -> EnvironmentPolicy:
    environment = asked.policy.environment(_command(asked).environment)
    if environment is None:
        raise ValueError("the grammar let an unknown environment pass")
    return environment


def services_of(asked: Asked, command: Deploy, files: ChangedFiles | None) -> list[tuple[str, str | None]]:
    """Name the services that are meant, each with the ref that was given for it alone."""
    if not command.all_services:
        return [(service.name, service.ref) for service in command.services]
    if files is None:
        return [(service.name, None) for service in asked.policy.services]
    return [(name, None) for name in services_concerned(asked.policy, files.paths, files.truncated)]


async def _moved_at(github: GitHub, asked: Asked, change: PullRequest) -> Seconds | None:
    """When the head moved after the command was written, by our deliveries or GitHub's own record."""
    if change.state != "open":
        return None
    recorded = moved_after(asked.change, asked.given_at)
    return recorded or await github.head_moved_at(asked.repository, change.head_ref, asked.given_at)


async def _choose(
    github: GitHub, repository: Repository, service: str, ref: str | None, change: PullRequest | None
) -> Chosen:
    if ref is not None:
        return _named(service, ref, await github.resolve(repository, ref))
    if change is None:
        head = await github.default_head(repository)
        return Chosen(service, head.ref, Commit(head.sha, head.ref, "default_branch"))
    return chosen_of(change, service)


def chosen_of(change: PullRequest, service: str) -> Chosen:
    """The commit that a pull request stands for, where none is named."""
    if change.state == "merged" and change.merge_sha:
        return Chosen(service, change.base_ref, Commit(change.merge_sha, change.base_ref, "merge"))
    return Chosen(service, change.head_ref, Commit(change.head_sha, change.head_ref, "head"))


def _named(service: str, ref: str, found: ResolvedRef | None) -> Chosen:
    if found is None:
        return Chosen(service, ref, problem="unknown_ref")
    if found.via is None:
        return Chosen(service, ref, problem="not_reachable")
    pinned: Literal["default_branch", "ref"] = "default_branch" if found.via == "default_branch" else "ref"
    return Chosen(service, ref, Commit(found.sha, found.ref, pinned))


async def _thread_of(sources: Sources, asked: Asked) -> str | None:
    """The message in whose thread the command was given, if it is one of a request."""
    request = await request_of_thread(sources.ledger, asked.place)
    return f"slack:{request}" if request else None


def decide(asked: Asked, facts: DeployFacts, now: Seconds) -> Decision:
    """Refuse with the first rule that says no, else make the request."""
    command, environment, reply = _command(asked), _environment(asked), reply_to(asked)
    refusal = _refusal(asked, command, environment, facts)
    if refusal is not None:
        reason, values = refusal
        return refused(reply, reason, answers.refusal(reason, values), values)
    verdicts = {each.service: judge(each, facts.gathered, now) for each in questions(asked, facts)}
    no = {service: failed_of(each) for service, each in verdicts.items() if failed_of(each)}
    if no:
        reason, values = gates_values(environment.name, no)
        return refused(reply, reason, answers.held(environment.name, no), values)
    commits = {each.service: each.commit for each in facts.chosen if each.commit}
    if command.dry_run:
        plan = {name: commit.sha for name, commit in commits.items()}
        return answered(reply, "dry_run", answers.dry_run(environment.name, plan, verdicts), {"plan": plan})
    errand = _errand(asked, environment, facts, now)
    said_now = (*_announced(asked, errand, verdicts), *_elsewhere(asked, errand))
    return accepted(reply, "requested", make_request(errand, commits), errand.request, *said_now)


def _refusal(
    asked: Asked, command: Deploy, environment: EnvironmentPolicy, facts: DeployFacts
) -> tuple[str, dict[str, Any]] | None:
    if not facts.right.allowed and command.emergency and facts.right.changed_hands is None:
        return "not_for_emergencies", {"login": asked.login, "named": list(environment.emergency)}
    if not facts.right.allowed:
        return answers.right_refused(asked.login, environment.name, facts.right)
    return refusal_of_commit(asked, command, facts)


def gates_values(environment: str, no: dict[str, tuple[Verdict, ...]]) -> tuple[str, dict[str, Any]]:
    """The first rule that says no, and what every gate compared that does."""
    first = next(iter(no.values()))[0]
    gates = {name: {each.gate: each.values for each in verdicts} for name, verdicts in no.items()}
    return first.reason, {**first.values, "environment": environment, "gates": gates}


def refusal_of_commit(asked: Asked, command: Deploy, facts: DeployFacts) -> tuple[str, dict[str, Any]] | None:
    """Name what is wrong with the commit that is meant, whatever the gates say."""
    about_change = _refusal_of_change(asked, command, facts)
    if about_change is not None:
        return about_change
    for each in facts.chosen:
        if each.problem is not None:
            return each.problem, {"ref": each.ref}
    if not facts.chosen:
        return "nothing_concerned", {"services": [service.name for service in asked.policy.services]}
    return None


def _refusal_of_change(
    asked: Asked, command: Deploy, facts: DeployFacts
) -> tuple[str, dict[str, Any]] | None:
    change = facts.change
    if change is None:
        return None
    if change.state == "closed":
        return "change_closed", {"number": change.number}
    if change.state != "open":
        return None
    unnamed = command.ref is None and any(service.ref is None for service in command.services)
    if facts.moved_at is not None and (unnamed or command.all_services):
        return "head_moved", {"head": change.head_sha, "moved_at": facts.moved_at}
    return None


def _errand(asked: Asked, environment: EnvironmentPolicy, facts: DeployFacts, now: Seconds) -> Errand:
    command = _command(asked)
    defaults = {each.name: each.default for each in asked.policy.params if each.default is not None}
    change = facts.change
    return Errand(
        event=asked.event,
        action="deploy",
        place=asked.place,
        asker=asked.person,
        repository=asked.repository,
        policy=asked.policy,
        configuration=asked.configuration,
        environment=environment,
        now=now,
        number=change.number if change else None,
        title=change.title if change else None,
        because=command.because,
        params={**defaults, **command.params},
        channel=channel_for(asked, environment.name),
        thread_of=facts.thread_of,
        url=asked.change_url,
        emergency=command.emergency,
    )


def channel_for(asked: Asked, environment: str) -> str | None:
    """Where the story is told in Slack: the configured channel, else where it was asked for."""
    configured = asked.policy.channel(environment)
    if configured is not None:
        return configured
    return asked.place.channel if isinstance(asked.place, SlackPlace) else None


def _announced(
    asked: Asked, errand: Errand, verdicts: Mapping[str, tuple[Verdict, ...]]
) -> tuple[Wanted, ...]:
    """Tell everybody of an emergency before it starts: who, what, why, and what is passed."""
    if not errand.emergency:
        return ()
    passed = {each.gate for given in verdicts.values() for each in given if each.reason == PASSED}
    services = list(verdicts)
    message = emergencies.announcement(
        asked.person, services, errand.environment.name, errand.because, passed
    )
    if errand.channel is None:
        return (said(reply_to(asked), message),)
    body = KeepMessage(
        channel=errand.channel,
        text=message.text,
        blocks=message.blocks,
        marker=f"pointsman:emergency:{errand.request}",
    )
    return (Wanted(body=body, target=f"slack:emergency:{errand.request}"),)


def _elsewhere(asked: Asked, errand: Errand) -> tuple[Wanted, ...]:
    """Tell who asked in another channel where the story is told."""
    place = asked.place
    if isinstance(place, PullRequestPlace) or errand.channel is None:
        return ()
    if errand.channel.lstrip("#") in (place.channel, place.channel_name):
        return ()
    return (said(reply_to(asked), answers.told_in(errand.request, errand.channel)),)


ROW = Command(
    word="deploy", summary="Ship services to an environment.", read=read, decide=decide, facts=DeployFacts
)
