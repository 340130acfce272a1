"""What happens to a deployment: its turn, its deployer's news, its end, and what was given up."""

from collections.abc import Mapping

from bot.domain.reasons.row import Reason

ROWS: Mapping[str, Reason] = {
    "recorded": Reason("It is remembered; nothing else follows from it."),
    "shown": Reason("People are shown how it stands."),
    "request_unknown": Reason(
        "The request is not known here.", "Its record may have ended: see `retention` in the instance file."
    ),
    "queued": Reason(
        "It takes its place in the queue of its service and environment.",
        "Wait for its turn, or stop it with `/cancel`.",
    ),
    "started": Reason("Its turn has come and nothing stands in the way."),
    "slot_busy": Reason("Another deployment runs in this service and environment."),
    "nobody_waits": Reason("Nobody waits for this service and environment."),
    "busy": Reason(
        "Another deployment is in the way, and this environment does not queue (`on_busy: reject`).",
        "Give the command again when that one has ended; `/pointsman status` tells.",
    ),
    "queue_full": Reason(
        "Too many deployments wait for this service and environment.",
        "Cancel some of them with `/cancel d-…`, or wait; `/pointsman status` tells.",
    ),
    "rights_changed": Reason(
        "Who may by the configuration is noted, with the account that each name stands for; a change is "
        "announced."
    ),
    "rights_unchanged": Reason("The configuration gives nobody other rights than before."),
    "being_verified": Reason(
        "Its deployer is done; what was deployed is watched.",
        "Wait for the end, or decide now: `/keep` takes it for good, `/rollback` goes back.",
    ),
    "not_verified": Reason("Nothing of it is being verified (any more)."),
    "probe_wanted": Reason("A probe is taken."),
    "goes_on_verifying": Reason("The probes are taken until their time is over."),
    "alert_raised": Reason(
        "An alert came in while it was being verified: what was deployed is not good.",
        "Roll back, or find out why and deploy again; the commit counts as bad.",
    ),
    "alert_handed_on": Reason("The alert concerns deployments; each is looked at."),
    "alert_concerns_nothing": Reason(
        "No deployment has the labels of this alert in a repository that its sender is bound to.",
        "Compare its labels with `alerts.match` in the configuration, and `alerts` in the instance file.",
    ),
    "nothing_live": Reason("Nothing that is known to run is concerned."),
    "alert_was_before": Reason("The alert began before the deployment did, which cannot be its cause."),
    "alert_noted": Reason("The alert is noted with the deployment."),
    "alert_over": Reason("The alert is over."),
    "deployed_long_ago": Reason("The deployment ended more than a day before the alert: nobody is asked."),
    "nothing_to_go_back_to": Reason("Nothing is recorded that a rollback could go back to."),
    "asked_because_of_alert": Reason("An alert came in after the deployment: people are asked."),
    "only_people_decide": Reason("It is not to be rolled back by itself any more; people are asked."),
    "verified": Reason("Every probe was good until the end."),
    "verification_failed": Reason(
        "A probe failed too often in a row: what was deployed is not good.",
        "Roll back, or find out why and deploy again; the commit counts as bad.",
    ),
    "verification_inconclusive": Reason(
        "The probes do not tell whether it is good; that is never counted as success.",
        "Look yourself, then `/keep` or `/rollback`.",
    ),
    "kept_by": Reason("A person took it for good before the verification was over."),
    "rolled_back_from": Reason("It was rolled back while it was being verified."),
    "rolled_back_by_itself": Reason("It went wrong and the configuration rolls back by itself (`rollback`)."),
    "decided_before": Reason("Somebody decided before."),
    "overtaken": Reason("Something newer was started, or a way back is under way already."),
    "joined": Reason(
        "A rollback to the same commit is already under way.",
        "Nothing to do: follow that one with `/pointsman status`.",
    ),
    "newer_request": Reason(
        "A newer request took its place: by `on_busy: supersede`, or by a later merge, tag or schedule.",
        "Nothing to do: follow the newer one.",
    ),
    "newer_is_live": Reason(
        "Something newer is live; only a rollback goes back.",
        "If you do want to go back: `/rollback SERVICE ENVIRONMENT to REF`.",
    ),
    "held_after_rollback": Reason(
        "It was rolled back here: until a person deploys, nothing is deployed here by itself.",
        "When the cause is mended, ask for it with `/deploy`.",
    ),
    "known_bad": Reason(
        "This commit was rolled back from here, so it is not deployed by itself again.",
        "To deploy it all the same, ask for it with `/deploy`.",
    ),
    "github_unreadable": Reason(
        "GitHub could not be asked whether it may start.", "Give the command again later."
    ),
    "prompt_answered": Reason("The question is decided, and its message says by whom."),
    "rejected_by": Reason(
        "Somebody who may approve refused it.", "Talk to them, then give the command again."
    ),
    "started_before": Reason("It had started before it was rejected.", "To stop what runs, use `/cancel`."),
    "cancelled_by": Reason(
        "Somebody stopped it before it started.", "Give the command again if it is still wanted."
    ),
    "deployer_succeeded": Reason("The deployer reported success."),
    "deployer_failed": Reason("The deployer reported a failure.", "Find out why, mend it, then `/retry`."),
    "deployer_cancelled": Reason(
        "It was cancelled at the deployer.", "Give the command again if it is still wanted."
    ),
    "deployer_refused": Reason(
        "The deployer did not take the request.", "Correct the deployer or its settings, then `/retry`."
    ),
    "deployer_unreachable": Reason(
        "The deployer could not be reached.", "Check its address and that it runs, then `/retry`."
    ),
    "deployer_lost": Reason(
        "Nobody knows how it ended: its deployer does not know it any more.",
        "Look at the deployer before you retry or roll back.",
    ),
    "start_timeout": Reason(
        "The deployer accepted nothing in time (`start_timeout`).",
        "Look at the deployer: it may still be at work. A late report corrects what is live, not this "
        "outcome.",
    ),
    "timeout": Reason(
        "It did not end in time after its acceptance (`timeout`).",
        "Look at the deployer: it may still be at work. A late report corrects what is live, not this "
        "outcome.",
    ),
    "was_accepted": Reason("The deployer had accepted in time."),
    "was_away": Reason("Nobody was there when it fell due: what the deployer said meanwhile is waited for."),
    "progressed": Reason("The deployer is at work on it."),
    "handed_over": Reason("It stands where its deployer finds it; the deployer's first report accepts it."),
    "taken_before": Reason(
        "Its reports show that the deployer had taken it, so this refusal changes nothing."
    ),
    "look": Reason("The deployer is asked how it stands."),
    "look_failed": Reason("The deployer could not be asked; it is asked again later."),
    "nothing_new": Reason("The deployer tells nothing new."),
    "not_running": Reason("That deployment does not run any more, so this changes nothing."),
    "already_ended": Reason(
        "It had ended before: its outcome is fixed, and this changes nothing.",
        "To go back from what it shipped, use `/rollback`.",
    ),
    "unknown_deployment": Reason(
        "No deployment of that name is known here.",
        "If it is one of ours, its record may have ended: see `retention` in the instance file.",
    ),
    "other_reporter": Reason(
        "Whoever reports this is not who may report on this deployment.",
        "Have the deployer report the way its driver says: docs/drivers.md.",
    ),
    "other_attempt": Reason("The report is about another attempt; it is kept and decides nothing."),
    "other_step": Reason("The report is about another step; it is kept and decides nothing."),
    "old_sequence": Reason("A newer report came before this one; it is kept and decides nothing."),
    "already_live": Reason("That is what is live already."),
    "corrected": Reason(
        "It came after the end: it corrects what is live, and not the outcome.",
        "Look at the message of the deployment: it says what is live now.",
    ),
    "started_again_elsewhere": Reason(
        "Somebody started it again at the deployer, which changes what is live.",
        "Look at the message of the deployment: it says what is live now.",
    ),
    "will_stop": Reason("The deployer said that it will stop."),
    "told_elsewhere": Reason(
        "People could not be told in the usual place, so they are told in another.",
        "Look at `pointsman dead list` for why it could not be told where it should.",
    ),
    "discarded": Reason(
        "It was given up, and somebody discarded it: it is never done.",
        "If it is wanted after all, ask for it anew.",
    ),
    "unreadable": Reason(
        "This version of Pointsman cannot read the event; it is parked.",
        "Run the version that recorded it, or a newer one; then `pointsman dead retry ID`.",
    ),
}
