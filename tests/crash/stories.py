"""Whole stories that people live through while the bot is killed: what they do, what they wait for.

A story tells what has to stand there at its end, once each. Must never know when the bot is killed.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from bot.sandbox.github.records import Comment
from bot.sandbox.github.seed import SHOP
from bot.sandbox.github.site import SITE
from bot.sandbox.slack import Message
from bot.sandbox.stage import CONFIGURATION, SITE_CHANNEL
from tests.crash.house import CHANNEL, House

ON_MERGE = CONFIGURATION.replace("  production:\n", "  production:\n    auto: merge\n")
SITE_PULL = 1


@dataclass
class Told:
    """What has to stand there in the end.

    `commands` are comments that ask for something: each has the bot's 👀 once. `requests` says how many of
    the bot's comments tell of a request, by repository and pull request; `ends` how GitHub's deployments of a
    repository end, in the order in which they were made; `threads` how many messages in Slack begin a story.
    """

    commands: list[Comment] = field(default_factory=list)
    requests: dict[tuple[str, int], int] = field(default_factory=dict)
    ends: dict[str, list[str]] = field(default_factory=dict)
    threads: dict[str, int] = field(default_factory=dict)


async def from_a_pull_request(house: House) -> Told:
    """A deployment, a push, a deployment that fails, the prompt, and back to the good one."""
    (pull, *_) = house.shop.pulls
    first = house.says("ada", "/deploy api production")
    good = pull.head_sha
    await house.until("the deployment", lambda: house.live() == good)
    await house.until("the answer", lambda: house.answer("succeeded", good[:7]))
    bad = house.pushes("ada", pull, {"services/api/app.py": "x = 2\n"})
    house.deployer.play_next("fail")
    second = house.says("ada", "/deploy api production")
    await house.until("the failure", lambda: house.answer("failed", bad[:7]))

    def is_rolled_back() -> bool:
        return house.deployer.orders[-1].action == "rollback"

    await house.presses("U0LIN", "Roll back", is_rolled_back)
    await house.until("the rollback", lambda: house.live() == good)
    await house.until("its answer", lambda: house.answer("Rolled back", "succeeded"))
    return Told(
        commands=[first, second],
        requests={(SHOP, pull.number): 3},
        ends={SHOP: ["inactive", "failure", "success"]},
        threads={CHANNEL: 2},  # the rollback is told in the thread of what it undoes
    )


async def from_slack(house: House) -> Told:
    """Two deployments from the channel, and one that hangs and is cancelled."""
    main = house.shop.branches["main"]

    def ordered(service: str, environment: str, action: str = "deploy") -> Callable[[], bool]:
        wanted = (service, environment, action)
        return lambda: any(
            (one.service, one.environment, one.action) == wanted for one in house.deployer.orders
        )

    await house.types("U0ADA", "/deploy", "api staging", ordered("api", "staging"))
    await house.until("api in staging", lambda: house.live("api", "staging") == main)
    await house.types("U0GRACE", "/deploy", "web production", ordered("web", "production"))
    await house.until("web in production", lambda: house.live("web", "production") == main)
    house.deployer.play_next("late")
    await house.types("U0ADA", "/deploy", "api production", ordered("api", "production"))
    await house.until("one that hangs", lambda: house.deployer.waiting)
    stop = f"cancel {house.deployer.runs[-1].order.deployment}"
    await house.types("U0GRACE", "/pointsman", stop, ordered("api", "production", "cancel"))
    await house.until("it is cancelled", lambda: spoken(house, "cancelled"))
    return Told(ends={SHOP: ["success", "success", "inactive"]}, threads={CHANNEL: 3})


async def by_merging(house: House) -> Told:
    """A merge ships by itself, the next one fails, and `/rollback` brings the first one back."""
    (pull, *_) = house.shop.pulls
    good = house.github.merge("grace", SHOP, pull.number)
    await house.until("the merge is live", lambda: house.live() == good)
    await house.until("the answer", lambda: house.answer("succeeded", good[:7]))
    house.deployer.play_next("fail")
    files = {"services/api/Dockerfile": "FROM python:3.13-slim\n"}
    other = house.github.open_pull_request("grace", SHOP, "newer", "A newer Python", files)
    bad = house.github.merge("ada", SHOP, other.number)
    await house.until("the failure", lambda: house.answer("failed", bad[:7], number=other.number))
    command = house.says("lin", "/rollback api production", other.number)
    await house.until("the rollback", lambda: house.live() == good)
    await house.until("its answer", lambda: house.answer("Rolled back", "succeeded", number=other.number))
    return Told(
        commands=[command],
        requests={(SHOP, pull.number): 1, (SHOP, other.number): 2},
        ends={SHOP: ["inactive", "failure", "success"]},
        threads={CHANNEL: 2},
    )


async def by_a_workflow(house: House) -> Told:
    """GitHub Actions ships it, then fails, and somebody keeps what there is."""
    (pull,) = house.github.repository(SITE).pulls
    first = house.says("grace", "/deploy site staging", SITE_PULL, SITE)
    await house.until("the answer", lambda: house.answer("succeeded", pull.head_sha[:7], repository=SITE))
    house.github.actions.play_next("fail")
    bad = house.pushes("grace", pull, {"content/about.md": "# About us\n\nFour people.\n"}, SITE)
    second = house.says("grace", "/deploy site staging", SITE_PULL, SITE)
    await house.until("the failure", lambda: house.answer("failed", bad[:7], repository=SITE))
    channel = SITE_CHANNEL[0]

    def is_decided() -> Message | None:
        return spoken(house, "chose to keep", channel)

    await house.presses("U0LIN", "Keep", is_decided, channel)
    return Told(
        commands=[first, second],
        requests={(SITE, SITE_PULL): 2},
        ends={SITE: ["success", "failure"]},
        threads={channel: 2},
    )


async def all_at_once(house: House) -> Told:
    """Three people ask at the same time, from three places."""
    first, second, *_ = house.shop.pulls
    commands = [
        house.says("ada", "/deploy api production", first.number),
        house.says("grace", "/deploy web production", second.number),
        house.says("lin", "/deploy api staging", first.number),
    ]
    for service, environment, sha in (
        ("api", "production", first.head_sha),
        ("web", "production", second.head_sha),
        ("api", "staging", first.head_sha),
    ):
        await house.until(f"{service} in {environment}", lambda: house.live(service, environment) == sha)  # noqa: B023
    return Told(
        commands=commands,
        requests={(SHOP, first.number): 2, (SHOP, second.number): 1},
        ends={SHOP: ["success"] * 3},
        threads={CHANNEL: 3},
    )


def spoken(house: House, words: str, channel: str = CHANNEL) -> Message | None:
    """The newest message of a channel with these words."""
    found = (each for each in reversed(house.slack.messages(channel)) if words in each.spoken)
    return next(found, None)


@dataclass(frozen=True)
class Story:
    """A story, and the stage that it needs."""

    play: Callable[[House], Awaitable[Told]]
    configuration: str = CONFIGURATION
    site: bool = False


STORIES: Mapping[str, Story] = {
    "pull request": Story(from_a_pull_request),
    "slack": Story(from_slack),
    "merge": Story(by_merging, ON_MERGE),
    "workflow": Story(by_a_workflow, site=True),
    "all at once": Story(all_at_once),
}
