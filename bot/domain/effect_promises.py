"""What each effect's target can promise: how it is done once although replies get lost, and what remains.

One row for each kind of effect, and for each driver where deployers differ. docs/reliability.md shows them.
Must never promise more than the tests hold (tests/contract/test_lost_replies.py).
"""

from typing import Literal

from msgspec import Struct

from bot.domain.effects import (
    BY_KIND,
    AddReaction,
    CallDeployer,
    CancelDeployer,
    FillForm,
    KeepMessage,
    LookAtDeployer,
    OpenForm,
    PublishCheck,
    RecordDeployment,
    SayInThread,
    ShowHome,
    TakeProbe,
    TellPerson,
    WriteComment,
)

By = Literal["target", "look-up", "at most once", "nobody", "reads only"]
"""Who sees to it that it happens once: the target itself; we, by looking before we repeat; we, by never
repeating; nobody, it may come twice."""

MARKS = ("<!-- effects -->", "<!-- /effects -->")
_LAG = "a list that lags by more than 15 s"


class Promise(Struct, frozen=True, kw_only=True):
    """How one kind of effect happens once; `people` = what becomes of it when they interfere."""

    kind: str
    name: str
    by: By
    how: str
    window: str
    people: str = ""
    driver: str = ""


PROMISES: tuple[Promise, ...] = (
    Promise(
        kind=AddReaction.KIND,
        name="reaction",
        by="target",
        how="GitHub gives the same reaction back",
        window="none",
        people="the comment was deleted: nothing to do",
    ),
    Promise(
        kind=WriteComment.KIND,
        name="comment of a pull request",
        by="look-up",
        how="a hidden mark, among our own comments since the first attempt",
        window=_LAG,
        people="deleted: written anew with the next news; conversation locked, repository archived: parked",
    ),
    Promise(
        kind=PublishCheck.KIND,
        name="check run",
        by="look-up",
        how="commit, name and our App's id, with `filter=all`",
        window=_LAG + "; GitHub then shows the newer run",
        people="repository archived: parked",
    ),
    Promise(
        kind=RecordDeployment.KIND,
        name="GitHub Deployment and its status",
        by="look-up",
        how="commit, environment, and our id in its payload; the newest status says the same",
        window=_LAG,
        people="deleted: not made anew, since other tools take that for an order to deploy; parked",
    ),
    Promise(
        kind=CallDeployer.KIND,
        name="call of a deployer",
        by="target",
        driver="http",
        how="`webhook-id` stays the same over all attempts",
        window="a deployer that ignores or forgets it",
    ),
    Promise(
        kind=CallDeployer.KIND,
        name="call of a deployer",
        by="look-up",
        driver="github_actions",
        how="our id in the run's title (`run-name`), looked for after 5, 20 and 45 s",
        window="a run that GitHub shows later than that; without our id in titles it is sent at most once, "
        "and then *unknown* asks a person",
    ),
    Promise(
        kind=CallDeployer.KIND,
        name="call of a deployer",
        by="look-up",
        driver="github_deployment",
        how="commit, environment, and our id in the deployment's payload",
        window=_LAG,
        people="deleted: the deployment is lost, and says so",
    ),
    Promise(
        kind=CallDeployer.KIND,
        name="call of a deployer",
        by="at most once",
        driver="command",
        how="the run's folder is made exclusively, and a mark is on the disk before the program starts",
        window="a crash between the mark and the start: *unknown* asks a person",
    ),
    Promise(
        kind=LookAtDeployer.KIND,
        name="look at a deployer",
        by="reads only",
        how="nothing is changed",
        window="none",
    ),
    Promise(
        kind=TakeProbe.KIND,
        name="probe of a verification",
        by="reads only",
        how="nothing is changed; not to know is a result too",
        window="none",
    ),
    Promise(
        kind=CancelDeployer.KIND,
        name="order to stop",
        by="target",
        driver="http",
        how="`webhook-id` stays the same over all attempts",
        window="a deployer that ignores or forgets it",
    ),
    Promise(
        kind=CancelDeployer.KIND,
        name="order to stop",
        by="target",
        driver="github_actions",
        how="a run is cancelled once, and one that has ended answers 409",
        window="none",
    ),
    Promise(
        kind=CancelDeployer.KIND,
        name="order to stop",
        by="target",
        driver="github_deployment",
        how="nothing is sent: GitHub cannot stop one, and the answer says so",
        window="none",
    ),
    Promise(
        kind=CancelDeployer.KIND,
        name="order to stop",
        by="target",
        driver="command",
        how="a file in the run's folder: the program is told once",
        window="none",
    ),
    Promise(
        kind=KeepMessage.KIND,
        name="Slack message",
        by="look-up",
        how="our mark in its metadata, in the history since the first attempt (at most 4,000 messages)",
        window=_LAG + ". Where the history cannot be read (scopes `channels:history`, `groups:history`; the "
        "app is no member) it is said again: it may stand there twice, and the older one is not kept "
        "current. The effect's note says so",
        people="deleted: posted anew; its thread's beginning deleted: said in the channel; channel archived, "
        "app removed: parked",
    ),
    Promise(
        kind=SayInThread.KIND,
        name="Slack message in a thread",
        by="look-up",
        how="as above, in the thread's history",
        window="as above",
        people="as above",
    ),
    Promise(
        kind=TellPerson.KIND,
        name="answer that one person sees",
        by="nobody",
        how="it leaves no trace to look for, and is said again at once: missing it would be worse",
        window="it may be read twice",
    ),
    Promise(
        kind=OpenForm.KIND,
        name="form",
        by="target",
        how="a trigger opens one view, and its name is taken once",
        window="never two; a trigger lives 3 s, so the form may be missed, and the person is told",
    ),
    Promise(
        kind=FillForm.KIND,
        name="content of a form",
        by="target",
        how="it is replaced: the same content twice is the same",
        window="none",
        people="closed: stays closed",
    ),
    Promise(
        kind=ShowHome.KIND,
        name="Home tab",
        by="target",
        how="it is replaced: the same content twice is the same",
        window="none",
    ),
)

_HEAD = """\
*Once* = sent once for its cause. *Converge* = kept at its newest content; an older one is dropped.
*Look-up* = after a lost reply it is looked for 5 s and 15 s after the last attempt, and done again only when
both looks found nothing. A look that fails proves nothing, and nothing is repeated then.
"""
_FOOT = """\
For all of them: a process that is frozen in the middle of a request for longer than its lease, and sends it
when it wakes, sends it beside its successor (a suspended virtual machine can; a killed process cannot).
Only what its target itself keeps to one is safe from that. What is parked is told where it was asked for,
with what to do, and stands in `pointsman dead list`.
"""


def effects_table() -> str:
    """Give the table of all effects as Markdown, with what holds for all of them."""
    rows = [
        "| effect | | once by | how | what remains | when people interfere |",
        "|---|---|---|---|---|---|",
        *map(_row, PROMISES),
    ]
    return f"{_HEAD}\n" + "\n".join(rows) + f"\n\n{_FOOT}"


def with_effects_table(page: str) -> str:
    """Give the page with the table of today between its marks. Raises ValueError where they are missing."""
    begin, end = (page.index(mark) for mark in MARKS)
    return f"{page[: begin + len(MARKS[0])]}\n{effects_table()}{page[end:]}"


def _row(promise: Promise) -> str:
    name = f"{promise.name} (`{promise.driver}`)" if promise.driver else promise.name
    mode = BY_KIND[promise.kind].MODE
    return f"| {name} | {mode} | {promise.by} | {promise.how} | {promise.window} | {promise.people} |"
