"""How a finding reads."""

from bot.domain.findings import Finding, Located, Position


def test_a_finding_reads_like_a_compilers() -> None:
    assert str(Finding("a.yml", 3, 7, "unknown key `x`")) == "a.yml:3:7: unknown key `x`"


def test_a_warning_says_that_it_is_one() -> None:
    assert str(Finding("a.yml", 3, 7, "not yet active", "warning")) == "a.yml:3:7: warning: not yet active"


def test_a_value_is_pointed_at_by_its_key() -> None:
    key, value = Position("a.yml", 1, 1), Position("a.yml", 1, 4)
    assert Located(5, value, key).named_at == key
    assert Located(5, value).named_at == value
