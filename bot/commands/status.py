"""`/status`: what is live, what runs, who waits for what, and what stands in the way of the next deployment.

On a pull request all gates are asked about its head, elsewhere those that hold for any commit. Where GitHub
does not answer, what the ledger knows is told all the same.
"""

from collections.abc import Iterable

from msgspec import Struct

from bot.commands.asked import Asked, Command, answered, reply_to
from bot.domain.errors import LastingFault, PassingFault
from bot.domain.policy import EnvironmentPolicy, ServicePolicy
from bot.domain.slot import Slot
from bot.domain.speech import Status
from bot.domain.values import Seconds
from bot.gates import TABLE
from bot.gates.gate import Question
from bot.gates.gathering import Gathered, gather, judge
from bot.messages import answers
from bot.messages.standing import OF_ANY_COMMIT, Place
from bot.ports import Decision, PullRequest, Sources

GATES_ASKED_MAX = 200
"""For so many services and environments the gates are asked."""


class StatusFacts(Struct, frozen=True):
    """The slots as the ledger knew them: (service, environment, slot), in the configuration's order.

    `change` is the pull request that is asked about; None = there is none, or GitHub did not answer.
    """

    slots: tuple[tuple[str, str, Slot], ...]
    gathered: Gathered = Gathered()
    change: PullRequest | None = None


async def read(sources: Sources, asked: Asked) -> StatusFacts:
    """Read the slots that are asked about, and what their gates need."""
    prefix = f"slot:{asked.repository.full_name}/"
    known = await sources.ledger.states(prefix)
    slots: list[tuple[str, str, Slot]] = []
    for environment, service in _places(asked):
        slot = known.get(f"{prefix}{service.name}/{environment.name}")
        slots.append((service.name, environment.name, slot if isinstance(slot, Slot) else Slot()))
    change = await _change(sources, asked)
    questions = _questions(asked, change).values()
    return StatusFacts(tuple(slots), await gather(sources, questions, _gates(change)), change)


async def _change(sources: Sources, asked: Asked) -> PullRequest | None:
    if asked.number is None:
        return None
    try:
        change = await sources.github.pull_request(asked.repository, asked.number)
    except (PassingFault, LastingFault):
        return None
    return change if change.state == "open" else None


def _places(asked: Asked) -> Iterable[tuple[EnvironmentPolicy, ServicePolicy]]:
    command = asked.command
    if not isinstance(command, Status):
        raise TypeError("this is not a status command")
    for environment in asked.policy.environments:
        for service in asked.policy.services:
            if command.service in (None, service.name) and command.environment in (None, environment.name):
                yield environment, service


def _gates(change: PullRequest | None) -> tuple[str, ...]:
    return OF_ANY_COMMIT if change is None else tuple(TABLE)


def _questions(asked: Asked, change: PullRequest | None) -> dict[tuple[str, str], Question]:
    """What the gates are asked, by service and environment: nobody asks for a deployment yet."""
    sha = change.head_sha if change else ""
    asked_of = {
        (service.name, environment.name): Question(
            repository=asked.repository,
            policy=asked.policy,
            environment=environment,
            service=service.name,
            sha=sha,
            ref=change.head_ref if change else sha,
            pinned="head",
            asker=asked.person if change else None,
            number=asked.number,
            change=change,
        )
        for environment, service in _places(asked)
    }
    return dict(list(asked_of.items())[:GATES_ASKED_MAX])


def decide(asked: Asked, facts: StatusFacts, now: Seconds) -> Decision:
    """Answer with a table."""
    questions, gates = _questions(asked, facts.change), _gates(facts.change)
    places = []
    for service, environment, slot in facts.slots:
        question = questions.get((service, environment))
        verdicts = judge(question, facts.gathered, now, gates) if question is not None else ()
        places.append(Place(service, environment, slot, verdicts))
    head = facts.change.head_sha if facts.change else None
    message = answers.status(asked.repository, places, asked.web_url, head)
    return answered(reply_to(asked), "status", message, {"slots": len(places)})


ROW = Command(word="status", summary="Tell what is live where.", read=read, decide=decide, facts=StatusFacts)
