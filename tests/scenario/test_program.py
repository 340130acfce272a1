"""The program as its users run it: started, asked, read beside, sent nonsense, ended, killed, again."""

import asyncio
import hmac
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import pytest

import bot
from bot.sandbox.github.records import Comment, PullRequest
from bot.sandbox.github.seed import SHOP
from bot.sandbox.slack.signing import signature_headers
from bot.sandbox.stage import HOST, Stage, StageSettings, free_port

pytestmark = pytest.mark.slow

ROOT = Path(bot.__file__).parents[1]
WAIT_SECONDS = 20.0
END_SECONDS = 15.0
OWN_SETTINGS = (
    *("GITHUB_", "SLACK_", "POINTSMAN_", "DATABASE_", "NATS_", "OTEL_", "METRICS_", "LOG_", "DASHBOARD_"),
)
MEBIBYTE = 1024 * 1024
DELIVERY = "11111111-0000-0000-0000-000000000000"

T = TypeVar("T")


class Program:
    """`python -m bot` as a child process; what it says is kept, line by line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._lines: list[str] = []
        self._reading = asyncio.create_task(self._read())
        self._changed = asyncio.Event()

    async def _read(self) -> None:
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            self._lines.append(line.decode("utf-8", "replace"))
            self._changed.set()
        self._changed.set()

    @property
    def said(self) -> str:
        return "".join(self._lines)

    async def says(self, words: str) -> None:
        """Wait for a line with these words; a program that ended before is a failure."""
        async with asyncio.timeout(WAIT_SECONDS):
            while words not in self.said:
                assert not self._reading.done(), f"it ended without {words!r}: {self.said}"
                self._changed.clear()
                await self._changed.wait()

    async def ended(self, number: signal.Signals | None = None) -> int:
        """Send a signal if one is given; wait for the end, and give the exit code."""
        if number is not None:
            self._process.send_signal(number)
        async with asyncio.timeout(END_SECONDS):
            await self._reading
            return await self._process.wait()

    async def kill(self) -> None:
        """End it in whatever state it is."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await self._reading


class House:
    """A stage, and the programs that take part in it on one ledger."""

    def __init__(self, stage: Stage, port: int, exits: AsyncExitStack) -> None:
        self.stage = stage
        self.url = f"http://{HOST}:{port}"
        self.port = port
        self.environ = stage.environment(port)
        self._exits = exits

    async def serve(self, **changes: str) -> Program:
        program = await self._start("serve", **changes)
        self._exits.push_async_callback(program.kill)
        return program

    async def ready(self) -> Program:
        program = await self.serve()
        await program.says('"started"')
        return program

    async def _start(self, *arguments: str, **changes: str) -> Program:
        return Program(
            await asyncio.create_subprocess_exec(
                *command(*arguments),
                env=clean_environ() | self.environ | changes,
                cwd=self.stage.folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )
        )

    async def read(self, *arguments: str, code: int = 0) -> Any:
        """What a reading command answers with `--json`."""
        process = await asyncio.create_subprocess_exec(
            *command(*arguments, "--json"),
            env=clean_environ() | self.environ,
            cwd=self.stage.folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                out, err = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode == code, err.decode()
        return json.loads(out)

    # --- people ---

    def pull_request(self) -> PullRequest:
        files = {"services/api/checkout.py": "def checkout() -> str:\n    return 'fast'\n"}
        return self.stage.github.open_pull_request("ada", SHOP, "faster", "Faster", files)

    def says(self, text: str, pull: PullRequest) -> Comment:
        return self.stage.github.comment("ada", SHOP, pull.number, text)

    # --- what is seen ---

    async def until(self, what: str, predicate: Callable[[], T]) -> T:
        changed = asyncio.Event()
        self.stage.worlds.listen(changed.set)
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while not (found := predicate()):
                    changed.clear()
                    await changed.wait()
                return found
        except TimeoutError:
            raise AssertionError(f"{what} did not come") from None
        finally:
            self.stage.worlds.unlisten(changed.set)

    def live(self) -> str | None:
        live = self.stage.deployer.live.get(("api", "production"))
        return live.sha if live else None

    def comments_by_us(self) -> list[str]:
        comments = self.stage.github.repository(SHOP).comments.values()
        return [comment.body for comment in comments if comment.by_app]

    def checks(self) -> list[str]:
        """Our checks that are there, by name; the repository has another App's too."""
        runs = self.stage.github.repository(SHOP).check_runs.values()
        return sorted(run.name for run in runs if run.name.startswith("pointsman/"))

    def deployment_states(self) -> list[list[str]]:
        made = self.stage.github.repository(SHOP).deployments.values()
        return [[status.state for status in deployment.statuses] for deployment in made]


def command(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "bot", *arguments)


def clean_environ() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OWN_SETTINGS)}
    return kept | {"PYTHONPATH": str(ROOT), "LOG_FORMAT": "json"}


