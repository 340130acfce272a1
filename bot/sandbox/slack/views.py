"""Modals and Home tabs: trigger ids, the stack of three, hashes ("Modals", "views.open").

Must never show a view that Slack would refuse: the methods of the Web API check first.
"""

from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.slack.exchange import Json, SlackError
from bot.sandbox.slack.messages import Element, elements

TRIGGER_SECONDS = 3.0
STACK_MAX = 3


@dataclass(slots=True)
class Trigger:
    """What a person did just now, good for opening one view. `view` is set when it was done in a modal."""

    user: str
    made_at: float
    view: str = ""
    used: bool = False


@dataclass(slots=True)
class View:
    """One modal or Home tab as it stands; `errors` are those that the app answered to the last submission."""

    id: str
    user: str
    data: Json
    hash: str
    root: str
    previous: str | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What is written above it."""
        return str((self.data.get("title") or {}).get("text", ""))

    @property
    def blocks(self) -> list[Json]:
        """Its blocks, with ids."""
        return list(self.data.get("blocks") or [])

    @property
    def elements(self) -> list[Element]:
        """What can be pressed or filled in."""
        return elements(self.blocks)

    @property
    def external_id(self) -> str:
        """The app's own name for it."""
        return str(self.data.get("external_id") or "")


@dataclass(slots=True)
class Views:
    """All views that are open: each person's stack of modals, and the Home tabs."""

    triggers: dict[str, Trigger] = field(default_factory=dict)
    stacks: dict[str, list[View]] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)

    def use_trigger(self, trigger_id: object, now: float) -> Trigger:
        """Spend a trigger id; SlackError when it is unknown, used or older than 3 s."""
        trigger = self.triggers.get(str(trigger_id))
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if now - trigger.made_at > TRIGGER_SECONDS:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger

    def stack(self, user: str) -> list[View]:
        """The modals that this person has open, the visible one last."""
        return self.stacks.setdefault(user, [])

    def find(self, view_id: object, external_id: object = None) -> View:
        """The open view with this id or external id; SlackError `not_found`."""
        for view in self._open():
            if view.id == view_id or (external_id and view.external_id == external_id):
                return view
        raise SlackError("not_found")

    def push(self, view: View) -> None:
        """Put a modal on top; SlackError when three are open."""
        stack = self.stack(view.user)
        if len(stack) >= STACK_MAX:
            raise SlackError("push_limit_reached")
        stack.append(view)

    def close(self, view: View) -> None:
        """Take away a modal and what lies above it."""
        stack = self.stack(view.user)
        if view in stack:
            del stack[stack.index(view) :]

    def knows_external_id(self, external_id: str, besides: View | None = None) -> bool:
        """Whether another open view bears this external id."""
        return any(view.external_id == external_id and view is not besides for view in self._open())

    def _open(self) -> list[View]:
        return [view for stack in self.stacks.values() for view in stack] + list(self.homes.values())


def state_value(element: Json, given: Any) -> Json:
    """The entry of `view.state.values` for what a person filled in.

    `given` is a text, a bool, an option's value or label, or a list of those; None is an empty field.
    """
    kind = str(element["type"])
    if kind in ("checkboxes", "multi_static_select", "multi_external_select"):
        return {"type": kind, "selected_options": [_option(element, one) for one in given or []]}
    if kind in ("static_select", "external_select", "radio_buttons", "overflow"):
        return {"type": kind, "selected_option": None if given is None else _option(element, given)}
    named = {"channels_select": "selected_channel", "conversations_select": "selected_conversation"}
    named |= {"users_select": "selected_user", "datepicker": "selected_date", "timepicker": "selected_time"}
    return {"type": kind, named.get(kind, "value"): given}


def initial_value(element: Json) -> Any:
    """What a field holds before anybody touches it, in the form that `state_value` takes."""
    if "initial_options" in element:
        return [option["value"] for option in element["initial_options"]]
    if "initial_option" in element:
        return element["initial_option"]["value"]
    names = ("initial_value", "initial_channel", "initial_conversation", "initial_user", "initial_date")
    return next((element[name] for name in names if name in element), None)


def _option(element: Json, wanted: str) -> Json:
    known = Element("", element).options + list(element.get("initial_options") or [])
    known += [element["initial_option"]] if "initial_option" in element else []
    for option in known:
        if wanted in (option.get("value"), option["text"]["text"]):
            return dict(option)
    if element["type"].endswith("external_select"):
        return {"text": {"type": "plain_text", "text": wanted}, "value": wanted}
    raise LookupError(f"no option {wanted!r}; there are: {[option.get('value') for option in known]}")
