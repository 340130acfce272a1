"""What a reason code means, in one sentence: why something was done, or was not.

Refusals and endings keep the words that people got already; a code that has none is written as words.
"""

from collections.abc import Mapping
from typing import Any

from bot.domain.speech import Confusion
from bot.messages.confusions import SENTENCES
from bot.messages.endings import ENDINGS
from bot.messages.escaping import plain
from bot.messages.refusals import WORDINGS
from bot.web.dashboard.wording import words

DETAIL_CHARS_MAX = 200

REASONS: Mapping[str, str] = {
    # deliveries that mean nothing to us
    "nothing_listens": "Nothing in Pointsman uses this kind of event yet.",
    "event_not_used": "Pointsman has no use for this kind of event.",
    "action_not_used": "Of this event only other actions matter.",
    "payload_incomplete": "The body lacks a field that is needed to understand it.",
    "body_does_not_match_event": "The body is not what the event's name says, so it is not believed.",
    "no_installation": "It names no installation of the App, so there is no way to act on it.",
    "owner_not_served": "This owner is not among those that the instance file serves.",
    "comment_not_new": "Only new comments are commands; edited and deleted ones are not.",
    "not_a_pull_request": "It is about an issue; commands are given on pull requests.",
    "own_comment": "It is Pointsman's own comment, which must not answer itself.",
    "own_message": "It is Pointsman's own message, which must not answer itself.",
    "no_command": "No line of it is a command.",
    "check_of_another_app": "The check belongs to another App.",
    "sent_by_a_bot": "Bots start nothing.",
    "message_was_edited": "An edited message is not said anew.",
    "not_our_run": "It is a workflow run that Pointsman did not start.",
    "job_skipped": "A job that was skipped tells nothing of its deployment.",
    "app_unknown_yet": "GitHub had not told Pointsman its own name yet; a look at the run makes up for it.",
    "not_our_deployment": "It is a GitHub Deployment that Pointsman did not make.",
    "own_status": "It is Pointsman's own status.",
    "status_of_no_app": "A person wrote this status; only those of the configured App count.",
    "state_not_used": "This state says nothing of how a deployment goes.",
    "nobodys_deployment": "No deployment here goes by a name that it has.",
    "duplicate_event": "The same thing was told before under another id; it counts once.",
    "report_invalid": "The report does not have the shape that a deployer's report has.",
    "translation_failed": "It could not be understood. This is a defect: the log says more.",
    "unstorable": "What it means could not be stored.",
    # commands
    "command_already_answered": "This command was decided before; it counts once.",
    "from_a_bot": "Bots start nothing, unless they are among the deployers.",
    "not_asked": "The bare word means us only with an id, or where we asked.",
    "repository_off": "The repository has no configuration, so Pointsman is off there, and silent.",
    "misunderstood": "The command was not understood.",
    "requested": "Everything that was checked allows it: the request is made.",
    "auto_merge": "The configuration deploys what was merged.",
    "dry_run": "Only the plan was asked for; nothing is deployed.",
    "help": "Help was asked for.",
    "status": "The state was asked for.",
    "kept": "Somebody decided to leave it as it is.",
    "asked_to_stop": "Somebody wants it stopped.",
    # checks and automation
    "checked": "The checks were run and published.",
    "no_pull_request": "No open pull request has this commit as its head.",
    "head_moved": "The pull request has moved on to another commit.",
    "not_the_default_branch": "Only merges to the default branch deploy by themselves.",
    "nothing_automatic": "No environment deploys by itself after a merge.",
    "nothing_concerned": "The change touches the paths of no service.",
    # slots and requests
    "recorded": "It is remembered; nothing else follows from it.",
    "shown": "People are shown how it stands.",
    "request_unknown": "The request is not known here.",
    "queued": "It takes its place in the queue of its service and environment.",
    "started": "Its turn has come and nothing stands in the way.",
    "slot_busy": "Another deployment runs in this service and environment.",
    "nobody_waits": "Nobody waits for this service and environment.",
    "another_is_first": "Another one is first in line.",
    "prompt_answered": "The question is decided, and its message says by whom.",
    # deployers
    "progressed": "The deployer is at work on it.",
    "not_running": "That deployment does not run any more, so this changes nothing.",
    "was_accepted": "The deployer had accepted in time.",
    "taken_before": "Its reports show that the deployer had taken it, so this refusal changes nothing.",
    "handed_over": "It stands where its deployer finds it; the deployer's first report accepts it.",
    "unknown_deployment": "No deployment of that name is known here.",
    "other_reporter": "Whoever reports this is not who may report on this deployment.",
    "other_attempt": "The report is about another attempt; it is kept and decides nothing.",
    "other_step": "The report is about another step; it is kept and decides nothing.",
    "old_sequence": "A newer report came before this one; it is kept and decides nothing.",
    "already_ended": "The outcome was fixed before; this agrees with it or tells nothing new.",
    "already_live": "That is what is live already.",
    "nothing_new": "The deployer tells nothing new.",
    "corrected": "It came after the end: it corrects what is live, and not the outcome.",
    "started_again_elsewhere": "Somebody started it again at the deployer, which changes what is live.",
    "start_timeout": "The deployer accepted nothing in time.",
    "timeout": "It did not end in time.",
    "look": "The deployer is asked how it stands.",
    "look_failed": "The deployer could not be asked; it is asked again later.",
    "will_stop": "The deployer said that it will stop.",
    # trouble
    "gave_up": "It could not be decided, and is parked: `pointsman dead list` shows it.",
    "unreadable": "This version of Pointsman cannot read the event; it is parked.",
}


def reason(code: str | None, values: Mapping[str, Any] | None = None) -> str:
    """Say in a sentence what a reason code means; `values` are those that were compared."""
    if not code:
        return ""
    name, _, detail = code.partition(": ")
    said = _misunderstanding(values or {}) if name == "misunderstood" else _known(name)
    return f"{said} ({plain(detail, DETAIL_CHARS_MAX)})" if detail else said


def _known(name: str) -> str:
    if name in REASONS:
        return REASONS[name]
    ending = ENDINGS.get(name)
    if ending is not None and "{" not in ending.happened:
        return ending.happened
    refusal = WORDINGS.get(name)
    return refusal.rule if refusal is not None else words(name)


def _misunderstanding(values: Mapping[str, Any]) -> str:
    try:
        said = SENTENCES[Confusion(str(values.get("code")))]
    except ValueError:
        return REASONS["misunderstood"]
    token = plain(str(values.get("token") or "the last word"), DETAIL_CHARS_MAX)
    return said.replace("{}", f"“{token}”" if values.get("token") else token)
