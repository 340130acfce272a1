"""docs/reliability.md shows the effects as the code has them."""

from pathlib import Path

from bot.domain.effect_promises import with_effects_table

PAGE = Path(__file__).parents[3] / "docs" / "reliability.md"


def test_the_page_shows_the_table_of_effects_as_make_docs_writes_it() -> None:
    page = PAGE.read_text()
    assert page == with_effects_table(page), "run `make docs`"
