"""The form of `/deploy`: opened at once, filled when GitHub has told what there is, and then a command.

Slack gives 3 s to open a form, GitHub none to read a configuration; so the empty form comes first. Submitted,
it is the very command that could have been typed, and everything is checked as for one. The place of the
answer is that of the event that asked for the form. Must never decide a deployment itself.
"""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from bot.commands.asked import Reply, said
from bot.commands.identity import login_of
from bot.commands.repository import Whereabouts, whereabouts
from bot.domain.effects import FillForm, OpenForm, Wanted
from bot.domain.errors import LastingFault
from bot.domain.events import CommandGiven, Event, New, data_of
from bot.domain.slack_events import FormAsked, FormMissed, FormRepositoryChosen, FormSubmitted
from bot.domain.values import Repository, Seconds
from bot.gates.rights import WRITERS, Permission
from bot.messages import answers, forms
from bot.messages.message import Message
from bot.ports import Decision, PolicyRead, Sources


class FormFacts(Struct, frozen=True, kw_only=True):
    """What was read for a form. `asked` None = the event that asked for it is not known, or somebody else's.

    `where` is the repository, the ones to choose from, or why there is none; `repository` the one to show.
    """

    form: str
    asked: FormAsked | None = None
    login: str | None = None
    where: Whereabouts = Whereabouts()
    repository: Repository | None = None
    configuration: PolicyRead | None = None
    permission: Permission | None = None


class SubmittedFacts(Struct, frozen=True):
    """The event that asked for the form; None = it is not known (any more)."""

    asked: FormAsked | None


# --- opening ----------------------------------------------------------------------------------------


def opened(event: Event, _state: object, _facts: None, _now: Seconds) -> Decision:
    """Open the form before anything is read."""
    asked = data_of(event, FormAsked)
    body = OpenForm(
        name=event.id,
        trigger=asked.trigger,
        place=asked.place,
        person=asked.person,
        view=forms.loading(event.id),
    )
    wanted = Wanted(body=body, target=_opening(event.id), owner=event.key)
    return Decision(outcome="acted", reason="form_opened", effects=(wanted,))


def missed(event: Event, _state: object, _facts: None, _now: Seconds) -> Decision:
    """Slack did not open it any more: tell what to do instead."""
    data = data_of(event, FormMissed)
    reply = Reply(event=event.id, key=event.key, place=data.place, person=data.person)
    told = (said(reply, forms.missed()),)
    return Decision(outcome="acted", reason="form_missed", values={"slack": data.reason}, effects=told)


# --- filling ----------------------------------------------------------------------------------------


async def read(sources: Sources, event: Event) -> FormFacts:
    """Read what can be deployed from where the form was asked for. Raises PassingFault, LastingFault."""
    form, chosen = _form_of(event)
    asked = event.data if isinstance(event.data, FormAsked) else await _asked(sources, form)
    if asked is None or asked.person.slack != _slack_of(event):
        return FormFacts(form=form)
    login = await login_of(sources, asked.person.slack or "")
    facts = FormFacts(form=form, asked=asked, login=login, where=await _where(sources, asked, login))
    repository = facts.where.repository
    if repository is None and chosen in facts.where.candidates:
        served = await sources.github.repositories()
        repository = next((each for each in served if each.full_name == chosen), None)
    if repository is None:
        return facts
    configuration = await sources.github.policy(repository)
    permission = await sources.github.permission(repository, login) if login else None
    return replace(facts, repository=repository, configuration=configuration, permission=permission)


def _form_of(event: Event) -> tuple[str, str | None]:
    """The form's name, and the repository that was chosen in it."""
    if isinstance(event.data, FormAsked):
        return event.id, None
    data = data_of(event, FormRepositoryChosen)
    return data.form, data.repository


def _slack_of(event: Event) -> str | None:
    data = event.data
    return data.person.slack if isinstance(data, FormAsked | FormRepositoryChosen | FormSubmitted) else None


async def _asked(sources: Sources, form: str) -> FormAsked | None:
    event = await sources.ledger.event(form)
    return event.data if event is not None and isinstance(event.data, FormAsked) else None


