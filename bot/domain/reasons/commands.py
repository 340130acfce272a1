"""What a command, a form or an automatism leads to: done, refused, or left alone."""

from collections.abc import Mapping

from bot.domain.reasons.row import Reason

ROWS: Mapping[str, Reason] = {
    "requested": Reason("Everything that was checked allows it: the request is made."),
    "auto_merge": Reason("The configuration deploys what was merged."),
    "dry_run": Reason(
        "Only the plan was asked for; nothing is deployed.",
        "Without `--dry-run` it is done; every rule is checked again then.",
    ),
    "help": Reason("Help was asked for."),
    "status": Reason("The state was asked for."),
    "why": Reason("The reasons for something were asked for."),
    "subject_missing": Reason(
        "The command names nothing, and this conversation is about no pull request or request.",
        "Give it with `#12`, a request (`r-…`), a deployment (`d-…`) or a commit's SHA.",
    ),
    "kept": Reason("Somebody decided to leave it as it is."),
    "asked_to_stop": Reason("Somebody wants it stopped.", "Its deployer says when it has stopped."),
    "misunderstood": Reason(
        "The command was not understood.",
        "Give the command again as its usage line says; `/pointsman help` lists what there is.",
    ),
    "expired": Reason(
        "A command that is first seen more than 10 minutes after it was given is not run.",
        "Give it again if you still want it.",
    ),
    "gave_up": Reason(
        "Pointsman could not read what it needs to decide, and stopped trying.",
        "Give the command again in a few minutes. If it fails again, ask whoever runs Pointsman: "
        "`pointsman dead list` shows what went wrong.",
    ),
    "not_in_this_version": Reason(
        "This belongs to the grammar, but this version of Pointsman cannot do it yet.",
        "`/pointsman help` lists what it can do.",
    ),
    "command_already_answered": Reason("This command was decided before; it counts once."),
    "from_a_bot": Reason(
        "Bots start nothing, unless they are among the deployers.",
        "Name the bot in the environment's `deployers`, or let a person give the command.",
    ),
    "not_asked": Reason(
        "The bare word means us only with an id, or where we asked.",
        "Give the command with an id, or as `/pointsman COMMAND`.",
    ),
    "repository_off": Reason(
        "A repository without `.github/pointsman.yml` on its default branch is not deployed.",
        "Add that file to the default branch.",
    ),
    "repository_unknown": Reason(
        "The named repository is not served here. On a pull request only its own repository can be named.",
        "Check the name, or have the app installed there.",
    ),
    "repository_unclear": Reason(
        "Several repositories tell their story in this channel.",
        "Give the command again with OWNER/REPO right after its first word.",
    ),
    "repository_none": Reason(
        "No repository names this channel in its configuration, and the command names no repository.",
        "Give the command again with OWNER/REPO right after its first word.",
    ),
    "not_linked": Reason(
        "Rights come from GitHub, and no GitHub login is linked to your Slack account.",
        "Say `/pointsman link` and sign in to GitHub. Where that is off, ask whoever runs Pointsman to add "
        "`LOGIN: SLACKID` to `people` in the instance file, with your GitHub login and the id above.",
    ),
    "no_write_access": Reason(
        "Commands are for people with write access to the repository.",
        "Ask an administrator of the repository for access.",
    ),
    "configuration_invalid": Reason(
        "Nothing is deployed by a configuration that cannot be understood in full.",
        "Correct it on the default branch; the check `pointsman/config` tests it in a pull request.",
    ),
    "configuration_off": Reason(
        "The configuration has no such repository or environment (any more).",
        "Add `.github/pointsman.yml`, with the environment, to the default branch.",
    ),
    "not_allowed": Reason(
        "Only the environment's `deployers` may do this; where none are named, whoever has write access.",
        "Ask one of them to give the command, or have `deployers` changed on the default branch.",
    ),
    "name_changed_hands": Reason(
        "A login or team in the configuration stands for the account that it was when it was listed; this "
        "name belongs to another one now.",
        "If that is meant: an operator says `pointsman rights accept OWNER/REPO NAME`. Otherwise change the "
        "list in the configuration.",
    ),
    "change_closed": Reason(
        "A pull request that was closed without a merge is not deployed.",
        "Reopen it, or deploy another commit by name with `@REF`.",
    ),
    "from_fork": Reason(
        "Only commits of this repository are deployed.",
        "Review the change, push it to a branch of this repository, and deploy from there.",
    ),
    "head_moved": Reason(
        "The pull request has moved on: what was meant is no longer its head.",
        "Look at the new head, then repeat the command, or say `@SHA`.",
    ),
    "unknown_ref": Reason(
        "No branch, tag or commit of this repository has that name.",
        "Check the spelling, or give the commit's SHA.",
    ),
    "not_reachable": Reason(
        "A commit must be in the default branch, or be the tip of a branch or tag, or the head of a pull "
        "request of this same repository.",
        "Push it to a branch of this repository, then deploy that.",
    ),
    "nothing_concerned": Reason(
        "The change touches the `paths` of no service.", "Name a service to deploy it all the same."
    ),
    "locks_told": Reason("It was asked what is locked."),
    "lock_asked": Reason("The wish for a lock was handed on to where locks are kept."),
    "unlock_asked": Reason("The end of a lock was asked for."),
    "holder_asked": Reason("Whoever holds the lock is asked to let somebody in."),
    "lock_taken": Reason("Nobody else held it, so the lock is taken."),
    "locked_by_another": Reason(
        "Somebody else holds a lock that overlaps.",
        "You stand in line: when it is free it is yours. `/ask` asks its holder.",
    ),
    "lock_released": Reason("The lock has ended, and whoever is first in line gets it."),
    "lock_gone": Reason("That lock has ended before; a newer one is not meant."),
    "lock_extended": Reason("The lock was extended meanwhile, so this changes nothing."),
    "holder_reminded": Reason("Whoever holds the lock was reminded of it."),
    "no_lock_of_it": Reason("No lock ends with this pull request."),
    "freeze_begun": Reason("Somebody froze the environment."),
    "freeze_ended": Reason("The freeze has ended."),
    "freeze_over": Reason("The freeze's time is over."),
    "nothing_locked": Reason("Nothing of that is locked.", "`/lock` without a name tells what is locked."),
    "not_your_lock": Reason(
        "Only its holder, an administrator, or somebody named in `emergency` ends a lock.",
        "`/ask` asks its holder to let you in.",
    ),
    "taking_needs_reason": Reason(
        "Taking somebody else's lock away needs a reason: its holder is told.",
        "Repeat it with `because TEXT`.",
    ),
    "nothing_frozen": Reason(
        "No freeze that somebody began holds there.",
        "A freeze of the configuration ends by the configuration.",
    ),
    "not_your_freeze": Reason(
        "Only who began it, an administrator, or somebody named in `emergency` ends a freeze.",
        "Ask whoever began it.",
    ),
    "auto_tag": Reason("The environment deploys by itself on a new tag (`auto: tag`)."),
    "auto_release": Reason("The environment deploys by itself on a release (`auto: release`)."),
    "auto_schedule": Reason("The environment deploys by its schedule (`auto` with `schedule`)."),
    "auto_promote": Reason("What succeeded before goes on by itself (`auto` with `promote`)."),
    "heard_too_late": Reason(
        "It was heard of too long after it happened, so nothing is deployed by itself.",
        "Deploy it with `/deploy` if it is still wanted.",
    ),
    "nothing_changed": Reason("Nothing of any service differs from what is live there."),
    "nobody_follows": Reason("Nobody waits for this outcome, and nothing follows it by itself."),
    "followers_told": Reason("Those who waited for this outcome are looked at, or its promotion is set."),
    "newer_succeeded": Reason("Something else is live there by now, which has a promotion of its own."),
    "looked_at_again": Reason("Those who wait for this news are looked at again."),
    "rights_forgotten": Reason("What was kept of people's rights is dropped and read anew."),
    "link_given": Reason("They got a link to sign in to GitHub, which joins their accounts."),
    "link_in_slack": Reason(
        "Linking begins in Slack, where a link is given that only you see.", "Say `/pointsman link` in Slack."
    ),
    "linked_by_instance": Reason(
        "The instance file says who you are on GitHub, and goes before what people link themselves.",
        "If it is wrong, ask whoever runs Pointsman to correct `people`.",
    ),
    "linking_off": Reason(
        "Nobody can sign in to GitHub here: `GITHUB_CLIENT_ID` and `GITHUB_CLIENT_SECRET` are not set.",
        "Ask whoever runs Pointsman to set them, or to name you in `people` of the instance file.",
    ),
    "approval_given": Reason("Somebody who may approve agreed to it; what waits is looked at again."),
    "approval_withdrawn": Reason("Somebody took their approval back; what waits is looked at again."),
    "rejected": Reason("Somebody who may approve refused it: what has not started of it ends."),
    "nothing_waits_for_it": Reason("Nothing of that request waits any more, so this changes nothing."),
    "nothing_to_approve": Reason(
        "No request of this conversation waits for an approval.",
        "Name one: `/approve r-…`. `/pointsman status` tells what waits.",
    ),
    "may_not_approve": Reason(
        "Only those whom the configuration names may approve (`requires.approvers`, else `deployers`).",
        "Ask one of them.",
    ),
    "not_asked_for": Reason(
        "It does not wait for an approval.", "Nothing is needed. `/pointsman status` tells how it stands."
    ),
    "own_request": Reason(
        "Who asked for a deployment, and who wrote the change, never approve it.",
        "Ask somebody else who may approve.",
    ),
    "approved_before": Reason(
        "One person counts once.", "Somebody else has to approve too. `/reject` takes yours back."
    ),
    "nothing_good": Reason(
        "A rollback goes to an earlier deployment here that succeeded and was not marked bad; there is none.",
        "Deploy a commit that is known to work with `/deploy SERVICE@REF ENVIRONMENT`.",
    ),
    "target_not_recorded": Reason(
        "A rollback only goes to a recorded deployment of this service and environment that succeeded.",
        "Name one of those, or use `/deploy` for anything else.",
    ),
    "already_answered": Reason(
        "Somebody has already answered this.",
        "Nothing more is needed. `/pointsman status` tells what is live.",
    ),
    "prompt_outdated": Reason(
        "Another deployment was started here since, and this question is about an older one.",
        "See how the newest one fares; decide about that one if it failed.",
    ),
    "nothing_meant": Reason(
        "No deployment that went wrong waits for a decision here.",
        "Give the command with the id of a deployment (`d-…`). `/pointsman status` lists what there is.",
    ),
    "several_meant": Reason(
        "Several deployments wait for a decision here.", "Give the command again with one of the ids."
    ),
    "environment_gone": Reason(
        "The configuration on the default branch no longer has this environment, or this service.",
        "Add it again, or deploy to one that exists. `/pointsman help` lists them.",
    ),
    "nothing_to_cancel": Reason(
        "Nothing waits or runs here that could be stopped.",
        "Give the command with the id of a request or deployment. `/pointsman status` lists them.",
    ),
    "several_under_way": Reason(
        "Several requests wait or run here.", "Give the command again with one of the ids."
    ),
    "did_not_fail": Reason(
        "Only a deployment that failed, timed out or has an unknown outcome can be retried or kept.",
        "Use `/rollback` to go back from one that succeeded, or `/deploy` to ship again.",
    ),
    "form_opened": Reason("The form of `/deploy` is opened."),
    "form_filled": Reason("The form of `/deploy` is filled in."),
    "form_missed": Reason(
        "Slack opens a form only within three seconds; that was missed.",
        "Type the command with everything in it.",
    ),
    "form_unknown": Reason("Who asked for this form is not known any more.", "Open the form again."),
    "form_of_somebody_else": Reason(
        "The form was opened for somebody else.", "Open a form of your own with `/deploy`."
    ),
    "command_given": Reason("The form says this command; it is looked at as if it had been typed."),
    "nothing_configured": Reason(
        "The configuration names no service or no environment, so there is nothing to deploy.",
        "Add services and environments to `.github/pointsman.yml` on the default branch.",
    ),
    "home_shown": Reason("The Home tab shows what is live."),
    "checked": Reason("The checks were run and published."),
    "no_pull_request": Reason("No open pull request has this commit as its head."),
    "not_the_default_branch": Reason(
        "Only merges to the default branch deploy by themselves.",
        "To deploy it all the same: `/deploy SERVICE ENVIRONMENT` on the pull request.",
    ),
    "nothing_automatic": Reason(
        "No environment deploys by itself after a merge.",
        "Set `auto: merge` for an environment, or deploy with `/deploy`.",
    ),
    "merged_too_long_ago": Reason(
        "A merge that is heard of hours later deploys nothing by itself; people may have gone home.",
        "Deploy it with `/deploy`; the comment on the pull request says how.",
    ),
}
