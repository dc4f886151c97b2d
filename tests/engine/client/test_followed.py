"""Where a value leads that was taken from an answer: a path of the same server, or nowhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.client.cookies import CookieJar
from engine.client.extraction import extract_value
from engine.client.placeholders import Words
from engine.client.template_fill import FillContext, Filler, TemplateFillError, redirect_target
from engine.protocol.request import Extract
from targets.errors import UsageError
from tests.engine.client.test_template import split
from tests.support.captured import captured
from tests.support.templates import rendered

HERE = "127.0.0.1:8000"


@pytest.mark.parametrize(
    ("reference", "target"),
    [
        ("/a/b?c=d%20e&f", b"/a/b?c=d%20e&f"),
        ("http://127.0.0.1:8000/a#part", b"/a"),
        ("http://127.0.0.1:8000", b"/"),
        ("//127.0.0.1:8000/a", b"/a"),
        ("/grüße und mehr", b"/gr%C3%BC%C3%9Fe%20und%20mehr"),
        ("/a\r\nX: y", b"/aX:%20y"),
    ],
)
def test_a_reference_on_the_same_server_is_followed(reference: str, target: bytes) -> None:
    assert redirect_target(reference, HERE, is_secure=False, name="{to}") == target


@pytest.mark.parametrize(
    "reference",
    [
        "http://other.example/a",
        "https://127.0.0.1:8000/a",
        "//other/a",
        "http://[bad/a",
        "",
        "?a=b",
        "ftp://x/y",
    ],
)
def test_what_leads_elsewhere_is_not_sent(reference: str) -> None:
    with pytest.raises(TemplateFillError, match=r"\{to\}"):
        redirect_target(reference, HERE, is_secure=False, name="{to}")


def test_the_usual_port_need_not_be_said() -> None:
    assert redirect_target("https://shop.example:443/a", "shop.example", is_secure=True, name="{to}") == b"/a"


@given(st.text(max_size=40))
def test_nothing_bends_the_message(reference: str) -> None:
    try:
        target = redirect_target(reference, HERE, is_secure=False, name="{to}")
    except TemplateFillError:
        return
    assert target.startswith(b"/")
    assert not set(target) & set(b" \r\n\t")


def test_a_later_step_goes_where_a_redirect_led() -> None:
    words = Words(taken=frozenset({"there"}))
    template = rendered(f"http://{HERE}/base", path="{there}", words=words, keeps_cookies=True)
    filler = Filler(template)
    line, headers, _ = split(filler.fill(FillContext(0, 0, 0, {"there": f"http://{HERE}/items/7?x=1"})))
    assert line == "GET /items/7?x=1 HTTP/1.1"
    assert headers["host"] == HERE


def test_a_relative_location_counts_from_what_was_asked_for() -> None:
    redirect = captured(b"", (b"Location", b"next?page=2"))
    where = Extract("there", "header", "location")
    assert extract_value(redirect, where, CookieJar(), target="/items/list?x") == "/items/next?page=2"


def test_a_path_that_is_taken_has_its_query_with_it() -> None:
    with pytest.raises(UsageError, match="cannot be sent"):
        rendered(f"http://{HERE}", path="{there}", query={"a": "b"}, words=Words(taken=frozenset({"there"})))