async def _where(sources: Sources, asked: FormAsked, login: str | None) -> Whereabouts:
    if not asked.anywhere:
        return await whereabouts(sources, asked.place, None)
    if login is None:
        return Whereabouts()
    served = await sources.github.repositories()
    own = [each for each in served if await _may_deploy(sources, each, login)]
    if len(own) == 1:
        return Whereabouts(repository=own[0])
    names = tuple(each.full_name for each in own)
    return Whereabouts(problem="repository_unclear" if own else "repository_none", candidates=names)


async def _may_deploy(sources: Sources, repository: Repository, login: str) -> bool:
    try:
        if (await sources.github.policy(repository)).status == "off":
            return False
        return await sources.github.permission(repository, login) in WRITERS
    except LastingFault:
        return False


def filled(event: Event, _state: object, facts: FormFacts, _now: Seconds) -> Decision:
    """Show the form, the question which repository, or why there is nothing to fill in."""
    if facts.asked is None:
        return Decision(outcome="ignored", reason="form_unknown", values={"form": facts.form})
    refusal = _refusal(facts, facts.asked)
    if refusal is not None:
        reason, message = refusal
        view = forms.refused(facts.form, message)
        return Decision(outcome="acted", reason=reason, effects=(_fill(facts.form, _slack_of(event), view),))
    repository, configuration = facts.repository, facts.configuration
    offer = forms.Offer(
        form=facts.form,
        repositories=facts.where.candidates,
        repository=repository.full_name if repository else None,
        policy=configuration.policy if configuration else None,
    )
    values = {"repository": offer.repository, "configuration": configuration.blob if configuration else None}
    effects = (_fill(facts.form, _slack_of(event), forms.asking(offer)),)
    return Decision(outcome="acted", reason="form_filled", values=values, effects=effects)


def _refusal(facts: FormFacts, asked: FormAsked) -> tuple[str, Message] | None:
    """The rules of a typed command, as far as they can be told before it is given."""
    if facts.login is None:
        return _rule("not_linked", slack=asked.person.slack)
    if facts.where.problem == "repository_none" and asked.anywhere:
        return "repository_none", forms.nothing_yours()
    if facts.where.problem not in (None, "repository_unclear"):
        return _rule(str(facts.where.problem), named=None, repositories=list(facts.where.candidates))
    repository, configuration = facts.repository, facts.configuration
    if repository is None or configuration is None:
        return None
    name, policy = repository.full_name, configuration.policy
    if configuration.status == "off":
        return _rule("repository_off", repository=name)
    if policy is None:
        return _rule("configuration_invalid", problems=list(configuration.problems[:5]))
    if facts.permission not in WRITERS:
        return _rule("no_write_access", login=facts.login, repository=name)
    if not policy.services or not policy.environments:
        return "nothing_configured", forms.nothing_configured(name)
    return None


def _rule(reason: str, **values: Any) -> tuple[str, Message]:
    return reason, answers.refusal(reason, values)


def give_up(event: Event, _reason: str) -> tuple[Wanted, ...]:
    """Say in the form that it could not be filled."""
    form, _ = _form_of(event)
    view = forms.refused(form, answers.refusal("gave_up", {}))
    return (_fill(form, _slack_of(event), view),)


def _fill(form: str, slack: str | None, view: forms.View) -> Wanted:
    body = FillForm(name=form, user=slack or "", view=view)
    return Wanted(body=body, target=f"form-filled:{form}", after=_opening(form))


def _opening(form: str) -> str:
    return f"form:{form}"


# --- submitting -------------------------------------------------------------------------------------


async def read_submitted(sources: Sources, event: Event) -> SubmittedFacts:
    """Read who asked for the form, and where."""
    return SubmittedFacts(await _asked(sources, data_of(event, FormSubmitted).form))


def submitted(event: Event, _state: object, facts: SubmittedFacts, _now: Seconds) -> Decision:
    """Give the command that the form says, where the form was asked for."""
    data, asked = data_of(event, FormSubmitted), facts.asked
    if asked is None:
        return Decision(outcome="ignored", reason="form_unknown", values={"form": data.form})
    if asked.person.slack != data.person.slack:
        return Decision(outcome="ignored", reason="form_of_somebody_else", values={"form": data.form})
    command = CommandGiven(
        text=data.text, place=asked.place, person=data.person, given_at=data.given_at, to_us=True
    )
    # A conversation's key, as a typed command has: reactors are for what comes from another key.
    key = f"slack:{asked.place.team}:{asked.place.channel}:{event.id}"
    return Decision(outcome="acted", reason="command_given", events=(New(key=key, data=command),))