@asynccontextmanager
async def house_in(folder: Path, settings: StageSettings | None = None) -> AsyncIterator[House]:
    """A stage without pull requests, and no program yet. Whatever was started in it is ended."""
    async with AsyncExitStack() as exits:
        stage = Stage(folder, settings or StageSettings(pull_requests=False))
        port = free_port()
        exits.push_async_callback(stage.close)
        await stage.open(f"http://{HOST}:{port}")
        yield House(stage, port, exits)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with house_in(tmp_path) as house:
        yield house


def assert_nothing_unexpected(program: Program) -> None:
    """Neither a traceback nor an answer of 500 and more is in the log."""
    assert "Traceback" not in program.said
    answered = [json.loads(line) for line in program.said.splitlines() if '"event": "request"' in line]
    assert [line for line in answered if line["status"] >= 500] == []


# --- start and end ---------------------------------------------------------------------------------------


async def test_it_starts_says_how_it_is_and_ends_when_told_to(house: House) -> None:
    program = await house.ready()
    async with aiohttp.ClientSession(house.url) as session:
        for path, words in (
            ("/healthz", '"ok"'),
            ("/readyz", '"ready"'),
            ("/metrics", "pointsman_store_up 1.0"),
        ):
            async with session.get(path) as answer:
                assert (answer.status, words in await answer.text()) == (200, True), path
    assert await program.ended(signal.SIGTERM) == 0
    assert_nothing_unexpected(program)


async def test_a_second_one_on_the_same_ledger_is_refused_in_one_sentence(house: House) -> None:
    first = await house.ready()
    second = await house.serve(PORT="0")
    assert await second.ended() == 2
    (sentence,) = second.said.splitlines()
    assert sentence.startswith("Another Pointsman (process ")
    assert "already runs on" in sentence
    assert await first.ended(signal.SIGINT) == 0


async def test_it_ends_in_time_although_a_sender_and_a_deployer_hang(tmp_path: Path) -> None:
    hang = asyncio.Event()

    async def sleep(seconds: float) -> None:
        if seconds > 1:
            await hang.wait()

    async with house_in(tmp_path, StageSettings(pull_requests=False, sleep=sleep)) as house:
        program = await house.ready()
        house.stage.deployer.break_next("slow")
        pull = house.pull_request()
        house.says("/deploy api production", pull)
        await house.until("the order", lambda: house.stage.deployer.orders)
        _, writer = await asyncio.open_connection(HOST, house.port)
        writer.write(head(github_headers(house, b"x" * 100)) + b"x")
        await writer.drain()
        try:
            assert await program.ended(signal.SIGTERM) == 0
            assert_nothing_unexpected(program)
            await house.ready()
            hang.set()
            await house.until("the deployment", lambda: house.live() == pull.head_sha)
        finally:
            hang.set()
            writer.close()
        assert len(house.stage.deployer.runs) == 1


