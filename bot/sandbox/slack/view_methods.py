"""The Web API's `views.*` methods of the simulated Slack: modals and Home tabs.

Must never open a view without a fresh trigger: Slack only lets an app answer what a person did.
"""

from bot.sandbox.slack.block_rules import is_too_large, view_problems
from bot.sandbox.slack.call import Call
from bot.sandbox.slack.exchange import Json, SlackError
from bot.sandbox.slack.messages import with_ids
from bot.sandbox.slack.views import View
from bot.sandbox.slack.workspace import Workspace

_DEFAULTS: Json = {"callback_id": "", "private_metadata": "", "external_id": "", "state": {"values": {}}}


def open_view(space: Workspace, call: Call) -> Json:
    """`views.open`: a modal for the person whose trigger this is."""
    trigger = space.views.use_trigger(call.required("trigger_id", "invalid_trigger_id"), space.clock())
    view = new_view(space, trigger.user, checked_view(space, call, "modal"))
    space.views.stack(trigger.user).clear()
    space.views.push(view)
    return _shown(space, view)


def push_view(space: Workspace, call: Call) -> Json:
    """`views.push`: a modal on top of the one in which the trigger arose."""
    trigger = space.views.use_trigger(call.required("trigger_id", "invalid_trigger_id"), space.clock())
    below = space.views.find(trigger.view)
    view = new_view(space, trigger.user, checked_view(space, call, "modal"), below)
    space.views.push(view)
    return _shown(space, view)


def update_view(space: Workspace, call: Call) -> Json:
    """`views.update`: change an open view; a `hash` that is not the view's any more is refused."""
    view = space.views.find(call.text("view_id"), call.text("external_id"))
    _same_hash(view, call)
    replace_view(space, view, checked_view(space, call, str(view.data["type"]), besides=view))
    return _shown(space, view)


def publish_view(space: Workspace, call: Call) -> Json:
    """`views.publish`: what one person sees on the app's Home tab."""
    user = call.required("user_id", "user_not_found")
    if user not in space.people:
        raise SlackError("user_not_found")
    home = space.views.homes.get(user)
    if home is not None:
        _same_hash(home, call)
    data = checked_view(space, call, "home", besides=home)
    if home is None:
        home = space.views.homes[user] = new_view(space, user, data)
    else:
        replace_view(space, home, data)
    return _shown(space, home)


def checked_view(space: Workspace, call: Call, kind: str, besides: View | None = None) -> Json:
    """The view that the app sent, if Slack would show it; SlackError with details."""
    return checked_view_data(space, call.structure("view", "invalid_arguments"), kind, besides)


def checked_view_data(space: Workspace, data: object, kind: str, besides: View | None = None) -> Json:
    """The same for a view that came in the answer to a form."""
    if not isinstance(data, dict):
        raise SlackError("invalid_arguments", errors=["view: must be an object"])
    problems = view_problems(data)
    if data.get("type") != kind:
        problems.append(f"view/type: must be {kind}")
    if problems:
        raise SlackError("invalid_arguments", errors=problems)
    if is_too_large(data):
        raise SlackError("view_too_large")
    external_id = data.get("external_id")
    if external_id and space.views.knows_external_id(external_id, besides):
        raise SlackError("duplicate_external_id")
    return data


def new_view(space: Workspace, user: str, data: Json, below: View | None = None) -> View:
    """A view of this person; it is not on any stack yet."""
    view_id = space.new_id("V")
    root = below.root if below else view_id
    view = View(view_id, user, {}, "", root, below.id if below else None)
    replace_view(space, view, data)
    return view


def replace_view(space: Workspace, view: View, data: Json) -> None:
    """Give a view new contents and a new hash."""
    view.data = {**data, "blocks": with_ids(data["blocks"], f"{view.id}b")}
    view.hash = f"{int(space.clock())}.{space.new_id('h')}"
    view.errors = {}


def view_document(space: Workspace, view: View) -> Json:
    """A view as the Web API and payloads show it."""
    installation = space.installation
    return {
        **_DEFAULTS,
        **view.data,
        "id": view.id,
        "team_id": installation.team_id,
        "app_id": installation.app_id,
        "bot_id": installation.bot_id,
        "app_installed_team_id": installation.team_id,
        "hash": view.hash,
        "root_view_id": view.root,
        "previous_view_id": view.previous,
    }


def _shown(space: Workspace, view: View) -> Json:
    space.changed()
    return {"view": view_document(space, view)}


def _same_hash(view: View, call: Call) -> None:
    given = call.text("hash")
    if given and given != view.hash:
        raise SlackError("hash_conflict")
