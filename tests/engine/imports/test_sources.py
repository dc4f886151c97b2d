"""Every kind of source has a parser, a limit, and reads bytes of any encoding."""

import pytest

from engine.imports.options import ImportOptions
from engine.imports.sources import KINDS, ignored_options, parser_of, read_source, text_of
from targets.errors import UsageError


def test_every_kind_has_a_parser() -> None:
    for kind in KINDS:
        assert callable(parser_of(kind))
    with pytest.raises(UsageError, match="unknown kind of source"):
        parser_of("wsdl")


def test_a_source_has_a_limit() -> None:
    with pytest.raises(UsageError, match="it is too large") as caught:
        read_source(b"x" * (KINDS["curl"].max_bytes + 1), "curl", ImportOptions(name="it"))
    assert "4.2 MB" in caught.value.why


def test_a_source_is_read() -> None:
    [request] = read_source(b"curl http://h/a", "curl", ImportOptions()).requests
    assert request.url == "http://h/a"


@pytest.mark.parametrize(
    ("options", "heeding"),
    [
        (ImportOptions(journey=True), {"curl", "postman", "har"}),
        (ImportOptions(enable=("all",)), {"openapi"}),
        (ImportOptions(include_static=True), {"har", "log"}),
        (ImportOptions(journey=False, hosts=("h",), url="http://h"), set(KINDS)),
    ],
)
def test_an_option_that_a_kind_does_not_have_is_noted(options: ImportOptions, heeding: set[str]) -> None:
    assert {kind for kind in KINDS if not ignored_options(kind, options)} == heeding


def test_encodings() -> None:
    assert text_of("é".encode()) == "é"
    assert text_of(b"\xef\xbb\xbfa") == "a"
    assert text_of("é".encode("utf-16")) == "é"
    assert text_of(b"a\xff") == "a\ufffd"
