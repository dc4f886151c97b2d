"""What a request costs over HTTP/2: our worker beside h2load and oha, and beside itself over HTTP/1.1."""

import re
import shutil
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace

from engine.protocol.http2 import Http2
from tests.benchmarks.generators import (
    Generator,
    Job,
    Measured,
    children_cpu_s,
    run_abreast,
    run_worker,
)
from tests.benchmarks.null_server import null_server
from tests.benchmarks.report import Options, Table
from tests.benchmarks.throughput import Medians, missing
from tests.support.worker_process import get

CONNECTIONS, STREAMS = 2, 25
"""So many requests are in flight at once as 50 users of HTTP/1.1 have."""


def run_http2(job: Job) -> Measured:
    """Our worker, whose users share connections."""
    return run_worker(job, get(job.port, "/"), http2=Http2(CONNECTIONS, STREAMS))


def run_h2load(job: Job) -> Measured:
    """h2load with one thread. Without TLS it speaks HTTP/2 at once."""
    said, cpu_s = _said(
        job,
        *("h2load", "--threads", "1", "--clients", str(CONNECTIONS)),
        *("--max-concurrent-streams", str(STREAMS), "--duration", str(round(job.seconds))),
    )
    counts = re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored", said)
    finished = re.search(r"finished in ([\d.]+)(us|ms|s)", said)
    assert counts, said
    assert finished, said
    assert (counts[2], counts[3]) == ("0", "0"), said
    return Measured(int(counts[1]), float(finished[1]) * _SECONDS[finished[2]], cpu_s)


def run_oha(job: Job) -> Measured:
    """oha, whose threads share the core."""
    said, cpu_s = _said(
        job,
        *("oha", "--no-tui", "--http2", "-c", str(CONNECTIONS), "-p", str(STREAMS)),
        *("-z", f"{round(job.seconds)}s"),
    )
    ok, total = re.search(r"\[200\] (\d+) responses", said), re.search(r"Total:\s+([\d.]+) (ms|s)", said)
    assert ok, said
    assert total, said
    return Measured(int(ok[1]), float(total[1]) * _SECONDS[total[2]], cpu_s)


_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}


def _said(job: Job, *command: str) -> tuple[str, float]:
    """What a generator printed, and the processor seconds that it used."""
    before_s = children_cpu_s()
    words = [*job.cores.on_generator(), *command, f"http://127.0.0.1:{job.port}/"]
    said = subprocess.run(words, capture_output=True, text=True, check=True)
    return said.stdout, children_cpu_s() - before_s


ABREAST = Generator("abreast worker, HTTP/2", lambda: True, run_http2)
ABREAST_1 = Generator("abreast worker, HTTP/1.1", lambda: True, run_abreast)
H2LOAD = Generator(
    "h2load",
    lambda: shutil.which("h2load") is not None,
    run_h2load,
    "apt install nghttp2-client, or brew install nghttp2",
)
OHA = Generator(
    "oha", lambda: shutil.which("oha") is not None, run_oha, "cargo install oha, or brew install oha"
)
GENERATORS = (ABREAST, ABREAST_1, H2LOAD, OHA)


def http2(options: Options) -> Table:
    """Those generators that are installed, in turns, against NGINX."""
    present = [each for each in GENERATORS if each.is_installed()]
    rounds: dict[str, list[Measured]] = {each.name: [] for each in present}
    with ExitStack() as stack:
        pinned = options.cores.on_server()
        port, old_port = (
            stack.enter_context(null_server(pinned, speaks_http2=is_new)) for is_new in (True, False)
        )
        job = Job(port, CONNECTIONS * STREAMS, options.seconds, options.cores)
        for number in range(options.rounds):
            for each in present:
                print(f"  round {number + 1} of {options.rounds}: {each.name}", file=sys.stderr)
                asked = replace(job, port=old_port) if each is ABREAST_1 else job
                rounds[each.name].append(each.run(asked))
    medians = {name: Medians.of(measured) for name, measured in rounds.items()}
    ours = medians[ABREAST.name]
    return Table(
        "HTTP/2",
        ("generator", "requests/s", "CPU µs/request", "CPU used", "abreast's CPU a request ÷ its"),
        tuple(
            (
                name,
                f"{each.rate:,.0f}",
                f"{1e6 / each.rate_per_cpu_s:.1f}",
                f"{each.cpu_pct:.0f} %",
                f"{each.rate_per_cpu_s / ours.rate_per_cpu_s:.2f}",
            )
            for name, each in medians.items()
        ),
        (
            f"NGINX without TLS; {CONNECTIONS} connections with {STREAMS} requests at once on each.",
            f"Over HTTP/1.1 {CONNECTIONS * STREAMS} connections.",
            f"Medians of {options.rounds} rounds of {options.seconds:g} s, in turns.",
            *missing(GENERATORS),
        ),
    )
