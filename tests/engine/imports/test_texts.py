"""All texts of a request at once."""

from engine.imports.texts import body_texts, mapped, sendable, texts_of
from engine.imports.traffic import (
    BasicAuth,
    Body,
    FileContent,
    FormBody,
    ImportedRequest,
    JsonBody,
    MultipartBody,
)

DATA = {"a": ["b", 1, None], "c": {"d": "e"}}


def test_texts_at_any_depth() -> None:
    assert list(texts_of(DATA)) == ["a", "b", "c", "d", "e"]
    assert mapped(DATA, str.upper) == {"A": ["B", 1, None], "C": {"D": "E"}}


def test_texts_of_bodies() -> None:
    file = FileContent("p")
    assert body_texts(JsonBody(DATA)) == DATA
    assert body_texts(FormBody((("a", "b"),))) == (("a", "b"),)
    assert list(texts_of(body_texts(MultipartBody((("a", "b"), ("c", file)))))) == ["a", "b", "c", "p", ""]
    assert body_texts("text") == "text"


def test_halves_of_pairs_become_one_sign() -> None:
    def request(sign: str, body: Body) -> ImportedRequest:
        return ImportedRequest(
            "GET",
            f"http://h/{sign}",
            place="1",
            name=sign,
            headers=((f"a{sign}", sign),),
            body=body,
            auth=BasicAuth(sign, sign),
            checks={"contains": sign},
            takes={"a": sign},
            options={"message": sign},
        )

    for before, after in (
        ("\ud800", "\ufffd"),
        (JsonBody({"\udfff": ["\ud800"]}), JsonBody({"\ufffd": ["\ufffd"]})),
        (FormBody((("\ud800", "\ud800"),)), FormBody((("\ufffd", "\ufffd"),))),
        (MultipartBody((("\ud800", FileContent("p")),)), MultipartBody((("\ufffd", FileContent("p")),))),
        (b"\xff", b"\xff"),
        (None, None),
    ):
        assert sendable(request("\ud800", before)) == request("\ufffd", after)
    plain = request("é\U0001f600", None)
    assert sendable(plain) == plain
