"""What everybody is told when somebody deploys past the gates: who, what, why, and what was passed."""

from collections.abc import Collection, Iterable

from bot.domain.values import Person
from bot.messages.blocks import told
from bot.messages.dialects import Dialect, listed
from bot.messages.message import Message


def announcement(
    person: Person, services: Collection[str], environment: str, because: str | None, passed: Collection[str]
) -> Message:
    """Announce an emergency deployment before it starts; `passed` are the gates that it does not wait for."""

    def written(dialect: Dialect) -> Iterable[str]:
        names = listed(dialect.code(name) for name in services)
        yield dialect.heading(f"🚨 Emergency: {names} to {dialect.code(environment)}")
        yield f"{dialect.person(person)} deploys past the gates. Because: {dialect.text(because or '', 500)}"
        if passed:
            yield f"Passed: {listed(dialect.code(name) for name in sorted(passed))}."
        else:
            yield "No gate had to be passed."
        yield "It is on record: `pointsman events list --audit`."

    return told(written)
