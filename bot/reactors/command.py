"""From a command that somebody gave to a decision: is it one, whose is it, may they, what follows.

The order of the questions is the contract's: silence for what is not for us, one reaction for people
who command nothing here, an answer in any other case. An old command is never run.
"""

from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from bot.commands import TABLE
from bot.commands import link as linking
from bot.commands.asked import Asked, Reply, not_yours, refused, said
from bot.commands.comment import first_command_line, why_none
from bot.commands.grammar import interpret
from bot.commands.identity import login_of, slack_of
from bot.commands.repository import Whereabouts, whereabouts
from bot.commands.trying import tried
from bot.commands.words import split
from bot.domain.change import ChangeState
from bot.domain.effects import Wanted
from bot.domain.events import CommandGiven, Event, data_of
from bot.domain.policy import RepositoryPolicy
from bot.domain.speech import ONLY_IF_ASKED, Deploy, Misunderstood, Param, Parsed, RawCommand, Vocabulary
from bot.domain.values import PullRequestPlace, Seconds, SlackPlace
from bot.gates.rights import WRITERS, Permission
from bot.messages import answers
from bot.ports import Decision, PolicyRead, Sources

AGE_SECONDS_MAX = 600.0


class CommandFacts(Struct, frozen=True, kw_only=True):
    """What was read before a command was decided; None = it was not needed, or not there."""

    raw: RawCommand | None = None
    broken: Misunderstood | None = None
    to_us: bool = False
    where: Whereabouts = Whereabouts()
    configuration: PolicyRead | None = None
    login: str | None = None
    slack: str | None = None
    web_url: str = "https://github.com"
    permission: Permission | None = None
    parsed: Parsed | None = None
    specific: Any = None
    link: linking.LinkFacts | None = None


async def read(sources: Sources, event: Event, change: ChangeState | None) -> CommandFacts:
    """Read as far as the command gets: each step only if the one before leaves a question."""
    data = data_of(event, CommandGiven)
    if _said(data, prefix_only=False) is None or (change is not None and event.id in change.commands):
        return CommandFacts()
    if isinstance(data.place, SlackPlace) and _is_link(data):
        return CommandFacts(link=await linking.read(sources, data))
    if isinstance(data.place, PullRequestPlace):
        configuration = await sources.github.policy(data.place.repository, fresh=True)
        facts = with_words(CommandFacts(configuration=configuration), data)
        where = await whereabouts(sources, data.place, facts.raw.repository if facts.raw else None)
        return await _read_further(sources, event, change, replace(facts, where=where))
    facts = with_words(CommandFacts(), data)
    where = await whereabouts(sources, data.place, facts.raw.repository if facts.raw else None)
    facts = replace(facts, where=where)
    if where.repository is not None:
        configuration = await sources.github.policy(where.repository, fresh=True)
        facts = replace(facts, configuration=configuration)
    return await _read_further(sources, event, change, facts)


def _is_link(data: CommandGiven) -> bool:
    """Whether somebody in Slack wants to link their accounts: that needs no repository and no rights."""
    raw = split(data.text)
    return not isinstance(raw, Misunderstood) and raw.word == "link"


def with_words(facts: CommandFacts, data: CommandGiven) -> CommandFacts:
    """Cut the command into words, by the form that the repository counts as a command."""
    said_here = _said(data, prefix_only=_prefix_only(facts))
    if said_here is None:
        return facts
    text, to_us = said_here
    raw = split(text)
    if isinstance(raw, Misunderstood):
        return replace(facts, broken=raw, to_us=to_us)
    return replace(facts, raw=raw, to_us=to_us)


