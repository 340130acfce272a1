"""What was not understood is answered with the word, the nearest names and the usage."""

import pytest

from bot.commands.grammar import parse
from bot.domain.speech import Confusion, Expected, Misunderstood, Param, Vocabulary
from bot.messages import answers
from bot.messages.confusions import EXPECTED, SENTENCES
from tests.unit.messages.samples import HOSTILE
from tests.unit.messages.slack import assert_slack_takes

NAMES = Vocabulary(
    services=("api", "web"),
    environments=("staging", "production"),
    params={"region": Param("choice", ("eu", "us"))},
)


@pytest.mark.parametrize("code", Confusion)
def test_every_confusion_has_its_own_sentence(code: Confusion) -> None:
    assert code in SENTENCES
    message = answers.misunderstood(Misunderstood(code=code, word="deploy", token="thing"))
    assert "{}" not in message.markdown
    assert "Usage: `/deploy " in message.markdown
    assert_slack_takes(message)


def test_no_two_confusions_say_the_same() -> None:
    assert len(set(SENTENCES.values())) == len(SENTENCES) == len(Confusion)


@pytest.mark.parametrize("expected", Expected)
def test_every_expectation_has_a_word(expected: Expected) -> None:
    assert EXPECTED[expected]


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (
            "deploy api prodution",
            (
                "`prodution` is neither a service nor an environment of this repository. "
                "Did you mean `production`?"
            ),
        ),
        ("deploy api production region=uk", "`region=uk` gives a value that this parameter does not take."),
        ("deploy production", "There are several services; name the one that you mean."),
        ("deploy production api", "`api` stands behind the environment; services come before it."),
        ("rollback api", "The environment is missing."),
        ("deplyo api production", "There is no command `deplyo`. Did you mean `deploy`?"),
    ],
)
def test_a_slip_is_answered_with_what_was_probably_meant(said: str, answer: str) -> None:
    problem = parse(said, NAMES)
    assert isinstance(problem, Misunderstood)
    assert answer in answers.misunderstood(problem).markdown


def test_what_exists_is_listed() -> None:
    problem = parse("deploy api nowhere", NAMES)
    assert isinstance(problem, Misunderstood)
    comment = answers.misunderstood(problem).markdown
    assert "- Expected: a service, `all` or an environment. There is: `api`, `web`" in comment
    assert "`web`, `all`, `staging`, `production`" in comment


def test_options_are_named_once() -> None:
    problem = parse("deploy api production --dryrun", NAMES)
    assert isinstance(problem, Misunderstood)
    assert "- There is: `--dry-run`, `--emergency`" in answers.misunderstood(problem).markdown


def test_hostile_words_stay_text() -> None:
    for code in Confusion:
        problem = Misunderstood(code=code, token=HOSTILE, choices=(HOSTILE,) * 50, suggestions=(HOSTILE,))
        message = answers.misunderstood(problem)
        assert "<img" not in message.markdown
        assert "<!channel>" not in message.text
        assert_slack_takes(message)
