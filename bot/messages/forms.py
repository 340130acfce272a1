"""The form that `/deploy` alone opens in Slack: what it asks, and what it says about what was filled in.

Its fields are named so that the answer can be read without the configuration. Must never offer a choice that
the configuration does not have, and must never leave something out in silence where Slack's limits are met.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from bot.domain.policy import Parameter, RepositoryPolicy
from bot.domain.speech import REASON_CHARS_MAX, REF_BYTES_MAX, USAGE
from bot.messages import blocks
from bot.messages.blocks import Block
from bot.messages.dialects import SLACK, Dialect
from bot.messages.message import Message

View = dict[str, Any]

CALLBACK = "pointsman:deploy"
"""The `callback_id` by which our form is known again."""
CHOOSE_REPOSITORY = "pointsman-form:repository"
SERVICES, ENVIRONMENT, REF, BECAUSE, PARAM = "services", "environment", "ref", "because", "param"
"""The `action_id` of each field; a parameter's is `param:<kind>:<name>`."""

VIEW_BYTES_MAX = 240_000  # Slack takes 250 kB ("Modals")
OPTIONS_MAX = 100
FEW_OPTIONS_MAX = 10  # so many a list of checkboxes or radio buttons takes
OPTION_LENGTH_MAX = 75
PARAMS_SHOWN_MAX = 80  # of the 100 blocks that a form takes
INITIAL_LENGTH_MAX = 3_000
HINT_LENGTH_MAX = 150
YES = "true"

NO_SERVICE = "Choose at least one service."
NO_ENVIRONMENT = "Choose an environment."
BAD_NUMBER = "This is not a number. Write it like 3, -1.5 or 2e6."
BAD_REF = "No branch, tag or commit can have this name: no spaces, and none of ~ ^ : ? * [ \\ or quotes."
FLAG_IN_REASON = "A reason must not end with an option of the command, such as --dry-run. Leave it out here."
REASON_TOO_LONG = f"A reason has at most {REASON_CHARS_MAX} characters."
TOO_LONG = "All fields together are longer than a command may be. Shorten this one."
STILL_CHANGING = "The form still shows another repository's services. Choose the repository again."


class Offer(Struct, frozen=True, kw_only=True):
    """What a form offers. `repositories` is empty where the channel leaves no choice.

    Without `policy` no repository is chosen yet.
    """

    form: str
    repositories: tuple[str, ...] = ()
    repository: str | None = None
    policy: RepositoryPolicy | None = None


class Metadata(Struct, frozen=True, omit_defaults=True):
    """What a form carries unseen: the event that asked for it, and whose services it shows."""

    form: str
    repository: str = ""


def loading(form: str) -> View:
    """What stands there until the configuration was read."""
    return _modal(form, [blocks.section("⏳ Reading what can be deployed from here…")])


def asking(offer: Offer) -> View:
    """The form itself; where several repositories can be meant and none is chosen, only that question."""
    choice = list(_choice(offer))
    if offer.policy is None or offer.repository is None:
        return _modal(offer.form, choice)
    view = _modal(offer.form, [*choice, *_fields(offer.repository, offer.policy)], offer.repository)
    if len(json.dumps(view)) > VIEW_BYTES_MAX:
        shown = [*choice, *_fields(offer.repository, offer.policy, lists=False)]
        view = _modal(offer.form, shown, offer.repository)
    return {**view, "submit": _plain("Deploy")}


def refused(form: str, message: Message) -> View:
    """Why there is nothing to fill in."""
    return _modal(form, message.blocks)


def nothing_yours() -> Message:
    """There is no repository that this person may deploy."""

    def written(dialect: Dialect) -> Iterable[str]:
        yield dialect.heading("Nothing to deploy")
        yield "Commands are for people with write access; no repository is configured where you have it."
        file = dialect.code(".github/pointsman.yml")
        yield f"Ask a repository's administrator for access; {file} on its default branch configures it."

    return blocks.told(written)


def nothing_configured(repository: str) -> Message:
    """A repository's configuration has no services, or no environments."""

    def written(dialect: Dialect) -> Iterable[str]:
        yield dialect.heading("Nothing to deploy")
        yield f"The configuration of {dialect.code(repository)} names no service, or no environment."
        yield f"Add them to {dialect.code('.github/pointsman.yml')} on its default branch."

    return blocks.told(written)


def missed() -> Message:
    """A form could not be opened in time: what to do instead."""

    def written(dialect: Dialect) -> Iterable[str]:
        yield dialect.heading("The form could not be opened")
        yield "Slack opens a form only within 3 seconds, and this one came too late. Nothing was done."
        again = f"Type {dialect.code('/deploy')} again for another form, or"
        whole = f"type the whole command: {dialect.code(USAGE['deploy'], 300)}"
        yield dialect.bullets([again, whole])

    return blocks.told(written)


def option(text: str, value: str) -> Block:
    """One choice of a list; the text is cut, the value never is."""
    return {"text": _plain(text[:OPTION_LENGTH_MAX]), "value": value}


# --- fields -----------------------------------------------------------------------------------------


def _modal(form: str, shown: Iterable[Block], repository: str = "") -> View:
    metadata = {"form": form} | ({"repository": repository} if repository else {})
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "title": _plain("Deploy"),
        "close": _plain("Cancel"),
        "private_metadata": json.dumps(metadata),
        "blocks": list(shown),
    }


