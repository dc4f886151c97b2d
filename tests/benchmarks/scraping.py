"""What Prometheus costs a session that it scrapes once a second."""

import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from contextlib import suppress
from pathlib import Path

import orjson
import psutil

from tests.benchmarks.report import Options, Table

SECONDS = 60
TARGETS = "fastapi,fastapi-sync,django-wsgi,django-asgi"


def scraping(options: Options) -> Table:
    """Front's CPU time, lag of the load worker and goodput, with a scrape a second and without."""
    seconds = min(SECONDS, max(5, 20 * round(options.seconds)))
    rows = [_row(seconds, scraped=scraped) for scraped in (False, True)]
    notes = (f"{TARGETS}; 2 users each, {seconds} s measured.",)
    columns = ("", "scrapes", "front's CPU", "worker's lag, p99", "requests")
    return Table("Live metrics for Prometheus", columns, tuple(rows), notes)


def _row(seconds: int, *, scraped: bool) -> tuple[str, ...]:
    with tempfile.TemporaryDirectory() as home:
        result = Path(home) / "session.json"
        command = [str(Path(sys.executable).with_name("abreast")), "run", "hello", "--export", str(result)]
        command += ["--users", "2", "--seconds", str(seconds), "--targets", TARGETS, "--think-time", "10 ms"]
        command += ["--prometheus", "0"] if scraped else []
        messages = Path(home) / "messages"
        with messages.open("wb") as file:
            front = subprocess.Popen(
                command, env=os.environ | {"ABREAST_HOME": home}, stdout=subprocess.DEVNULL, stderr=file
            )
            cpu_s, scrapes = _watch(front, messages)
        document = orjson.loads(result.read_bytes())
    lag_ms = document["health"]["loop_lag_p99_ms"]
    requests = sum(target["summary"]["requests"] for target in document["targets"])
    what = "scraped" if scraped else "not scraped"
    return what, str(scrapes), f"{cpu_s:.1f} s", f"{lag_ms:.2f} ms", str(requests)


def _watch(front: subprocess.Popen[bytes], messages: Path) -> tuple[float, int]:
    """CPU time of the front and number of scrapes, once it has ended; one scrape a second if it serves."""
    cpu_s, scrapes = 0.0, 0
    process = psutil.Process(front.pid)
    while front.poll() is None:
        with suppress(psutil.Error):
            times = process.cpu_times()
            cpu_s = times.user + times.system
        found = re.search(r"http://\S+/metrics", messages.read_text())
        if found:
            with suppress(OSError), urllib.request.urlopen(found[0], timeout=5) as response:
                scrapes += b"abreast_latency_seconds_bucket" in response.read()
        with suppress(subprocess.TimeoutExpired):
            front.wait(1.0)
    return cpu_s, scrapes
