"""Drawing: what the extra brings, what is said without it, and pictures of a sensible size."""

import pytest

from engine.export import drawing
from engine.export.vega import text
from targets.errors import UsageError

SPEC = {
    "$schema": "https://vega.github.io/schema/vega/v6.json",
    "width": 20,
    "height": 10,
    "padding": 0,
    "marks": [
        text("</text><script>", 1, 1, "#123456"),
        {"type": "rule", "encode": {"enter": {"x2": {"value": 1.23456789}, "stroke": {"value": "#123456"}}}},
    ],
}


def test_texts_are_escaped_and_coordinates_are_short() -> None:
    drawn = drawing.svg(SPEC)
    assert "&lt;/text&gt;&lt;script&gt;" in drawn
    assert 'x2="1.2"' in drawn


def test_nothing_is_loaded_from_anywhere() -> None:
    spec = SPEC | {"data": [{"name": "table", "url": "http://127.0.0.1:9/data.json"}]}
    with pytest.raises(ValueError, match="not allowed"):
        drawing.svg(spec)


def test_without_the_extra_the_error_has_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drawing, "_MODULES", ("vl_convert_that_is_missing",))
    with pytest.raises(UsageError) as error:
        drawing.check_installed()
    assert "abreast[report]" in error.value.hint
    assert "pip install" in error.value.hint
