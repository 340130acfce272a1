"""Every end has its own words."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from bot.domain.events import TimerDue
from bot.messages import endings
from bot.messages.dialects import GITHUB
from tests.unit.messages.samples import GOOD, HOSTILE, deployment

REACTORS = Path(endings.__file__).parent.parent / "reactors"
# Codes that the source puts together from a word and a value.
COMPOSED = {f"deployer_{state}" for state in ("succeeded", "failed", "cancelled")} | {
    "configuration_off",
    "configuration_invalid",
    *(set(get_args(get_type_hints(TimerDue)["name"])) - {"look"}),
}


def codes_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(func=ast.Name("Ending"), args=[_, ast.Constant(str() as code), *_]):
                yield code
            case ast.Return(value=ast.Tuple(elts=[ast.Constant(str() as code), ast.Dict()])):
                yield code


FILES = ("slot.py", "deployer.py", "turn.py", "verification.py")
REASONS = sorted({code for name in FILES for code in codes_of(REACTORS / name)} | COMPOSED)


SUCCESS = {"deployer_succeeded", "verified", "kept_by"}


def test_the_reasons_are_found_in_the_source() -> None:
    assert {"head_moved", "busy", "joined", "deployer_refused", "newer_request"} <= set(REASONS)


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_of_an_end_has_its_own_words(reason: str) -> None:
    assert reason in endings.ENDINGS


@pytest.mark.parametrize("reason", endings.ENDINGS)
def test_every_end_but_success_says_what_to_do_next(reason: str) -> None:
    ended = deployment("failed", reason=reason, description=GOOD)
    assert endings.happened(GITHUB, ended).endswith(".")
    assert bool(endings.what_next(GITHUB, ended)) == (reason not in SUCCESS)


def test_the_deployers_own_words_are_quoted() -> None:
    said = endings.happened(GITHUB, deployment("failed", description="disk full"))
    assert said == "The deployer reported a failure. It said: “disk full”."


def test_a_lost_reply_is_not_called_a_failure() -> None:
    said = endings.happened(GITHUB, deployment("unknown"))
    assert "may be at work, or never have started" in said


def test_an_unknown_reason_is_still_a_true_sentence() -> None:
    said = endings.happened(GITHUB, deployment("failed", reason="never_heard_of", description=None))
    assert said == "It ended as: failed. Reason code: `never_heard_of`."


def test_hostile_words_stay_text() -> None:
    for reason in (*endings.ENDINGS, "other"):
        said = endings.happened(GITHUB, deployment("failed", reason=reason, description=HOSTILE))
        assert "<img" not in said
        assert "@acme" not in said
