"""How the screen is drawn, from all places that say something of it."""

from pathlib import Path

import pytest

from tui.look import VARIABLES, Look, Settings, from_environment, look_of, settings_of, simplest_signs

ROOT = Path(__file__).parents[2]
NONE = Settings()


@pytest.mark.parametrize(
    ("given", "environment", "remembered", "simplest", "look"),
    [
        (NONE, NONE, NONE, "unicode", Look("dark", "braille", "unicode")),
        (NONE, NONE, NONE, "ascii", Look("dark", "ascii", "ascii")),
        (
            NONE,
            NONE,
            Settings("light", "block", "narrow", 120),
            "unicode",
            Look("light", "block", "narrow", 120),
        ),
        (
            NONE,
            NONE,
            Settings("light", "block", "narrow", 120),
            "ascii",
            Look("light", "ascii", "ascii", 120),
        ),
        (NONE, Settings("nord"), Settings("light"), "unicode", Look("nord")),
        (Settings("dark"), Settings("nord"), Settings("light"), "unicode", Look("dark")),
        (Settings(charts="ascii"), NONE, NONE, "unicode", Look("dark", "ascii", "ascii")),
        (Settings(charts="ascii", signs="unicode"), NONE, NONE, "unicode", Look("dark", "ascii", "unicode")),
        (Settings(signs="ascii"), NONE, NONE, "unicode", Look("dark", "ascii", "ascii")),
        (Settings(charts="braille"), NONE, NONE, "ascii", Look("dark", "braille", "ascii")),
        (NONE, NONE, Settings(span_s=0), "unicode", Look(span_s=0)),
        (
            Settings(charts="block"),
            NONE,
            Settings(signs="ascii"),
            "unicode",
            Look("dark", "block", "unicode"),
        ),
        (
            Settings(charts="block"),
            NONE,
            Settings(signs="narrow"),
            "unicode",
            Look("dark", "block", "narrow"),
        ),
        (NONE, Settings(signs="ascii"), Settings(charts="block"), "unicode", Look("dark", "ascii", "ascii")),
    ],
)
def test_what_is_said_closest_counts(
    given: Settings, environment: Settings, remembered: Settings, simplest: str, look: Look
) -> None:
    assert look_of(given, environment, remembered, simplest) == look  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("environment", "can_encode", "signs"),
    [
        ({"TERM": "xterm-256color", "LANG": "en_US.UTF-8"}, True, "unicode"),
        ({"TERM": "xterm-256color"}, True, "unicode"),
        ({"TERM": "linux", "LANG": "en_US.UTF-8"}, True, "ascii"),
        ({"TERM": "xterm", "LANG": "en_US.ISO-8859-1"}, False, "ascii"),
        ({"TERM": "xterm", "LANG": "C", "LC_CTYPE": "C.UTF-8"}, True, "ascii"),
        ({"TERM": "xterm", "LC_ALL": "POSIX"}, True, "ascii"),
        ({"TERM": "xterm", "LC_ALL": "C.UTF-8", "LANG": "C"}, True, "unicode"),
    ],
)
def test_poor_terminals_get_ascii_by_themselves(
    environment: dict[str, str], can_encode: bool, signs: str
) -> None:
    assert simplest_signs(environment, can_encode=can_encode) == signs


@pytest.mark.parametrize(
    ("values", "settings", "odd"),
    [
        ({}, NONE, []),
        ({"theme": "light", "span_s": 30}, Settings("light", span_s=30), []),
        (
            {"theme": 7, "charts": "dots", "signs": [], "span_s": True},
            NONE,
            ["theme", "charts", "signs", "span_s"],
        ),
        ({"charts": "block", "colour": "red"}, Settings(charts="block"), ["colour"]),
        ({"span_s": -1, "theme": "a\x1b[2J"}, NONE, ["span_s", "theme"]),
        ([], NONE, ["all of it"]),
        (None, NONE, ["all of it"]),
    ],
)
def test_what_is_odd_is_ignored_and_the_rest_counts(
    values: object, settings: Settings, odd: list[str]
) -> None:
    assert settings_of(values) == (settings, odd)


def test_variables_that_are_odd_are_named() -> None:
    environment = {"ABREAST_THEME": "light", "ABREAST_CHARTS": "dots", "ABREAST_SIGNS": ""}
    assert from_environment(environment) == (Settings("light"), ["ABREAST_CHARTS"])


def test_the_page_lists_every_variable() -> None:
    page = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    assert all(f"| `{variable}" in page for variable in VARIABLES.values())
