"""Draws the gallery: one page of HTML that holds its own stylesheet and runs nothing.

Messages are drawn by the sandbox's templates, so that they look here as they do on the play page. Must never
load anything, and never send what is pressed anywhere.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader
from markupsafe import Markup

from bot.sandbox.pages import rendering
from bot.sandbox.pages.look import Look
from bot.sandbox.pages.mrkdwn import mrkdwn
from bot.sandbox.pages.slack_pane import Where
from tests.gallery import coordination, replies, stories, surfaces
from tests.gallery.exhibits import Room

HERE = Path(__file__).parent
STYLES = (rendering.ASSETS / "base.css", rendering.ASSETS / "page.css", HERE / "gallery.css")
PEOPLE = {"U0MONA001": "mona", "C0DEPLOY01": "deploys", "U0LIN0001": "lin"}
NOTIFICATION_LENGTH_MAX = 180  # about what a phone shows of it

_TEMPLATES = rendering._TEMPLATES.overlay(  # its filters, and our page beside its macros
    loader=ChoiceLoader(
        [FileSystemLoader(HERE / "templates"), FileSystemLoader(rendering.HERE / "templates")]
    )
)


def all_rooms() -> tuple[Room, ...]:
    """Everything that hangs in the gallery."""
    return (*stories.rooms(), *replies.rooms(), *coordination.rooms(), *surfaces.rooms())


def page(rooms: Iterable[Room]) -> str:
    """The whole page."""
    shown: dict[str, Any] = {
        "rooms": tuple(rooms),
        "style": Markup("\n".join(path.read_text() for path in STYLES)),  # noqa: S704 - our own files
        "look": Look(),
        "where": Where,
        "name_of": name_of,
        "notification": notification,
    }
    return _TEMPLATES.get_template("gallery.html").render(shown)


def name_of(thing: str) -> str:
    """The name of a Slack user or channel."""
    return PEOPLE.get(thing, thing)


def notification(text: str) -> str:
    """What a phone shows of a message: its words in one line, without marks and links."""
    words = " ".join(mrkdwn(text, name_of).replace("<br>", Markup(" ")).striptags().split())
    return words if len(words) <= NOTIFICATION_LENGTH_MAX else f"{words[: NOTIFICATION_LENGTH_MAX - 1]}…"