async def test_killed_in_the_middle_of_a_deployment_it_goes_on_after_the_next_start(house: House) -> None:
    program = await house.ready()
    house.stage.deployer.play_next("late")
    pull = house.pull_request()
    comment = house.says("/deploy api production", pull)
    await house.until("a deployment under way", lambda: any(run.held for run in house.stage.deployer.runs))
    await program.kill()
    house.stage.deployer.release_late()
    again = await house.ready()
    await house.until(
        "success", lambda: house.deployment_states() and house.deployment_states()[0][-1] == "success"
    )
    await house.until("the comment", lambda: any("succeeded" in body for body in house.comments_by_us()))
    assert house.live() == pull.head_sha
    assert [len(house.stage.deployer.runs), len(house.deployment_states()), len(house.comments_by_us())] == [
        1,
        1,
        1,
    ]
    assert [reaction.content for reaction in comment.reactions] == ["eyes"]
    assert_nothing_unexpected(again)


# --- reading beside it -------------------------------------------------------------------------------------


async def test_everything_can_be_read_beside_the_running_bot(house: House) -> None:
    program = await house.ready()
    pull = house.pull_request()
    house.says("/deploy api production", pull)
    await house.until("the comment", lambda: any("succeeded" in body for body in house.comments_by_us()))
    deployment = house.stage.deployer.orders[0].deployment
    deliveries, by_pull, by_deployment, nothing = await asyncio.gather(
        house.read("deliveries", "list", "--limit", "0"),
        house.read("why", f"{SHOP}#{pull.number}"),
        house.read("why", deployment),
        house.read("why", "d-zzzzzzzzzz", code=1),
    )
    (given,) = [row for row in deliveries if row["event"] == "issue_comment" and row["outcome"] != "ignored"]
    assert (given["source"], given["action"], given["state"], given["subject"]) == (
        "github",
        "created",
        "done",
        f"{SHOP}#{pull.number}",
    )
    by_delivery = await house.read("why", given["id"])
    for story in (by_pull, by_deployment, by_delivery):
        types = {event["type"] for event in story["events"]}
        assert {"pointsman.command.given", "pointsman.deployment.requested"} <= types
        assert given["id"] in [delivery["id"] for delivery in story["deliveries"]]
        assert all(
            event["outcomes"] for event in story["events"] if event["type"] == "pointsman.command.given"
        )
    assert nothing["known"] is False
    assert_nothing_unexpected(program)


# --- what strangers and odd senders send -------------------------------------------------------------------


def github_headers(house: House, body: bytes, **changes: str | None) -> dict[str, str]:
    """GitHub's headers, signed; `changes` by name with `_` for `-`, None takes one away."""
    secret = house.environ["GITHUB_WEBHOOK_SECRET"].encode()
    headers: dict[str, str | None] = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "X-GitHub-Event": "pull_request",
        "X-GitHub-Delivery": DELIVERY,
        "X-Hub-Signature-256": "sha256=" + hmac.digest(secret, body, "sha256").hex(),
    }
    headers |= {name.replace("_", "-"): value for name, value in changes.items()}
    return {name: value for name, value in headers.items() if value is not None}


def slack_headers(house: House, body: bytes, age: int = 0, **changes: str | None) -> dict[str, str]:
    signed = signature_headers(house.environ["SLACK_SIGNING_SECRET"], int(time.time()) - age, body)
    headers: dict[str, str | None] = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": str(len(body)),
        **signed,
    }
    headers |= {name.replace("_", "-"): value for name, value in changes.items()}
    return {name: value for name, value in headers.items() if value is not None}


