"""What somebody looks at: as whom, which pull request, which channel. It is all in the page's address.

So a page can be reloaded, sent to somebody, and works without a script. Must never lead to another site: an
address that is no page of ours means the first page.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from urllib.parse import parse_qsl, urlencode, urlsplit

from bot.sandbox.pages.people import FIRST

_PULL_PAGE = re.compile(r"/github/([\w.-]+/[\w.-]+)/pull/(\d+)")
_RUN_PAGE = re.compile(r"/github/([\w.-]+/[\w.-]+)/actions/runs/(\d+)")
_CHANNEL_PAGE = re.compile(r"/slack/([\w-]+)")
_PARAMETERS = {"person": "as"}
THEMES = ("", "light", "dark")


@dataclass(frozen=True, slots=True)
class Look:
    """One view of the pages. `page` is the address's path; an empty value means the usual one.

    `thread` is the message in whose thread one writes. `side` is what the third pane shows, `subject`
    what its story is about, and with `quiet` it also has the deliveries that needed nothing.
    """

    page: str = "/"
    person: str = FIRST
    repository: str = ""
    pull: str = ""
    run: str = ""
    channel: str = "deploys"
    thread: str = ""
    side: str = "story"
    subject: str = ""
    quiet: str = ""
    theme: str = ""

    @property
    def address(self) -> str:
        """The address of this view."""
        return self.link()

    def others(self, name: str) -> list[tuple[str, str]]:
        """What a form that chooses `name` carries along, as names and values of hidden fields."""
        different = _different(self, _look_of_path(self.page))
        return [(key, value) for key, value in different.items() if key != _PARAMETERS.get(name, name)]

    def link(self, **changes: str) -> str:
        """The address of this view with something else in it."""
        changed = replace(self, **changes)
        query = urlencode(_different(changed, _look_of_path(changed.page)))
        return f"{changed.page}?{query}" if query else changed.page


def look_at(path: str, query: Mapping[str, str]) -> Look:
    """The view of an address."""
    known = {one.name: _PARAMETERS.get(one.name, one.name) for one in fields(Look) if one.name != "page"}
    given = {name: query[key] for name, key in known.items() if query.get(key)}
    look = replace(_look_of_path(path), **given)
    return look if look.theme in THEMES else replace(look, theme="")


def read_look(address: str) -> Look:
    """The view of an address that a form carried along."""
    parts = urlsplit(address)
    return look_at("" if parts.netloc or parts.scheme else parts.path, dict(parse_qsl(parts.query)))


def _look_of_path(path: str) -> Look:
    if pull := _PULL_PAGE.fullmatch(path):
        return Look(path, repository=pull[1], pull=pull[2])
    if run := _RUN_PAGE.fullmatch(path):
        return Look(path, repository=run[1], run=run[2])
    if channel := _CHANNEL_PAGE.fullmatch(path):
        return Look(path, channel=channel[1])
    return Look()


def _different(look: Look, usual: Look) -> dict[str, str]:
    """What is not as usual, as parameters of an address."""
    names = [one.name for one in fields(Look) if one.name != "page"]
    return {
        _PARAMETERS.get(name, name): getattr(look, name)
        for name in names
        if getattr(look, name) != getattr(usual, name)
    }
