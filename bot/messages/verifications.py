"""What is said while a deployment is verified: each probe with what it showed, and until when.

Must never call anything good that no probe has shown to be good.
"""

from collections.abc import Iterable

from bot.domain.deployment import Deployment
from bot.domain.verification import Course, Probe, named
from bot.messages.dialects import Dialect

PROBES_SHOWN_MAX = 10
NAME_LENGTH_MAX = 120
SAID_LENGTH_MAX = 200


def sentence(dialect: Dialect, deployment: Deployment) -> str:
    """How the verification stands; empty where there is none under way."""
    watch = deployment.watch
    if watch is None or deployment.state != "verifying":
        return ""
    if watch.inconclusive is not None:
        return undecided(dialect, watch.inconclusive)
    return f"It is watched until {dialect.moment(watch.ends_at)}."


def lines(dialect: Dialect, deployment: Deployment) -> Iterable[str]:
    """What each probe showed, while it is asked."""
    watch, verify = deployment.watch, deployment.order.verify
    if watch is None or verify is None or deployment.state != "verifying" or watch.inconclusive is not None:
        return []
    courses = list(zip(verify.probes, watch.courses, strict=True))
    shown = [_line(dialect, probe, course) for probe, course in courses[:PROBES_SHOWN_MAX]]
    if len(courses) > PROBES_SHOWN_MAX:
        shown.append(f"and {len(courses) - PROBES_SHOWN_MAX} more probes")
    return shown


def _line(dialect: Dialect, probe: Probe, course: Course) -> str:
    name = dialect.code(named(probe), NAME_LENGTH_MAX)
    said = dialect.text(course.said, SAID_LENGTH_MAX)
    if course.bad_in_a_row:
        return f"❌ {name} {said}, {course.bad_in_a_row} of {probe.failures} times in a row"
    if course.unknown_in_a_row:
        return f"❓ {name} tells nothing: {said}"
    return f"✅ {name} {said}" if course.good_in_a_row else f"⏳ {name} was not asked yet"


def undecided(dialect: Dialect, because: str) -> str:
    """A person has to decide."""
    told = dialect.text(because, SAID_LENGTH_MAX)
    return f"Nobody can tell from the probes whether it is good ({told}). It stays so until somebody decides."
