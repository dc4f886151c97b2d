"""Tests mirror the code: `engine/metrics/window.py` is tested in `tests/engine/metrics/test_window.py`.

No file with code is too long to be read at once."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("engine", "tui")
MOST_LINES = 400
"""Of any file with code, tests included: a longer one does several things."""
SMALL_LINES = 40
"""A module of at most so many lines may be tested along with the one that uses it."""

DATA = "Only data: there is nothing to test."
SCREENS = "Drawn in the tests of the screens that show it."
TABLE = "A table of commands: all are checked together in test_key_command.py."
PROCESS = "Needs a terminal or a whole run: see tests/end_to_end."
WITHOUT_TESTS_OF_THEIR_OWN = {
    "engine/calibration/null_server.py": "Runs as a process in test_calibrate.py.",
    "engine/client/base_connection.py": "The base of Connection and WebSocket, whose tests use all of it.",
    "engine/hosting/delay_proxy_process.py": "The process that test_delay_proxy.py starts.",
    "engine/hosting/proxied_connection.py": "Its connections are those of test_delay_proxy.py.",
    "engine/imports/traffic.py": DATA,
    "engine/metrics/palette.py": DATA,
    "engine/metrics/snapshot.py": DATA,
    "engine/metrics/target_snapshot.py": DATA,
    "engine/metrics/window_stats.py": DATA,
    "engine/plan/commands.py": DATA,
    "engine/plan/plan_fields.py": "Only declarations, checked in test_plan.py.",
    "engine/protocol/request.py": DATA,
    "engine/session/parts.py": "Only wiring: every test of a session goes through it.",
    "engine/session/run.py": "The course of a whole session, in test_session.py.",
    "tui/cli/common_arguments.py": "Only declarations, read in test_arguments.py.",
    "tui/cli/run_arguments.py": "Only declarations, read in test_arguments.py.",
    "tui/cli/run_on_screen.py": PROCESS,
    "tui/cli/runs.py": PROCESS,
    "tui/commands/compare.py": TABLE,
    "tui/commands/focus.py": TABLE,
    "tui/commands/live.py": TABLE,
    "tui/commands/live_load.py": TABLE,
    "tui/commands/live_targets.py": TABLE,
    "tui/commands/lobby.py": TABLE,
    "tui/commands/profile.py": TABLE,
    "tui/commands/sessions.py": TABLE,
    "tui/commands/watch.py": TABLE,
    "tui/screens/lobby_list.py": "The base of the lobby: see test_lobby.py.",
    "tui/screens/session_list.py": "The base of the screen of sessions: see test_sessions.py.",
    "tui/screens/session_screen.py": "The base of the screens of sessions: see test_live.py.",
    "tui/session_api.py": DATA,
    "tui/widgets/chart.py": SCREENS,
    "tui/widgets/panel.py": SCREENS,
}
"""Module → why; in the end only what is data, wiring, or a part that cannot run without its whole."""


def mirror_of(module: str) -> Path:
    """The file of a module's tests; a package's own is named like the package."""
    path = Path(module)
    name = path.parent.name if path.name == "__init__.py" else path.stem
    return Path("tests", path.parent, f"test_{name}.py")


def modules() -> list[str]:
    """Those with more than a few lines."""
    return [
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if len(path.read_text(encoding="utf-8").splitlines()) > SMALL_LINES
    ]


def test_names_of_tests() -> None:
    assert mirror_of("engine/metrics/window.py") == Path("tests/engine/metrics/test_window.py")
    assert mirror_of("tui/app.py") == Path("tests/tui/test_app.py")
    assert mirror_of("engine/export/__init__.py") == Path("tests/engine/export/test_export.py")


def test_every_module_has_tests_of_its_own() -> None:
    missing = [
        f"{module}: {mirror_of(module)}"
        for module in modules()
        if module not in WITHOUT_TESTS_OF_THEIR_OWN and not (ROOT / mirror_of(module)).exists()
    ]
    assert missing == [], "write them, or say in WITHOUT_TESTS_OF_THEIR_OWN why there are none"


def test_no_exception_outlives_its_reason() -> None:
    known = modules()
    assert [
        module
        for module in WITHOUT_TESTS_OF_THEIR_OWN
        if module not in known or (ROOT / mirror_of(module)).exists()
    ] == []


def test_no_file_is_too_long() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for package in ("engine", "presets", "targets", "tui", "tests")
        for path in (ROOT / package).rglob("*.py")
    }
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}
