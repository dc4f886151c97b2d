"""Profiles of whole sessions as people run them: from the command line to the files, and after a kill."""

import signal
from pathlib import Path
from typing import Any

import orjson
import psutil
import pytest

from engine.metrics.profiles import Profiled
from tests.support.fronts import Front, marked, started, until

pytestmark = pytest.mark.races

LOAD = ("run", "hello", "--headless", "--targets", "fastapi,django-wsgi", "--users", "4")
BUSY = (*LOAD, "--think-time", "none")
"""So that samples find targets at work, however little of the processor they get."""


def sampler_of(front: Front) -> list[psutil.Process]:
    """The processes of py-spy that a front has started."""
    return [process for process in front.processes() if "py-spy" in process.name()]


def test_a_headless_run_profiles_its_targets_and_every_report_has_it(tmp_path: Path) -> None:
    with started(tmp_path, *BUSY, "--seconds", "6", "--profile", "2s") as front:
        assert front.wait() == 0, front.err
        assert "py-spy samples fastapi, django-wsgi for 2 s" in front.err
        assert "shares of busy samples" in front.out
        assert "● fastapi most self time" in front.out
        (profiled,) = front.records(Profiled)
        assert [(each.target, each.trouble) for each in profiled.targets] == [
            ("fastapi", ""),
            ("django-wsgi", ""),
        ]
        written = report(front, tmp_path, "json")
        assert [each["target"] for each in written["profile"][0]["targets"]] == ["fastapi", "django-wsgi"]
        spoiled = written["targets"][0]["buckets"]["spoiled"]
        assert 2 <= sum(map(bool, spoiled)) < len(spoiled)
        speedscope = report(front, tmp_path, "speedscope")
        assert all(sum(each["weights"]) == each["endValue"] for each in speedscope["profiles"])


def report(front: Front, folder: Path, name: str) -> dict[str, Any]:
    """A report of the front's session."""
    with started(folder / name, "report", "last", "--format", name, home=front.home) as made:
        assert made.wait() == 0, made.err
        found: dict[str, Any] = orjson.loads(made.out)
        return found


def test_a_profile_that_does_not_fit_is_refused_in_words(tmp_path: Path) -> None:
    with started(tmp_path, *LOAD, "--seconds", "6", "--profile", "5s") as front:
        assert front.wait() == 2
        assert "a profile of 5 s does not fit" in front.err
        assert "Traceback" not in front.err


@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM"])
def test_however_the_front_ends_while_it_samples_no_sampler_is_left(tmp_path: Path, how: str) -> None:
    with started(tmp_path, *LOAD, "--seconds", "600", "--profile", "60s", "--profile-at", "0s") as front:
        front.loads()
        session_id = front.session_id
        samplers = until(lambda: sampler_of(front), "it samples")
        front.process.send_signal(signal.Signals[how])
        until(lambda: not any(each.is_running() for each in samplers), "py-spy has ended")
        until(lambda: not marked(session_id), "nothing is left")
        if how == "SIGTERM":
            assert front.wait() == 130
            assert "no profile: the session ended" in front.err
