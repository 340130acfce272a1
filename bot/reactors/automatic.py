"""Deployment without anybody asking: on merge to the default branch (`auto: merge`).

One request for each environment that says so, for the services that the change concerns. What stands
in its way is looked at when its turn comes, like for everybody else's. A merge that is heard of hours later
deploys nothing by itself: its author is told how to, since by then people may have gone home.
"""

from msgspec import Struct
from msgspec.structs import replace

from bot.commands.asked import Reply, said
from bot.commands.identity import slack_of
from bot.commands.ordering import Commit, Errand, make_request
from bot.domain.change import ChangeState
from bot.domain.events import ChangeMerged, CommandAnswered, Event, New, data_of
from bot.domain.policy import EnvironmentPolicy, RepositoryPolicy, services_concerned
from bot.domain.values import PullRequestPlace, Seconds
from bot.messages import merges
from bot.ports import ChangedFiles, Decision, PolicyRead, Sources
from bot.reactors.automation import is_paused

FILES_NAMED_MAX = 10
AGE_SECONDS_MAX: Seconds = 6 * 3600.0
"""So long after a merge it still deploys by itself, in whatever way it is heard of."""


class MergeFacts(Struct, frozen=True):
    """The configuration as it stands after the merge, the change's files, and who merged in Slack."""

    configuration: PolicyRead
    files: ChangedFiles | None = None
    web_url: str = "https://github.com"
    slack: str | None = None
    paused: bool = False


async def read(sources: Sources, event: Event) -> MergeFacts:
    """Read the configuration afresh: this very merge may have changed it."""
    data = data_of(event, ChangeMerged)
    configuration = await sources.github.policy(data.change.repository, fresh=True)
    if configuration.policy is None or not _environments(configuration.policy):
        return MergeFacts(configuration)
    files = await sources.github.changed_files(data.change.repository, data.change.number)
    slack = data.merged_by.slack or await slack_of(sources, data.merged_by.login or "")
    paused = await is_paused(sources.ledger)
    return MergeFacts(configuration, files, sources.web_url, slack, paused)


def _environments(policy: RepositoryPolicy) -> list[EnvironmentPolicy]:
    return [each for each in policy.environments if each.auto.on == "merge"]


def decide(event: Event, _change: ChangeState | None, facts: MergeFacts, now: Seconds) -> Decision:
    """Make a request for each environment that wants the merge commit."""
    data = data_of(event, ChangeMerged)
    policy = facts.configuration.policy
    if policy is None:
        is_invalid = facts.configuration.status == "invalid"
        reason = "configuration_invalid" if is_invalid else "configuration_off"
        problems = list(facts.configuration.problems[:5])
        return Decision(outcome="ignored", reason=reason, values={"problems": problems} if problems else {})
    if data.change.base_ref != data.default_branch:
        branches = {"base": data.change.base_ref, "default_branch": data.default_branch}
        return Decision(outcome="ignored", reason="not_the_default_branch", values=branches)
    if not _environments(policy) or facts.files is None:
        return Decision(outcome="ignored", reason="nothing_automatic", values={"auto": _automatic(policy)})
    concerned = services_concerned(policy, facts.files.paths, facts.files.truncated)
    if not concerned:
        compared = {"files": list(facts.files.paths[:FILES_NAMED_MAX]), "paths": _paths(policy)}
        return Decision(outcome="ignored", reason="nothing_concerned", values=compared)
    if facts.paused:
        return Decision(outcome="ignored", reason="automation_paused")
    age = now - event.time
    if age > AGE_SECONDS_MAX:
        return _too_late(event, policy, concerned, age)
    events: list[New] = []
    for environment in _environments(policy):
        events.extend(_request(event, facts, environment, concerned, now))
    names = [each.name for each in _environments(policy)]
    return Decision(
        outcome="acted",
        reason="requested",
        values={"environments": names, "services": list(concerned)},
        events=tuple(events),
    )


def _automatic(policy: RepositoryPolicy) -> dict[str, str]:
    """What each environment says of deploying by itself."""
    return {each.name: each.auto.on for each in policy.environments}


def _paths(policy: RepositoryPolicy) -> dict[str, list[str]]:
    """The paths by which a change concerns each service."""
    return {each.name: list(each.paths or ()) for each in policy.services}


def _too_late(event: Event, policy: RepositoryPolicy, services: tuple[str, ...], age: Seconds) -> Decision:
    """Say on the pull request that nothing was deployed, and how it is."""
    data = data_of(event, ChangeMerged)
    reply = Reply(
        event=event.id,
        key=event.key,
        place=PullRequestPlace(data.change.repository, data.change.number),
        person=data.merged_by,
    )
    names = [each.name for each in _environments(policy)]
    prefix = f"{policy.commands_prefix} " if policy.commands_prefix else ""
    message = merges.too_late(age, names, services, prefix)
    return Decision(
        outcome="ignored",
        reason="merged_too_long_ago",
        values={"age_seconds": round(age), "age_seconds_max": AGE_SECONDS_MAX, "environments": names},
        effects=(said(reply, message),),
    )


def _request(
    event: Event, facts: MergeFacts, environment: EnvironmentPolicy, services: tuple[str, ...], now: Seconds
) -> tuple[New, ...]:
    data = data_of(event, ChangeMerged)
    policy = facts.configuration.policy
    if policy is None:
        raise ValueError("there is no configuration to deploy by")
    cause = f"{event.id}/{environment.name}"
    errand = Errand(
        event=cause,
        action="deploy",
        place=PullRequestPlace(data.change.repository, data.change.number),
        asker=replace(data.merged_by, slack=facts.slack),
        repository=data.change.repository,
        policy=policy,
        configuration=facts.configuration.blob,
        environment=environment,
        now=now,
        automatic=True,
        cause_at=event.time,
        number=data.change.number,
        title=data.change.title,
        params={each.name: each.default for each in policy.params if each.default is not None},
        channel=policy.channel(environment.name),
        url=f"{facts.web_url}/{data.change.repository.full_name}/pull/{data.change.number}",
    )
    commit = Commit(data.merge_sha, data.change.base_ref, "merge")
    answered = CommandAnswered(
        command=f"automation:{cause}", answer="accepted", reason="auto_merge", request=errand.request
    )
    own = New(key=event.key, data=answered)
    return (own, *make_request(errand, dict.fromkeys(services, commit)))
