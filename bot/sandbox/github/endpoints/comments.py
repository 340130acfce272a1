"""Comments on pull requests and issues, and reactions to them."""

from datetime import UTC, datetime

from bot.sandbox.github.acts import comments
from bot.sandbox.github.call import Answer, Call
from bot.sandbox.github.exchange import Refusal, not_found
from bot.sandbox.github.records import Comment, Issue, PullRequest
from bot.sandbox.github.shapes.pulls import comment, reaction


def list_comments(call: Call) -> Answer:
    """The comments of an issue or a pull request, oldest first; with `since`, those changed since then."""
    found = _issue(call, call.number("issue_number"), "read").comments
    if "since" in call.query:
        since = _moment(call.query["since"])
        found = [one for one in found if one.updated_at >= since]
    return Answer([comment(call.memory, call.repository, one) for one in call.page(found)])


def create_comment(call: Call) -> Answer:
    """A comment by the App."""
    issue = _issue(call, call.number("issue_number"), "write")
    if issue.locked:
        raise Refusal(403, "Unable to create comment because issue is locked.")
    made = comments.add(call.memory, call.repository, issue, call.actor, call.body["body"])
    return Answer(comment(call.memory, call.repository, made), 201)


def get_comment(call: Call) -> Answer:
    """One comment."""
    return Answer(comment(call.memory, call.repository, _comment(call, "read")))


def update_comment(call: Call) -> Answer:
    """Another text for a comment; an App with write access may change anybody's."""
    found = _comment(call, "write")
    comments.edit(call.memory, call.repository, found, call.actor, call.body["body"])
    return Answer(comment(call.memory, call.repository, found))


def list_reactions(call: Call) -> Answer:
    """The reactions to a comment, of all kinds or one."""
    wanted = call.query.get("content")
    found = [one for one in _comment(call, "read").reactions if wanted in (None, one.content)]
    return Answer([reaction(call.memory, one) for one in call.page(found)])


def create_reaction(call: Call) -> Answer:
    """A reaction by the App: 201, or 200 where it was there.

    On a pull request the permission for issues is not enough, as people have seen, whatever the table says.
    """
    found = _comment(call, "write")
    is_on_pull = isinstance(call.repository.issues[found.number], PullRequest)
    if is_on_pull and not call.caller.may("pull_requests", "write"):
        raise Refusal(403, "Resource not accessible by integration")
    made, is_new = comments.react(call.memory, found, call.actor, call.body["content"])
    return Answer(reaction(call.memory, made), 201 if is_new else 200)


def delete_reaction(call: Call) -> Answer:
    """Takes a reaction of the App back."""
    found = _comment(call, "write")
    wanted = call.number("reaction_id")
    mine = [one for one in found.reactions if one.id == wanted and one.user is call.actor]
    if not mine:
        raise not_found()
    found.reactions.remove(mine[0])
    return Answer(raw=b"", status=204)


def _moment(text: str) -> float:
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(422, f"Invalid value for since: {text}") from None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


def _comment(call: Call, level: str) -> Comment:
    found = call.repository.comments.get(call.number("comment_id"))
    if found is None:
        raise not_found()
    _issue(call, found.number, level)
    return found


def _issue(call: Call, number: int, level: str) -> Issue:
    """The issue. The permission for pull requests is enough only where it is one."""
    issue = call.repository.issues.get(number)
    if issue is None:
        raise not_found()
    if not isinstance(issue, PullRequest) and not call.caller.may("issues", level):
        raise Refusal(403, "Resource not accessible by integration")
    return issue
