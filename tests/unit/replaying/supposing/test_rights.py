"""Who might have deployed under another list, as far as that follows from what was read."""

import pytest

from bot.domain.policy import EnvironmentPolicy
from bot.gates.rights import Permission, Right
from bot.replaying.supposing.rights import right_again
from bot.replaying.supposing.unrecorded import NotRecorded

WRITER = Right(True, "write_access", "write")


def judged(
    deployers: tuple[str, ...] | None, read: Right | None = WRITER, permission: Permission = "write"
) -> bool:
    environment = EnvironmentPolicy(name="production", deployers=deployers)
    right = right_again("ada", permission, environment, read, "acme")
    assert right.permission == permission
    assert right.rule == ("write_access" if deployers is None else "deployers")
    return right.allowed


def listed(allowed: bool, *deployers: str) -> Right:
    return Right(allowed, "deployers", "write", deployers)


@pytest.mark.parametrize(("permission", "allowed"), [("admin", True), ("write", True), ("read", False)])
def test_without_a_list_write_access_is_enough(permission: Permission, allowed: bool) -> None:
    assert judged(None, listed(not allowed, "acme/sre"), permission) is allowed


@pytest.mark.parametrize(
    ("deployers", "read", "allowed"),
    [
        (("Ada",), WRITER, True),
        (("grace",), WRITER, False),
        (("grace", "elsewhere/sre"), WRITER, False),
        (("acme/sre",), listed(False, "acme/sre"), False),
        (("acme/sre", "grace"), listed(False, "acme/sre", "acme/web"), False),
        (("acme/sre", "acme/web"), listed(True, "acme/sre"), True),
        (("acme/SRE",), listed(True, "acme/sre", "grace"), True),
    ],
)
def test_a_list_is_judged_by_logins_and_by_what_teams_led_to(
    deployers: tuple[str, ...], read: Right, allowed: bool
) -> None:
    assert judged(deployers, read) is allowed


@pytest.mark.parametrize(
    ("deployers", "read", "missing"),
    [
        (("acme/sre",), WRITER, "acme/sre"),
        (("acme/sre",), None, "acme/sre"),
        (("acme/sre",), listed(True, "acme/sre", "acme/web"), "acme/sre"),
        (("acme/sre",), listed(True, "acme/sre", "ada"), "acme/sre"),
        (("acme/sre", "acme/web"), listed(False, "acme/sre"), "acme/web"),
    ],
)
def test_a_membership_that_nobody_looked_at_is_not_guessed(
    deployers: tuple[str, ...], read: Right | None, missing: str
) -> None:
    with pytest.raises(NotRecorded, match=f"^whether ada is in {missing}$"):
        judged(deployers, read)
