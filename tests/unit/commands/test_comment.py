"""The command in a comment is what its author says there, not what is quoted, shown as code or hidden."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.commands.comment import CommandLine, first_command_line
from bot.commands.markdown import LINES_MAX
from bot.domain.speech import KNOWN_WORDS
from tests.unit.commands.counting import steps


def words_of(body: str, *, prefix_only: bool = False) -> str | None:
    line = first_command_line(body, prefix_only=prefix_only)
    return None if line is None else line.words


@pytest.mark.parametrize(
    "body, words",
    [
        ("/deploy api production", "deploy api production"),
        ("   /Deploy  api  production  ", "deploy api  production"),
        ("\u00a0/deploy production", "deploy production"),
        ("\ufeff/deploy production", "deploy production"),
        ("/deploy\tproduction", "deploy production"),
        ("/deploy\u00a0production", "deploy production"),
        ("Looks good.\r\n/deploy production\r\nThanks!", "deploy production"),
        ("Looks good.\r/deploy production\rThanks!", "deploy production"),
        ("/lgtm\n/deploy staging\n/deploy production", "deploy staging"),
        ("/pointsman", ""),
        ("/pointsman deploy api", "deploy api"),
        ("/Pointsman /Deploy api", "deploy api"),
        ("/pointsman depoly api", "depoly api"),
        ("- a list\n\n  /deploy production", "deploy production"),
        ("# Title\n/deploy production\n---", "deploy production"),
        ("a | b\n--|--\n1 | 2\n\n/deploy production", "deploy production"),
        ("<details>\n\n/deploy production\n\n</details>", "deploy production"),
        ("/deploy production because `api` is <b>slow</b>", "deploy production because `api` is <b>slow</b>"),
        ("/deploy `api` production", "deploy `api` production"),
    ],
)
def test_a_line_that_begins_with_a_command_is_one(body: str, words: str) -> None:
    assert words_of(body) == words


@pytest.mark.parametrize("word", sorted(KNOWN_WORDS))
def test_every_known_word_counts_alone_and_after_the_prefix(word: str) -> None:
    assert first_command_line(f"/{word} x", prefix_only=False) == CommandLine(word, "x", prefixed=False)
    assert first_command_line(f"/pointsman {word} x", prefix_only=True) == CommandLine(
        word, "x", prefixed=True
    )
    assert first_command_line(f"/{word} x", prefix_only=True) is None


@pytest.mark.parametrize(
    "body",
    [
        "",
        "deploy production",
        "please /deploy production",
        "/depoly production",
        "/deploy-preview",
        "/deploy: production",
        "/deploy/production",
        "//deploy production",
        r"\/deploy production",
        "**/deploy production**",
        "- /deploy production",
        "# /deploy production",
        "/ deploy production",
        "    /deploy production",
        "\t/deploy production",
        " \t/deploy production",
        "\u200b/deploy production",
        "/\u200bdeploy production",
        "/dep\u00adloy production",
        "/deploy\u200b production",
        "/loc\u212a api",
        "\ufeff\ufeff/deploy production",
    ],
)
def test_other_lines_are_none(body: str) -> None:
    assert words_of(body) is None


@pytest.mark.parametrize(
    "body",
    [
        "```\nCOMMAND\n```",
        "```sh\nCOMMAND\n```",
        "   ~~~~\nCOMMAND\n~~~~~",
        "```\n    ```\nCOMMAND\n```",
        "````\n```\nCOMMAND\n````",
        "```\n~~~\n``\nCOMMAND\n```",
        "```\n\n\nCOMMAND",
        "- ```\n  COMMAND\n  ```",
        "- item\n\n  ```\n  COMMAND\n  ```",
        "- item\n    ```\n  COMMAND\n    ```",
        "1. ```\n   COMMAND",
        "- - ```\n\n    x\n   ```\n  COMMAND",
        "text `code\nCOMMAND\n`",
        "``a ` b\nCOMMAND\nc``",
        "<pre>\nCOMMAND\n</pre>",
        "<PRE class='x'>\n\n\nCOMMAND\n</PRE>",
        "<code>\n\nCOMMAND\n\n</code>",
        "text <code>\nCOMMAND\n</code>",
        "text <code>\nCOMMAND",
        "> COMMAND",
        "> quoted\nCOMMAND",
        ">quoted\n> more\nruns on\nCOMMAND",
        "- > quoted\nCOMMAND",
        "> > quoted\nCOMMAND",
        "> quoted\n===\nCOMMAND",
        "> quoted\n<code>\nCOMMAND",
        "<blockquote>\n\nCOMMAND\n\n</blockquote>",
        "<!--\nCOMMAND\n-->",
        "<!-- one\n\n\nCOMMAND\n\n\ntwo -->",
        "<!-- never closed\n\nCOMMAND",
        "- <!-- in a list\n  COMMAND\n  -->",
        "text <!-- inline\nCOMMAND\n-->",
        "text `<!--` <!--\nCOMMAND\n-->",
    ],
)
def test_what_the_author_does_not_say_is_no_command(body: str) -> None:
    assert words_of(body.replace("COMMAND", "/deploy production")) is None


@pytest.mark.parametrize(
    "before",
    [
        "```\ncode\n```",
        "~~~\n```\n~~~",
        "``` not a fence```",
        "- ```\n  code",
        "- item\n  ```\n  code",
        "    indented code ```",
        "`code` and a stray `",
        "an unclosed ``span`",
        r"an escaped \` and one `",
        "`a\n\nb",
        "> quoted\n",
        "> quoted\n# Title",
        "> ```\n> code\n> ```",
        ">",
        "<pre>code</pre>",
        "<blockquote>\nquoted\n</blockquote>",
        "<!-- hidden -->",
        "<!-->",
        "<!-- hidden\n-->",
        "text <!-- unclosed inline",
        "text <!-- hidden\n--> text",
        "a `b`` c\n- ``d` e",
    ],
)
def test_what_stands_below_code_quotes_and_hidden_text_is_said_again(before: str) -> None:
    assert words_of(f"{before}\n/deploy production") == "deploy production"


@pytest.mark.parametrize(
    "body, words",
    [
        ("/deploy production <!-- or staging -->", "deploy production"),
        ("/deploy <!-- a -->api<!-- b --> production", "deploy api  production"),
        ("/deploy production <!-- a\nb -->", "deploy production"),
        ("/deploy `<!--` production -->", "deploy `<!--` production -->"),
        ("/deploy production <!-- open", "deploy production <!-- open"),
    ],
)
def test_hidden_text_is_no_part_of_a_command_but_code_is(body: str, words: str) -> None:
    assert words_of(body) == words


def test_a_command_below_an_endless_log_is_not_looked_for() -> None:
    assert words_of("x\n" * (LINES_MAX - 1) + "/deploy production") is not None
    assert words_of("x\n" * LINES_MAX + "/deploy production") is None
    assert words_of("\n \n" * LINES_MAX + "/deploy production") is not None


# --- properties ------------------------------------------------------------------------------------------

BLOCKS = [
    "```",
    "~~~",
    "````x",
    "> q",
    ">",
    "- x",
    "- > q",
    "- ```",
    "1. x",
    "<!--",
    "-->",
    "<!-- c -->",
    "# h",
    "---",
]
INLINES = [
    "word",
    "`",
    "``",
    r"\`",
    "x <!--",
    "y --> z",
    "`a`",
    "",
    "",
    "  ```",
    "    ```",
    "    code",
    "<pre>",
    "</pre> z",
]
COMMANDS = st.builds(
    "{}/deploy e{}e{}".format,
    st.sampled_from(["", "", " ", "   ", "    ", "> ", "- "]),
    st.integers(0, 99),
    st.sampled_from(["", "", " `", " <!--", " <!-- x -->", " `a`"]),
)
COMMENTS = st.lists(st.sampled_from(BLOCKS + INLINES) | COMMANDS, max_size=10).map("\n".join)
MARKDOWN = MarkdownIt("commonmark")


@given(COMMENTS)
def test_a_command_is_never_found_where_it_is_not_rendered_as_text(body: str) -> None:
    """An independent Markdown parser is the judge; it shows text, and only text may hold a command."""
    line = first_command_line(body, prefix_only=False)
    if line is not None:
        assert line.text.split()[0] in shown_arguments(MARKDOWN.parse(body))


def shown_arguments(tokens: list[Token]) -> set[str]:
    """Collect the first argument of each `/deploy` that begins a line of text outside quotes."""
    shown: set[str] = set()
    quotes = 0
    for token in tokens:
        quotes += {"blockquote_open": 1, "blockquote_close": -1}.get(token.type, 0)
        if token.type == "inline" and not quotes:
            shown |= arguments_in(token.children or [])
    return shown


def arguments_in(children: list[Token]) -> set[str]:
    at_line_start, shown = True, set()
    for child in children:
        if child.type == "text" and at_line_start and (found := re.match(r"/deploy (\S+)", child.content)):
            shown.add(found[1])
        at_line_start = child.type in {"softbreak", "hardbreak"}
    return shown


@given(st.text(max_size=300), st.booleans())
def test_any_comment_is_read_without_an_error(body: str, prefix_only: bool) -> None:
    first_command_line(body, prefix_only=prefix_only)
    first_command_line(f"{body}\n/pointsman {body}", prefix_only=prefix_only)


@given(st.text(st.characters(exclude_characters="\r\n<`\\"), max_size=80))
def test_the_text_behind_the_word_is_passed_on_as_it_stands(text: str) -> None:
    line = first_command_line(f"/deploy {text}", prefix_only=True)
    assert line is None
    line = first_command_line(f"/deploy {text}", prefix_only=False)
    assert line == CommandLine("deploy", text.strip(), prefixed=False)


HOSTILE = [
    *("x\n", "- x\n", "> x\n", ">", "- ", "1. ", "* ", "-", "=\n", "#\n", "- ```\n", "```\n```\n"),
    *("`\n", "`a`", "\\`", "<!-- ", "<!--\n-->\n", "<code>", "</code>\n", "<pre>\n"),
    *("\t\n", " ", "\r", "\u200b", "/deploy\n", "/deploy `\n"),
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_the_longest_comment_is_read_to_its_end(unit: str) -> None:
    body = unit * ((65_536 - 20) // len(unit)) + "\n\n/deploy production"
    for line in (first_command_line(body, prefix_only=False), first_command_line(body, prefix_only=True)):
        assert line is None or line.word == "deploy"


@pytest.mark.parametrize("unit", HOSTILE)
def test_twice_the_comment_takes_at_most_twice_the_steps(unit: str) -> None:
    def read(count: int) -> Callable[[], object]:
        body = f"{unit * count}\n\n/deploy"
        return lambda: first_command_line(body, prefix_only=False)

    assert steps(read(1800)) <= 2 * steps(read(900)) + 200
