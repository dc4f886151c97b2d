"""The page is complete in itself, and allows nothing else."""

import re
from html.parser import HTMLParser

from engine.export.html_page import hash_of
from tui.serve.page import live_page, refusal_page


class Elements(HTMLParser):
    """The names and attributes of a page's elements."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(body.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_policy_allows_its_own_style_and_script_and_nothing_else() -> None:
    page = live_page()
    allowed = set(re.findall(r"'(sha256-[^']+)'", page.policy))
    body = page.body.decode()
    style, script = (
        body.partition(f"<{name}>")[2].partition(f"</{name}>")[0] for name in ("style", "script")
    )
    assert allowed == {hash_of(style), hash_of(script)}
    assert "default-src 'none'" in page.policy
    assert "connect-src 'self'" in page.policy
    assert "unsafe" not in page.policy


def test_nothing_in_it_is_loaded_from_elsewhere() -> None:
    for page in (live_page(), refusal_page("No", "place")):
        loading = [
            (name, value)
            for _, attributes in Elements(page.body).found
            for name, value in attributes.items()
            if name in {"src", "href", "srcset", "action", "data", "poster"}
        ]
        assert set(loading) <= {("href", "data:,"), ("href", "report")}
        assert b"url(" not in page.body
        assert b"@import" not in page.body
        assert b"//" not in re.sub(rb"(?m)//.*$|http://www\.w3\.org/2000/svg", b"", page.body)


def test_the_script_never_makes_markup_of_a_text() -> None:
    script = live_page().body.decode().partition("<script>")[2]
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function("):
        assert way not in script


def test_no_placeholder_is_left() -> None:
    for page in (live_page(), refusal_page("No", "place")):
        text = page.body.decode()
        assert not re.search(r"\b(LIGHT|DARK|SLOTS|FONT|STYLE|SCRIPT|VERSION|TITLE|TEXT|AGAIN)\b", text)


def test_a_refusal_is_text_and_may_be_loaded_again() -> None:
    page = refusal_page("<b>", "a & b", again_s=7)
    assert b"<h1>&lt;b&gt;</h1>" in page.body
    assert b"<p>a &amp; b</p>" in page.body
    assert b'http-equiv="refresh" content="7"' in page.body
    assert b"refresh" not in refusal_page("x", "y").body
