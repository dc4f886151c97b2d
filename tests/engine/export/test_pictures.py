"""Each chart and the scoreboard as SVG and as PNG."""

import struct
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from engine.export.document import folded
from engine.export.loaded import LoadedSession
from engine.export.pictures import png_pictures, svg_pictures
from engine.metrics.palette import LIGHT
from targets.errors import UsageError
from tests.support.made_sessions import Shape, records

NAMES = {
    *("scoreboard", "goodput", "p50", "p95", "p99", "errors", "users", "cpu", "memory", "health"),
    *("load-throughput", "load-errors", "load-cpu", "load-duration", "load-p95", "load-requests"),
    "percentiles",
}


@pytest.fixture(scope="module")
def session() -> LoadedSession:
    shape = Shape(seconds=60, targets=("fastapi", "django-wsgi"), rps=60, title="<b>&lt;")
    return LoadedSession(Path("made"), folded(records(shape)))


def test_every_chart_is_a_file_of_its_own_drawn_only_when_it_is_wanted(session: LoadedSession) -> None:
    names = [name for name, _ in svg_pictures(session)]
    assert set(names) == {f"-{name}.svg" for name in NAMES}
    assert len(names) == len(NAMES)


def test_an_svg_is_whole_has_the_targets_colours_and_needs_nothing_else(session: LoadedSession) -> None:
    found = {
        name: b"".join(chunks) for name, chunks in svg_pictures(session) if "p95" in name or "score" in name
    }
    assert set(found) == {"-scoreboard.svg", "-p95.svg", "-load-p95.svg"}
    for text in found.values():
        texts = [each.text for each in ET.fromstring(text).iter() if each.text]
        assert {"fastapi", "django-wsgi", "<b>&lt;"} <= set(texts)
        assert LIGHT["slot0"].encode() in text
        assert LIGHT["slot1"].encode() in text
        assert b"href=" not in text
        assert b"url(" not in text


def test_a_png_has_twice_the_pixels(session: LoadedSession) -> None:
    (chunks,) = (chunks for name, chunks in png_pictures(session) if name == "-goodput.png")
    (svg,) = (chunks for name, chunks in svg_pictures(session) if name == "-goodput.svg")
    content, root = b"".join(chunks), ET.fromstring(b"".join(svg))
    assert content.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", content[16:24])
    assert (width, height) == (2 * int(root.attrib["width"]), 2 * int(root.attrib["height"]))


def test_a_session_without_targets_is_refused() -> None:
    empty = LoadedSession(Path("made"), folded(records(Shape(seconds=1, targets=()))))
    with pytest.raises(UsageError, match="nothing to draw"):
        next(iter(svg_pictures(empty)))
