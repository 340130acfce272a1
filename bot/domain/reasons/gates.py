"""What gates say: what stands in a deployment's way, what is waited for, and what opened."""

from collections.abc import Mapping

from bot.domain.reasons.row import Reason

ROWS: Mapping[str, Reason] = {
    "waits_for_gates": Reason(
        "Something stands in its way that may still change, so it waits, as long as `requires.wait` says.",
        "See what it waits for in its message; `/cancel` stops it.",
    ),
    "gates_open": Reason("Nothing stands in its way any more: it takes its place in the queue."),
    "waited_too_long": Reason(
        "What it waited for did not come in time (`requires.wait`).",
        "Give the command again when it is there.",
    ),
    "gate_unreadable": Reason(
        "GitHub could not be asked, so nobody knows; unknown is never taken for yes.",
        "Nothing to do: it is asked again by itself.",
    ),
    "gate_not_read": Reason(
        "Nobody read what this gate needs; unknown is never taken for yes.",
        "Nothing to do: it is asked again by itself.",
    ),
    "not_locked": Reason("Nobody else holds a lock on it."),
    "own_lock": Reason("Who asked holds the lock."),
    "locked": Reason(
        "Somebody else has locked it.",
        "`/ask` asks its holder, `/lock` puts you in line; both tell you when it is free.",
    ),
    "not_frozen": Reason("No freeze holds there."),
    "frozen": Reason(
        "Nothing is deployed there for now (`freeze`, or `/freeze`).",
        "Wait for its end, or `/rollback` if that is what you need: a rollback passes a freeze.",
    ),
    "automation_on": Reason("Automation is not paused."),
    "automation_paused": Reason(
        "Somebody paused automation (`pointsman pause`): nothing starts by itself.",
        "`pointsman resume` lets it go on. People may deploy as ever.",
    ),
    "passed_by_emergency": Reason("`--emergency` passed this gate; it is on record by whom and why."),
    "may_use_emergency": Reason("Who asked may use `--emergency` there."),
    "not_for_emergencies": Reason(
        "`--emergency` is for those whom the configuration names in `emergency`.",
        "Ask one of them, or deploy without it.",
    ),
    "may_deploy": Reason("Who asked may deploy there."),
    "fork_approved": Reason("The commit of a fork was approved."),
    "fork_unapproved": Reason(
        "The commit comes from a fork, and nobody has approved it yet (`forks: approved`).",
        "Look at the commit; somebody who may approve says `/approve`.",
    ),
    "after_succeeded": Reason("The environments before this one succeeded with the commit."),
    "after_under_way": Reason(
        "The commit is on its way to the environment before this one.",
        "Nothing to do: this goes on when that one has succeeded.",
    ),
    "after_missing": Reason(
        "The environment before this one did not succeed with this commit, nor with one that is the same for "
        "the service (`after`).",
        "Deploy it there first, then repeat the command.",
    ),
    "after_rolled_back": Reason(
        "The commit was rolled back in the environment before this one.",
        "Mend what was wrong and deploy the new commit there first.",
    ),
    "is_up_to_date": Reason("The commit contains the default branch's head."),
    "out_of_date": Reason(
        "The commit does not contain the default branch's head (`requires.up_to_date`).",
        "Merge or rebase the default branch, then repeat the command.",
    ),
    "checks_green": Reason("The checks of the commit are green."),
    "checks_failed": Reason(
        "A check of the commit failed or was cancelled (`requires.checks`).",
        "Mend it, or run the check again if it failed by chance, then repeat the command.",
    ),
    "checks_pending": Reason(
        "A check of the commit runs, or has not reported yet (`requires.checks`).",
        "Nothing to do: this goes on when all are green.",
    ),
    "checks_incomplete": Reason(
        "GitHub did not list all checks of the commit, so nobody knows whether all are green.",
        "Name the checks that count in `requires.checks`.",
    ),
    "checks_none_reported": Reason(
        "No check has reported on this commit, and no check at all is not taken for green.",
        "Wait for the first one. If there are none, say `checks: []`.",
    ),
    "review_approved": Reason("The commit was approved in its pull request."),
    "review_missing": Reason(
        "Nobody with write access has approved the pull request (`requires.review`).",
        "Ask for a review on GitHub: this goes on when it is approved.",
    ),
    "review_outdated": Reason(
        "The pull request was approved at an older commit, which says nothing of this one (`review`).",
        "Ask for another look at the newest commit: this goes on when it is approved.",
    ),
    "review_incomplete": Reason(
        "GitHub did not list all reviews, so nobody knows whether somebody asked for changes.",
        "Look at the pull request: this goes on when all can be read.",
    ),
    "changes_requested": Reason(
        "A reviewer asked for changes (`requires.review`).",
        "Talk to them: they approve, or their review is dismissed on GitHub. Then repeat the command.",
    ),
    "review_no_pull_request": Reason(
        "No pull request brought this commit, so nobody reviewed it (`requires.review`).",
        "Deploy a commit that came by a pull request.",
    ),
    "not_protected": Reason("GitHub does not protect this environment."),
    "branch_taken": Reason("GitHub's environment takes this branch."),
    "branch_not_taken": Reason(
        "GitHub's environment does not take this branch (its deployment branches).",
        "Deploy from a branch that it takes, or change the environment's settings on GitHub.",
    ),
    "reviewer_missing": Reason(
        "GitHub's environment has required reviewers, and none of them has agreed.",
        "One of them says `/approve`.",
    ),
    "reviewer_approved": Reason("A required reviewer of GitHub's environment has agreed."),
    "approved": Reason("Enough people who may approve have agreed."),
    "approvals_missing": Reason(
        "People who may approve have to agree first (`requires.approvals`).",
        "Somebody of them says `/approve`; never who asked, nor who wrote the change.",
    ),
    "leaders_succeeded": Reason("The services that it follows have succeeded."),
    "leader_under_way": Reason(
        "A service that it follows in this request has not succeeded yet (`after`).",
        "Nothing to do: this goes on when that one has succeeded.",
    ),
    "leader_failed": Reason(
        "A service that it follows in this request did not succeed (`after`).",
        "Mend that one, then repeat the command.",
    ),
}
