"""How the grammar says that it did not understand: the reason, and the nearest names that exist.

It only suggests. A misspelt word is never replaced by what was probably meant.
"""

import difflib
from collections.abc import Iterable

from bot.domain.speech import Confusion, Expected, Misunderstood

TOKEN_CHARS_SHOWN = 80
_COMPARED_CHARS_MAX = 64
_SUGGESTIONS_MAX = 3


class Confused(Exception):
    """Ends the reading of one command; `problem` is the answer to whoever gave it.

    Suggestions are the `choices` nearest to `meant`, the part of the token that was misspelt (all of it
    where it is left out).
    """

    def __init__(
        self,
        code: Confusion,
        token: str = "",
        *,
        expected: tuple[Expected, ...] = (),
        choices: tuple[str, ...] = (),
        meant: str | None = None,
    ) -> None:
        super().__init__(code)
        self.problem = Misunderstood(
            code=code,
            token=_shortened(token),
            expected=expected,
            choices=choices,
            suggestions=nearest(token if meant is None else meant, choices),
        )


def nearest(token: str, names: Iterable[str]) -> tuple[str, ...]:
    """Give up to three names that `token` may have meant: those that it abbreviates, then look-alikes."""
    wanted = folded(token)
    if not wanted or len(wanted) > _COMPARED_CHARS_MAX:
        return ()
    names = tuple(dict.fromkeys(names))
    abbreviated = [name for name in names if len(wanted) > 1 and name.startswith(wanted)]
    alike = difflib.get_close_matches(wanted, names, n=_SUGGESTIONS_MAX)
    return tuple(dict.fromkeys(abbreviated + alike))[:_SUGGESTIONS_MAX]


def folded(token: str) -> str:
    """Give an ASCII word in lower case, any other word as it is.

    Names are ASCII; folding more would let look-alikes in (the Kelvin sign's lower case is `k`).
    """
    return token.lower() if token.isascii() else token


def _shortened(token: str) -> str:
    return token if len(token) <= TOKEN_CHARS_SHOWN else token[: TOKEN_CHARS_SHOWN - 1] + "…"
