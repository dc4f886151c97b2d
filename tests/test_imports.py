"""Each kind of process imports only what it needs; packages import downwards."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

from engine.protocol.messages import Begin, Stop, encode

ROOT = Path(__file__).parent.parent
FRAMEWORKS = {"fastapi", "django", "starlette"}
PACKAGES = ("engine", "presets", "targets", "tui")
HEAVY = {"textual", "pydantic", "httpx", "docker", *FRAMEWORKS}


def imported(words: Sequence[str], folder: Path, standard_input: bytes = b"") -> set[str]:
    """The top-level modules that a Python process imported in all its life."""
    ended = subprocess.run(
        [sys.executable, "-P", "-X", "importtime", *words],
        cwd=folder,
        input=standard_input,
        capture_output=True,
        check=False,
        timeout=60,
    )
    log = folder / "log"
    log_text = ended.stderr.decode() + (log.read_text() if log.exists() else "")
    modules = {
        line.split("|")[2].strip().split(".")[0]
        for line in log_text.splitlines()
        if re.match(r"import time: +\d", line)
    }
    assert "sys" in modules or "encodings" in modules, log_text
    return modules


def test_a_load_worker_is_light(tmp_path: Path) -> None:
    orders = encode(Begin(0, 0, 1, seed=1)) + encode(Stop(0.0))
    modules = imported(["-m", "engine.worker.process", "--log", "log"], tmp_path, orders)
    assert {"engine", "httptools", "uvloop"} <= modules
    assert not modules & (HEAVY | {"tui", "presets", "websockets"})


def test_a_guard_is_light(tmp_path: Path) -> None:
    modules = imported(["-m", "targets.runtime.guard", "no-such-session"], tmp_path)
    assert {"targets", "psutil"} <= modules
    assert not modules & (HEAVY | {"tui", "presets", "engine", "anyio", "asyncio"})


COMMANDS = {
    "--help": HEAVY | {"anyio", "opentelemetry", "orjson", "prometheus_client", "psutil", "shtab"},
    "presets": {"textual", "httpx", *FRAMEWORKS},
    "run hello --targets fastapi --seconds 1 --headless": {"opentelemetry", "shtab", "textual", *FRAMEWORKS},
    "completion bash": {"textual", *FRAMEWORKS},
}


@pytest.mark.parametrize("words", COMMANDS)
def test_the_front_imports_no_screen_and_no_framework(words: str, tmp_path: Path) -> None:
    code = f"from tui.cli.main import main; raise SystemExit(main({words.split()!r}))"
    modules = imported(["-c", code], tmp_path)
    assert "tui" in modules
    assert not modules & COMMANDS[words]


LATER = (
    "docker",
    "engine.answers",
    "engine.comparison",
    "engine.export",
    "engine.hosting.cleanup",
    "engine.hosting.manager",
    "engine.metrics.snapshot",
    "engine.playback",
    "engine.preflight",
    "engine.recording",
    "engine.session",
    "engine.worker",
    "httpx",
    "psutil",
    "tui.screens.live",
    "tui.screens.sessions",
    "tui.views.results",
)
"""What the lobby's first picture does without; a part of it is imported right after that."""

FIRST_PICTURE = """
import sys, anyio
from tui.cli.main import parse_arguments
from tui.cli import run_on_screen
from tui.app import AbreastApp
from tui.session_host import SessionHost

async def show():
    async with SessionHost.opened() as host:
        def drawn():
            app.exit((app.screen.query_one("#presets").option_count, sorted(sys.modules)))
        app = AbreastApp(host, first_drawn=drawn)
        count, modules = await app.run_async(headless=True, size=(120, 40))
        assert count > 10, count
        host.first_drawn()
        print(*modules)

parse_arguments([])
anyio.run(show)
"""


def test_nothing_is_imported_before_the_first_picture_that_it_does_not_show(tmp_path: Path) -> None:
    shown = subprocess.run(
        [sys.executable, "-P", "-c", FIRST_PICTURE],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert shown.returncode == 0, shown.stderr
    modules = shown.stdout.split()
    assert "tui.screens.lobby" in modules
    assert [
        each for each in modules if any(each == name or each.startswith(f"{name}.") for name in LATER)
    ] == []


def test_import_contracts_hold() -> None:
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert checked.returncode == 0, checked.stdout


def test_every_module_that_calls_itself_pure_is_held_to_it() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    held = next(each["source_modules"] for each in contracts if each["id"] == "pure")
    loose = []
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        about = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        is_held = any(module == each or module.startswith(f"{each}.") for each in held)
        if re.search(r"\b[Pp]ure\b", about.partition("\n\n")[0]) and not is_held:
            loose.append(module)
    assert loose == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Imports for types count as well: who reads one module of a circle has to read all."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    imports = {each: graph.find_modules_directly_imported_by(each) for each in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' -> '.join(error.args[1])}")
