"""What people can say to the bot, as typed values: the commands, and why one was not understood.

The grammar reads text into these, `domain.phrasing` writes them back, messages put a misunderstanding
into a sentence. Nothing here knows where somebody spoke, and nothing here decides whether they may.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from msgspec import Struct

REASON_CHARS_MAX = 500
REF_BYTES_MAX = 250

USAGE: Mapping[str, str] = {
    "deploy": "/deploy [OWNER/REPO] [SERVICE …][@REF] ENVIRONMENT [key=value …] [--dry-run] [--emergency]"
    " [because TEXT]",
    "rollback": "/rollback [SERVICE] ENVIRONMENT [to REF or d-…] [because TEXT]",
    "lock": "/lock SERVICE or ENVIRONMENT or all … [for 2h] [because TEXT]",
    "unlock": "/unlock SERVICE or ENVIRONMENT or all … [because TEXT]",
    "ask": "/ask SERVICE or ENVIRONMENT or all … [because TEXT]",
    "freeze": "/freeze ENVIRONMENT [for 2d] [because TEXT]",
    "unfreeze": "/unfreeze ENVIRONMENT",
    "approve": "/approve [ID]",
    "reject": "/reject [ID] [because TEXT]",
    "cancel": "/cancel [ID]",
    "retry": "/retry [ID]",
    "resume": "/resume [ID]",
    "keep": "/keep [ID]",
    "scale": "/scale SERVICE ENVIRONMENT N",
    "status": "/status [SERVICE] [ENVIRONMENT]",
    "why": "/why [SUBJECT]",
    "help": "/help [COMMAND]",
    "link": "/link",
}
"""Each command word with its usage line, in the order in which help lists them."""

KNOWN_WORDS = frozenset(USAGE)

ONLY_IF_ASKED = frozenset({"approve", "cancel", "retry", "keep", "reject"})
"""Words that other bots use too: bare on GitHub they count only with an id, or where the bot asked."""

FLAGS = ("dry-run", "emergency")

ParamValue = bool | float | str


# --- what a repository knows ------------------------------------------------------------------------


class Param(Struct, frozen=True):
    """What one `key=value` of `/deploy` may be; `options` only for a choice."""

    type: Literal["boolean", "text", "number", "choice"]
    options: tuple[str, ...] = ()


class Vocabulary(Struct, frozen=True, kw_only=True):
    """The names that one repository's configuration knows; environments in promotion order."""

    services: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    params: Mapping[str, Param] = {}

    @property
    def only_service(self) -> str | None:
        """The service that may be left out, where there is exactly one."""
        return self.services[0] if len(self.services) == 1 else None


# --- what was said ------------------------------------------------------------------------------------


class RawCommand(Struct, frozen=True, kw_only=True):
    """A command cut into words before anybody knows which names exist.

    `repository` is `owner/name` as it was written (GitHub compares names without regard to case).
    `flags` are without their dashes, each once, in alphabetical order.
    """

    word: str
    tokens: tuple[str, ...] = ()
    repository: str | None = None
    because: str | None = None
    flags: tuple[str, ...] = ()

    @property
    def is_bare(self) -> bool:
        """True where nothing but the command's word was said (in Slack, `/deploy` then opens a form)."""
        return self == RawCommand(word=self.word)

    @property
    def only_if_asked(self) -> bool:
        """True where this, without `/pointsman`, means the bot only if the bot has an open question."""
        return self.word in ONLY_IF_ASKED and not any(read_id(token) for token in self.tokens)


class ServiceRef(Struct, frozen=True):
    """A service, with the ref that was given for it alone (`api@feature/x`)."""

    name: str
    ref: str | None = None


class Deploy(Struct, frozen=True, kw_only=True, tag="deploy"):
    """Ship services to an environment.

    Either `services` names at least one (the only one is filled in where it was left out), or
    `all_services` is true. `ref` holds for each service that has no ref of its own; None means that the
    place decides (a pull request's head, the default branch).
    """

    repository: str | None = None
    services: tuple[ServiceRef, ...] = ()
    all_services: bool = False
    ref: str | None = None
    environment: str
    params: dict[str, ParamValue] = {}
    dry_run: bool = False
    emergency: bool = False
    because: str | None = None


