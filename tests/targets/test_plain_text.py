"""Nothing that is printed steers a terminal, and no encoding makes printing fail."""

import codecs
import io
import unicodedata

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.metrics.palette import MARKERS
from targets.json_text import json_escaped
from targets.plain_text import hanging, in_ascii, one_line, replaced, visible
from tui.views.rows import LIGHTS, plain

STEERING = [
    "\x1b",
    "\x00",
    "\x07",
    "\x7f",
    "\x9b",
    "\u202e",
    "\u2066",
    "\u200f",
    "\u061c",
    "\u200b",
    "\ufeff",
    "\udce4",
]
"""An escape, a bell, C1, signs of direction, signs without a width, a byte of a name that was no UTF-8."""

texts = st.text(st.characters(), max_size=40) | st.text(
    st.sampled_from([*STEERING, "\r", "\n", "\t", "a", "\x85"])
)


@pytest.mark.parametrize("sign", STEERING, ids=ascii)
def test_what_steers_a_terminal_is_seen_and_not_obeyed(sign: str) -> None:
    assert visible(f"a{sign}b") == "a\N{REPLACEMENT CHARACTER}b"
    assert one_line(f"a{sign}b") == "a\N{REPLACEMENT CHARACTER}b"


@given(texts)
def test_nothing_but_newlines_and_tabs_is_left_of_control(text: str) -> None:
    assert all(sign.isprintable() or sign in "\n\t" for sign in visible(text))
    assert one_line(text).isprintable()
    assert plain(text).isprintable()


def test_odd_spaces_are_spaces() -> None:
    assert visible("1\u00a0s\u2028\x85x\r\n\r") == "1 s  x\n "
    assert one_line("  1\u00a0s\n\tx ") == "1 s x"


def test_no_line_of_others_passes_for_one_of_ours() -> None:
    assert hanging("first\nSLO met: all\r\n  why: so") == "first\n    SLO met: all\n  why: so"


@given(st.dictionaries(texts, texts), st.booleans())
def test_json_stays_the_same_data(value: dict[str, str], ascii_only: bool) -> None:
    value = {_sound(name): _sound(text) for name, text in value.items()}
    escaped = json_escaped(orjson.dumps(value, option=orjson.OPT_INDENT_2), ascii_only=ascii_only)
    assert orjson.loads(escaped) == value
    kinds = {unicodedata.category(sign) for sign in escaped.decode() if sign != "\n"}
    assert "Cc" not in kinds
    assert escaped.isascii() or not ascii_only
    assert not set(escaped.decode()) & {"\u202e", "\u2066", "\u200f", "\u2028", "\x9b"}


def _sound(text: str) -> str:
    """The text without halves of pairs, which JSON does not have."""
    return text.encode(errors="replace").decode()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "koi8-r", "utf-8", "utf-16"])
@given(text=texts)
def test_no_encoding_fails(encoding: str, text: str) -> None:
    codecs.register_error("abreast", replaced)
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="abreast")
    stream.write(text)
    stream.flush()


def test_signs_of_ours_keep_their_meaning_in_ascii() -> None:
    assert "".join(map(in_ascii, "3.2× 1…2 5→10 ≤ 4 µs “a” – b")) == '3.2x 1...2 5->10 <= 4 us "a" - b'
    assert len({in_ascii(marker) for marker in MARKERS}) == len(MARKERS)
    assert len({in_ascii(light) for light, _ in LIGHTS.values()}) == len(LIGHTS)
    assert "".join(map(in_ascii, "┌─┐│╰┃━█▀⣿ü")) == "+-+|+|=##" + "#?"
