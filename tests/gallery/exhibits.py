"""What hangs in the gallery: one message or picture in all its forms, and the rooms that they stand in."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from bot.messages.message import Message


class Said(Struct, frozen=True):
    """One message in Slack. `place` says where: in the channel, in the thread, to one person only."""

    place: str
    message: Message


class Filled(Struct, frozen=True):
    """A form or the Home tab; `errors` are what Slack shows beside its fields, by block."""

    view: dict[str, Any]
    errors: dict[str, str] = {}


class Exhibit(Struct, frozen=True, kw_only=True):
    """`name` is its anchor on the page. `comment` is Markdown; `place` says what it is on GitHub."""

    name: str
    title: str
    about: str = ""
    place: str = "Comment"
    comment: str = ""
    said: tuple[Said, ...] = ()
    filled: Filled | None = None


class Room(Struct, frozen=True, kw_only=True):
    """Exhibits that belong together."""

    name: str
    title: str
    about: str
    exhibits: tuple[Exhibit, ...]

    @property
    def of_one_side(self) -> bool:
        """Whether nothing here is shown by GitHub and Slack alike, so that two fit in a row."""
        return not any(each.comment and (each.said or each.filled) for each in self.exhibits)


def answer(name: str, title: str, message: Message, about: str = "") -> Exhibit:
    """An answer to a command: a comment on GitHub, or a message that only the asker sees in Slack."""
    return Exhibit(
        name=name,
        title=title,
        about=about,
        comment=message.markdown,
        said=(Said("Only the asker sees this", message),),
    )


def names_of(rooms: Iterable[Room]) -> list[str]:
    """The names of all exhibits, in the order of the page."""
    return [exhibit.name for room in rooms for exhibit in room.exhibits]
