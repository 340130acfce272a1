"""What is right and wrong with the Slack app. Pure."""

from collections.abc import Sequence

from bot.doctor.expected import NEEDED_SCOPES, SLACK_SCOPES
from bot.doctor.findings import Pen
from bot.doctor.slack_reading import Reach, SlackTold

_AGAIN = "Add them as in slack-manifest.yml, and install the Slack app again."
_INVITE = "Invite the bot there: /invite @Pointsman. Or name another channel in the configuration."


def token(pen: Pen, told: SlackTold) -> None:
    """Judge whom Slack takes us for, and what the token may do."""
    if not told.answer.get("ok"):
        pen.failure(
            f"Slack refuses SLACK_BOT_TOKEN: {told.answer.get('error', 'no reason given')}.",
            "Copy the token from the Slack app's page OAuth & Permissions.",
        )
        return
    pen.good(
        f"Slack knows the bot as {told.answer.get('user', 'unnamed')} in {told.answer.get('team', '?')}."
    )
    if told.scopes is None:
        pen.skipped("Slack did not say what the token may do.")
        return
    missing = [scope for scope in SLACK_SCOPES if scope not in told.scopes]
    if missing:
        say = pen.failure if NEEDED_SCOPES.intersection(missing) else pen.warning
        say("The Slack app lacks scopes that the bot uses: " + ", ".join(missing) + ".", _AGAIN)
    else:
        pen.good("It has all scopes that the bot uses.")


def channels(pen: Pen, reached: Sequence[Reach]) -> None:
    """Judge the channels that configurations name."""
    if not reached:
        pen.skipped("No configuration names a channel.")
    for each in reached:
        if each.by_name:
            pen.skipped(f"#{each.channel.lstrip('#')} is given by its name and cannot be looked up.")
        elif each.error is None:
            pen.good(f"The bot can post in {each.channel}.")
        elif each.error == "missing_scope":
            pen.warning(f"{each.channel} cannot be looked up: the token's scopes do not allow it.", _AGAIN)
        else:
            pen.failure(f"The bot cannot post in {each.channel}: {each.error}.", _INVITE)
