"""Texts cut to the lengths that GitHub takes.

A text that is too long would be refused as a whole; a cut one says that it was cut.
"""

COMMENT_LENGTH_MAX = 65_536
OUTPUT_LENGTH_MAX = 65_535  # summary and text of a check run, each
DESCRIPTION_LENGTH_MAX = 140
CUT_NOTE = "\n\n*Cut here: GitHub takes no longer texts.*"
FENCE = "```"


def cut_markdown(text: str, length_max: int) -> str:
    """Shorten Markdown at the end of a line, close an open code block, and say so."""
    if len(text) <= length_max:
        return text
    room = length_max - len(CUT_NOTE) - len(FENCE) - 1
    line_end = text.rfind("\n", room // 2, room)  # unless a single line is most of it
    kept = text[: line_end if line_end > 0 else room]
    fences = sum(line.lstrip().startswith(FENCE) for line in kept.splitlines())
    return kept + (f"\n{FENCE}" if fences % 2 else "") + CUT_NOTE


def cut_line(text: str, length_max: int = DESCRIPTION_LENGTH_MAX) -> str:
    """Shorten one line with an ellipsis; line ends become blanks."""
    line = " ".join(text.split())
    return line if len(line) <= length_max else line[: length_max - 1].rstrip() + "…"
