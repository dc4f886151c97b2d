"""What the options of a command say together. What curl sends is compared in test_curl.py."""

import pytest

from engine.imports.curl.settings import OPTIONS, CurlSettings, OptionError
from engine.imports.traffic import FileContent, ImportedRequest, JoinedBody, MultipartBody


def settings(*options: tuple[str, str]) -> CurlSettings:
    found = CurlSettings("line 1")
    for name, value in (*options, ("url", "h/a")):
        OPTIONS[name](found, value)
    return found


def request(*options: tuple[str, str]) -> ImportedRequest:
    [found] = settings(*options).requests()
    return found


def test_a_url_has_a_scheme() -> None:
    assert request().url == "http://h/a"


def test_a_form_with_files() -> None:
    found = request(
        ("form", "a=x y"), ("form", 'f=@"p.png";type=image/png;filename=q'), ("form-string", "g=@no")
    )
    assert found.method == "POST"
    assert found.body == MultipartBody((("a", "x y"), ("f", FileContent("p.png", "image/png")), ("g", "@no")))


def test_another_name_of_a_file_is_noted() -> None:
    found = settings(("form", "f=@p;filename=q"))
    assert [note.what for note in found.notes] == ["left out: filename= of -F"]


def test_data_from_files() -> None:
    assert request(("data", "@a.json")).body == FileContent("a.json", without_newlines=True)
    assert request(("data-binary", "@a.json")).body == FileContent("a.json")
    file = FileContent("b", without_newlines=True)
    assert request(("data", "a=1"), ("data", "@b"), ("data", "c")).body == JoinedBody(
        ("a=1", "&", file, "&", "c")
    )
    encoded = FileContent("b", is_encoded=True)
    assert request(("data-urlencode", "x@b")).body == JoinedBody(("x=", encoded))


def test_several_parts_of_json_are_one() -> None:
    found = request(("json", '{"a":'), ("json", "1}"))
    assert found.body == '{"a":1}'
    assert dict(found.headers) == {"Content-Type": "application/json", "Accept": "application/json"}


def test_headers_can_be_taken_away() -> None:
    assert request(("data", "a=1"), ("header", "Content-Type:")).headers == ()


def test_redirects() -> None:
    assert request(("location", "")).follow_redirects == 50
    assert request(("location", ""), ("max-redirs", "-1")).follow_redirects == 50
    assert request(("max-redirs", "3")).follow_redirects == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("header", "@file"),
        ("data", "@-"),
        ("data-urlencode", "name@-"),
        ("url-query", "name@file"),
        ("form", "no-value"),
        ("form", "f=@-"),
        ("cookie", "jar.txt"),
        ("max-time", "soon"),
        ("max-time", "nan"),
        ("max-redirs", "1e300"),
    ],
)
def test_values_that_cannot_be_used_have_a_reason(name: str, value: str) -> None:
    with pytest.raises(OptionError, match=r"\w"):
        settings((name, value))


def test_urls_are_expanded_unless_that_is_off() -> None:
    found = CurlSettings("")
    OPTIONS["url"](found, "h/[1-3]")
    assert [each.url for each in found.requests()] == ["http://h/1", "http://h/2", "http://h/3"]
    OPTIONS["globoff"](found, "")
    assert [each.url for each in found.requests()] == ["http://h/[1-3]"]
