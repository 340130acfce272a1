"""What is done to a stage that was kept before it goes on: what was on its way then is sent again.

Must never lose a webhook or a report silently: what may be missing is said.
"""

import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from bot.sandbox.deployer import DeployerWorld
from bot.sandbox.github import GitHubWorld
from bot.sandbox.keeping import Kept
from bot.sandbox.slack import SlackWorld
from bot.sandbox.slack.outbox import Answer

IDS_SKIPPED = 10_000
NUMBERS_SKIPPED = 10


def wake(kept: Kept, bot_address: str) -> list[str]:
    """Make a kept stage go on, with the bot at this `host:port`; gives what people should know."""
    _send_again(kept.github)
    _carry_again(kept.slack)
    _report_to(kept.deployer, bot_address)
    for chance in (kept.github.random, kept.slack.random, kept.deployer.random):
        chance.seed(secrets.randbits(128))  # whichever copy this is: no GUID comes a second time
    if not kept.in_order:
        _never_repeat(kept)
    return list(_sentences(kept))


def _send_again(github: GitHubWorld) -> None:
    """A webhook that was being sent goes out once more; the bot knows it by its GUID."""
    outbox = github.outbox
    queued = Counter(webhook.guid for webhook in [*outbox.waiting, *(held.webhook for held in outbox.held)])
    under_way = []
    for webhook in reversed(github.deliveries.unanswered()):
        if queued[webhook.guid]:
            queued[webhook.guid] -= 1
        else:
            under_way.append(webhook)
    outbox.waiting.extendleft(under_way)  # the newest first, so that the oldest comes to stand in front


def _carry_again(slack: SlackWorld) -> None:
    """What Slack was sending met a connection that broke: an event comes again, a person sees no answer."""
    slack.space.outbox.carry_again()
    for sent in slack.space.outbox.pending():
        if sent.state == "sending":
            slack.answered(sent, Answer(None, trouble="connection"))


def _report_to(deployer: DeployerWorld, bot_address: str) -> None:
    """Reports go where the bot is now."""
    for run in deployer.pending():
        url = urlsplit(run.order.callback_url)._replace(netloc=bot_address).geturl()
        run.order = replace(run.order, callback_url=url)


def _never_repeat(kept: Kept) -> None:
    """The bot may know things that are forgotten here: no id of those may come a second time."""
    kept.github.skip_ids(IDS_SKIPPED)
    kept.slack.space.skip_ids(IDS_SKIPPED)
    for repository in kept.github.repositories.values():
        repository.next_number += NUMBERS_SKIPPED


def _sentences(kept: Kept) -> Iterator[str]:
    at = datetime.fromtimestamp(kept.saved_at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    if kept.in_order:
        yield f"It goes on where it was at {at}."
    else:
        yield (
            f"The demo was not ended in order. GitHub, Slack and the deployer go on as they were at {at}; "
            "what happened there in the moments after that is forgotten, and the bot may remember it."
        )
    faults = [
        *kept.github.faults.rules,
        *kept.github.actions.upcoming,
        *kept.slack.faults.active,
        *kept.deployer.upcoming,
    ]
    deployer = kept.deployer
    if faults or deployer.behaviour != "succeed" or deployer.unwell or deployer.metrics is None:
        yield "Trouble that was switched on is still on; the page shows it and switches it off."
