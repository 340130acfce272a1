"""How the grammar says that it did not understand: the reason, and the nearest names that exist.

It only suggests. A misspelt word is never replaced by what was probably meant.
"""

from bot.domain.names import nearest
from bot.domain.speech import Confusion, Expected, Misunderstood

TOKEN_CHARS_SHOWN = 80
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
            suggestions=suggestions(token if meant is None else meant, choices),
        )


def suggestions(token: str, choices: tuple[str, ...]) -> tuple[str, ...]:
    """Give up to three choices that `token` may have meant: those that it abbreviates, then look-alikes."""
    wanted = folded(token)
    abbreviated = [choice for choice in choices if len(wanted) > 1 and choice.startswith(wanted)]
    return tuple(dict.fromkeys([*abbreviated, *nearest(token, choices)]))[:_SUGGESTIONS_MAX]


def folded(token: str) -> str:
    """Give an ASCII word in lower case, any other word as it is.

    Names are ASCII; folding more would let look-alikes in (the Kelvin sign's lower case is `k`).
    """
    return token.lower() if token.isascii() else token


def _shortened(token: str) -> str:
    return token if len(token) <= TOKEN_CHARS_SHOWN else token[: TOKEN_CHARS_SHOWN - 1] + "…"
