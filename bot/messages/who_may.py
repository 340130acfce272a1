"""What is said when the configuration gives other people rights than before.

Each key that changed is one line: who may no longer, and who may now.
"""

from collections.abc import Iterable

from bot.domain.who_may import NOBODY, RightsChange, RightsChanged
from bot.messages.blocks import told
from bot.messages.dialects import Dialect, listed
from bot.messages.message import Message

NAMES_SHOWN_MAX = 20


def changed(noted: RightsChanged) -> Message:
    """Say which lists changed, by whom, and which names belong to nobody."""

    def written(dialect: Dialect) -> Iterable[str]:
        by = f" by {dialect.person(noted.person)}" if noted.person is not None else ""
        yield dialect.heading(f"🔑 Who may deploy has changed in {dialect.text(noted.repository.full_name)}")
        yield f"The configuration on the default branch was changed{by}."
        yield dialect.bullets(_line(dialect, each) for each in noted.changes)
        nobody = [each.login for each in noted.accounts if each.id == NOBODY]
        if nobody:
            yield (
                f"Nobody on GitHub is called {listed(dialect.code(each) for each in nobody)}: that gives no "
                "right, also not to whoever takes the name later."
            )

    return told(written)


def _line(dialect: Dialect, change: RightsChange) -> str:
    key = dialect.code(change.key)
    if change.before is None or change.after is None:
        before, after = _names(dialect, change.before), _names(dialect, change.after)
        return f"{key}: {before} before, {after} now"
    gone = tuple(name for name in change.before if name not in change.after)
    new = tuple(name for name in change.after if name not in change.before)
    said = [f"no longer {_names(dialect, gone)}"] if gone else []
    said += [f"now also {_names(dialect, new)}"] if new else []
    return f"{key}: {', '.join(said) or 'another order'}"


def _names(dialect: Dialect, names: tuple[str, ...] | None) -> str:
    if names is None:
        return "nothing said"
    shown = [dialect.code(each) for each in names[:NAMES_SHOWN_MAX]]
    left = [f"{len(names) - NAMES_SHOWN_MAX} more"] if len(names) > NAMES_SHOWN_MAX else []
    return listed([*shown, *left]) or "nobody"
