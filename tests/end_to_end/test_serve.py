"""`abreast serve` beside a session that runs: visitors see it live, and then its result."""

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.fronts import started

pytestmark = pytest.mark.timeout(120)

RUN = (
    "run",
    "hello",
    "--targets",
    "fastapi,django-wsgi",
    "--users",
    "2",
    "--seconds",
    "6",
    "--headless",
    "--json",
)


def messages(stream: httpx.Response) -> Iterator[dict[str, Any]]:
    """What the page gets."""
    for line in stream.iter_lines():
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


def test_a_session_that_runs_is_followed_to_its_result(tmp_path: Path) -> None:
    with started(tmp_path / "run", *RUN) as front:
        front.loads()
        with started(tmp_path / "serve", "serve", "--port", "0", home=front.home) as server:
            server.says("Ctrl+C ends it")
            found = re.search(r"http://\S+/", server.err)
            assert found
            seen: list[dict[str, Any]] = []
            with httpx.stream("GET", f"{found[0]}events", trust_env=False, timeout=60) as stream:
                for message in messages(stream):
                    seen.append(message)
                    if message["view"] and message["view"]["phase"] == "ended":
                        break
            assert front.wait() == 0
            report = httpx.get(f"{found[0]}report", trust_env=False, timeout=60)
            server.process.send_signal(signal.SIGINT)
            assert server.wait() == 0
    running = [each["view"] for each in seen if each["view"] and each["view"]["phase"] == "running"]
    assert len({view["clock"] for view in running}) > 2
    assert [lane["label"] for lane in running[-1]["targets"]] == ["fastapi", "django-wsgi"]
    assert all(lane["is_measured"] for lane in running[-1]["targets"])
    assert seen[-1]["view"]["result"]["table"]["rows"]
    assert report.status_code == 200
    assert front.json["outcome"] == "completed"
