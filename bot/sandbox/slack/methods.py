"""The Web API methods that the simulated Slack knows: a row for each, with what Slack's docs say of it.

Must never hold behaviour: a row points at the function that has it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.slack import chat_methods, conversation_methods, view_methods
from bot.sandbox.slack.call import Call
from bot.sandbox.slack.exchange import Json
from bot.sandbox.slack.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Method:
    """One method: what it does, its rate-limit tier (0: a rule of its own), its scopes, its arguments.

    Any one of `scopes` is enough; none means that every token will do. `posts` counts against the channel.
    """

    run: Callable[[Workspace, Call], Json]
    tier: int
    scopes: tuple[str, ...]
    arguments: frozenset[str]
    posts: bool = False


_READ_CHANNELS = ("channels:read", "groups:read", "im:read")
_READ_HISTORY = ("channels:history", "groups:history", "im:history")
_MESSAGE = {"channel", "text", "blocks", "metadata", "as_user", "link_names", "parse", "mrkdwn"}
_LOOKS = {"icon_emoji", "icon_url", "username", "thread_ts"}
_POST = {*_MESSAGE, *_LOOKS, "reply_broadcast", "unfurl_links", "unfurl_media"}
_RANGE = {"channel", "cursor", "include_all_metadata", "inclusive", "latest", "limit", "oldest"}


def _method(
    run: Callable[[Workspace, Call], Json],
    tier: int,
    scopes: tuple[str, ...],
    arguments: set[str],
    posts: bool = False,
) -> Method:
    return Method(run, tier, scopes, frozenset({*arguments, "team_id"}), posts)


FORM_ONLY = frozenset(
    {
        "chat.getPermalink",
        "conversations.history",
        "conversations.info",
        "conversations.list",
        "conversations.replies",
        "users.info",
        "users.lookupByEmail",
    }
)
"""Methods that read: JSON bodies are for those that write ("Slack Web API")."""

METHODS: dict[str, Method] = {
    "auth.test": _method(conversation_methods.auth_test, 0, (), set()),
    "chat.delete": _method(chat_methods.delete, 3, ("chat:write",), {"channel", "ts", "as_user"}),
    "chat.getPermalink": _method(chat_methods.get_permalink, 0, (), {"channel", "message_ts"}),
    "chat.postEphemeral": _method(
        chat_methods.post_ephemeral, 4, ("chat:write",), {*_MESSAGE, *_LOOKS, "user"}, True
    ),
    "chat.postMessage": _method(chat_methods.post_message, 0, ("chat:write",), _POST, True),
    "chat.update": _method(chat_methods.update, 3, ("chat:write",), {*_MESSAGE, "ts", "reply_broadcast"}),
    "conversations.history": _method(conversation_methods.history, 3, _READ_HISTORY, _RANGE),
    "conversations.info": _method(
        conversation_methods.conversation_info,
        3,
        _READ_CHANNELS,
        {"channel", "include_locale", "include_num_members"},
    ),
    "conversations.join": _method(conversation_methods.join, 3, ("channels:join",), {"channel"}),
    "conversations.list": _method(
        conversation_methods.list_conversations,
        2,
        _READ_CHANNELS,
        {"cursor", "exclude_archived", "limit", "types"},
    ),
    "conversations.open": _method(
        conversation_methods.open_conversation, 3, ("im:write",), {"users", "return_im", "prevent_creation"}
    ),
    "conversations.replies": _method(conversation_methods.replies, 3, _READ_HISTORY, {*_RANGE, "ts"}),
    "reactions.add": _method(
        chat_methods.add_reaction, 3, ("reactions:write",), {"channel", "name", "timestamp"}
    ),
    "users.info": _method(conversation_methods.user_info, 4, ("users:read",), {"user", "include_locale"}),
    "users.lookupByEmail": _method(conversation_methods.user_by_email, 3, ("users:read.email",), {"email"}),
    "views.open": _method(view_methods.open_view, 4, (), {"trigger_id", "view", "interactivity_pointer"}),
    "views.publish": _method(view_methods.publish_view, 4, (), {"user_id", "view", "hash"}),
    "views.push": _method(view_methods.push_view, 4, (), {"trigger_id", "view", "interactivity_pointer"}),
    "views.update": _method(view_methods.update_view, 4, (), {"view", "view_id", "external_id", "hash"}),
}
