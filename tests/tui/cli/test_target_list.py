"""`abreast targets`: what it lists, and commands that a person can paste."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from targets import catalog
from targets.errors import UsageError
from targets.options import OPTIONS
from targets.runtime.ports import free_port
from tui.cli import main, target_list


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What `abreast targets …` prints."""
    assert main.main(["targets", *arguments]) == 0
    return capsys.readouterr().out


def test_all_targets_are_listed_with_their_options(capsys: pytest.CaptureFixture[str]) -> None:
    listing = printed(capsys)

    for target in catalog.TARGETS.values():
        assert f"{target.name} " in listing
        assert target.about in listing
    taken = set().union(*(target.options for target in catalog.TARGETS.values()))
    for name in taken:
        assert f"  {name} " in listing
        assert OPTIONS[name].about in listing


def test_the_list_for_machines_names_ranges_and_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[dict[str, Any]] = json.loads(printed(capsys, "--json"))

    assert [row["name"] for row in rows] == list(catalog.TARGETS)
    wsgi = next(row for row in rows if row["name"] == "django-wsgi")
    assert wsgi["options"]["threads"] == {"about": "threads per worker", "values": "1…512", "default": 8}
    assert wsgi["options"]["server"]["values"] == "gthread | sync | uwsgi | granian | hypercorn"


@pytest.mark.parametrize("name", ["fastapi", "django-wsgi:server=uwsgi:front=nginx-unix", "hybrid"])
def test_what_is_printed_starts_the_target(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = json.loads(printed(capsys, name, "--json"))
    url = httpx.URL(whole["health"])
    port = free_port()
    lines = printed(capsys, name).replace(f"{url.port}", f"{port}")

    shell = subprocess.Popen(
        ["sh", "-c", lines], cwd=tmp_path, start_new_session=True, env=os.environ | {"WEB_CONCURRENCY": "9"}
    )
    try:
        answer = first_answer(shell, str(url.copy_with(port=port)))
    finally:
        os.killpg(shell.pid, signal.SIGKILL)
        shell.wait(20)

    assert answer.status_code == 200
    assert (tmp_path / whole["folder"]).is_dir()


def first_answer(shell: "subprocess.Popen[bytes]", url: str) -> httpx.Response:
    """The first answer that is no failure of a proxy before a server that still starts."""
    until_s = time.monotonic() + 60
    with httpx.Client(trust_env=False) as client:
        while shell.poll() is None and time.monotonic() < until_s:
            try:
                answer = client.get(url)
            except httpx.TransportError:
                answer = httpx.Response(502)
            if answer.status_code != 502:
                return answer
            time.sleep(0.05)  # nothing announces that a port is open
    raise AssertionError("nothing answers")


def test_of_a_container_it_prints_how_docker_runs_it(capsys: pytest.CaptureFixture[str]) -> None:
    text = "django-wsgi:runtime=docker:cpus=2:memory=512m"
    whole = json.loads(printed(capsys, text, "--json"))

    assert whole["argv"][0] == "python", "the image's own"
    assert whole["limits"] == {"cpus": 2.0, "cpuset": "", "memory_bytes": 512 * 1024**2, "pids": 4096}
    assert whole["docker_run"][-len(whole["argv"]) :] == whole["argv"]
    assert whole["image"] in whole["docker_run"]
    script = printed(capsys, text)
    assert shlex.join(whole["docker_run"]) in script
    assert str(httpx.URL(whole["health"]).port) in script
    assert sys.executable not in script


def test_an_unknown_option_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError):
        target_list.script("fastapi:worker=2")
    assert main.main(["targets", "fastapi:worker=2"]) == 2
    assert "did you mean 'workers'?" in capsys.readouterr().err
