"""What was not understood in a command: the word, why, what could stand there, and the usage line.

One sentence for each kind of confusion. Must never guess: it only names what exists and looks alike.
"""

from collections.abc import Iterable, Mapping

from bot.domain.speech import FLAGS, REASON_CHARS_MAX, Confusion, Expected, Misunderstood
from bot.messages.blocks import told
from bot.messages.dialects import Dialect, listed, sentence
from bot.messages.message import Message
from bot.messages.states import SYMBOLS

CHOICES_SHOWN_MAX = 20

# `{}` is the offending word, already made inert.
SENTENCES: Mapping[Confusion, str] = {
    Confusion.UNKNOWN_COMMAND: "There is no command {}.",
    Confusion.UNKNOWN_NAME: "{} is neither a service nor an environment of this repository.",
    Confusion.UNKNOWN_PARAM: "{} is not a parameter of this repository.",
    Confusion.UNKNOWN_FLAG: "There is no option {}.",
    Confusion.FLAG_NOT_TAKEN: "This command does not take {}.",
    Confusion.FLAG_AFTER_REASON: "{} stands behind `because`, where everything is the reason. "
    "Put it before `because`.",
    Confusion.MISSING_SERVICE: "There are several services; name the one that you mean.",
    Confusion.MISSING_ENVIRONMENT: "The environment is missing.",
    Confusion.MISSING_TARGET: "The service or environment is missing.",
    Confusion.MISSING_VALUE: "Something is missing behind {}.",
    Confusion.REPEATED_NAME: "{} is named twice.",
    Confusion.REPEATED_PARAM: "{} gives a parameter a second time.",
    Confusion.REPEATED_REF: "{} names a second ref for the same services.",
    Confusion.SECOND_SERVICE: "{} is a second service; this command takes one.",
    Confusion.SECOND_ENVIRONMENT: "{} is a second environment; this command takes one.",
    Confusion.WRONG_ORDER: "{} stands behind the environment; services come before it.",
    Confusion.ALL_WITH_NAMES: "{} stands beside other names, but `all` already means every one of them.",
    Confusion.REF_NOT_TAKEN: "No `@REF` can be given in {}.",
    Confusion.BAD_REF: "{} cannot be the name of a branch, tag or commit.",
    Confusion.BAD_VALUE: "{} gives a value that this parameter does not take.",
    Confusion.BAD_ID: "{} is not the id that belongs here.",
    Confusion.BAD_DURATION: "{} is not a duration of at most a year. Durations look like `90s`, `5m`, "
    "`1h30m` or `2d`.",
    Confusion.UNCLOSED_QUOTE: "The quotation in {} has no end, or something follows it.",
    Confusion.REASON_MISSING: "The reason behind `because` is missing.",
    Confusion.REASON_TOO_LONG: f"The reason is longer than {REASON_CHARS_MAX} characters.",
    Confusion.REASON_NOT_TAKEN: "This command does not take a reason.",
    Confusion.EMERGENCY_NEEDS_REASON: "`--emergency` needs a reason: add `because TEXT`.",
    Confusion.HIDDEN_CHARACTERS: "The command contains the invisible character {}, "
    "which can make it look different from what it says. Type the command again.",
    Confusion.TOO_LONG: "The command is too long.",
    Confusion.UNEXPECTED: "{} is not expected there.",
}

EXPECTED: Mapping[Expected, str] = {
    Expected.COMMAND: "a command",
    Expected.SERVICE: "a service",
    Expected.ALL: "`all`",
    Expected.ENVIRONMENT: "an environment",
    Expected.PARAM: "`key=value`",
    Expected.FLAG: listed((f"`--{flag}`" for flag in FLAGS), "or"),
    Expected.REF: "a branch, tag or SHA",
    Expected.ID: "an id (`r-…` or `d-…`)",
    Expected.DEPLOYMENT_ID: "a deployment's id (`d-…`)",
    Expected.DURATION: "a duration",
    Expected.NUMBER: "a number",
    Expected.TRUE_OR_FALSE: "`true` or `false`",
    Expected.OPTION: "one of the options",
    Expected.TEXT: "text",
    Expected.REASON: "`because TEXT`",
    Expected.NOTHING: "nothing",
}


def misunderstood(problem: Misunderstood) -> Message:
    """Why a command was not run, and how it is written."""
    return told(lambda dialect: _paragraphs(dialect, problem))


def _paragraphs(dialect: Dialect, problem: Misunderstood) -> Iterable[str]:
    token = dialect.code(problem.token) if problem.token else "the last word"
    yield dialect.heading(f"{SYMBOLS['refused']} Not understood, so nothing was done")
    said = sentence(SENTENCES[problem.code].replace("{}", token))
    yield " ".join(filter(None, [said, _meant(dialect, problem)]))
    yield dialect.bullets(_hints(dialect, problem))
    yield f"Usage: {dialect.code(problem.usage, 500)}"


def _meant(dialect: Dialect, problem: Misunderstood) -> str:
    meant = listed((dialect.code(name) for name in problem.suggestions), "or")
    return f"Did you mean {meant}?" if meant else ""


def _hints(dialect: Dialect, problem: Misunderstood) -> Iterable[str]:
    """What could stand there: the kind of word, and the very names where they are known."""
    said = []
    if problem.expected and not (problem.choices and problem.expected == (Expected.FLAG,)):
        said.append("Expected: " + listed((EXPECTED[each] for each in problem.expected), "or"))
    if problem.choices:
        shown = [dialect.code(name) for name in problem.choices[:CHOICES_SHOWN_MAX]]
        left = len(problem.choices) - len(shown)
        said.append("There is: " + ", ".join(shown) + (f" and {left} more" if left > 0 else ""))
    if said:
        yield ". ".join(said)
