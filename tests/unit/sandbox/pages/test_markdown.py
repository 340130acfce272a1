"""Comments that anybody may have written, as HTML."""

import pytest

from bot.sandbox.pages.markdown import markdown


@pytest.mark.parametrize(
    "text, expected",
    [
        ("**bold** `some code`", "<p><strong>bold</strong> <code>some code</code></p>"),
        ("`d-0123456789`", '<p><code class="short">d-0123456789</code></p>'),
        ("a\nb", "<p>a<br />\nb</p>"),
        ("[x](https://example.com)", '<p><a href="https://example.com">x</a></p>'),
        ("~~old~~", "<p><s>old</s></p>"),
        ("<!-- pointsman:r-1 -->done", "<p>done</p>"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("<b onclick=x>hi</b>", "<p>&lt;b onclick=x&gt;hi&lt;/b&gt;</p>"),
        ("x<sup>2</sup>", "<p>x<sup>2</sup></p>"),
        ("<sup>never closed", "<p>&lt;sup&gt;never closed</p>"),
        ("</details>", "<p>&lt;/details&gt;</p>"),
        ("</sub><sub>", "<p>&lt;/sub&gt;&lt;sub&gt;</p>"),
    ],
)
def test_markdown_becomes_harmless_html(text: str, expected: str) -> None:
    assert markdown(text).strip() == expected


def test_a_link_that_would_run_something_stays_text() -> None:
    assert "<a" not in markdown("[x](javascript:alert(1)) [y](data:text/html,x) [z](vbscript:x)")


def test_a_table_is_a_table() -> None:
    assert "<table>" in markdown("| a | b |\n|---|---|\n| 1 | 2 |")


def test_details_open_and_close() -> None:
    shown = markdown("<details><summary>Commits</summary>\n\n- one\n\n</details>")
    assert "<details><summary>Commits</summary>" in shown
    assert "<li>one</li>" in shown