class Rollback(Struct, frozen=True, kw_only=True, tag="rollback"):
    """Go back: to the last good deployment, or `to` a deployment's id (`d-…`) or a ref."""

    service: str
    environment: str
    to: str | None = None
    because: str | None = None
    repository: str | None = None
    dry_run: bool = False


class Status(Struct, frozen=True, kw_only=True, tag="status"):
    """Tell what is where; None means every service, or every environment."""

    service: str | None = None
    environment: str | None = None
    repository: str | None = None


class Help(Struct, frozen=True, kw_only=True, tag="help"):
    """Explain all commands, or the one whose word is `topic`."""

    topic: str | None = None


class ByIdentity(Struct, frozen=True, kw_only=True):
    """An answer about one request or deployment; without `id` the place must say which one is meant."""

    id: str | None = None
    because: str | None = None
    dry_run: bool = False


class Keep(ByIdentity, frozen=True, kw_only=True, tag="keep"):
    """Leave what went wrong in place."""


class Retry(ByIdentity, frozen=True, kw_only=True, tag="retry"):
    """Deploy the same again."""


class Resume(ByIdentity, frozen=True, kw_only=True, tag="resume"):
    """Go on after a pause."""


class Approve(ByIdentity, frozen=True, kw_only=True, tag="approve"):
    """Agree to a waiting request."""


class Reject(ByIdentity, frozen=True, kw_only=True, tag="reject"):
    """Refuse a waiting request."""


class Cancel(ByIdentity, frozen=True, kw_only=True, tag="cancel"):
    """Stop a request."""


class Lock(Struct, frozen=True, kw_only=True, tag="lock"):
    """Keep others out of services and environments; without a target, tell what is locked."""

    targets: tuple[str, ...] = ()
    all_targets: bool = False
    lasts_seconds: int | None = None
    because: str | None = None
    repository: str | None = None
    dry_run: bool = False


class Unlock(Struct, frozen=True, kw_only=True, tag="unlock"):
    """Let others in again; without a target, tell what is locked."""

    targets: tuple[str, ...] = ()
    all_targets: bool = False
    because: str | None = None
    repository: str | None = None
    dry_run: bool = False


class Ask(Struct, frozen=True, kw_only=True, tag="ask"):
    """Ask whoever holds a lock to let one in, and be told when it is free."""

    targets: tuple[str, ...] = ()
    all_targets: bool = False
    because: str | None = None
    repository: str | None = None
    dry_run: bool = False


class Freeze(Struct, frozen=True, kw_only=True, tag="freeze"):
    """Let nothing into an environment for a while, or until it is unfrozen."""

    environment: str
    lasts_seconds: int | None = None
    because: str | None = None
    repository: str | None = None
    dry_run: bool = False


class Unfreeze(Struct, frozen=True, kw_only=True, tag="unfreeze"):
    """End a freeze."""

    environment: str
    repository: str | None = None
    dry_run: bool = False


class Scale(Struct, frozen=True, kw_only=True, tag="scale"):
    """Run `count` instances of a service."""

    service: str
    environment: str
    count: int
    repository: str | None = None
    dry_run: bool = False


class Why(Struct, frozen=True, kw_only=True, tag="why"):
    """Explain a deployment, request, pull request, commit or delivery; None means the one at hand."""

    subject: str | None = None


class Link(Struct, frozen=True, kw_only=True, tag="link"):
    """Join the speaker's Slack and GitHub identities."""


# --- why it was not understood --------------------------------------------------------------------------


