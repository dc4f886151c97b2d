"""Files of requests: by their path in the plan's folder, or as a text in the plan."""

from dataclasses import replace

from engine.imports.files import MAX_INLINE, FoundFile, with_files
from engine.imports.traffic import (
    Body,
    FileContent,
    ImportedRequest,
    ImportedTraffic,
    JoinedBody,
    MultipartBody,
)

FILES = {
    "here": FoundFile("sub/here", b"\xff"),
    "text": FoundFile("text", b"a\r\nb\n"),
    "away": FoundFile("", b"a\nb"),
    "picture": FoundFile("", b"\xff\xd8"),
    "large": FoundFile("", b"x" * (MAX_INLINE + 1)),
}


def found(body: Body) -> tuple[Body, bool, list[str]]:
    request = ImportedRequest("POST", "http://h/", place="line 1", body=body)
    traffic = with_files(
        ImportedTraffic("it", requests=[request]), lambda name: FILES.get(name, "it does not exist")
    )
    [changed] = traffic.requests
    assert replace(changed, body=body, enabled=True) == request
    return changed.body, changed.enabled, [f"{note.what}: {note.why}" for note in traffic.notes]


def test_a_file_in_the_folder_is_named() -> None:
    assert found(FileContent("here", "image/png")) == (FileContent("sub/here", "image/png"), True, [])
    form = MultipartBody((("a", "b"), ("f", FileContent("here"))))
    assert found(form)[0] == MultipartBody((("a", "b"), ("f", FileContent("sub/here"))))


def test_a_text_elsewhere_is_taken_in() -> None:
    note = "the plan has the content of the file away: check that it may be sent, and kept in the plan"
    assert found(FileContent("away")) == ("a\nb", True, [note])


def test_line_ends_are_dropped_as_curl_drops_them() -> None:
    assert found(FileContent("text", without_newlines=True))[:2] == ("ab", True)


def test_files_may_be_parts_of_a_text() -> None:
    encoded = FileContent("text", is_encoded=True)
    parts = JoinedBody(("x=", encoded, "&", FileContent("text", without_newlines=True)))
    body, enabled, notes = found(parts)
    assert (body, enabled) == ("x=a%0D%0Ab%0A&ab", True)
    assert [note.partition(":")[0] for note in notes] == 2 * ["the plan has the content of the file text"]
    assert found(MultipartBody((("f", FileContent("away", as_text=True)),)))[0] == MultipartBody(
        (("f", "a\nb"),)
    )


def test_a_request_whose_file_is_missing_names_it_as_the_plans_folder_would() -> None:
    assert found(FileContent("/a/b/none"))[:2] == (FileContent("none"), False)
    form = MultipartBody((("f", FileContent("C:\\a\\none")), ("g", FileContent("none", as_text=True))))
    assert found(form)[:2] == (MultipartBody((("f", FileContent("none")), ("g", ""))), False)
    assert found(JoinedBody(("a=", FileContent("here", is_encoded=True))))[:2] == ("a=", False)


def test_what_cannot_be_sent_is_switched_off() -> None:
    for name in ("picture", "large"):
        body, enabled, notes = found(FileContent(name))
        assert (body, enabled) == (FileContent(name), False)
        assert notes == [
            f"off: it sends the file {name}: it is neither a small text file nor in the plan's folder"
        ]
    assert found(FileContent("/a/b/none"))[2] == ["off: it sends the file none: it does not exist"]
    form = MultipartBody((("f", FileContent("away")),))
    assert found(form) == (form, False, ["off: it sends the file away: it is not in the plan's folder"])
