"""The wheel that people install is complete, and runs in any folder, whatever files are in it."""

import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from importlib.metadata import version
from pathlib import Path

import orjson
import pytest

ROOT = Path(__file__).parent.parent
CARRIED = {
    "engine/export/page/base.html.j2",
    "engine/export/page/comparison.html.j2",
    "engine/export/page/report.css",
    "engine/export/page/report.html.j2",
    "engine/export/page/report.js",
    "engine/export/page/table.html.j2",
    "engine/playback/demo.abreast",
    "presets/hello.toml",
    "presets/ramp.toml",
    "presets/tasks.toml",
    "targets/Dockerfile",
    "targets/contract/cat.jpg",
    "targets/requirements-classifier.txt",
    "targets/requirements.txt",
    "tui/app.tcss",
    "tui/cli/main.py",
}
PACKAGES = {"engine", "presets", "targets", "tui"}
MANUAL_PAGE = "abreast-{version}.data/data/share/man/man1/abreast.1"
"""Where `pip install` finds what belongs into the prefix, for `man`."""
HOSTILE_FILES = (
    "fastapi.py",
    "django.py",
    "uvicorn.py",
    "sitecustomize.py",
    "gunicorn.conf.py",
    "engine/__init__.py",
    "targets/__init__.py",
    "tui/__init__.py",
)
HOSTILE_ENVIRONMENT = {
    "GUNICORN_CMD_ARGS": "--workers 7 --bind 127.0.0.1:1",
    "WEB_CONCURRENCY": "5",
    "UVICORN_PORT": "1",
    "DJANGO_SETTINGS_MODULE": "no.such.settings",
    "HTTP_PROXY": "http://127.0.0.1:1",
    "http_proxy": "http://127.0.0.1:1",
    "ALL_PROXY": "socks5://127.0.0.1:1",
    "NO_PROXY": "",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, freshly built."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=60)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command in a fresh virtual environment that has the wheel, and this one's other packages."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
    ]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True, timeout=60)
    (packages,) = folder.glob("lib/python*/site-packages")
    others = sysconfig.get_paths()["purelib"]  # its .pth files are not read from here: no editable abreast
    (packages / "others.pth").write_text(f"{others}\n")
    return folder / "bin" / "abreast"


def test_the_wheel_carries_its_data_and_no_tests(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert names >= CARRIED
    parts = {name for name in names if ".dist-info/" not in name}
    assert {name for name in parts if ".data/" in name} == {MANUAL_PAGE.format(version=version("abreast"))}
    assert {name.split("/")[0] for name in parts if ".data/" not in name} == PACKAGES
    schemas = {str(path.relative_to(ROOT)) for path in (ROOT / "engine").rglob("*.json")}
    assert names >= schemas


def test_it_runs_in_a_folder_of_hostile_files(installed: Path, tmp_path: Path) -> None:
    for name in HOSTILE_FILES:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("raise SystemExit('this must never be imported')\n")
    ran = subprocess.run(
        [installed, "run", "hello", "--seconds", "1.5", "--users", "5", "--json"],
        cwd=tmp_path,
        env=os.environ | HOSTILE_ENVIRONMENT | {"ABREAST_HOME": str(tmp_path / "home")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr.decode()
    document = orjson.loads(ran.stdout)
    assert [target["server"] for target in document["targets"]] == ["uvicorn ×1", "gthread 1×8", "uvicorn ×1"]
    for target in document["targets"]:
        assert target["state"] == "stopped"
        assert target["summary"]["ok"] > 0
        assert target["summary"]["failed"] == 0
    assert str(ROOT) not in ran.stderr.decode()


def test_it_is_the_wheel_that_ran(installed: Path, tmp_path: Path) -> None:
    look = "import engine, targets, tui; print(tui.__path__, engine.__path__, targets.__path__)"
    python = installed.with_name("python")
    shown = subprocess.run(
        [python, "-P", "-c", look],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert str(ROOT) + "/" not in shown.stdout.replace(str(installed.parent.parent), "")


def test_classifiers_name_every_python_and_django_that_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    versions = set(re.findall(r"^django==(\d+\.\d+)\.", lock, re.MULTILINE))
    assert len(versions) > 1
    named = {each.rpartition(" :: ")[2] for each in project["classifiers"] if " :: Django :: " in each}
    assert named >= versions
    pythons = [each.rpartition(" :: ")[2] for each in project["classifiers"] if " :: Python :: 3." in each]
    assert pythons[0] == project["requires-python"].removeprefix(">=")
    assert pythons == [f"3.{minor}" for minor in range(11, 11 + len(pythons))]
    image = re.search(
        r"^ARG ABREAST_BASE_IMAGE=python:(3\.\d+)", (ROOT / "targets/Dockerfile").read_text(), re.MULTILINE
    )
    assert image
    assert image[1] == pythons[-1]
