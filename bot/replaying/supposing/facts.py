"""What a reactor would have read, had another configuration stood in the repository.

Facts that do not depend on it stay as they were read. What it asks for and nobody read is named. The blob
that was recorded is kept, so that only what the configuration means makes a difference.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from bot.checks.check import CheckFacts
from bot.commands import TABLE
from bot.domain.deployment import Deployment
from bot.domain.events import ChangeMerged, ChangeOpened, ChangeUpdated, ChecksRequested, CommandGiven
from bot.domain.events import Event as Happened
from bot.domain.policy import RepositoryPolicy
from bot.domain.slot import Slot
from bot.domain.speech import Misunderstood
from bot.domain.values import Seconds, SlackPlace
from bot.gates.rights import WRITERS
from bot.ports import PolicyRead
from bot.reactors.automatic import MergeFacts
from bot.reactors.command import CommandFacts, asked_of, is_expired, with_words
from bot.reactors.turn import StartFacts
from bot.replaying.supposing.commands import read_again
from bot.replaying.supposing.gates import gathered_again
from bot.replaying.supposing.unrecorded import NotRecorded


class Other(Struct, frozen=True, kw_only=True):
    """The other configuration, and the repository (`owner/name`) that it is supposed for."""

    repository: str
    configuration: PolicyRead


class Scene(Struct, frozen=True, kw_only=True):
    """A decision's surroundings: the event, the state that it saw, when it was made."""

    event: Happened
    state: Any
    at: Seconds


def suppose(scene: Scene, facts: Any, other: Other) -> Any:
    """Give the facts with the other configuration; None = this decision has nothing to do with it.

    Raises NotRecorded where the other configuration asks for what was not read.
    """
    again = _SUPPOSED.get(type(facts))
    if again is None or repository_of(scene, facts) != other.repository.lower():
        return None
    return again(scene, facts, other.configuration)


def repository_of(scene: Scene, facts: Any) -> str | None:
    """The repository whose configuration a decision went by, in lower case."""
    data = scene.event.data
    if isinstance(facts, CommandFacts):
        repository = facts.where.repository
    elif isinstance(data, ChangeOpened | ChangeUpdated | ChangeMerged):
        repository = data.change.repository
    elif isinstance(data, ChecksRequested):
        repository = data.repository
    else:
        chosen = chosen_in(scene.state, facts)
        repository = chosen.order.repository if chosen else None
    return repository.full_name.lower() if repository else None


def chosen_in(state: Any, facts: Any) -> Deployment | None:
    """The deployment whose turn it was."""
    if not isinstance(state, Slot) or not isinstance(facts, StartFacts):
        return None
    return state.find(facts.candidate or "")


def _instead(read: PolicyRead, other: PolicyRead) -> PolicyRead:
    return replace(other, blob=read.blob, read_at=read.read_at)


# --- commands -----------------------------------------------------------------------------------------


def _command(scene: Scene, facts: CommandFacts, other: PolicyRead) -> CommandFacts | None:
    data = scene.event.data
    if facts.configuration is None or not isinstance(data, CommandGiven):
        return None
    _same_place(data, facts, other)
    now = replace(facts, configuration=_instead(facts.configuration, other), parsed=None, specific=None)
    now = with_words(replace(now, raw=None, broken=None, to_us=False), data)
    if other.status == "off" or (now.raw is None and now.broken is None):
        return now
    if facts.permission is None:
        if facts.configuration.status != "off" and facts.login is None and isinstance(data.place, SlackPlace):
            return now  # nobody is linked to that Slack account
        raise NotRecorded(f"what {data.person.login or data.person.slack} may do in the repository")
    asked = asked_of(scene.event, scene.state, now)
    if asked is None or facts.permission not in WRITERS or is_expired(data, scene.at):
        return now
    now = replace(now, parsed=asked.command)
    row = TABLE.get(now.raw.word if now.raw else "")
    if isinstance(asked.command, Misunderstood) or row is None:
        return now
    return replace(now, specific=read_again(asked, facts.parsed, facts.specific, facts.permission))


def _same_place(data: CommandGiven, facts: CommandFacts, other: PolicyRead) -> None:
    """In Slack a command without a repository means the only one whose channel it was given in."""
    place = data.place
    if not isinstance(place, SlackPlace) or (facts.raw and facts.raw.repository) or place.thread:
        return
    before = facts.configuration.policy if facts.configuration else None
    if _tells_in(place, before) and not _tells_in(place, other.policy):
        raise NotRecorded("which repository that channel would have stood for")


def _tells_in(place: SlackPlace, policy: RepositoryPolicy | None) -> bool:
    channels = (
        {policy.slack_channel, *(each.slack_channel for each in policy.environments)} if policy else set()
    )
    return bool(channels & {place.channel, place.channel_name, f"#{place.channel_name}"} - {None, "", "#"})


# --- what happens without a command -------------------------------------------------------------------


def _merge(_scene: Scene, facts: MergeFacts, other: PolicyRead) -> MergeFacts:
    automatic = other.policy is not None and any(
        each.auto.on == "merge" for each in other.policy.environments
    )
    if automatic and facts.files is None:
        raise NotRecorded("which files the change touches")
    return replace(facts, configuration=_instead(facts.configuration, other))


def _checks(_scene: Scene, facts: CheckFacts, other: PolicyRead) -> CheckFacts:
    """A head that changes the configuration keeps its own."""
    current = _instead(facts.current, other)
    proposed = current if facts.proposed == facts.current else facts.proposed
    return replace(facts, current=current, proposed=proposed)


def _start(scene: Scene, facts: StartFacts, other: PolicyRead) -> StartFacts | None:
    chosen = chosen_in(scene.state, facts)
    if facts.candidate is None or facts.unreadable is not None or chosen is None:
        return None
    policy = other.policy
    environment = policy.environment(chosen.order.environment) if policy else None
    if policy is None or environment is None:
        return StartFacts(candidate=facts.candidate, configuration=other.status if policy is None else "off")
    if facts.configuration != "valid" or facts.question is None:
        raise NotRecorded("the head, what was live and who may deploy")
    question = replace(facts.question, policy=policy, environment=environment).as_it_counts
    gathered = gathered_again([question], facts.gathered, facts.question)
    return replace(facts, question=question, gathered=gathered)


_Supposed = Callable[[Scene, Any, PolicyRead], Any]
_SUPPOSED: Mapping[type[Any], _Supposed] = {
    CommandFacts: _command,
    MergeFacts: _merge,
    CheckFacts: _checks,
    StartFacts: _start,
}
