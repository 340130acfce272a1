"""What must hold after every run, whatever happened in it.

An invariant is a function whose name is the sentence and that gives, for each breach, what shows it. Where
the table in docs/reliability.md leaves a window, the invariant leaves exactly that one.
"""

from collections.abc import Callable, Iterator

from tests.simulation.aftermath import Aftermath
from tests.simulation.findings import Finding
from tests.simulation.invariants import bookkeeping, commands, deployers, github, slack

Invariant = Callable[[Aftermath], Iterator[str]]

ALL: tuple[Invariant, ...] = (
    *bookkeeping.ALL,
    *commands.ALL,
    *deployers.ALL,
    *github.ALL,
    *slack.ALL,
)
SHOWN_MAX = 5


def broken(after: Aftermath) -> Iterator[Finding]:
    """Everything that does not hold, a few breaches of each invariant."""
    for invariant in ALL:
        for number, evidence in enumerate(invariant(after)):
            if number < SHOWN_MAX:
                yield Finding(sentence(invariant), evidence)


def sentence(invariant: Invariant) -> str:
    """An invariant's name as it is read."""
    return invariant.__name__.replace("_", " ")