def _choice(offer: Offer) -> Iterable[Block]:
    """Which repository; answered at once, since the other fields depend on it."""
    if not offer.repositories:
        if offer.repository:
            yield blocks.section(f"Repository: {SLACK.code(offer.repository)}")
        return
    yield blocks.section(
        f"{SLACK.bold('Repository')}: the form shows the services of the one that you choose."
    )
    options = [option(name, name) for name in offer.repositories[:OPTIONS_MAX]]
    menu: Block = {
        "type": "static_select",
        "action_id": CHOOSE_REPOSITORY,
        "placeholder": _plain("Choose a repository"),
        "options": options,
    }
    chosen = [each for each in options if each["value"] == offer.repository]
    yield {"type": "actions", "elements": [{**menu, "initial_option": chosen[0]} if chosen else menu]}
    yield from _left_out(offer.repositories, "repositories")


def _fields(repository: str, policy: RepositoryPolicy, *, lists: bool = True) -> Iterable[Block]:
    """All fields; `lists` = choices may be lists, which are long to write."""
    services = [each.name for each in policy.services]
    environments = [each.name for each in policy.environments]
    yield _input("Services", _services(services), f"{SERVICES}:{repository}")
    yield from _left_out(services, "services")
    yield _input(
        "Environment",
        _one_of(environments, ENVIRONMENT, initial=environments[0] if len(environments) == 1 else None),
        f"{ENVIRONMENT}:{repository}",
    )
    yield from _left_out(environments, "environments")
    ref = _text(REF, REF_BYTES_MAX, placeholder="The default branch's newest commit")
    yield _input("Branch, tag or SHA", ref, REF, optional=True)
    for parameter in policy.params[:PARAMS_SHOWN_MAX]:
        yield _parameter(parameter, repository, lists=lists)
    if len(policy.params) > PARAMS_SHOWN_MAX:
        more = len(policy.params) - PARAMS_SHOWN_MAX
        yield blocks.context(f"{more} more parameters keep their defaults; a typed command can give them.")
    reason = _text(BECAUSE, REASON_CHARS_MAX, placeholder="Why, for everybody to read")
    yield _input("Because", reason, BECAUSE, optional=True)


def _services(names: Sequence[str]) -> Block:
    options = [option(name, name) for name in names[:OPTIONS_MAX]]
    if len(names) > FEW_OPTIONS_MAX:
        menu: Block = {"type": "multi_static_select", "placeholder": _plain("Choose services")}
    else:
        menu = {"type": "checkboxes"}
    menu |= {"action_id": SERVICES, "options": options}
    return {**menu, "initial_options": options} if len(options) == 1 else menu


def _one_of(names: Sequence[str], action_id: str, initial: str | None) -> Block:
    options = [option(name, name) for name in names[:OPTIONS_MAX]]
    if len(names) > FEW_OPTIONS_MAX:
        menu: Block = {"type": "static_select", "placeholder": _plain("Choose one")}
    else:
        menu = {"type": "radio_buttons"}
    menu |= {"action_id": action_id, "options": options}
    chosen = [each for each in options if each["value"] == initial]
    return {**menu, "initial_option": chosen[0]} if chosen else menu


def _parameter(parameter: Parameter, repository: str, *, lists: bool) -> Block:
    action_id = f"{PARAM}:{parameter.type}:{parameter.name}"
    default = "" if parameter.default is None else _written(parameter.default)
    hint = f"Left empty, it is {default}." if default and parameter.type in ("text", "number") else ""
    match parameter.type:
        case "boolean":
            element = _checkbox(action_id, checked=parameter.default is True)
        case "choice" if lists and _fits_a_list(parameter.options):
            element = _select(action_id, parameter.options, default)
        case "number":
            element = {"type": "number_input", "is_decimal_allowed": True, "action_id": action_id}
            element |= {"initial_value": default} if default else {}
        case _:
            element = _text(action_id, INITIAL_LENGTH_MAX, initial=default)
            if parameter.options:
                hint = f"One of: {', '.join(parameter.options)}"
    label = parameter.name
    return _input(label, element, f"{action_id}:{repository}", optional=True, hint=hint)


def _checkbox(action_id: str, *, checked: bool) -> Block:
    box: Block = {"type": "checkboxes", "action_id": action_id, "options": [option("Yes", YES)]}
    return {**box, "initial_options": box["options"]} if checked else box


def _select(action_id: str, values: Sequence[str], default: str) -> Block:
    menu: Block = {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": _plain("Choose one"),
        "options": [option(value, value) for value in values],
    }
    chosen = [each for each in menu["options"] if each["value"] == default]
    return {**menu, "initial_option": chosen[0]} if chosen else menu


def _fits_a_list(values: Sequence[str]) -> bool:
    """Whether Slack takes these as options; else they are typed."""
    return 0 < len(values) <= OPTIONS_MAX and all(
        value.strip() and len(value) <= OPTION_LENGTH_MAX for value in values
    )


def _text(action_id: str, most: int, *, placeholder: str = "", initial: str = "") -> Block:
    field: Block = {"type": "plain_text_input", "action_id": action_id, "max_length": most}
    field |= {"placeholder": _plain(placeholder)} if placeholder else {}
    return field | ({"initial_value": initial} if initial and len(initial) <= most else {})


def _input(label: str, element: Block, block_id: str, *, optional: bool = False, hint: str = "") -> Block:
    block: Block = {"type": "input", "block_id": block_id, "label": _plain(label), "element": element}
    block |= {"optional": True} if optional else {}
    return block | ({"hint": _plain(_cut(hint))} if hint else {})


def _left_out(names: Sequence[str], what: str) -> Iterable[Block]:
    if len(names) > OPTIONS_MAX:
        yield blocks.context(
            f"The first {OPTIONS_MAX} of {len(names)} {what}; a typed command can name the others."
        )


def _written(value: bool | float | str) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _cut(text: str) -> str:
    return text if len(text) <= HINT_LENGTH_MAX else text[: HINT_LENGTH_MAX - 1] + "…"


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}
