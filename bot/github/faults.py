"""GitHub's refusals in our words: what it said, and what a person can do about it.

Whether trying again can help is decided here and nowhere else. No header is ever quoted: headers carry
tokens.
"""

import re

from bot.domain.errors import LastingFault, PassingFault
from bot.github.addresses import path_of
from bot.github.connection import Question
from bot.github.repeats import in_doubt
from bot.github.replies import Reply, message_of, number

NOT_THERE_HINT = "Does it exist, and is the App installed on the repository?"
ACCEPTED_PERMISSIONS = "x-accepted-github-permissions"  # GitHub: "Troubleshooting the REST API"

_FORBIDDEN = (
    (re.compile(r"archived"), "Unarchive the repository on GitHub, then: pointsman dead retry."),
    (re.compile(r"is locked"), "Unlock the conversation on GitHub, then: pointsman dead retry."),
)
_BEFORE_THE_SUBJECT = re.compile(r"^(?:/api/v3)?(?:/repos/[^/]+/[^/]+)?")
_NEEDED = (
    (re.compile(r"/check-runs|/check-suites"), "checks"),
    (re.compile(r"^/deployments"), "deployments"),
    (re.compile(r"^/actions/"), "actions"),
    (re.compile(r"^/issues/|^/pulls|/pulls$"), "pull_requests"),
    (re.compile(r"^/orgs/"), "members"),
    (re.compile(r"^/(?:contents|commits|compare|branches|activity|tags)\b"), "contents"),
)


class Refused(LastingFault):
    """GitHub answered with a status that will stay the same, for the reason that it gave."""

    def __init__(self, status: int, reason: str, *, hint: str = "") -> None:
        super().__init__(reason, hint=hint)
        self.status = status


class NotThere(Refused):
    """404 or 410: the thing is gone, was never there, or the App may not see it.

    Right after a webhook GitHub can say so of a thing that exists, because its replicas lag. Whoever reads
    what a fresh event names should treat this as passing at first, and believe it after a few attempts.
    """

    not_yet = True


def is_write(method: str) -> bool:
    """Whether a request of this method may change something at GitHub."""
    return method not in ("GET", "HEAD")


def fault_of(question: Question, reply: Reply) -> PassingFault | Refused:
    """Turn an answer of 300 or more, which is no rate limit and no 401, into a fault."""
    said = message_of(reply)
    reason = f"GitHub answered {reply.status} to {question.method} {path_of(question.url)}"
    reason += f": {said}" if said else ""
    if reply.status >= 500 or reply.status == 408:
        wait = number(reply, "retry-after")
        fault = PassingFault(reason, retry_after=wait)
        return in_doubt(fault) if question.writes else fault
    if reply.status in (404, 410):
        return NotThere(reply.status, reason, hint=NOT_THERE_HINT)
    if reply.status == 403:
        hint = next((hint for pattern, hint in _FORBIDDEN if pattern.search(said)), None)
        return Refused(403, reason, hint=hint or _permission_hint(question, reply))
    return Refused(reply.status, reason, hint=_other_hint(reply.status))


def _permission_hint(question: Question, reply: Reply) -> str:
    wanted = reply.headers.get(ACCEPTED_PERMISSIONS)
    if not wanted:
        level = "write" if question.writes else "read"
        subject = _BEFORE_THE_SUBJECT.sub("", path_of(question.url))
        names = next((name for pattern, name in _NEEDED if pattern.search(subject)), None)
        wanted = f"{names}: {level}" if names else None
    if not wanted:
        return "Check the App's permissions, and whether the installation is suspended."
    return (
        f"The App needs the permission {wanted}. Grant it in the App's settings; then an owner of the "
        "installation has to accept it. If it has it, GitHub's message says what else forbids this."
    )


def _other_hint(status: int) -> str:
    if status in (409, 422):
        return "GitHub understood the request and will not do it; its message says why."
    if 300 <= status < 400:
        return "Check GITHUB_API_URL: GitHub sent us elsewhere."
    return "GitHub will not do this; its message says why."
