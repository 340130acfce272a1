"""`pointsman/config`: is the configuration in this change valid?"""

from typing import Literal

import pytest

from bot.checks.check import CheckFacts, Subject
from bot.checks.config import CHECK
from bot.domain.commit_facts import ConfigurationGuard
from bot.ports import PolicyRead
from tests.unit.reactors.stories import AT, NEW, POLICY, SHOP

Status = Literal["off", "invalid", "valid"]
SUBJECT = Subject(SHOP, NEW, 12)


def read(status: Status) -> PolicyRead:
    return PolicyRead(
        status=status,
        policy=POLICY if status == "valid" else None,
        problems=("line 3: unknown key `servcies`",) if status == "invalid" else (),
    )


@pytest.mark.parametrize(
    ("current", "proposed", "conclusion"),
    [
        ("valid", "valid", "success"),
        ("off", "valid", "success"),
        ("valid", "invalid", "failure"),
        ("off", "invalid", "failure"),
        ("invalid", "valid", "success"),
        ("valid", "off", "neutral"),
        ("invalid", "off", "neutral"),
        ("off", "off", None),
    ],
)
def test_it_judges_the_file_as_the_head_has_it(
    current: Status, proposed: Status, conclusion: str | None
) -> None:
    facts = CheckFacts(current=read(current), proposed=read(proposed))
    result = CHECK.judge(SUBJECT, facts, {}, AT)
    assert (result.conclusion if result else None) == conclusion


def test_what_is_wrong_is_shown() -> None:
    result = CHECK.judge(SUBJECT, CheckFacts(current=read("valid"), proposed=read("invalid")), {}, AT)
    assert result is not None
    assert "servcies" in f"{result.summary}{result.text}"


@pytest.mark.parametrize(
    ("guard", "words"),
    [
        (ConfigurationGuard(code_owner=True, protected=True), ()),
        (ConfigurationGuard(code_owner=False, protected=True), ("CODEOWNERS",)),
        (ConfigurationGuard(code_owner=False, protected=False), ("CODEOWNERS", "without a pull request")),
        (None, ()),
    ],
)
def test_it_warns_where_nobody_guards_the_file(
    guard: ConfigurationGuard | None, words: tuple[str, ...]
) -> None:
    facts = CheckFacts(current=read("valid"), proposed=read("valid"), guard=guard)
    result = CHECK.judge(SUBJECT, facts, {}, AT)
    assert result is not None
    assert result.conclusion == "success"
    assert all(word in result.summary for word in words)
    assert ("warning" in result.title) == bool(words)
