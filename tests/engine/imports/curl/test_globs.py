"""URLs with sets and ranges are expanded as curl expands them."""

import pytest

from engine.imports.curl.globs import MAX_URLS, expanded


@pytest.mark.parametrize(
    ("url", "urls"),
    [
        ("h/a", ["h/a"]),
        ("h/{a,b}/x", ["h/a/x", "h/b/x"]),
        ("h/[1-3]", ["h/1", "h/2", "h/3"]),
        ("h/[08-10]", ["h/08", "h/09", "h/10"]),
        ("h/[0-10:5]", ["h/0", "h/5", "h/10"]),
        ("h/[a-c]{1,2}", ["h/a1", "h/a2", "h/b1", "h/b2", "h/c1", "h/c2"]),
        (r"h/\{a,b\}\[1-2\]", ["h/{a,b}[1-2]"]),
        ("h/[a-9]", ["h/[a-9]"]),
        ("h/?x[]=1&y[0]=2", ["h/?x[]=1&y[0]=2"]),
    ],
)
def test_expanded(url: str, urls: list[str]) -> None:
    assert expanded(url) == (urls, 0)


def test_there_is_a_limit() -> None:
    urls, left_out = expanded("h/[1-1000]")
    assert (len(urls), left_out) == (MAX_URLS, 900)
