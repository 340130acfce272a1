"""Addresses in one form only, and what lies under an allowed one."""

import pytest

from bot.domain.addresses import Address, covers, names_repository, parse_address


@pytest.mark.parametrize(
    "text,meant",
    [
        ("https://a.example.com", Address("https", "a.example.com", 443, "/")),
        ("http://A.Example.com:8080/x/y?z=1", Address("http", "a.example.com", 8080, "/x/y")),
        ("https://127.0.0.1:9000/", Address("https", "127.0.0.1", 9000, "/")),
        ("https://[::1]/x", Address("https", "::1", 443, "/x")),
        ("https://my_host/x.y/...", Address("https", "my_host", 443, "/x.y/...")),
    ],
)
def test_an_address_is_taken_apart(text: str, meant: Address) -> None:
    assert parse_address(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "", "a.example.com", "ftp://a.b", "HTTPS://a.b", "https:/a.b", "https://", "https:///x", "https://:80/x",
        "https://a b/", "https://a.b/x y", "https://a.b/\tx", "https://a.b/\n", "https://ä.b/", "https://u:p@a.b/",
        "https://u@a.b/", "https://a.b\\c", "https://a.b/#x", "https://a.b/../c", "https://a.b/./c", "https://a.b/..",
        "https://a.b/..;/c", "https://a.b/%c0%ae%c0%ae/c", "https://[v1.x]/",
        "https://a.b/x/..?y", "https://a.b/%2e%2E/c", "https://a.b/x%2fy", "https://a.b/x%5Cy", "https://a.b:0/",
        "https://a.b:99999/", "https://a.b:x/", "https://[::1/", "https://[x]/", "https://-a.b/", "https://a.b./",
        "https://a%20b/", "javascript:alert(1)", "https://a.b/" + "x" * 2_000,
    ],
)  # fmt: skip
def test_what_programs_may_read_differently_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"address") as refused:
        parse_address(text)
    assert len(text) < 9 or text not in str(refused.value)


@pytest.mark.parametrize(
    "allowed,address,is_covered",
    [
        ("https://a.b/", "https://a.b/anything?x", True),
        ("https://a.b", "https://a.b", True),
        ("https://a.b/hook", "https://a.b/hook", True),
        ("https://a.b/hook", "https://a.b/hook/x", True),
        ("https://a.b/hook/", "https://a.b/hook", True),
        ("https://a.b/hook", "https://a.b/hooks", False),
        ("https://a.b/hook", "https://a.b/", False),
        ("https://a.b/Hook", "https://a.b/hook", False),
        ("https://a.b", "https://A.B:443/x", True),
        ("https://a.b", "https://a.b:444/x", False),
        ("https://a.b", "http://a.b/x", False),
        ("https://a.b", "https://x.a.b/", False),
        ("https://a.b", "https://a.b.c/", False),
        ("https://a.b", "https://a.b@evil.org/", False),
        ("https://a.b/hook", "https://a.b/hook/../admin", False),
        ("nonsense", "nonsense", False),
    ],
)
def test_an_address_lies_under_another_by_whole_segments(
    allowed: str, address: str, is_covered: bool
) -> None:
    assert covers(allowed, address) == is_covered


@pytest.mark.parametrize(
    "pattern,repository,is_named",
    [
        ("acme/shop", "acme/shop", True),
        ("acme/shop", "Acme/Shop", True),
        ("acme/shop", "acme/shop2", False),
        ("acme/*", "acme/anything", True),
        ("acme/*", "acme2/anything", False),
        ("acme/*", "acme/a/b", False),
    ],
)
def test_a_pattern_names_repositories(pattern: str, repository: str, is_named: bool) -> None:
    assert names_repository(pattern, repository) == is_named
