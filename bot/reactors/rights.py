"""Who may, when the configuration changes: fixes which accounts its names mean, and announces the change.

What was never seen before is taken as it is, without an announcement. A configuration that is missing or has
errors changes nothing: by it nothing is deployed anyway.
"""

from msgspec import Struct

from bot.domain.effects import EffectBody, KeepMessage, Wanted, WriteComment
from bot.domain.errors import PassingFault
from bot.domain.events import Event, New, data_of
from bot.domain.values import Seconds
from bot.domain.who_may import (
    NOBODY,
    Account,
    ConfigurationSeen,
    Lists,
    RightsChanged,
    WhoMay,
    changes_between,
    lists_of,
    names_of,
)
from bot.gates.rights import account_behind
from bot.messages import who_may as messages
from bot.ports import Decision, Sources


class RightsFacts(Struct, frozen=True, kw_only=True):
    """The lists as they are now, the accounts of names not known yet, and where a change is announced."""

    status: str
    lists: Lists = ()
    accounts: tuple[Account, ...] = ()
    channel: str | None = None
    number: int | None = None
    error: str | None = None


async def read(sources: Sources, event: Event, known: WhoMay | None) -> RightsFacts:
    """Read the configuration, then the accounts behind its new names.

    A GitHub that does not answer becomes a fact: it is looked at again within a minute anyway.
    """
    try:
        return await _read(sources, data_of(event, ConfigurationSeen), known)
    except PassingFault as fault:
        return RightsFacts(status="unreadable", error=fault.reason)


async def _read(sources: Sources, data: ConfigurationSeen, known: WhoMay | None) -> RightsFacts:
    found = await sources.github.policy(data.repository, fresh=True)
    if found.policy is None:
        return RightsFacts(status=found.status)
    lists = lists_of(found.policy)
    accounts = [
        Account(name, await account_behind(sources.github, data.repository, name) or NOBODY)
        for name in (known or WhoMay()).unknown_of(lists)
    ]
    channel = found.policy.slack_channel
    number = None
    if channel is None and data.sha is not None and known is not None:
        merged = await sources.github.merged_as(data.repository, data.sha)
        number = merged.number if merged is not None else None
    return RightsFacts(
        status=found.status, lists=lists, accounts=tuple(accounts), channel=channel, number=number
    )


def decide(event: Event, known: WhoMay | None, facts: RightsFacts, _now: Seconds) -> Decision:
    """Record who may from now on; announce what changed."""
    data = data_of(event, ConfigurationSeen)
    if facts.status == "unreadable":
        return Decision(outcome="deferred", reason="github_unreadable", values={"error": facts.error})
    if facts.status != "valid":
        is_invalid = facts.status == "invalid"
        return Decision(
            outcome="ignored", reason="configuration_invalid" if is_invalid else "configuration_off"
        )
    changes = changes_between(known.lists if known else (), facts.lists)
    if known is not None and not changes and not facts.accounts:
        return Decision(outcome="ignored", reason="rights_unchanged")
    noted = RightsChanged(
        repository=data.repository,
        lists=facts.lists,
        accounts=facts.accounts,
        changes=changes,
        person=data.person,
    )
    return Decision(
        outcome="acted",
        reason="rights_changed",
        values={"keys": [each.key for each in changes], "names": list(names_of(facts.lists))},
        events=(New(key=event.key, data=noted),),
        effects=_announced(event, noted, facts) if known is not None and changes else (),
    )


def _announced(event: Event, noted: RightsChanged, facts: RightsFacts) -> tuple[Wanted, ...]:
    """In the channel, else on the pull request that brought the change."""
    message, marker = messages.changed(noted), f"pointsman:rights:{event.id}"
    if facts.channel is not None:
        body: EffectBody = KeepMessage(
            channel=facts.channel, text=message.text, blocks=message.blocks, marker=marker
        )
        return (Wanted(body=body, target=f"slack:rights:{event.id}"),)
    if facts.number is not None:
        comment = WriteComment(
            repository=noted.repository, number=facts.number, marker=marker, text=message.markdown
        )
        return (Wanted(body=comment, target=f"comment:rights:{event.id}"),)
    return ()
