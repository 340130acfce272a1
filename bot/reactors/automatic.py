"""Deployment without anybody asking: on merge to the default branch (`auto: merge`).

One request for each environment that says so, for the services that the change concerns. What stands
in its way is looked at when its turn comes, like for everybody else's.
"""

from msgspec import Struct
from msgspec.structs import replace

from bot.commands.ordering import Commit, Errand, make_request
from bot.domain.change import ChangeState
from bot.domain.events import ChangeMerged, CommandAnswered, Event, New, data_of
from bot.domain.policy import EnvironmentPolicy, RepositoryPolicy, services_concerned
from bot.domain.values import PullRequestPlace, Seconds
from bot.ports import ChangedFiles, Decision, PolicyRead, Sources


class MergeFacts(Struct, frozen=True):
    """The configuration as it stands after the merge, the change's files, and who merged in Slack."""

    configuration: PolicyRead
    files: ChangedFiles | None = None
    web_url: str = "https://github.com"
    slack: str | None = None


async def read(sources: Sources, event: Event) -> MergeFacts:
    """Read the configuration afresh: this very merge may have changed it."""
    data = data_of(event, ChangeMerged)
    configuration = await sources.github.policy(data.change.repository, fresh=True)
    if configuration.policy is None or not _environments(configuration.policy):
        return MergeFacts(configuration)
    files = await sources.github.changed_files(data.change.repository, data.change.number)
    slack = data.merged_by.slack or sources.instance.slack_user(data.merged_by.login or "")
    return MergeFacts(configuration, files, sources.web_url, slack)


def _environments(policy: RepositoryPolicy) -> list[EnvironmentPolicy]:
    return [each for each in policy.environments if each.auto.on == "merge"]


def decide(event: Event, _change: ChangeState | None, facts: MergeFacts, now: Seconds) -> Decision:
    """Make a request for each environment that wants the merge commit."""
    data = data_of(event, ChangeMerged)
    policy = facts.configuration.policy
    if policy is None:
        return Decision(outcome="ignored", reason=f"configuration_{facts.configuration.status}")
    if data.change.base_ref != data.default_branch:
        values = {"base": data.change.base_ref, "default_branch": data.default_branch}
        return Decision(outcome="ignored", reason="not_the_default_branch", values=values)
    if not _environments(policy) or facts.files is None:
        return Decision(outcome="ignored", reason="nothing_automatic")
    concerned = services_concerned(policy, facts.files.paths, facts.files.truncated)
    if not concerned:
        return Decision(outcome="ignored", reason="nothing_concerned")
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
