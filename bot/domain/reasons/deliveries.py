"""What a delivery means to us, where it means nothing: why it was ignored, or could not be understood."""

from collections.abc import Mapping

from bot.domain.reasons.row import Reason

ROWS: Mapping[str, Reason] = {
    "nothing_listens": Reason(
        "Nothing in Pointsman uses this kind of event yet.",
    ),
    "event_not_used": Reason(
        "Pointsman has no use for this kind of event.",
        "The App may unsubscribe from it on its page at GitHub.",
    ),
    "action_not_used": Reason("Of this event only other actions matter."),
    "owner_not_served": Reason(
        "This owner is not among those that the instance file serves.",
        "Add the owner to `owners` in the instance file, or uninstall the App there.",
    ),
    "no_installation": Reason(
        "It names no installation of the App, so there is no way to act on it.",
        "Have the App deliver its own webhook; a webhook of the repository's or organisation's settings "
        "names none.",
    ),
    "body_does_not_match_event": Reason(
        "The body is not what the event's name says, so it is not believed.",
        "See what came with `pointsman deliveries show ID`: the header that names an event is not signed.",
    ),
    "payload_incomplete": Reason(
        "The body lacks a field that is needed to understand it.",
        "If this is your GitHub Enterprise Server, see which versions are supported; else report it with "
        "`pointsman deliveries show ID`.",
    ),
    "comment_not_new": Reason(
        "Only new comments are commands; edited and deleted ones are not.",
        "Give the command again in a new comment.",
    ),
    "not_a_pull_request": Reason(
        "It is about an issue; commands are given on pull requests.",
        "Give the command on a pull request, or in Slack.",
    ),
    "own_comment": Reason("It is Pointsman's own comment, which must not answer itself."),
    "no_command": Reason(
        "No line of it is a command.",
        "A command is a line that begins with `/`, outside code, quotes and HTML comments.",
    ),
    "own_check": Reason("It tells of Pointsman's own check."),
    "own_message": Reason("It is Pointsman's own message, which must not answer itself."),
    "sent_by_a_bot": Reason("Bots start nothing.", "Let a person give the command."),
    "message_was_edited": Reason("An edited message is not said anew.", "Say it again in a new message."),
    "view_not_used": Reason("It is a form that is not one of Pointsman's."),
    "form_not_ours": Reason(
        "It is a form that this version of Pointsman did not open.", "Open the form again."
    ),
    "form_has_mistakes": Reason(
        "What was entered cannot be a command; the form said so beside the field.",
        "Correct the field and submit the form again.",
    ),
    "tab_not_used": Reason("Of the App's tabs in Slack only Home is filled in."),
    "check_of_another_app": Reason("The check belongs to another App."),
    "not_our_run": Reason("It is a workflow run that Pointsman did not start."),
    "job_skipped": Reason("A job that was skipped tells nothing of its deployment."),
    "app_unknown_yet": Reason(
        "GitHub had not told Pointsman its own name yet; a look at the run makes up for it."
    ),
    "not_our_deployment": Reason("It is a GitHub Deployment that Pointsman did not make."),
    "own_status": Reason("It is Pointsman's own status."),
    "status_of_no_app": Reason(
        "A person wrote this status; only those of the configured App count.",
        "Let the App that `reporter` names write the status.",
    ),
    "state_not_used": Reason("This state says nothing of how a deployment goes."),
    "nobodys_deployment": Reason(
        "No deployment here goes by a name that it has.",
        "If it is one of ours, its record may have ended: see `retention` in the instance file.",
    ),
    "report_invalid": Reason(
        "The report does not have the shape that a deployer's report has.",
        "Correct the deployer: docs/deployer.md has the shape of a report.",
    ),
    "alert_invalid": Reason(
        "The message is not one of the product that is said to have sent it.",
        "Compare its set-up with docs/alerts.md.",
    ),
    "no_alert": Reason("It tells nothing of an alert that begins or ends."),
    "duplicate_event": Reason("The same thing was told before under another id; it counts once."),
    "translation_failed": Reason(
        "It could not be understood. This is a defect: the log says more.",
        "Report it with the log. After an upgrade that mends it: `pointsman dead retry ID`.",
    ),
    "nobody_waits_for_it": Reason("No deployment waits for this news."),
    "status_pending": Reason("A status that is pending opens nothing."),
    "no_full_release": Reason("Drafts and pre-releases deploy nothing by themselves."),
    "person_erased": Reason(
        "Somebody's names and words were erased from the ledger; not whose, but by whom and how much."
    ),
    "unstorable": Reason(
        "What it means could not be stored.",
        "Report it with the log. After an upgrade that mends it: `pointsman dead retry ID`.",
    ),
    "damaged": Reason(
        "What was stored of it is damaged on the disk and cannot be read.",
        "Check the disk. Have it sent again: GitHub's repeat of it mends the record.",
    ),
}
