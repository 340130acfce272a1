"""The third pane: the bot's story, GitHub's and Slack's log of deliveries, or what runs where.

Must never show a story that is not the bot's own: what the bot does not tell, is not told here.
"""

from itertools import islice
from typing import Any

from markupsafe import Markup

from bot.sandbox.github.emission import redeliver
from bot.sandbox.pages.look import Look
from bot.sandbox.pages.rendering import render
from bot.sandbox.pages.story import BotPages
from bot.sandbox.pages.worlds import Worlds

DELIVERIES_SHOWN = 40
RUNS_SHOWN = 12
ATTEMPTS_COUNTED = 1000
"""How far back one looks for deliveries that never arrived; it is done at every change."""
SIDES = ("story", "deliveries", "running")


class SidePane:
    """Draws what is chosen of the three."""

    def __init__(self, worlds: Worlds, bot_pages: BotPages) -> None:
        self._worlds = worlds
        self._bot_pages = bot_pages

    async def render(self, look: Look, trouble: str = "") -> Markup:
        """The pane; LookupError for one that there is not."""
        shown: dict[str, Any] = {"look": look, "trouble": trouble}
        if look.side == "story":
            shown |= await self._story(look)
        elif look.side == "deliveries":
            shown |= _deliveries(self._worlds)
        elif look.side == "running":
            shown |= _running(self._worlds)
        else:
            raise LookupError(f"There is no pane {look.side}.")
        return render(f"panes/{look.side}.html", shown)

    async def _story(self, look: Look) -> dict[str, Any]:
        query = {"quiet": "1" if look.quiet else "0", "switch": "0"}
        query |= {"subject": look.subject} if look.subject else {}
        found = await self._bot_pages.fetch("/story", query)
        story = Markup(found.body.decode(errors="replace")) if found.status == 200 else None  # noqa: S704 - the bot's
        return {"story": story, "status": found.status, "is_there": self._worlds.dashboard is not None}


def sides_pane(worlds: Worlds, look: Look, trouble: str = "") -> Markup:
    """The way to the three, with what asks for a look."""
    failed = _failed_guids(worlds)
    counts = {"deliveries": len(failed), "running": len(complaints(worlds))}
    return render("panes/sides.html", {"look": look, "counts": counts, "trouble": trouble})


def complaints(worlds: Worlds) -> list[str]:
    """What the three services found wrong with what the bot did."""
    slack = [f"Slack, {one.where}: {one.problem}" for one in worlds.slack.violations]
    slack += [f"Slack: unknown request {name}" for name in worlds.slack.unknown_requests]
    github = [f"GitHub: {one}" for one in worlds.github.violations]
    github += [f"GitHub: unknown request {name}" for name in worlds.github.unknown_requests]
    return github + slack + [f"Deployer: {one}" for one in worlds.deployer.violations]


def send_again(worlds: Worlds, delivery_id: str) -> None:
    """Press Redeliver on a line of GitHub's log; LookupError when it is gone."""
    entry = worlds.github.deliveries.entries.get(int(delivery_id)) if delivery_id.isdecimal() else None
    if entry is None:
        raise LookupError("GitHub does not remember that delivery any more.")
    redeliver(worlds.github, entry)


def _failed_guids(worlds: Worlds) -> set[str]:
    """Deliveries that no attempt brought to the bot so far."""
    arrived: set[str] = set()
    failed: set[str] = set()
    for entry in islice(reversed(worlds.github.deliveries.entries.values()), ATTEMPTS_COUNTED):
        if entry.delivered_at is None:
            continue
        (arrived if 200 <= entry.status_code < 300 else failed).add(entry.webhook.guid)
    return failed - arrived


def _deliveries(worlds: Worlds) -> dict[str, Any]:
    newest = list(reversed(worlds.github.deliveries.entries.values()))[:DELIVERIES_SHOWN]
    sent = list(reversed(worlds.slack.space.outbox.sent))[:DELIVERIES_SHOWN]
    return {
        "deliveries": newest,
        "failed": _failed_guids(worlds),
        "sent": sent,
        "name_of": {person.id: person.name for person in worlds.slack.space.people.values()},
    }


def _running(worlds: Worlds) -> dict[str, Any]:
    deployer = worlds.deployer
    return {
        "deployer": deployer,
        "runs": list(reversed(deployer.runs))[:RUNS_SHOWN],
        "held": deployer.waiting,
        "workflow_runs": list(islice(reversed(worlds.github.actions.runs.values()), RUNS_SHOWN)),
        "stuck": worlds.github.actions.stuck,
        "complaints": complaints(worlds),
        "dashboard": worlds.dashboard,
        "can_restart": worlds.restart_bot is not None,
        "can_kill": worlds.kill_bot is not None,
    }