def head(headers: Mapping[str, str], path: str = "/webhooks/github") -> bytes:
    lines = [f"POST {path} HTTP/1.1", f"Host: {HOST}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def sent(house: House, *pieces: bytes, end: bool = False) -> int | None:
    """Send bytes as they are, `end` closes our side; gives the answer's status, None = there was none."""
    reader, writer = await asyncio.open_connection(HOST, house.port)
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            try:
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                if end:
                    writer.write_eof()
            except ConnectionError:
                pass  # it had heard enough; its answer is there to be read
            status = (await reader.readline()).split(b" ")
            return int(status[1]) if len(status) > 1 else None
    finally:
        writer.close()


OPENED = b'{"action": "opened", "number": 1}'
SHA1 = "sha1=" + "0" * 40
BAD_GITHUB: dict[str, tuple[bytes, dict[str, str | None], int]] = {
    "no signature": (OPENED, {"X_Hub_Signature_256": None}, 401),
    "a signature by SHA-1 only": (OPENED, {"X_Hub_Signature_256": None, "X_Hub_Signature": SHA1}, 401),
    "SHA-1 in the place of SHA-256": (OPENED, {"X_Hub_Signature_256": SHA1}, 401),
    "another's signature": (OPENED, {"X_Hub_Signature_256": "sha256=" + "0" * 64}, 401),
    "a signature that is not ASCII": (OPENED, {"X_Hub_Signature_256": "sha256=" + "é" * 64}, 401),
    "no event": (OPENED, {"X_GitHub_Event": None}, 400),
    "no delivery id": (OPENED, {"X_GitHub_Delivery": None}, 400),
    "a delivery id that is none": (OPENED, {"X_GitHub_Delivery": "a b"}, 400),
    "no content type": (OPENED, {"Content_Type": None}, 415),
    "a form": (OPENED, {"Content_Type": "application/x-www-form-urlencoded"}, 415),
    "no body": (b"", {}, 400),
    "no JSON": (b"{", {}, 400),
    "no object": (b"[1]", {}, 400),
    "no UTF-8": (b'{"a": "\xff"}', {}, 400),
    "half a character": (b'{"a": "\\ud800"}', {}, 400),
    "endless nesting": (b'{"a": ' + b"[" * 100_000, {}, 400),
    "a length that is no number": (OPENED, {"Content_Length": "many"}, 400),
    "a negative length": (OPENED, {"Content_Length": "-1"}, 400),
    "two ways to end": (OPENED, {"Transfer_Encoding": "chunked"}, 400),
}
COMMAND = b"command=%2Fdeploy&text=api+staging&user_id=U0ADA&channel_id=C0DEPLOYS&team_id=T1&trigger_id=1.2"
BAD_SLACK: dict[str, tuple[bytes, int, dict[str, str | None], int]] = {
    "no signature": (COMMAND, 0, {"X_Slack_Signature": None, "X_Slack_Request_Timestamp": None}, 401),
    "a junk timestamp": (COMMAND, 0, {"X_Slack_Request_Timestamp": "yesterday"}, 401),
    "an endless timestamp": (COMMAND, 0, {"X_Slack_Request_Timestamp": "9" * 400}, 401),
    "a timestamp in other digits": (
        COMMAND,
        0,
        {"X_Slack_Request_Timestamp": "\u0661\u0667\u0667" + "\u0660" * 7},
        401,
    ),
    "a timestamp that is not the signed one": (COMMAND, 0, {"X_Slack_Request_Timestamp": "1"}, 401),
    "a stale signature": (COMMAND, 301, {}, 401),
    "a signature from the future": (COMMAND, -400, {}, 401),
    "another's signature": (COMMAND, 0, {"X_Slack_Signature": "v0=" + "0" * 64}, 401),
    "a signature that is not ASCII": (COMMAND, 0, {"X_Slack_Signature": "v0=" + "é" * 64}, 401),
    "an interaction that is no JSON": (b"payload=%7B", 0, {}, 400),
    "no UTF-8": (b"\xff\xfe", 0, {}, 400),
}


async def test_every_bad_request_gets_its_refusal(house: House) -> None:
    """One bot for all of them: each must leave it as it was."""
    program = await house.ready()
    answers = {}
    for name, (body, changes, expected) in BAD_GITHUB.items():
        answers["GitHub: " + name] = (
            await sent(house, head(github_headers(house, body, **changes)), body),
            expected,
        )
    for name, (body, age, changes, expected) in BAD_SLACK.items():
        headers = head(slack_headers(house, body, age, **changes), "/slack/events")
        answers["Slack: " + name] = (await sent(house, headers, body), expected)
    assert {name: got for name, (got, expected) in answers.items() if got != expected} == {}
    stored = await house.read("deliveries", "list", "--limit", "0")
    assert [row for row in stored if row["source"] == "slack" or row["id"] == DELIVERY] == []
    assert_nothing_unexpected(program)


async def test_bodies_that_are_too_large_or_lie_about_their_length_are_refused(house: House) -> None:
    program = await house.ready()
    huge = b'{"a": "' + b"x" * (26 * MEBIBYTE) + b'"}'
    signed = github_headers(house, huge)
    assert await sent(house, head(signed), huge) == 413
    chunked = {name: value for name, value in signed.items() if name != "Content-Length"}
    pieces = [b"%x\r\n%s\r\n" % (MEBIBYTE, b"x" * MEBIBYTE)] * 26
    assert await sent(house, head(chunked | {"Transfer-Encoding": "chunked"}), *pieces, b"0\r\n\r\n") == 413
    assert await sent(house, head(signed), OPENED) == 413
    short = github_headers(house, OPENED, Content_Length=str(len(OPENED) + 10))
    assert await sent(house, head(short), OPENED, end=True) in (400, None)
    long = github_headers(house, OPENED[:10], Content_Length="10")
    assert await sent(house, head(long), OPENED) == 400
    assert await sent(house, b"\x16\x03\x01 this is no HTTP\r\n\r\n") == 400
    assert await sent(house, head(github_headers(house, OPENED)), OPENED) == 202
    assert_nothing_unexpected(program)


# --- what GitHub may send and we have never heard of -------------------------------------------------------


async def post(house: House, event: str, number: int, body: bytes) -> int | None:
    changes = {"X_GitHub_Event": event, "X_GitHub_Delivery": f"odd-{number}"}
    return await sent(house, head(github_headers(house, body, **changes)), body)


async def test_whatever_github_signs_is_stored_and_ends_in_a_stated_outcome(house: House) -> None:
    program = await house.ready()
    pull = house.pull_request()
    await house.until("the checks", lambda: house.checks() == ["pointsman/config", "pointsman/plan"])
    opened = next(
        json.loads(entry.webhook.body)
        for entry in house.stage.github.deliveries.entries.values()
        if (entry.webhook.event, entry.webhook.action) == ("pull_request", "opened")
    )
    odd = odd_payloads(opened)
    answers = [await post(house, event, number, body) for number, (event, body) in enumerate(odd)]
    assert [(odd[number], status) for number, status in enumerate(answers) if status != 202] == []
    house.says("/status", pull)
    await house.until("an answer", house.comments_by_us)
    rows = {row["id"]: row for row in await house.read("deliveries", "list", "--limit", "0")}
    ended = [rows[f"odd-{number}"] for number in range(len(odd))]
    assert [
        row for row in ended if row["state"] == "failed" or not (row["state"] == "done" and row["reason"])
    ] == []
    assert [row["outcome"] for row in ended[:6]] == ["ignored"] * 6
    assert_nothing_unexpected(program)


def odd_payloads(opened: dict[str, Any]) -> list[tuple[str, bytes]]:
    """Events that do not exist, actions that nobody knows, and payloads that older servers sent."""
    unknown = [
        ("quantum_entangled", {"action": "collapsed"}),
        ("pull_request", opened | {"action": "teleported"}),
        ("pull_request", opened | {"action": 5}),
        ("pull_request", {}),
        ("issue_comment", opened),
        ("pull_request", opened | {"pull_request": None}),
    ]
    older = [{key: value for key, value in opened.items() if key != name} for name in opened]
    part = opened["pull_request"]
    older += [opened | {"pull_request": {k: v for k, v in part.items() if k != name}} for name in part]
    older += [opened | {"pull_request": part | {name: None}} for name in part]
    titles = ["\x00", "\x1b[31m", "😀" * 300, "<!channel> [x](javascript:alert(1))"]
    older += [opened | {"pull_request": part | {"title": title}} for title in titles]
    bodies = [(event, json.dumps(payload).encode()) for event, payload in unknown]
    bodies += [("pull_request", json.dumps(payload).encode()) for payload in older]
    return [*bodies, ("pull_request", b'{"number": 1e999}')]
