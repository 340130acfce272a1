"""Keeps one comment of a pull request at the newest text, and reacts to comments.

The comment carries a hidden mark, by which it is found again when GitHub's reply to its creation was lost.
Only a comment that this App wrote is ever taken for it: anybody can copy the mark. A comment that people
deleted is written anew when there is something new to say. Must never write a second one beside the first.
"""

from bot.domain.effects import AddReaction, Effect, WriteComment
from bot.doubt import look_before_repeating
from bot.github.addresses import paged, repository_path
from bot.github.answers import Comment, Identified, read, read_all
from bot.github.client import GitHubClient
from bot.github.faults import NotThere
from bot.github.repeats import searched_since
from bot.github.texts import COMMENT_LENGTH_MAX, cut_markdown
from bot.github.tokens import GitHubApp
from bot.ports import Performed


class CommentWriter:
    """Performs WriteComment: converging, found again by its mark."""

    def __init__(self, app: GitHubApp) -> None:
        self._app = app

    async def __call__(self, effect: Effect) -> Performed:
        """Write it, or bring the one that is there up to date."""
        comment = effect.body
        if not isinstance(comment, WriteComment):
            raise TypeError(f"{type(comment).__name__} is no WriteComment")
        client = self._app.installation(comment.repository.installation)
        if effect.handle and await _update(client, comment, effect.handle["comment"]):
            return _performed(effect.handle["comment"], "updated")
        found = await self._look(client, effect, comment) if effect.uncertain else None
        if found is not None and await _update(client, comment, found):
            return _performed(found, "found again and updated")
        path = f"{repository_path(comment.repository)}/issues/{comment.number}/comments"
        created = read(Identified, await client.post(path, data={"body": text_of(comment)}))
        return _performed(created.id, "written")

    async def _look(self, client: GitHubClient, effect: Effect, comment: WriteComment) -> int | None:
        return await look_before_repeating(
            effect, self._app.clock, lambda: self._find(client, effect, comment)
        )

    async def _find(self, client: GitHubClient, effect: Effect, comment: WriteComment) -> int | None:
        """Look for the mark among the App's own comments, the oldest first: a later one would be a double."""
        path = f"{repository_path(comment.repository)}/issues/{comment.number}/comments"
        since = searched_since(effect)
        listed = await client.collect(paged(path, since=since) if since else paged(path))
        for each in read_all(Comment, listed):
            if self._is_own(each) and mark_of(comment) in each.body:
                return each.id
        return None

    def _is_own(self, comment: Comment) -> bool:
        is_bot = comment.user is not None and comment.user.type == "Bot"
        return is_bot and comment.app is not None and comment.app.id == self._app.id


class ReactionAdder:
    """Performs AddReaction: once by GitHub, which gives back the reaction that is already there."""

    def __init__(self, app: GitHubApp) -> None:
        self._app = app

    async def __call__(self, effect: Effect) -> Performed:
        """React. A comment that was deleted meanwhile needs no reaction."""
        reaction = effect.body
        if not isinstance(reaction, AddReaction):
            raise TypeError(f"{type(reaction).__name__} is no AddReaction")
        client = self._app.installation(reaction.repository.installation)
        path = f"{repository_path(reaction.repository)}/issues/comments/{reaction.comment}/reactions"
        try:
            created = read(Identified, await client.post(path, data={"content": reaction.content}))
        except NotThere:
            return Performed(note="the comment is gone")
        return Performed(handle={"reaction": created.id})


def mark_of(comment: WriteComment) -> str:
    """The mark as it stands in the comment, where people do not see it."""
    return f"<!-- {comment.marker} -->"


def text_of(comment: WriteComment) -> str:
    """The comment as it is sent: its text, cut if need be, and the mark at the end."""
    mark = mark_of(comment)
    text = comment.text.replace(mark, "").rstrip()
    return cut_markdown(text, COMMENT_LENGTH_MAX - len(mark) - 2) + "\n\n" + mark


async def _update(client: GitHubClient, comment: WriteComment, id: int) -> bool:
    """False = people deleted it."""
    path = f"{repository_path(comment.repository)}/issues/comments/{id}"
    try:
        await client.patch(path, data={"body": text_of(comment)})
    except NotThere:
        return False
    return True


def _performed(id: int, note: str) -> Performed:
    return Performed(handle={"comment": id}, note=note)
