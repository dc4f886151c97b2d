"""docs/ci.md: the workflow is one, and its commands do what the page says, here as there."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.repositories import commit, git, worktrees
from tests.support.repositories import repository as made_repository

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
PLAN = """
title = "A little server"
warm_up = "1 s"
think_time = "20 ms"

[[target]]
name = "files"
command = "{python} -m http.server {{port}} --bind 127.0.0.1 --directory ."

[[request]]
path = "/"

[[stages]]
users = 2
hold = "3 s"
"""


def block(language: str, number: int = 0) -> str:
    return str(re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[number])


LOAD, GATE = 0, 1
"""The workflows, by their order on the page."""


def steps(number: int = LOAD) -> dict[str, dict[str, Any]]:
    """The steps that have a name."""
    workflow = yaml.safe_load(block("yaml", number))
    (job,) = workflow["jobs"].values()
    return {step["name"]: step for step in job["steps"] if "name" in step}


@pytest.mark.parametrize(
    ("number", "actions", "names"),
    [
        (
            LOAD,
            {"actions/checkout", "actions/setup-python", "actions/upload-artifact"},
            ["install", "run", "compare with the baseline", "summary", "report"],
        ),
        (GATE, {"actions/checkout", "actions/setup-python"}, ["install", "gate", "summary"]),
    ],
)
def test_the_workflow_is_one_and_only_generic_actions_are_used(
    number: int, actions: set[str], names: list[str]
) -> None:
    workflow = yaml.safe_load(block("yaml", number))
    assert workflow[True] == ["pull_request"]  # YAML reads the key `on` as a truth value
    (job,) = workflow["jobs"].values()
    assert job["timeout-minutes"] <= 30
    used = {step["uses"].partition("@")[0] for step in job["steps"] if "uses" in step}
    assert used == actions
    assert list(steps(number)) == names


@pytest.mark.parametrize("number", [LOAD, GATE])
def test_what_is_installed_exists(number: int) -> None:
    (wanted,) = (word for word in shlex.split(steps(number)["install"]["run"]) if word.startswith("abreast"))
    extras = re.findall(r"\[(.*)\]", wanted)
    known = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert set(extras) <= set(known)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "load").mkdir()
    (tmp_path / "load" / "plan.toml").write_text(PLAN.format(python=sys.executable))
    return tmp_path


@pytest.mark.parametrize("number", [LOAD, GATE])
def test_a_command_that_fails_before_a_pipe_fails_its_step(number: int) -> None:
    """Only with `shell: bash` the runner sets pipefail."""
    workflow = yaml.safe_load(block("yaml", number))
    assert any(" | tee " in step.get("run", "") for step in steps(number).values())
    assert workflow["defaults"] == {"run": {"shell": "bash"}}


def run_step(repository: Path, script: str, *expected: int) -> None:
    """Runs a step as the runner does with `shell: bash`; fails unless its exit code is one of these."""
    environment = os.environ | {
        "ABREAST_HOME": str(repository / "home"),
        "GITHUB_STEP_SUMMARY": str(repository / "summary.md"),
        "GITHUB_BASE_REF": "main",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script],
        cwd=repository,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in expected, done.stdout + done.stderr


def test_its_commands_run_report_and_compare(repository: Path) -> None:
    summary = repository / "summary.md"
    bash = partial(run_step, repository)

    named = steps()
    busy_or_not = (0, 4)
    bash(named["run"]["run"], *busy_or_not)
    bash(named["summary"]["run"], 0)
    bash(named["report"]["run"], 0)
    written = sorted(path.suffix for path in (repository / "report").iterdir())
    assert written == [".abreast", ".html", ".xml"]
    assert "| files |" in summary.read_text(encoding="utf-8")

    (bundle,) = (repository / "report").glob("*.abreast")
    bash(block("sh").replace("./SESSION.abreast", str(bundle)).partition("git add")[0], 0)
    assert (repository / "load" / "baseline.json").is_file()
    bash(named["run"]["run"], *busy_or_not)
    bash(named["compare with the baseline"]["run"], 0)
    bash(named["summary"]["run"], 0)
    assert "undecided" in summary.read_text(encoding="utf-8")


def test_its_gate_judges_a_pull_request(repository: Path) -> None:
    made_repository(repository, {"load/plan.toml": PLAN.format(python=sys.executable)})
    git(repository, "update-ref", "refs/remotes/origin/main", "HEAD")
    git(repository, "checkout", "--quiet", "-b", "branch")
    commit(repository, {"readme.md": "nothing that makes it slower"}, "A branch")
    script = steps(GATE)["gate"]["run"]
    assert '--within "2 m"' in script
    run_step(repository, script.replace('--within "2 m"', "--rounds 4"), 0)
    run_step(repository, steps(GATE)["summary"]["run"], 0)
    summary = (repository / "summary.md").read_text(encoding="utf-8")
    assert "HEAD (" in summary
    assert " against origin/main (" in summary
    assert worktrees(repository) == [str(repository)]
