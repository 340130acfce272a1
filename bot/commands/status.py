"""`/status`: what is live, what runs and who waits, for the services and environments asked about."""

from msgspec import Struct

from bot.commands.asked import Asked, Command, answered, reply_to
from bot.domain.slot import Slot
from bot.domain.speech import Status
from bot.domain.values import Seconds
from bot.messages import answers
from bot.ports import Decision, Sources


class StatusFacts(Struct, frozen=True):
    """The slots as the ledger knew them: (service, environment, slot), in the configuration's order."""

    slots: tuple[tuple[str, str, Slot], ...]


async def read(sources: Sources, asked: Asked) -> StatusFacts:
    """Read the slots that are asked about."""
    command = asked.command
    if not isinstance(command, Status):
        raise TypeError("this is not a status command")
    prefix = f"slot:{asked.repository.full_name}/"
    known = await sources.ledger.states(prefix)
    slots: list[tuple[str, str, Slot]] = []
    for environment in asked.policy.environments:
        for service in asked.policy.services:
            if command.service in (None, service.name) and command.environment in (None, environment.name):
                slot = known.get(f"{prefix}{service.name}/{environment.name}")
                slots.append((service.name, environment.name, slot if isinstance(slot, Slot) else Slot()))
    return StatusFacts(tuple(slots))


def decide(asked: Asked, facts: StatusFacts, _now: Seconds) -> Decision:
    """Answer with a table."""
    message = answers.status(asked.repository, facts.slots, asked.web_url)
    return answered(reply_to(asked), "status", message, {"slots": len(facts.slots)})


ROW = Command(word="status", summary="Tell what is live where.", read=read, decide=decide, facts=StatusFacts)
