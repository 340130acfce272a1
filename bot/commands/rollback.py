"""`/rollback`: back to the last good deployment of a slot, or to a named recorded good one.

It passes `after`, `requires` and freezes, but needs the right to deploy. What runs afterwards is what
ran then: the same commit and parameters. A click on an old prompt is answered, never obeyed.
"""

from typing import Any

from msgspec import Struct

from bot.commands.asked import Asked, Command, accepted, refused, reply_to
from bot.commands.deploy import channel_for
from bot.commands.finding import request_of_thread
from bot.commands.ordering import Commit, Errand, make_request
from bot.domain.deployment import Deployment
from bot.domain.events import Prompt
from bot.domain.policy import EnvironmentPolicy
from bot.domain.slot import Slot, last_good, newest_attempt
from bot.domain.speech import Rollback
from bot.domain.values import Seconds
from bot.gates.rights import Right, right_to_deploy
from bot.messages import answers
from bot.ports import Decision, Sources


class RollbackFacts(Struct, frozen=True, kw_only=True):
    """What was read for a `/rollback`: the right, the slot as it was, the thread it belongs to."""

    right: Right
    slot: Slot
    thread_of: str | None = None


async def read(sources: Sources, asked: Asked) -> RollbackFacts:
    """Read the right and the slot."""
    command, environment = _command(asked), _environment(asked)
    slot = await sources.ledger.state(
        f"slot:{asked.repository.full_name}/{command.service}/{command.environment}"
    )
    known = slot if isinstance(slot, Slot) else Slot()
    left = newest_attempt(known)
    thread = await request_of_thread(sources.ledger, asked.place) or (left.order.request if left else None)
    return RollbackFacts(
        right=await right_to_deploy(sources, asked.repository, asked.login, environment),
        slot=known,
        thread_of=f"slack:{thread}" if thread else None,
    )


def _command(asked: Asked) -> Rollback:
    if not isinstance(asked.command, Rollback):
        raise TypeError("this is not a rollback command")
    return asked.command


def _environment(asked: Asked) -> EnvironmentPolicy:
    environment = asked.policy.environment(_command(asked).environment)
    if environment is None:
        raise ValueError("the grammar let an unknown environment pass")
    return environment


def decide(asked: Asked, facts: RollbackFacts, now: Seconds) -> Decision:
    """Refuse with the first rule that says no, else make the request."""
    reply = reply_to(asked)
    refusal = _refusal(asked, facts)
    if refusal is not None:
        reason, values = refusal
        return refused(reply, reason, answers.refusal(reason, values), values)
    target, left = _target(_command(asked), facts.slot), _left(asked, facts.slot)
    if target is None:
        values = {"service": _command(asked).service, "environment": _command(asked).environment}
        return refused(reply, "nothing_good", answers.refusal("nothing_good", values), values)
    errand = _errand(asked, facts, target, left, now)
    commits = {_command(asked).service: Commit(target.order.sha, target.order.ref, "recorded")}
    return accepted(reply, "requested", make_request(errand, commits), errand.request)


def _refusal(asked: Asked, facts: RollbackFacts) -> tuple[str, dict[str, Any]] | None:
    command = _command(asked)
    if not facts.right.allowed:
        return answers.right_refused(asked.login, command.environment, facts.right)
    if asked.button:
        return _outdated_click(command, facts.slot)
    if command.to is not None and _target(command, facts.slot) is None:
        recorded = [each.id for each in facts.slot.history if each.state == "succeeded"]
        return "target_not_recorded", {"target": command.to, "recorded": recorded[-5:]}
    return None


def _outdated_click(command: Rollback, slot: Slot) -> tuple[str, dict[str, Any]] | None:
    """Two clicks join; a click on a prompt that was overtaken is answered with what happened since."""
    prompt = _prompt_of(command, slot)
    newest = newest_attempt(slot)
    if prompt is None:
        return "prompt_outdated", {"newest": newest.id if newest else None}
    if prompt.answer is not None:
        by = prompt.answered_by
        return "already_answered", {
            "answer": prompt.answer,
            "by": (by.login or by.slack) if by else None,
            "led_to": prompt.led_to,
        }
    if newest is None or newest.id != prompt.deployment:
        return "prompt_outdated", {"newest": newest.id if newest else None}
    return None


def _prompt_of(command: Rollback, slot: Slot) -> Prompt | None:
    return next((each for each in reversed(slot.prompts) if each.target == command.to), None)


def _target(command: Rollback, slot: Slot) -> Deployment | None:
    if command.to is None:
        return last_good(slot)
    for each in reversed(slot.history):
        named = each.id == command.to or (
            len(command.to) >= 7 and each.order.sha.startswith(command.to.lower())
        )
        is_good = each.state == "succeeded" and each.order.sha not in slot.bad
        if is_good and (named or each.order.ref == command.to):
            return each
    return None


def _left(asked: Asked, slot: Slot) -> str | None:
    prompt = _prompt_of(_command(asked), slot) if asked.button else None
    if prompt is not None:
        return prompt.deployment
    newest = newest_attempt(slot)
    return newest.id if newest else None


def _errand(asked: Asked, facts: RollbackFacts, target: Deployment, left: str | None, now: Seconds) -> Errand:
    leaving = facts.slot.find(left) if left else None
    number = asked.number or (leaving.order.number if leaving else None)
    return Errand(
        event=asked.event,
        action="rollback",
        place=asked.place,
        asker=asked.person,
        repository=asked.repository,
        policy=asked.policy,
        configuration=asked.configuration,
        environment=_environment(asked),
        now=now,
        number=number,
        because=_command(asked).because,
        params=target.order.params,
        target=target.id,
        of=left,
        answers=asked.button,
        channel=channel_for(asked, _command(asked).environment),
        thread_of=facts.thread_of,
        url=asked.change_url,
    )


ROW = Command(
    word="rollback", summary="Go back to what was good last.", read=read, decide=decide, facts=RollbackFacts
)
