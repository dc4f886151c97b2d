"""One target's trouble is its own, and is told in full; the others go on, and the run ends with 3."""

import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.fronts import RUNNER, Front, started, target_of

PLAN = """\
targets = ["missing", "taken", "dies", "mute", "fastapi", "django-asgi"]
workload = "hello"
think_time = "10 ms"
warm_up = "none"
ready_within = "4 s"

[[stages]]
hold = "4 s"
users = 3
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """Six targets: four do not start, one is killed under load, and one is well; at the end."""
    folder = tmp_path_factory.mktemp("faults")
    (folder / "plan.toml").write_text(PLAN)
    with started(folder, "run", "plan.toml", "--json", command=RUNNER) as front:
        front.loads()
        killed = [each for each in front.processes() if target_of(each) == "fastapi"]
        assert len(killed) == 1
        killed[0].send_signal(signal.SIGKILL)
        assert front.wait() == 3, front.err
        yield front


def part(front: Front, name: str) -> dict[str, Any]:
    """A target's part of the session JSON."""
    found: dict[str, Any] = next(each for each in front.json["targets"] if each["name"] == name)
    return found


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("missing", ("missing cannot be started", "no-such-program")),
        ("taken", ("taken cannot have port", "it is taken by")),
        ("dies", ("dies died at start: exit code 1", "cannot find my settings")),
        ("mute", ("mute did not get ready within 4", "it wrote nothing to its log", "log.txt")),
    ],
)
def test_a_target_that_does_not_start_says_why(run: Front, name: str, says: tuple[str, ...]) -> None:
    target = part(run, name)
    assert target["state"] == "failed"
    assert target["summary"]["requests"] == 0
    for text in says:
        assert text in target["trouble"]
    assert f"{name} did not start: {says[0]}" in run.err


def test_a_target_that_dies_under_load_ends_alone(run: Front) -> None:
    died, well = part(run, "fastapi"), part(run, "django-asgi")
    assert died["state"] == "died"
    assert "it ended by itself: killed by SIGKILL" in died["trouble"]
    assert died["buckets"]["users"][-1] == 0
    assert well["summary"]["failed"] == 0
    assert well["summary"]["window"]["seconds"] == pytest.approx(4, abs=0.5)
    assert all(ok > 0 for ok in well["buckets"]["ok"][:4])
    assert run.json["outcome"] == "failed"
    assert "✖ down" in run.err
    assert "fastapi: ended by itself: killed by SIGKILL" in run.err
    assert not run.processes()


def test_json_stands_alone_and_progress_comes_once_a_second(run: Front) -> None:
    assert run.json["schema"] == "abreast/session@2"
    lines = [line.split(" s │ ") for line in run.err.splitlines() if " s │ " in line]
    seconds = [int(line[0]) for line in lines if not re.match(r"[a-z-]+: ", line[1])]
    assert seconds == sorted(set(seconds))
    assert seconds == [1, 2, 3, 4]


def test_where_no_target_starts_the_run_ends_at_once(tmp_path: Path) -> None:
    with started(tmp_path, "run", "hello", "--targets", "dies,missing", command=RUNNER) as front:
        assert front.wait() == 3
        assert "cannot find my settings" in front.out
        assert "Nothing was measured" in front.out
        assert "1 s │" not in front.err
