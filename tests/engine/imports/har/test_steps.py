"""Values are found in requests, and filled in wherever they are."""

from engine.imports.har.steps import Step, leaves, path_segments, sent_values
from engine.imports.limits import MAX_DEPTH
from engine.imports.marked_text import placeholder
from engine.imports.traffic import Body, FileContent, FormBody, JsonBody, MultipartBody
from tests.support.har_files import entry, read

MARK = placeholder("token")


def step(body: Body = None, url: str = "/a") -> Step:
    """A step that sends this."""
    return Step(read(entry())[0], url, (("X-Token", "s/3"), ("Accept", "text/html")), body)


def test_a_value_is_filled_in_everywhere() -> None:
    made = step(FormBody((("t", "s/3"), ("other", "s/34"))), "/a/s%2F3?t=s%2F3")
    made.put_in("s/3", MARK)
    assert made.url == f"/a/{MARK}?t={MARK}"
    assert made.headers == (("X-Token", MARK), ("Accept", "text/html"))
    assert made.body == FormBody((("t", MARK), ("other", "s/34")))


def test_a_value_is_filled_in_in_bodies_of_all_kinds() -> None:
    file = FileContent("s/3")
    for body, expected in (
        ("t=s%2F3", f"t={MARK}"),
        (MultipartBody((("t", "s/3"), ("f", file))), MultipartBody((("t", MARK), ("f", file)))),
        (JsonBody({"a": ["s/3", 3, {"b": "s/3"}]}), JsonBody({"a": [MARK, 3, {"b": MARK}]})),
        (b"s/3", b"s/3"),
    ):
        made = step(body)
        made.put_in("s/3", MARK)
        assert made.body == expected


def test_values_that_are_sent() -> None:
    body = JsonBody({"a": {"b": "one"}, "c": [2, "two"]})
    assert list(sent_values(step(body, "/x?q=new+york&e="))) == [
        ("X-Token", "s/3"),
        ("Accept", "text/html"),
        ("b", "one"),
        ("1", "two"),
        ("q", "new york"),
    ]
    assert ("t", "1") in list(sent_values(step("t=1&u=2")))
    assert [name for name, _ in sent_values(step(FormBody((("filled", MARK), ("f", "1")))))][2:] == ["f"]


def test_leaves_have_pointers() -> None:
    assert list(leaves({"a/b": [1, {"c~": True}], "d": None})) == [
        ("/a~1b/0", 1),
        ("/a~1b/1/c~0", True),
        ("/d", None),
    ]
    deep: object = 1
    for _ in range(MAX_DEPTH + 5):
        deep = [deep]
    assert list(leaves(deep)) == []


def test_parts_of_a_path() -> None:
    assert path_segments("http://shop.test/a//b%20c/?x=1") == ["a", "b%20c"]