async def _read_further(
    sources: Sources, event: Event, change: ChangeState | None, facts: CommandFacts
) -> CommandFacts:
    data = data_of(event, CommandGiven)
    login = data.person.login or await login_of(sources, data.person.slack or "")
    repository, configuration = facts.where.repository, facts.configuration
    if repository is None or configuration is None or configuration.status == "off" or login is None:
        return facts
    if facts.raw is None and facts.broken is None:
        return facts
    permission = await sources.github.permission(repository, login)
    slack = data.person.slack or await slack_of(sources, login)
    facts = replace(facts, login=login, slack=slack, permission=permission, web_url=sources.web_url)
    asked = asked_of(event, change, facts)
    if asked is None or permission not in WRITERS or is_expired(data, sources.clock.now()):
        return facts
    facts = replace(facts, parsed=asked.command)
    row = TABLE.get(_word(facts))
    if isinstance(asked.command, Misunderstood) or row is None:
        return facts
    return replace(facts, specific=await row.read(sources, asked))


def _said(data: CommandGiven, *, prefix_only: bool) -> tuple[str, bool] | None:
    """The command's text and whether it was addressed to us by name."""
    if isinstance(data.place, SlackPlace):
        return data.text, True
    line = first_command_line(data.text, prefix_only=prefix_only)
    return None if line is None else (line.words, line.prefixed)


def asked_of(event: Event, change: ChangeState | None, facts: CommandFacts) -> Asked | None:
    """Put together what the command's own row is asked; None = there is nothing that it could mean."""
    data = data_of(event, CommandGiven)
    policy = facts.configuration.policy if facts.configuration else None
    if policy is None or facts.configuration is None or facts.login is None or facts.where.repository is None:
        return None
    command = facts.broken or (interpret(facts.raw, vocabulary(policy)) if facts.raw else None)
    if command is None:
        return None
    return Asked(
        event=event.id,
        key=event.key,
        place=data.place,
        login=facts.login,
        person=replace(data.person, login=facts.login, slack=facts.slack),
        given_at=data.given_at,
        button=data.button,
        repository=facts.where.repository,
        policy=policy,
        configuration=facts.configuration.blob,
        command=command,
        change=change,
        web_url=facts.web_url,
    )


def vocabulary(policy: RepositoryPolicy) -> Vocabulary:
    """The names that a repository's configuration gives to commands."""
    return Vocabulary(
        services=tuple(service.name for service in policy.services),
        environments=tuple(environment.name for environment in policy.environments),
        params={each.name: Param(each.type, each.options) for each in policy.params},
    )


def decide(event: Event, change: ChangeState | None, facts: CommandFacts, now: Seconds) -> Decision:
    """Answer, refuse, stay silent, or let the command's own row decide."""
    data = data_of(event, CommandGiven)
    reply = Reply(event=event.id, key=event.key, place=data.place, person=data.person)
    if facts.link is not None:
        return linking.decide(reply, facts.link)
    silence = _silence(event, change, facts, reply)
    if silence is not None:
        return silence
    refusal = _early_refusal(facts, data, now)
    if refusal is not None:
        reason, values = refusal
        return refused(reply, reason, answers.refusal(reason, values), values)
    asked = asked_of(event, change, facts)
    if asked is None:
        raise ValueError("a command without a configuration passed the early refusals")
    if isinstance(facts.parsed, Misunderstood):
        values = {"code": facts.parsed.code.value, "token": facts.parsed.token}
        return refused(reply, "misunderstood", answers.misunderstood(facts.parsed), values)
    row = TABLE.get(_word(facts))
    if row is None and _word(facts) == "link":
        return refused(reply, "link_in_slack", answers.refusal("link_in_slack", {}))
    if row is None:
        values = {"what": f"/{_word(facts)}"}
        return refused(reply, "not_in_this_version", answers.refusal("not_in_this_version", values), values)
    decision = row.decide(asked, facts.specific, now)
    is_tried = not isinstance(facts.parsed, Deploy) and getattr(facts.parsed, "dry_run", False)
    return tried(reply, decision) if is_tried else decision


def complete(facts: CommandFacts) -> CommandFacts:
    """Type what was read for the command itself, which comes back from the ledger as plain values."""
    row = TABLE.get(_word(facts))
    if row is None or facts.specific is None:
        return facts
    return replace(facts, specific=msgspec.convert(facts.specific, row.facts))


