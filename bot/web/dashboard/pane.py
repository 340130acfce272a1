"""The list of stories as HTML: the piece that pages and the play page of the demo show and refresh.

It is asked for at every change, by everybody who looks on, so what did not change is not made again.
Must never show one subject's stories for another's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
from markupsafe import Markup
from msgspec import Struct

from bot.domain.values import Person, Seconds
from bot.explaining import facts, gathering, views
from bot.explaining.stories import Entry, Plot, QuietRun
from bot.ports import Clock, DeliveryRow, DeploymentLogs, Ledger, Sources
from bot.web.dashboard.changes import Changes
from bot.web.dashboard.rendering import Kept, render

LIMIT = 15
LIMIT_MAX = 50
FRESH_SECONDS = 1.0
"""How long a list holds while this process records nothing: others may, and ages grow."""
STORED_SECONDS = 5.0
"""A delivery that is not understood after so long is no passing matter: no worker may be there."""
_LISTS_KEPT = 32


@dataclass(frozen=True, kw_only=True)
class Look:
    """What the dashboard looks at. `login_of` gives the GitHub login that is linked to a Slack user id.

    `sources` None = GitHub is not asked.
    """

    ledger: Ledger
    clock: Clock
    changes: Changes
    login_of: Callable[[str], str | None]
    web_url: str
    public_url: str
    logs: DeploymentLogs | None = None
    sources: Sources | None = None

    def who(self, person: Person) -> str:
        """Name somebody, by their GitHub login where it is known."""
        login = person.login or (self.login_of(person.slack) if person.slack else None)
        return facts.person(Person(login=login, slack=person.slack, is_bot=person.is_bot))


class Wanted(Struct, frozen=True):
    """Which stories: about a subject or all, how many, where links begin, and which stand open.

    `quiet` = with the deliveries that needed nothing, else only with those that failed or wait for long;
    `switch` = a link leads to the other of both, for pages that hand `quiet` on.
    `lean` = only those that stand open bring their steps, for scripts that fetch the others when opened.
    """

    subject: str = ""
    limit: int = LIMIT
    base: str = ""
    opened: tuple[str, ...] = ()
    lean: bool = False
    quiet: bool = True
    switch: bool = False

    @property
    def other(self) -> str:
        """The query of the same list with, or without, the deliveries that needed nothing."""
        limit = f"limit={self.limit}&" if self.limit != LIMIT else ""
        return f"?{limit}quiet={0 if self.quiet else 1}"


class Pane:
    """Makes the list."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._kept: Kept[_Piece] = Kept()
        self._lists: dict[Wanted, tuple[int, Seconds, str]] = {}

    async def show(self, wanted: Wanted) -> str:
        """Give the list as one `<section>`."""
        count, now = self._look.changes.count, self._look.clock.now()
        known = self._lists.get(wanted)
        if known is not None and known[0] == count and 0 <= now - known[1] < FRESH_SECONDS:
            return known[2]
        made = await self._make(wanted, now)
        if len(self._lists) >= _LISTS_KEPT:
            self._lists.clear()
        self._lists[wanted] = (count, now, made)
        return made

    async def _make(self, wanted: Wanted, now: Seconds) -> str:
        ledger = self._look.ledger
        if wanted.subject:
            found = await gathering.about(ledger, wanted.subject, wanted.limit)
        else:
            found = await gathering.newest(ledger, wanted.limit)
        if wanted.subject and found.ignored and not found.entries:  # why nothing happened is all there is
            found = msgspec.structs.replace(found, entries=[QuietRun(tuple(found.ignored))])
        entries = found.entries if wanted.quiet or wanted.subject else _loud(found.entries, now)
        shown = {
            "entries": [self._entry(entry, wanted) for entry in entries],
            "left_out": _needed_nothing(found.entries) if entries is not found.entries else 0,
            "can_hide": wanted.quiet and _needed_nothing(entries) > 0,
            "is_empty": not found.entries,
            "switch": wanted.switch and not wanted.subject,
            "other": wanted.other,
            "subject": wanted.subject,
            "opened": self._opened(entries, wanted),
            "lean": wanted.lean,
            "unreadable": found.unreadable,
            "base": wanted.base,
            "now": now,
        }
        return render("stories.html", shown)

    def _opened(self, entries: Sequence[Plot | QuietRun], wanted: Wanted) -> set[str]:
        if "newest" not in wanted.opened:
            return set(wanted.opened)
        first = next((entry for entry in entries if isinstance(entry, Plot)), None)
        return {*wanted.opened, *([f"story-{first.id}"] if first else [])}

    def _entry(self, entry: Plot | QuietRun, wanted: Wanted) -> "_Piece":
        """A story as it was made when it changed last; only how old it is changes by itself."""
        return self._kept.get((entry.fingerprint, wanted.base), lambda: self._piece(entry, wanted.base))

    def _piece(self, entry: Plot | QuietRun, base: str) -> "_Piece":
        is_quiet = isinstance(entry, QuietRun)
        story = views.quiet(entry) if isinstance(entry, QuietRun) else views.story(entry, self._look.who)
        steps = render("steps.html", {"story": story, "base": base})
        return _Piece(msgspec.structs.replace(story, steps=()), is_quiet, Markup(steps))  # noqa: S704 - rendered


def _loud(entries: Sequence[Entry], now: Seconds) -> list[Entry]:
    """Leave out the deliveries that needed nothing; never one that failed."""
    kept: list[Entry] = []
    for entry in entries:
        if isinstance(entry, Plot):
            kept.append(entry)
        elif telling := tuple(row for row in entry.deliveries if _is_telling(row, now)):
            kept.append(QuietRun(telling))
    return kept


def _is_telling(row: DeliveryRow, now: Seconds) -> bool:
    if row.state == "received":
        return now - row.received_at >= STORED_SECONDS
    return row.state == "failed"


def _needed_nothing(entries: Sequence[Entry]) -> int:
    runs = (entry for entry in entries if isinstance(entry, QuietRun))
    return sum(row.state == "done" for run in runs for row in run.deliveries)


class _Piece(Struct, frozen=True):
    """A story's head, and its steps as HTML."""

    story: views.Story | views.Quiet
    quiet: bool
    steps: Markup
