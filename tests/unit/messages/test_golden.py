"""The texts as reviewers read them: one file for each main picture.

Rewrite them with GOLDEN_UPDATE=1 in the environment, and read the difference.
"""

import json
import os
from pathlib import Path

import pytest

from bot.domain.events import Live
from bot.messages import answers, changes, checks, prompts, requests, threads
from bot.messages.message import Message
from bot.messages.standing import Place
from tests.unit.messages import samples
from tests.unit.messages.samples import GOOD, deployment, part, request
from tests.unit.messages.test_answers import BUSY, LOST, POLICY
from tests.unit.messages.test_changes import Compared
from tests.unit.messages.test_checks import LINES
from tests.unit.messages.test_refusals import VALUES

GOLDEN = Path(__file__).parent / "golden"
LATE = part("timed_out", live=Live("d-0000000001", samples.NEW, True))
COMMENTS = {
    "request-queued": request(part("queued")),
    "request-running": request(part("running")),
    "request-succeeded": request(part("succeeded")),
    "request-failed-and-asked": request(part("failed")),
    "request-failed-and-decided": request(part("failed", prompt=samples.answered())),
    "request-timed-out-then-corrected": request(LATE),
    "request-refused": request(part("refused", prompt=None)),
    "request-superseded": request(part("superseded", prompt=None)),
    "request-unknown": request(part("unknown")),
    "rollback-running": samples.rollback(),
    "rollback-succeeded": samples.rollback("succeeded"),
}
MESSAGES: dict[str, Message] = {
    "prompt-asked": prompts.message(deployment("failed"), samples.prompt()),
    "prompt-nothing-good": prompts.message(
        deployment("failed"), samples.prompt(target=None, target_sha=None)
    ),
    "prompt-decided": prompts.message(deployment("failed"), samples.answered("keep")),
    "thread-asked": threads.asked(request(part())),
    "thread-ended": threads.ended(deployment("succeeded"), Live("d-0000000001", samples.NEW, True)),
    "thread-changes": changes.told(deployment("starting"), Compared(), None),
    "status": answers.status(
        samples.SHOP, (Place("api", "production", BUSY), Place("web", "production", LOST))
    ),
    "help": answers.help_text(
        samples.SHOP, POLICY, [("/status [SERVICE] [ENVIRONMENT]", "Tell what is live.")]
    ),
    "dry-run": answers.dry_run("production", {"api": GOOD}, {}),
    **{
        f"refusal-{reason.replace('_', '-')}": answers.refusal(reason, VALUES)
        for reason in ("not_allowed", "head_moved", "not_linked", "already_answered", "configuration_invalid")
    },
}
CHECKS = {
    "check-plan": checks.plan(LINES, truncated=True, from_fork=False),
    "check-invalid": checks.invalid_configuration(("pointsman.yml:3:1: unknown key `servces`",), ()),
}


def is_as_reviewed(name: str, written: str) -> bool:
    path = GOLDEN / name
    if os.environ.get("GOLDEN_UPDATE") == "1":
        path.write_text(written)
    return path.exists() and path.read_text() == written


def pretty(message: Message) -> str:
    shown = {"text": message.text.splitlines(), "blocks": message.blocks}
    return json.dumps(shown, indent=1, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("name", COMMENTS)
def test_the_comment_reads_as_reviewed(name: str) -> None:
    assert is_as_reviewed(f"{name}.md", requests.comment(COMMENTS[name]) + "\n")
    assert is_as_reviewed(f"{name}.json", pretty(requests.message(COMMENTS[name])))


@pytest.mark.parametrize("name", MESSAGES)
def test_the_message_reads_as_reviewed(name: str) -> None:
    assert is_as_reviewed(f"{name}.md", MESSAGES[name].markdown + "\n")
    assert is_as_reviewed(f"{name}.json", pretty(MESSAGES[name]))


@pytest.mark.parametrize("name", CHECKS)
def test_the_check_reads_as_reviewed(name: str) -> None:
    title, summary, text = CHECKS[name]
    assert is_as_reviewed(f"{name}.md", f"# {title}\n\n{summary}\n\n{text or ''}".rstrip() + "\n")


def test_no_text_is_kept_that_nobody_writes() -> None:
    names = {f"{name}.{kind}" for name in (*COMMENTS, *MESSAGES) for kind in ("md", "json")}
    assert {path.name for path in GOLDEN.iterdir()} == names | {f"{name}.md" for name in CHECKS}