class Confusion(StrEnum):
    """Why a command was not understood. Values are stable: they are recorded as reasons."""

    UNKNOWN_COMMAND = "unknown_command"
    UNKNOWN_NAME = "unknown_name"
    UNKNOWN_PARAM = "unknown_param"
    UNKNOWN_FLAG = "unknown_flag"
    FLAG_NOT_TAKEN = "flag_not_taken"
    FLAG_AFTER_REASON = "flag_after_reason"
    MISSING_SERVICE = "missing_service"
    MISSING_ENVIRONMENT = "missing_environment"
    MISSING_TARGET = "missing_target"
    MISSING_VALUE = "missing_value"
    REPEATED_NAME = "repeated_name"
    REPEATED_PARAM = "repeated_param"
    REPEATED_REF = "repeated_ref"
    SECOND_SERVICE = "second_service"
    SECOND_ENVIRONMENT = "second_environment"
    WRONG_ORDER = "wrong_order"
    ALL_WITH_NAMES = "all_with_names"
    REF_NOT_TAKEN = "ref_not_taken"
    BAD_REF = "bad_ref"
    BAD_VALUE = "bad_value"
    BAD_ID = "bad_id"
    BAD_DURATION = "bad_duration"
    UNCLOSED_QUOTE = "unclosed_quote"
    REASON_MISSING = "reason_missing"
    REASON_TOO_LONG = "reason_too_long"
    REASON_NOT_TAKEN = "reason_not_taken"
    EMERGENCY_NEEDS_REASON = "emergency_needs_reason"
    HIDDEN_CHARACTERS = "hidden_characters"
    TOO_LONG = "too_long"
    UNEXPECTED = "unexpected"


class Expected(StrEnum):
    """What kind of word could have stood where the confusion began."""

    COMMAND = "command"
    SERVICE = "service"
    ALL = "all"
    ENVIRONMENT = "environment"
    PARAM = "param"
    FLAG = "flag"
    REF = "ref"
    ID = "id"
    DEPLOYMENT_ID = "deployment_id"
    DURATION = "duration"
    NUMBER = "number"
    TRUE_OR_FALSE = "true_or_false"
    OPTION = "option"
    TEXT = "text"
    REASON = "reason"
    NOTHING = "nothing"


class Misunderstood(Struct, frozen=True, kw_only=True, tag="misunderstood"):
    """Why a command was not understood, as the parts of a sentence; no part is safe Markdown.

    `token` is the offending word (shortened), `expected` the kinds of word that could stand there,
    `choices` the names or values that exist, `suggestions` those that are nearest to `token`.
    """

    code: Confusion
    word: str = ""
    token: str = ""
    expected: tuple[Expected, ...] = ()
    choices: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()

    @property
    def usage(self) -> str:
        """The usage line of the command that was meant, or of help."""
        return USAGE.get(self.word, USAGE["help"])


Command = (
    Deploy
    | Rollback
    | Status
    | Help
    | Keep
    | Retry
    | Resume
    | Approve
    | Reject
    | Cancel
    | Lock
    | Unlock
    | Ask
    | Freeze
    | Unfreeze
    | Scale
    | Why
    | Link
)
Parsed = Command | Misunderstood


# --- words with a shape of their own ----------------------------------------------------------------------

_ID = re.compile(r"[rd]-[0-9a-tv-z]{10}")
_READ_ALOUD = str.maketrans("ilo", "110")
_SHA = re.compile(r"[0-9a-fA-F]{7,40}")
# Git's list, and double quotes, which would not survive being written into a command.
_NOT_IN_A_REF = re.compile(r'[\x00-\x20\x7f~^:?*\[\\\s"\u201c\u201d\u201e]|\.\.|@\{|//|/\.|\.lock(?:/|$)')


def read_id(text: str) -> str | None:
    """Give the id of a request (`r-…`) or deployment (`d-…`) as it is stored, or None.

    Case does not matter, and Crockford's look-alikes are read as he meant them (`o` as 0, `i` and `l` as 1).
    """
    if not text.isascii():
        return None
    found = _ID.fullmatch(text.lower())
    return found[0][:2] + found[0][2:].translate(_READ_ALOUD) if found else None


def is_commit_sha(text: str) -> bool:
    """Whether this can be a commit's SHA, whole or shortened: 7 to 40 hexadecimal digits."""
    return _SHA.fullmatch(text) is not None


def is_ref(text: str) -> bool:
    """Whether Git allows this as a branch, tag or SHA (git-check-ref-format), and no option of a program."""
    if not 0 < len(text.encode(errors="surrogatepass")) <= REF_BYTES_MAX:
        return False
    if text == "@" or text[0] in "-./" or text[-1] in "./":
        return False
    return _NOT_IN_A_REF.search(text) is None
