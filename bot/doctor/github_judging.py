"""What is right and wrong with the App, its webhook and its installations. Pure."""

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

from bot.doctor.expected import EVENTS, NEEDED_EVENTS, WEBHOOK_PATH, lacks
from bot.doctor.findings import Pen
from bot.doctor.github_reading import AppTold, Configured, HookConfig, Left
from bot.domain.values import Seconds
from bot.github.answers import Installation
from bot.github.tokens import PERMISSIONS

SKEW_WARNING_SECONDS: Seconds = 30.0
SKEW_FAILURE_SECONDS: Seconds = 60.0
"""By so much the App's tokens are backdated; beyond it GitHub refuses them ("Generating a JWT")."""
LEFT_WARNING = 0.2
_APP_PAGE = "the App's page under GitHub's developer settings"
_ACCEPT = "an owner of each installation has to accept it afterwards"


def app(pen: Pen, told: AppTold) -> None:
    """Judge who the App is, and what it may and hears."""
    pen.good(f"GitHub knows the App as {told.slug}, and accepts its key.")
    missing = _missing(told.permissions)
    if missing:
        fix = f"Grant them on {_APP_PAGE} under Permissions & events; {_ACCEPT}."
        pen.failure("The App lacks permissions that the bot uses: " + ", ".join(missing) + ".", fix)
    unheard = [event for event in EVENTS if event not in told.events]
    if unheard:
        say = pen.failure if NEEDED_EVENTS.intersection(unheard) else pen.warning
        said = "The App is not subscribed to events that the bot reacts to: " + ", ".join(unheard) + "."
        say(said, f"Subscribe to them on {_APP_PAGE} under Permissions & events.")
    if not missing and not unheard:
        pen.good("It has all permissions and hears all events that the bot uses.")


def _missing(granted: Mapping[str, str]) -> list[str]:
    return [f"{name}: {level}" for name, level in PERMISSIONS.items() if lacks(granted.get(name), level)]


def hook(pen: Pen, config: HookConfig, public_url: str) -> None:
    """Judge where GitHub sends deliveries, and how."""
    wanted = public_url.rstrip("/") + WEBHOOK_PATH
    fix = f"Set it to {wanted} on {_APP_PAGE}, or PUBLIC_URL to where the bot is."
    if not config.url:
        pen.failure("GitHub sends no deliveries: the App has no webhook URL.", fix)
    elif config.url.rstrip("/") != wanted:
        pen.failure(f"GitHub sends deliveries to {config.url}, and the bot is at {wanted}.", fix)
    else:
        pen.good(f"GitHub sends deliveries to {wanted}.")
    if config.content_type not in (None, "json"):
        pen.failure(
            f"GitHub sends deliveries as {config.content_type}; the bot takes JSON only.",
            f"Choose the content type application/json on {_APP_PAGE}.",
        )
    if not config.secret:
        pen.failure(
            "GitHub signs no deliveries, so the bot refuses them: the App has no webhook secret.",
            f"Enter GITHUB_WEBHOOK_SECRET as the webhook secret on {_APP_PAGE}.",
        )
    if str(config.insecure_ssl or "0") not in ("0", "0.0"):
        pen.warning(
            "GitHub does not check the certificate of the webhook URL.",
            f"Enable SSL verification on {_APP_PAGE}.",
        )


def installations(pen: Pen, found: Sequence[Installation], serves: Callable[[str], bool]) -> None:
    """Judge where the App is installed, and what was accepted there."""
    if not found:
        pen.warning("The App is installed nowhere.", "Install it from the App's page on your organisation.")
    for each in found:
        owner = each.account.login if each.account else f"installation {each.id}"
        missing = _missing(each.permissions)
        if not serves(owner):
            pen.skipped(f"{owner}: this instance does not serve it (`owners` in the instance file).")
        elif each.suspended_at is not None:
            pen.failure(
                f"{owner}: the installation is suspended, so GitHub sends nothing and refuses everything.",
                "An owner can lift that in the organisation's settings under GitHub Apps.",
            )
        elif missing:
            pen.failure(
                f"{owner}: permissions were not accepted there: " + ", ".join(missing) + ".",
                "An owner accepts them in the organisation's settings under GitHub Apps.",
            )
        else:
            pen.good(f"{owner}: installed, with all permissions.")


def clock(pen: Pen, skew: Seconds | None) -> None:
    """Judge this machine's clock by GitHub's."""
    if skew is None:
        pen.skipped("GitHub did not say what time it is.")
        return
    said = f"This machine's clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} GitHub's"
    fix = "Let this machine's clock be set by NTP."
    if abs(skew) > SKEW_FAILURE_SECONDS:
        pen.failure(f"{said}: GitHub refuses the App's tokens, and commands expire wrongly.", fix)
    elif abs(skew) > SKEW_WARNING_SECONDS:
        pen.warning(f"{said}; from {SKEW_FAILURE_SECONDS:.0f} s on GitHub refuses the App.", fix)
    else:
        pen.good(f"This machine's clock and GitHub's agree within {max(abs(skew), 1):.0f} s.")


def limits(pen: Pen, left: Sequence[Left], now: Seconds) -> None:
    """Judge what is left of GitHub's hourly limits."""
    for each in left:
        rate = each.rate
        said = f"{each.whose}: {rate.remaining} of {rate.limit} requests are left"
        fix = f"It is full again in {max(rate.reset - now, 0) / 60:.0f} min. What else uses this App?"
        if rate.remaining <= 0:
            pen.failure(f"{each.whose}: GitHub's limit of {rate.limit} requests an hour is used up.", fix)
        elif rate.remaining < rate.limit * LEFT_WARNING:
            pen.warning(f"{said} in this hour.", fix)
        else:
            pen.good(f"{said} in this hour.")


def configurations(pen: Pen, found: Configured) -> None:
    """Judge the repositories' configurations."""
    on = [(name, read) for name, read in found.policies if read.status != "off"]
    invalid = [(name, read) for name, read in on if read.status == "invalid"]
    for name, read in invalid:
        first = read.problems[0] if read.problems else "no reason is known"
        pen.warning(
            f"{name}: the configuration is invalid, so nothing can be deployed: {first}",
            "Run `pointsman validate` in a checkout of it; it names every problem.",
            *read.problems,
        )
    more = f" {found.more} more were not looked at." if found.more else ""
    if on:
        pen.good(f"{len(on) - len(invalid)} of {len(found.policies)} repositories are configured.{more}")
    else:
        pen.warning(
            f"No repository has a .github/pointsman.yml, so the bot is silent everywhere.{more}",
            "Add one to the default branch of a repository; `pointsman validate` checks it.",
        )


def is_on_this_machine(url: str) -> bool:
    """Whether an address means the machine itself."""
    return (urlsplit(url).hostname or "") in ("localhost", "127.0.0.1", "::1")
