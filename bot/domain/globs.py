"""Which changed files concern a service: patterns with `**`, `*` and `?` over whole paths.

`*` and `?` stay within one folder, `**` stands for any number of folders, none included, so that
`libs/**` also means `libs` itself (a submodule or a link that changed). Case counts; every other
character stands for itself. Matching must never take long: a pattern comes from a repository, so the
expressions below cannot backtrack from one wildcard into the one before it.
"""

import re
from functools import lru_cache

GLOB_LENGTH_MAX = 300


def check_glob(glob: str) -> str | None:
    """Say why a pattern could never match what its author meant; None = it is fine."""
    segments = glob.split("/")
    if not glob or len(glob) > GLOB_LENGTH_MAX:
        return f"a path pattern has 1 to {GLOB_LENGTH_MAX} characters"
    if glob.startswith("!"):
        return "patterns only include; one that begins with `!` cannot take files out"
    if glob.endswith("/"):
        return f"a folder's files are `{glob}**`"
    if "\\" in glob or "{" in glob or "}" in glob:
        return "only `**`, `*` and `?` have a meaning: write two patterns for `{a,b}`, and `/` for `\\`"
    if "" in segments or "." in segments or ".." in segments:
        return "paths begin at the repository's top, without `/`, `./` or `..`"
    if any("**" in segment and segment != "**" for segment in segments):
        return "`**` stands alone between slashes, as in `libs/**/test.py`"
    return None


@lru_cache(maxsize=2048)
def compile_globs(globs: tuple[str, ...]) -> re.Pattern[str]:
    """Give one expression whose `match` finds a path that any of the patterns names."""
    return re.compile("|".join(f"(?:{_path_expression(glob)})" for glob in globs) or "(?!)")


def _path_expression(glob: str) -> str:
    """Translate one pattern. Between two `**` the leftmost fit is as good as any, hence the atomic groups."""
    blocks = _blocks(glob)
    if len(blocks) == 1:
        return "/".join(blocks[0]) + r"\Z"
    first, *middle, last = blocks
    expression = "".join(segment + "/" for segment in first)
    if not last:
        expression = "/".join(first) + "(?:/|\\Z)" if first and not middle else expression
    for block in middle:
        ending = "(?:/|\\Z)" if not last and block is middle[-1] else "/"
        expression += f"(?>(?:[^/]+/)*?{'/'.join(block)}{ending})"
    return expression + (f"(?:[^/]+/)*?{'/'.join(last)}\\Z" if last else "")


def _blocks(glob: str) -> list[list[str]]:
    """Split a pattern at its `**` into runs of translated segments; `**/**` means no more than `**`."""
    blocks: list[list[str]] = [[]]
    for segment in glob.split("/"):
        if segment != "**":
            blocks[-1].append(_segment_expression(segment))
        elif blocks[-1] or len(blocks) == 1:
            blocks.append([])
    return blocks


def _segment_expression(segment: str) -> str:
    """Translate what stands between two slashes; each `*` takes the shortest fit and keeps it."""
    first, *rest = (_literal(part) for part in re.split(r"\*+", segment))
    if not rest:
        return first
    *middle, last = rest
    inner = "".join(f"(?>[^/]*?{part})" for part in middle if part)
    return f"(?>{first}{inner}[^/]*{last}(?=/|\\Z))"


def _literal(text: str) -> str:
    return "".join("[^/]" if character == "?" else re.escape(character) for character in text)
