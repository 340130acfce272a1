"""Deployment on a tag, on a release, or by a schedule: one request for each environment that says so.

The services whose paths changed since what is live there; where nothing is known of that, all of them.
"""

from typing import Literal

from msgspec import Struct

from bot.commands.ordering import Commit
from bot.domain.automation_events import ReleasePublished, ScheduleDue, TagPushed
from bot.domain.events import Event, New
from bot.domain.policy import EnvironmentPolicy
from bot.domain.values import Person, Repository, Seconds
from bot.ports import Decision, PolicyRead, ResolvedRef, Sources
from bot.reactors.automation import Cause, changed_services, is_paused, request_events

Occasion = TagPushed | ReleasePublished | ScheduleDue
AGE_SECONDS_MAX: Seconds = 6 * 3600.0
"""So long after a tag or a release it still deploys by itself, in whatever way it is heard of."""


_REASONS = {"tag": "auto_tag", "release": "auto_release", "schedule": "auto_schedule"}


class OccasionFacts(Struct, frozen=True, kw_only=True):
    """The configuration, the commit that is meant, and what changed in each environment concerned."""

    configuration: PolicyRead
    commit: ResolvedRef | None = None
    services: dict[str, tuple[str, ...]] = {}
    paused: bool = False


def _occasion(event: Event) -> Occasion:
    if not isinstance(event.data, TagPushed | ReleasePublished | ScheduleDue):
        raise TypeError(f"{event.data.TYPE} starts nothing by itself")
    return event.data


def _kind(data: Occasion) -> Literal["tag", "release", "schedule"]:
    if isinstance(data, TagPushed):
        return "tag"
    return "release" if isinstance(data, ReleasePublished) else "schedule"


def _environments(data: Occasion, read: PolicyRead) -> list[EnvironmentPolicy]:
    environments = read.policy.environments if read.policy else ()
    named = data.environment if isinstance(data, ScheduleDue) else None
    kind = _kind(data)
    return [each for each in environments if each.auto.on == kind and named in (None, each.name)]


async def read(sources: Sources, event: Event) -> OccasionFacts:
    """Read the configuration, then the commit, then what differs from what is live."""
    data = _occasion(event)
    configuration = await sources.github.policy(data.repository, fresh=True)
    environments = _environments(data, configuration)
    if configuration.policy is None or not environments:
        return OccasionFacts(configuration=configuration)
    commit = await _commit(sources, data)
    services: dict[str, tuple[str, ...]] = {}
    if commit is not None and commit.via is not None:
        for each in environments:
            services[each.name] = await changed_services(
                sources, data.repository, configuration.policy, each.name, commit.sha
            )
    return OccasionFacts(
        configuration=configuration,
        commit=commit,
        services=services,
        paused=await is_paused(sources.ledger),
    )


async def _commit(sources: Sources, data: Occasion) -> ResolvedRef | None:
    if isinstance(data, ScheduleDue):
        return await sources.github.default_head(data.repository)
    return await sources.github.resolve(data.repository, f"refs/tags/{data.tag}")


def decide(event: Event, _state: object, facts: OccasionFacts, now: Seconds) -> Decision:
    """Make a request for each environment in which something changed."""
    data = _occasion(event)
    environments = _environments(data, facts.configuration)
    no = _ignored(event, environments, facts, now)
    if no is not None:
        return no
    commit = facts.commit
    if commit is None:
        raise ValueError("a commit that is not there passed")
    pinned: Literal["default_branch", "ref"] = "default_branch" if commit.via == "default_branch" else "ref"
    cause = _cause(event, data.repository)
    events: list[New] = []
    for each in environments:
        commits = {name: Commit(commit.sha, commit.ref, pinned) for name in facts.services.get(each.name, ())}
        if commits:
            events.extend(request_events(cause, facts.configuration, each, commits, now))
    names = [each.name for each in environments if facts.services.get(each.name)]
    return Decision(
        outcome="acted",
        reason="requested",
        values={"environments": names, "commit": commit.sha},
        events=tuple(events),
    )


def _cause(event: Event, repository: Repository) -> Cause:
    data = _occasion(event)
    person = data.person if isinstance(data, TagPushed | ReleasePublished) else Person()
    said = f"{_kind(data)} {data.tag}" if isinstance(data, TagPushed | ReleasePublished) else "its schedule"
    return Cause(
        event=event.id,
        at=event.time,
        key=event.key,
        repository=repository,
        person=person,
        reason=_REASONS[_kind(data)],
        because=said,
    )


def _ignored(
    event: Event, environments: list[EnvironmentPolicy], facts: OccasionFacts, now: Seconds
) -> Decision | None:
    if facts.configuration.policy is None:
        is_invalid = facts.configuration.status == "invalid"
        return Decision(
            outcome="ignored", reason="configuration_invalid" if is_invalid else "configuration_off"
        )
    if not environments:
        return Decision(outcome="ignored", reason="nothing_automatic")
    if facts.paused:
        return Decision(outcome="ignored", reason="automation_paused")
    if not isinstance(event.data, ScheduleDue) and now - event.time > AGE_SECONDS_MAX:
        return Decision(outcome="ignored", reason="heard_too_late", values={"age_seconds": now - event.time})
    if facts.commit is None or facts.commit.via is None:
        return Decision(outcome="ignored", reason="not_reachable")
    if not any(facts.services.values()):
        return Decision(outcome="ignored", reason="nothing_changed", values={"commit": facts.commit.sha})
    return None
