"""The demo's first story: checks, a deployment, a failed one, the rollback, and two people in Slack.

People act in the simulated GitHub and Slack; the bot takes part only by HTTP. Every line that is printed
was seen there. Must end the same when the bot is killed in the middle and started again.
"""

import asyncio
import html
import re
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from bot.sandbox.github.records import CheckRun, Comment, PullRequest, Repository
from bot.sandbox.github.seed import SHOP
from bot.sandbox.slack import Message, Outgoing
from bot.sandbox.slack.changes import Changes
from bot.sandbox.stage import Stage

WAIT_SECONDS = 60.0
TRIES_MAX = 10
CHANNEL = "C0DEPLOYS"
SLOT = ("api", "production")

_MARKUP = re.compile(r"<([@!]?[^<>|]+)(?:\|([^<>]*))?>")

T = TypeVar("T")


class StoryFailed(Exception):
    """What was awaited did not happen."""


class Script:
    """Plays the story on a stage; `say` gets each line of the transcript."""

    def __init__(self, stage: Stage, say: Callable[[str], None]) -> None:
        self._stage = stage
        self._say = say
        self._changes = Changes()
        stage.worlds.listen(self._changes.notify)

    async def play(self) -> None:
        """Play it to the end. Raises StoryFailed."""
        pull = await self._opened_pull_request()
        good = await self._deployed(pull)
        await self._failed_and_rolled_back(pull, good)
        await self._from_slack()
        self._check_manners()

    async def _opened_pull_request(self) -> PullRequest:
        self._title("A pull request gets its checks")
        pull = self._stage.github.open_pull_request(
            "ada",
            SHOP,
            "faster-checkout",
            "Faster checkout",
            {"services/api/checkout.py": "def checkout() -> str:\n    return 'fast'\n"},
            "One query instead of twelve.",
        )
        self._say(f"ada opens acme/shop#{pull.number}: {pull.title}")
        await self._checks(pull)
        return pull

    def _completed(self, name: str, head_sha: str) -> CheckRun | None:
        for run in self._repository.check_runs.values():
            if (run.name, run.head_sha, run.status) == (name, head_sha, "completed"):
                return run
        return None

    async def _checks(self, pull: PullRequest) -> None:
        for name in ("pointsman/config", "pointsman/plan"):
            found = partial(self._completed, name, pull.head_sha)
            run = await self._until(f"the check {name}", found)
            self._say(f"  check {name}: {run.conclusion}. {run.title}")

    async def _deployed(self, pull: PullRequest) -> str:
        self._title("A deployment, asked for by a comment")
        comment = self._comment(pull, "ada", "/deploy production")
        await self._seen(comment)
        await self._live(pull.head_sha, "succeeded")
        story = await self._story_comment(pull, "succeeded", after=comment)
        self._quote("the bot's comment", story.body)
        await self._told_in_slack("succeeded")
        return pull.head_sha

    async def _failed_and_rolled_back(self, pull: PullRequest, good: str) -> None:
        self._title("The next deployment fails")
        self._stage.deployer.play_next("fail")
        slow = {"services/api/checkout.py": "def checkout() -> str:\n    return 'even faster'\n"}
        bad = self._stage.github.push("ada", SHOP, pull.head_ref, slow, "Even faster").sha
        self._say(f"ada pushes {bad[:7]} to {pull.head_ref}")
        await self._checks(pull)
        comment = self._comment(pull, "ada", "/deploy production")
        await self._seen(comment)
        prompt = await self._prompt(bad)
        self._quote("the prompt in Slack", self._seen_by_people(prompt))
        self._say(f"  buttons: {', '.join(prompt.buttons)}")
        self._title("Roll back is pressed")
        await self._press("U0LIN", prompt, "Roll back", lambda: self._runs(good))
        await self._live(good, "rolled back")
        decided = await self._until("who decided, in Slack", lambda: self._answered_prompt(prompt))
        self._quote("the prompt now", self._seen_by_people(decided))
        story = await self._story_comment(pull, "rolled back", after=comment)
        self._quote("the bot's comment", story.body)
        self._say(f"production runs {good[:7]} again")

    async def _from_slack(self) -> None:
        self._title("From Slack")
        main = self._repository.branches["main"]
        await self._command("U0GRACE", "/deploy", "api staging", lambda: self._runs(main, "staging"))
        self._say(f"  staging runs {main[:7]}, the head of main")
        whispers = self._stage.slack.whispers
        before = len(whispers("U0SAM"))
        await self._command("U0SAM", "/deploy", "api staging", lambda: len(whispers("U0SAM")) > before)
        self._quote("only sam sees", self._seen_by_people(whispers("U0SAM")[-1]))

    # --- people -------------------------------------------------------------------------------------

    def _comment(self, pull: PullRequest, who: str, text: str) -> Comment:
        self._say(f"{who} comments on #{pull.number}: {text}")
        return self._stage.github.comment(who, SHOP, pull.number, text)

    async def _command(self, who: str, command: str, text: str, done: Callable[[], object]) -> None:
        name = self._stage.slack.person(who).name
        self._say(f"{name} types in #deploys: {command} {text}")
        await self._insist(lambda: self._stage.slack.slash_command(who, CHANNEL, command, text), done)

    async def _press(self, who: str, message: Message, label: str, done: Callable[[], object]) -> None:
        """Press a button; it may be gone already where an earlier press was heard but not answered."""
        slack = self._stage.slack
        self._say(f"{slack.person(who).name} presses {label}")
        await self._insist(
            lambda: slack.press(who, message, label) if label in message.buttons else None, done
        )

    async def _insist(self, act: Callable[[], Outgoing | None], done: Callable[[], object]) -> None:
        """Do it; where Slack says that nothing answered, do it again, as people do."""
        for _ in range(TRIES_MAX):
            sent = act()
            await self._until("an answer in Slack", partial(_is_over, sent, done))
            if sent is None or sent.state not in ("failed", "lost"):
                await self._until("what was asked for in Slack", done)
                return
            self._say("  (Slack: nothing answered; once more)")
            await asyncio.sleep(1.0)
        raise StoryFailed("Slack never got an answer")

    # --- what is seen -------------------------------------------------------------------------------

    async def _seen(self, comment: Comment) -> None:
        await self._until("👀", lambda: any(reaction.content == "eyes" for reaction in comment.reactions))
        self._say("  👀")

    async def _live(self, sha: str, word: str) -> None:
        await self._until(f"{sha[:7]} in production", lambda: self._runs(sha))
        await self._until("a GitHub Deployment", lambda: self._deployment_state(sha) == "success")
        self._say(f"  deployment of {sha[:7]} to production: {word}")

    def _runs(self, sha: str, environment: str = "production") -> bool:
        live = self._stage.deployer.live.get(("api", environment))
        return live is not None and live.sha == sha and live.healthy

    def _deployment_state(self, sha: str) -> str | None:
        made = [each for each in self._repository.deployments.values() if each.sha == sha]
        return made[-1].statuses[-1].state if made and made[-1].statuses else None

    async def _story_comment(self, pull: PullRequest, word: str, after: Comment) -> Comment:
        def found() -> Comment | None:
            for comment in reversed(list(self._repository.comments.values())):
                if comment.number == pull.number and comment.by_app and comment.id > after.id:
                    return comment if word in comment.body.lower() else None
            return None

        return await self._until(f"the bot's comment with {word!r}", found)

    async def _told_in_slack(self, word: str) -> None:
        def told() -> Message | None:
            tops = [each for each in self._stage.slack.messages(CHANNEL) if not each.is_reply]
            return next((each for each in reversed(tops) if word in each.spoken.lower()), None)

        def whole_thread() -> list[Message] | None:
            """The replies, as soon as they hold the beginning and the end."""
            replies = self._stage.slack.thread(message)
            return replies if len(replies) > 1 and word in replies[-1].spoken.lower() else None

        message = await self._until("the Slack message", told)
        replies = await self._until("the end of its thread", whole_thread)
        self._quote("Slack, #deploys", self._seen_by_people(message))
        for reply in replies:
            self._quote("in its thread", self._seen_by_people(reply))

    async def _prompt(self, sha: str) -> Message:
        def asked() -> Message | None:
            for message in reversed(self._stage.slack.messages(CHANNEL)):
                if "Roll back" in message.buttons:
                    return message
            return None

        await self._until("the failed GitHub Deployment", lambda: self._deployment_state(sha) == "failure")
        return await self._until("the rollback prompt", asked)

    def _answered_prompt(self, prompt: Message) -> Message | None:
        return None if prompt.buttons else prompt

    def _check_manners(self) -> None:
        stage = self._stage
        wrong = [*stage.github.violations, *stage.github.unknown_requests, *stage.deployer.violations]
        wrong += [str(each) for each in stage.slack.violations] + stage.slack.unknown_requests
        if wrong:
            raise StoryFailed("the bot broke rules of GitHub, Slack or the deployer: " + "; ".join(wrong))

    # --- telling -------------------------------------------------------------------------------------

    @property
    def _repository(self) -> Repository:
        return self._stage.github.repository(SHOP)

    async def _until(self, what: str, predicate: Callable[[], T | None]) -> T:
        """Wait until it is there (neither None nor False)."""
        try:
            found = await self._changes.wait_until(predicate, WAIT_SECONDS)
        except TimeoutError as error:
            raise StoryFailed(f"{what} did not come within {WAIT_SECONDS:.0f} s") from error
        if found is None:
            raise StoryFailed(f"{what} did not come")
        return found

    def _title(self, text: str) -> None:
        self._say("")
        self._say(text)
        self._say("-" * len(text))

    def _seen_by_people(self, message: Message) -> str:
        """A message without Slack's markup for people, links and times, as its readers see it."""

        def shown(markup: re.Match[str]) -> str:
            target, label = markup.groups()
            return f"@{self._stage.slack.person(target[1:]).name}" if target[0] == "@" else label or target

        return html.unescape(_MARKUP.sub(shown, message.spoken))

    def _quote(self, where: str, text: str) -> None:
        self._say(f"  {where}:")
        for line in text.splitlines():
            if line.strip() and not line.startswith("<!--"):
                self._say(f"    | {line}")


def _is_over(sent: Outgoing | None, done: Callable[[], object]) -> bool:
    return bool(done()) or sent is None or sent.state in ("failed", "lost")
