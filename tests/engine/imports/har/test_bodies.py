"""Bodies of recorded requests become what a plan can send."""

import base64
from typing import Any

import pytest

from engine.imports.har.bodies import HarBody, body_of
from engine.imports.traffic import Body, FileContent, FormBody, JsonBody, MultipartBody
from tests.support.har_files import entry, read

MULTIPART = "multipart/form-data; boundary=----WebKitFormBoundaryABC"
PARTS = (
    "------WebKitFormBoundaryABC\r\n"
    'Content-Disposition: form-data; name="title"\r\n\r\nTwo\r\nlines\r\n'
    "------WebKitFormBoundaryABC\r\n"
    'Content-Disposition: form-data; name="picture"; filename="cat.png"\r\n'
    "Content-Type: image/png\r\n\r\n\r\n"
    "------WebKitFormBoundaryABC\r\n"
    'Content-Disposition: form-data; name="none"; filename=""\r\n'
    "Content-Type: application/octet-stream\r\n\r\n\r\n"
    "------WebKitFormBoundaryABC--\r\n"
)


def body(text: str, content_type: str, **post: Any) -> HarBody:
    """The body of a request that posted this."""
    made = entry(method="POST", body=text or " ", content_type=content_type)
    made["request"]["postData"] |= {"text": text, **post}
    return body_of(read(made)[0])


@pytest.mark.parametrize(
    ("text", "content_type", "expected"),
    [
        (
            "a=1&b=x+y%26&b=2",
            "application/x-www-form-urlencoded",
            FormBody((("a", "1"), ("b", "x y&"), ("b", "2"))),
        ),
        ('{"a": [1, "ü"]}', "application/json; charset=utf-8", JsonBody({"a": [1, "ü"]})),
        ('{"a": 1}', "application/vnd.api+json", JsonBody({"a": 1})),
        ('{"a": null}', "application/json", '{"a": null}'),
        ("{cut", "application/json", "{cut"),
        ("<a/>", "text/xml", "<a/>"),
        (
            PARTS,
            MULTIPART,
            MultipartBody((("title", "Two\r\nlines"), ("picture", FileContent("cat.png", "image/png")))),
        ),
        (
            PARTS.replace("\r\n\r\nTwo", "\r\nContent-Type: text/x\r\n\r\nTwo"),
            MULTIPART,
            MultipartBody(
                (("title", "Two\r\nlines"), ("picture", FileContent("cat.png", "image/png"))),
                {"title": "text/x"},
            ),
        ),
        (
            PARTS.replace("\r\n", "\n"),
            MULTIPART,
            MultipartBody((("title", "Two\nlines"), ("picture", FileContent("cat.png", "image/png")))),
        ),
    ],
)
def test_bodies(text: str, content_type: str, expected: Body) -> None:
    assert body(text, content_type) == HarBody(expected)


def test_fields_are_used_where_there_is_no_text() -> None:
    params = [{"name": "a%20b", "value": "x+y"}, {"name": "c"}]
    assert body("", "application/x-www-form-urlencoded", params=params) == HarBody(
        FormBody((("a b", "x y"), ("c", "")))
    )
    files = [{"name": "f", "fileName": "a.txt", "contentType": "text/plain"}, {"name": "t", "value": "1"}]
    assert body("", MULTIPART, params=files) == HarBody(
        MultipartBody((("f", FileContent("a.txt", "text/plain")), ("t", "1")))
    )


def test_bodies_in_base64_are_bytes() -> None:
    encoded = base64.b64encode(b"\xff\x00").decode()
    assert body(encoded, "image/png", encoding="base64") == HarBody(b"\xff\x00")
    assert "base64" in body("no!", "image/png", encoding="base64").lacks


def test_what_is_missing_is_said() -> None:
    assert "was not text" in body("a\ufffdb", "application/octet-stream").lacks
    assert "multipart form cannot be read" in body("no parts", MULTIPART).lacks
    left_out = read(entry(method="POST", headers={"Content-Length": "2048"}))[0]
    assert body_of(left_out).lacks == "the file lacks its body of 2048 bytes"


def test_requests_without_a_body_lack_nothing() -> None:
    for made in (entry(), entry(method="POST", headers={"Content-Length": "0"}), entry(method="DELETE")):
        assert body_of(read(made)[0]) == HarBody()


def test_marks_of_this_program_are_no_placeholders() -> None:
    assert body('{"a": "\\ufdd0id\\ufdd2"}', "application/json") == HarBody(JsonBody({"a": "\ufffdid\ufffd"}))
    assert body("a=%EF%B7%90id", "application/x-www-form-urlencoded") == HarBody(
        FormBody((("a", "\ufffdid"),))
    )
