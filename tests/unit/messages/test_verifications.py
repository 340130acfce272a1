"""What is said while a deployment is verified, and of alerts that came."""

from msgspec.structs import replace

from bot.domain import verification
from bot.domain.alerts import AlertSeen
from bot.domain.request import Part
from bot.domain.verification import HttpProbe, Verification
from bot.messages import requests
from tests.unit.messages import samples
from tests.unit.messages.samples import AT, HOSTILE

SHOP = HttpProbe(url="https://shop.example/a", failures=3)
VERIFY = Verification(http=(SHOP, *(HttpProbe(url=f"https://shop.example/{n}") for n in range(12))))


def watched(*seen: tuple[bool | None, str], inconclusive: str | None = None) -> Part:
    watch = verification.begin(VERIFY, AT)
    for good, said in seen:
        watch = verification.taken(watch, 0, good, said)
    order = replace(samples.order(), verify=VERIFY)
    watch = replace(watch, inconclusive=inconclusive)
    return samples.part("verifying", deployment=samples.deployment("verifying", order=order, watch=watch))


def comment(part: Part) -> list[str]:
    return requests.comment(samples.request(part)).split("\n\n")


def test_in_a_comment_the_probes_are_a_list_of_their_own() -> None:
    (probes,) = [each for each in comment(watched((False, "answered 503"))) if each.startswith("- ")]
    shown = probes.splitlines()
    assert shown[0] == "- ❌ `https://shop.example/a` answered 503, 1 of 3 times in a row"
    assert shown[1].endswith("was not asked yet")
    assert shown[-1] == "- and 3 more probes"


def test_a_probe_that_recovered_is_good_again() -> None:
    said = "\n".join(comment(watched((False, "answered 503"), (True, "answered 200"))))
    assert "✅ `https://shop.example/a` answered 200" in said
    assert "503" not in said


def test_what_an_address_answers_is_made_inert() -> None:
    said = "\n".join(comment(watched((None, HOSTILE))))
    assert HOSTILE not in said
    assert "tells nothing" in said


def test_where_nobody_can_tell_no_probe_is_called_good() -> None:
    said = "\n".join(comment(watched((True, "answered 200"), inconclusive="check smoke: did not run")))
    assert "Nobody can tell" in said
    assert "✅" not in said


def alerted(count: int) -> Part:
    alerts = tuple(
        AlertSeen(source="sentry", id=f"a{n}", title=f"Alert {n}", at=AT, times=n + 1) for n in range(count)
    )
    return samples.part("succeeded", deployment=samples.deployment("succeeded", alerts=alerts))


def test_alerts_are_shown_although_nobody_is_asked() -> None:
    (listed,) = [each for each in comment(alerted(7)) if each.startswith("- Alert")]
    shown = listed.splitlines()
    assert len(shown) == 6
    assert "Alert 6" in shown[4]
    assert "7 times" in shown[4]
    assert shown[5] == "- and 2 more alerts before these"
