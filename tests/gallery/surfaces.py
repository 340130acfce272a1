"""What is no answer: the checks of a pull request, the form of `/deploy`, and the Home tab."""

from msgspec.structs import replace

from bot.messages import forms, home
from bot.messages.home import Picture, Running, Standing, Standings
from tests.gallery.exhibits import Exhibit, Filled, Room, Said
from tests.unit.messages.samples import AT, GOOD, MONA, NEW
from tests.unit.messages.test_answers import POLICY
from tests.unit.messages.test_checks import REPORTS

CHECKS = {
    "valid": "Configuration: valid",
    "warned": "Configuration: valid, with a warning",
    "invalid": "Configuration: errors",
    "off": "Configuration: removed",
    "plan": "Plan",
    "fork": "Plan of a fork, with a truncated list of files",
    "nothing": "Plan: nothing to deploy",
    "unknown": "Plan: not known",
}
HOURS = 3_600


def rooms() -> tuple[Room, ...]:
    """Checks, form and Home tab."""
    return (
        Room(
            name="checks",
            title="The two checks",
            about="pointsman/config and pointsman/plan, as the Checks tab shows them.",
            exhibits=tuple(_check(name, title) for name, title in CHECKS.items()),
        ),
        Room(
            name="form",
            title="The form of /deploy",
            about="What opens in Slack when nothing else was typed.",
            exhibits=tuple(_forms()),
        ),
        Room(name="home", title="App Home", about="What is live where, in Slack.", exhibits=tuple(_homes())),
    )


def _check(name: str, title: str) -> Exhibit:
    headline, summary, text = REPORTS[name]
    written = "\n\n".join(each for each in (f"### {headline}", summary, text or "") if each)
    return Exhibit(name=f"check-{name}", title=title, place="Check run", comment=written)


def _forms() -> list[Exhibit]:
    shop, web = "acme/shop", "acme/web"
    several = forms.Offer(form="f", repositories=(shop, web))
    one = forms.Offer(form="f", repository=shop, policy=POLICY)
    many = replace(
        POLICY, services=tuple(replace(POLICY.services[0], name=f"service-{n}") for n in range(30))
    )
    shown = {
        "loading": ("While the configuration is read", Filled(forms.loading("f"))),
        "choose": ("Which repository?", Filled(forms.asking(several))),
        "one": ("One repository", Filled(forms.asking(one))),
        "chosen": (
            "The one that was chosen",
            Filled(forms.asking(replace(several, repository=shop, policy=POLICY))),
        ),
        "many": ("Many services", Filled(forms.asking(replace(one, policy=many)))),
        "errors": ("With mistakes", Filled(forms.asking(one), _errors(shop))),
        "refused": ("Nothing to fill in", Filled(forms.refused("f", forms.nothing_yours()))),
        "unconfigured": ("Nothing configured", Filled(forms.refused("f", forms.nothing_configured(shop)))),
    }
    filled = [Exhibit(name=f"form-{name}", title=title, filled=each) for name, (title, each) in shown.items()]
    missed = (Said("Only the asker sees this", forms.missed()),)
    return [*filled, Exhibit(name="form-missed", title="The form came too late", said=missed)]


def _errors(repository: str) -> dict[str, str]:
    return {
        f"{forms.SERVICES}:{repository}": forms.NO_SERVICE,
        f"{forms.ENVIRONMENT}:{repository}": forms.NO_ENVIRONMENT,
        forms.REF: forms.BAD_REF,
        forms.BECAUSE: forms.FLAG_IN_REASON,
    }


def _homes() -> list[Exhibit]:
    shop = Standings(
        "acme/shop",
        (
            Standing(
                service="api",
                environment="staging",
                sha=NEW,
                known=True,
                touched=True,
                since=AT,
                by=MONA,
                automatic=True,
            ),
            Standing(service="web", environment="staging"),
            Standing(
                service="api",
                environment="production",
                sha=GOOD,
                known=True,
                touched=True,
                since=AT - 26 * HOURS,
                by=MONA,
                running=Running("d-0000000001", "running", NEW),
                waiting=2,
            ),
            Standing(
                service="web",
                environment="production",
                sha=GOOD,
                touched=True,
                asks="d-0000000003",
                went_wrong="failed",
            ),
            Standing(service="worker", environment="production", touched=True),
        ),
    )
    picture = Picture(
        repositories=(shop,),
        unreadable=1,
        at=AT + HOURS,
        channel="D0HOME",
        web_url="https://github.com",
        public_url="https://pointsman.example.com",
    )
    shown = {
        "overview": ("What is live where", home.overview(picture)),
        "empty": ("Nothing recorded yet", home.overview(replace(picture, repositories=(), unreadable=0))),
        "unlinked": ("Not linked yet", home.unlinked("U0MONA001", AT, "D0HOME")),
    }
    return [
        Exhibit(name=f"home-{name}", title=title, filled=Filled(view))
        for name, (title, view) in shown.items()
    ]
