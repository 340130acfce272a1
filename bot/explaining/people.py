"""Who is named how in a story: by the login that its own events tell of."""

from collections.abc import Iterable

from msgspec import Struct

from bot.domain.values import Person
from bot.explaining import facts
from bot.explaining.stories import Plot
from bot.explaining.wording import Who


def known_in(plots: Iterable[Plot]) -> Who:
    """Name somebody by the login that the events themselves tell of, where a Slack user is linked to one."""
    people = (person for plot in plots for event in plot.events for person in _people(event.data))
    logins = {person.slack: person.login for person in people if person.slack and person.login}

    def who(person: Person) -> str:
        login = person.login or logins.get(person.slack or "")
        return facts.person(Person(login=login, slack=person.slack, is_bot=person.is_bot))

    return who


def _people(value: Struct) -> Iterable[Person]:
    for name in value.__struct_fields__:
        inner = getattr(value, name)
        if isinstance(inner, Person):
            yield inner
        elif isinstance(inner, Struct):
            yield from _people(inner)