def _word(facts: CommandFacts) -> str:
    return facts.raw.word if facts.raw else ""


def _silence(event: Event, change: ChangeState | None, facts: CommandFacts, reply: Reply) -> Decision | None:
    """What nobody is answered for; people without write access get one reaction."""
    data = data_of(event, CommandGiven)
    if change is not None and event.id in change.commands:
        return Decision(outcome="ignored", reason="command_already_answered")
    if facts.raw is None and facts.broken is None:
        return _silent("no_command", found=why_none(data.text, prefix_only=_prefix_only(facts)))
    if isinstance(data.place, SlackPlace):
        return _silent("from_a_bot", slack=data.person.slack) if data.person.is_bot else None
    if facts.configuration is None or facts.configuration.status == "off":
        return _silent("repository_off", repository=data.place.repository.full_name)
    policy = facts.configuration.policy
    if data.person.is_bot and not _deploys(policy, data.person.login):
        return _silent("from_a_bot", login=data.person.login, deployers=_deployers(policy))
    if not facts.to_us and _needs_a_question(facts) and not (change and change.requests):
        return _silent("not_asked", word=facts.broken.word if facts.broken else _word(facts))
    if facts.permission not in WRITERS:
        values = {"login": data.person.login, "permission": facts.permission, "needed": sorted(WRITERS)}
        return Decision(outcome="ignored", reason="no_write_access", values=values, effects=not_yours(reply))
    return None


def _silent(reason: str, **values: Any) -> Decision:
    return Decision(outcome="ignored", reason=reason, values=values)


def _prefix_only(facts: CommandFacts) -> bool:
    policy = facts.configuration.policy if facts.configuration else None
    return bool(policy and policy.commands_prefix)


def _needs_a_question(facts: CommandFacts) -> bool:
    """Words that other bots use too mean us only with an id, or where we asked."""
    if facts.broken is not None:
        return facts.broken.word in ONLY_IF_ASKED
    return facts.raw is not None and facts.raw.only_if_asked


def _deploys(policy: RepositoryPolicy | None, login: str | None) -> bool:
    return login is not None and login in _deployers(policy)


def _deployers(policy: RepositoryPolicy | None) -> list[str]:
    """Everybody whom an environment names."""
    environments = policy.environments if policy else ()
    return list(dict.fromkeys(name for each in environments for name in each.deployers or ()))


def _early_refusal(
    facts: CommandFacts, data: CommandGiven, now: Seconds
) -> tuple[str, dict[str, Any]] | None:
    if is_expired(data, now):
        return "expired", {"age_seconds": int(now - data.given_at)}
    if facts.where.problem is not None:
        return facts.where.problem, {"named": facts.where.named, "repositories": list(facts.where.candidates)}
    if facts.configuration is None or facts.configuration.status == "off":
        return "repository_off", {"repository": _repository(facts)}
    if facts.login is None:
        return "not_linked", {"slack": data.person.slack}
    if facts.configuration.status == "invalid":
        return "configuration_invalid", {"problems": list(facts.configuration.problems[:5])}
    if facts.permission not in WRITERS:
        return "no_write_access", {"login": facts.login, "repository": _repository(facts)}
    return None


def _repository(facts: CommandFacts) -> str:
    return facts.where.repository.full_name if facts.where.repository else facts.where.named or ""


def is_expired(data: CommandGiven, now: Seconds) -> bool:
    """Whether a command was given too long ago to be run."""
    return now - data.given_at > AGE_SECONDS_MAX


def give_up(event: Event, _reason: str) -> tuple[Wanted, ...]:
    """Tell who asked that their command could not be handled; only where it was clearly meant for us."""
    data = data_of(event, CommandGiven)
    reply = Reply(event=event.id, key=event.key, place=data.place, person=data.person)
    if isinstance(data.place, PullRequestPlace) and _said(data, prefix_only=False) is None:
        return ()
    return (said(reply, answers.refusal("gave_up", {})),)
