"""Comments and reactions on issues and pull requests.

A reaction raises no event on GitHub, so it must never raise one here.
"""

from bot.sandbox.github.emission import Deed, Occasion, announce
from bot.sandbox.github.memory import Memory
from bot.sandbox.github.records import Account, Comment, Issue, Reaction, Repository
from bot.sandbox.github.shapes.pulls import comment as comment_shape
from bot.sandbox.github.shapes.pulls import issue as issue_shape


def add(memory: Memory, repository: Repository, issue: Issue, author: Account, body: str) -> Comment:
    """A new comment."""
    now = memory.clock()
    comment = Comment(memory.new_id(), issue.number, author, body, now, now, by_app=author is memory.bot)
    issue.comments.append(comment)
    issue.updated_at = now
    repository.comments[comment.id] = comment
    _announce(memory, repository, comment, Deed("created", author))
    return comment


def edit(memory: Memory, repository: Repository, comment: Comment, editor: Account, body: str) -> Comment:
    """Another text for a comment; the same text raises no event."""
    before = comment.body
    if body != before:
        comment.body, comment.updated_at = body, memory.clock()
        _announce(
            memory, repository, comment, Deed("edited", editor, {"changes": {"body": {"from": before}}})
        )
    return comment


def delete(memory: Memory, repository: Repository, comment: Comment, actor: Account) -> None:
    """Removes a comment."""
    repository.issues[comment.number].comments.remove(comment)
    del repository.comments[comment.id]
    _announce(memory, repository, comment, Deed("deleted", actor))


def react(memory: Memory, comment: Comment, user: Account, content: str) -> tuple[Reaction, bool]:
    """The user's reaction of this kind, and whether it is new."""
    for given in comment.reactions:
        if given.user is user and given.content == content:
            return given, False
    reaction = Reaction(memory.new_id(), user, content, memory.clock())
    comment.reactions.append(reaction)
    return reaction, True


def _announce(memory: Memory, repository: Repository, comment: Comment, deed: Deed) -> None:
    issue = repository.issues[comment.number]
    announce(
        memory,
        Occasion("issue_comment", deed.action, repository, deed.actor),
        lambda: {
            **deed.details,
            "issue": issue_shape(memory, repository, issue),
            "comment": comment_shape(memory, repository, comment),
        },
    )
