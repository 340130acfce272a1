"""Whose approvals count for a request, for the gates that want some.

Rights are read for each approval when it is counted, so that whoever lost them meanwhile does not count. The
one who asked and the author of the pull request never count, and one person counts once.
"""

from msgspec import Struct

from bot.domain.request import Request
from bot.domain.state import request_key
from bot.domain.values import Repository
from bot.gates.gate import Question
from bot.gates.review import change_of
from bot.gates.rights import look_up, right_to_approve
from bot.ports import Sources


class Approver(Struct, frozen=True):
    """Somebody who approved; `counts` = their right to approve held when it was read."""

    login: str
    counts: bool


class ApprovalFacts(Struct, frozen=True):
    """Who approved, and who may not: who asked, and who wrote the change (lower case)."""

    approvers: tuple[Approver, ...] = ()
    excluded: tuple[str, ...] = ()

    def counted(self) -> tuple[str, ...]:
        """Those whose approval counts, each once."""
        return counted(self.approvers, self.excluded)


def counted(approvers: tuple[Approver, ...], excluded: tuple[str, ...]) -> tuple[str, ...]:
    """Give the logins that count: with the right, none of the excluded, each once."""
    found: dict[str, str] = {}
    for each in approvers:
        if each.counts and each.login.lower() not in excluded:
            found.setdefault(each.login.lower(), each.login)
    return tuple(found.values())


async def read(sources: Sources, question: Question) -> ApprovalFacts:
    """Read who approved the request and whether they may."""
    found = []
    for login in await approved_by(sources, question):
        right = await right_to_approve(
            sources, question.repository, login, question.environment, fresh=question.fresh
        )
        found.append(Approver(login, right.allowed))
    return ApprovalFacts(tuple(found), await excluded(sources, question))


async def read_named(sources: Sources, question: Question, names: tuple[str, ...]) -> tuple[Approver, ...]:
    """Read who of those who approved is one of these logins and teams."""
    return tuple(
        [
            Approver(login, await is_named(sources, question.repository, login, names, fresh=question.fresh))
            for login in await approved_by(sources, question)
        ]
    )


async def is_named(
    sources: Sources, repository: Repository, login: str, names: tuple[str, ...], *, fresh: bool
) -> bool:
    """Whether somebody is one of these logins, or in one of these teams of the owner."""
    return (await look_up(sources, repository, login, names, fresh=fresh)).found


async def approved_by(sources: Sources, question: Question) -> tuple[str, ...]:
    """The logins of those who approved the request, as it stands now."""
    request = await sources.ledger.state(request_key(question.request)) if question.request else None
    if not isinstance(request, Request):
        return ()
    return tuple(each.person.login for each in request.approvals if each.person.login is not None)


async def excluded(sources: Sources, question: Question) -> tuple[str, ...]:
    """Who never approves: who asked, and who wrote the change."""
    change = await change_of(sources, question)
    asker = question.asker.login if question.asker and not question.automatic else None
    return tuple(name.lower() for name in (asker, change.author if change else None) if name)
