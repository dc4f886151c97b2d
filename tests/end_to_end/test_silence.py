"""A target or a load worker that falls silent while load flows is noticed, and counts."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import psutil
import pytest

from engine.metrics.records import Bucket
from tests.support.fronts import Front, started, target_of, until

OPEN = """
title = "Open"
targets = ["fastapi"]
model = "open"
warm_up = "none"
stages = [{ rate = 50, hold = "9 s" }]
slo = "p95 < 200 ms"
"""
MUTE = """
title = "Mute"
think_time = "20 ms"
warm_up = "none"
stages = [{ users = 3, hold = "3 s" }]
slo = "errors < 1 %"
[[target]]
name = "mute"
command = ["python3", "-c", '''
import http.server, sys, time
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        if self.path == "/hang":
            time.sleep(600)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
''', "{port}"]
[[request]]
path = "/hang"
"""


def frozen(front: Front, target: str) -> list[psutil.Process]:
    """Stops the target's processes (or, for an empty name, the load worker) once it has answered for 2 s."""
    front.says("   3 s │")
    processes = [each for each in front.processes() if target_of(each) == target]
    processes = [each for each in processes if target or "engine.worker.process" in each.cmdline()]
    assert processes
    for each in processes:
        each.suspend()
    return processes


def exported(front: Front) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads((front.folder / "out.json").read_bytes())
    return found


@pytest.fixture(scope="module")
def frozen_target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Front]]:
    """Runs in both models whose target is frozen from about their third second to their end."""
    folder = tmp_path_factory.mktemp("frozen")
    (folder / "open.toml").write_text(OPEN)
    closed = ("run", "hello", "--targets", "fastapi", "--users", "10", "--seconds", "9")
    slo = ("--slo", "p95 < 200 ms", "--export", "out.json", "--headless")
    with (
        started(folder / "closed", *closed, *slo) as first,
        started(folder / "open", "run", str(folder / "open.toml"), "--export", "out.json") as second,
    ):
        for front in (first, second):
            frozen(front, "fastapi")
        for front in (first, second):
            front.wait()
        yield {"closed": first, "open": second}


@pytest.mark.parametrize("model", ["closed", "open"])
def test_a_frozen_target_meets_no_slo(frozen_target: dict[str, Front], model: str) -> None:
    front = frozen_target[model]
    assert front.wait() == 1
    (target,) = exported(front)["targets"]
    whole = target["summary"]
    assert whole["unanswered"] > 0
    assert whole["error_rate"] > 0
    assert whole["stalled_s"] >= 2
    assert whole["oldest_unanswered_ms"] >= 2000
    assert "SLO missed" in front.out
    assert f"{whole['unanswered']} requests got no answer, the oldest after" in front.out


def test_a_frozen_target_shows_while_it_is_frozen(frozen_target: dict[str, Front]) -> None:
    assert "no answer 10" in frozen_target["closed"].err


def test_every_arrival_is_in_one_count(frozen_target: dict[str, Front]) -> None:
    (target,) = exported(frozen_target["open"])["targets"]
    whole = target["summary"]
    ended = whole["ok"] + whole["failed"] + whole["unanswered"] + whole["in_flight"]
    arrivals = whole["arrivals"]
    assert arrivals["begun"] == ended + whole["cancelled"]
    assert arrivals["due"] == arrivals["begun"] + arrivals["dropped"] + arrivals["waiting"]


def test_a_target_that_answers_nothing_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "mute.toml").write_text(MUTE)
    with started(tmp_path, "run", "mute.toml", "--headless", "--export", "out.json") as front:
        assert front.wait() == 3
        assert "mute not one request was answered" in front.out
        assert "SLO missed by mute: 100.00 % failed" in front.out
        found = exported(front)
    (target,) = found["targets"]
    whole = target["summary"]
    assert (whole["requests"], whole["unanswered"], whole["error_rate"]) == (0, 3, 1.0)
    assert found["outcome"] == "failed"
    assert [(each["name"], each["unanswered"]) for each in target["requests"]] == [("GET /hang", 3)]


@pytest.mark.parametrize("seconds", ["0.2", "0.9"])
def test_a_run_that_is_too_short_is_refused(tmp_path: Path, seconds: str) -> None:
    with started(tmp_path, "run", "hello", "--seconds", seconds, "--headless") as front:
        assert front.wait() == 2
        assert "measures nothing" in front.err


def test_a_run_in_which_no_request_is_due_has_measured_nothing(tmp_path: Path) -> None:
    load = ("run", "hello", "--targets", "fastapi", "--users", "2", "--seconds", "2", "--think-time", "1 h")
    with started(tmp_path, *load, "--headless", "--export", "out.json") as front:
        assert front.wait() == 4
        assert "Nothing was measured" in front.out
        assert exported(front)["outcome"] == "untrusted"


def test_seconds_that_a_frozen_worker_did_not_report_are_missing(tmp_path: Path) -> None:
    load = ("run", "hello", "--targets", "fastapi", "--users", "2", "--seconds", "12", "--strict")
    with started(tmp_path, *load, "--export", "out.json") as front:
        (worker,) = frozen(front, "")
        front.says("fastapi no figures for 3 s")
        until(lambda: any(each.is_missing for each in front.records(Bucket)), "a second is missing")
        worker.send_signal(signal.SIGCONT)
        assert front.wait() == 4, "with --strict"
        assert "did not report in time: figures are missing" in front.out
        (target,) = exported(front)["targets"]
    columns = target["buckets"]
    missing = [at for at, workers in enumerate(columns["missing_workers"]) if workers]
    assert any(columns["ok"][at] is None for at in missing), "of the first one it may have reported a part"
    assert all(columns["light"][at] == "red" for at in missing)
