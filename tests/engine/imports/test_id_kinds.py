"""What looks as if a machine made it."""

import pytest

from engine.imports.id_kinds import is_id, is_random


@pytest.mark.parametrize(
    "text",
    [
        "17",
        "6f9619ff-8b86-d011-b42d-00cf4fc964ff",
        "9fceb02d0ae598e95dc970b74767f19372d61af8",
        "507f1f77bcf86cd799439011",
        "DEADBEE1",
        "dQw4w9WgXcQ",
    ],
)
def test_ids(text: str) -> None:
    assert is_id(text)


@pytest.mark.parametrize("text", ["", "items", "v1", "deadbeef", "a1b2", "2024-05-06", "item-17", "new york"])
def test_words_are_no_ids(text: str) -> None:
    assert not is_id(text)


def test_tokens_look_random() -> None:
    assert is_random("c2VjcmV0LXRva2VuLTQyCg==")
    assert not is_random("a sentence of 7 words, with spaces")
    assert not is_random("thequickbrownfoxjumps")
