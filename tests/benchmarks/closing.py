"""Servers that close each connection: what a new one for each request costs the generator, beside wrk."""

import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import trustme

from engine.protocol.address import Tls
from tests.benchmarks.generators import WRK, Job, Measured, run_worker, run_wrk
from tests.benchmarks.null_server import null_server
from tests.benchmarks.report import Options, Table
from tests.benchmarks.throughput import Medians, missing
from tests.support.worker_process import get

if TYPE_CHECKING:
    from collections.abc import Callable

USERS = 100
ASKED = 1.5
"""Times wrk's: what a request may cost our worker in processor time."""
NOT_ALIKE = (
    "p50: ours begins before the connect and ends when the response arrives, wrk's begins some turns of its "
    "loop after the connect and ends when the response is read."
)

_HEAD = ("server", "generator", "requests/s", "requests/CPU s", "CPU used", "p50 ms", "CPU ÷ wrk's", "goal")


def closing(options: Options) -> Table:
    """Our worker and wrk in turns, in the clear and with TLS.

    Their latencies are not alike (`NOT_ALIKE`): half of what wrk's users wait for is in none of its
    latencies. What counts is processor time.
    """
    rows: list[tuple[str, ...]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        certificate, authority = folder / "server.pem", trustme.CA()
        issued = authority.issue_cert("127.0.0.1")
        issued.private_key_and_cert_chain_pem.write_to_path(str(certificate))
        trusting = Tls(ca_pem=authority.cert_pem.bytes().decode())
        for server, tls in (("closes", None), ("closes, TLS", trusting)):
            pem = certificate if tls else None
            with null_server(options.cores.on_server(), keepalive="0", certificate=pem) as port:
                rows += _compared(server, options, Job(port, USERS, options.seconds, options.cores), tls)
    return Table(
        f"A new connection for each request, {USERS} users",
        _HEAD,
        tuple(rows),
        (
            f"NGINX closes after each answer; {options.rounds} rounds of {options.seconds:g} s, in turns.",
            NOT_ALIKE,
            "No TLS session is resumed: wrk would resume them; each of our users is a new client.",
            *missing((WRK,)),
        ),
    )


def in_the_clear(options: Options) -> dict[str, list[Measured]]:
    """The rounds of our worker and wrk without TLS, by name."""
    with null_server(options.cores.on_server(), keepalive="0") as port:
        return _in_turns("closes", options, Job(port, USERS, options.seconds, options.cores), None)


def _in_turns(server: str, options: Options, job: Job, tls: Tls | None) -> dict[str, list[Measured]]:
    runs: dict[str, Callable[[], Measured]] = {
        "abreast": lambda: run_worker(job, get(job.port, "/"), tls=tls)
    }
    if WRK.is_installed():
        scheme = "https" if tls else "http"
        runs["wrk"] = lambda: run_wrk(job, "--header", "Connection: close", scheme=scheme)
    rounds: dict[str, list[Measured]] = {name: [] for name in runs}
    for number in range(options.rounds):
        for name, run in runs.items():
            print(f"  {server}, round {number + 1} of {options.rounds}: {name}", file=sys.stderr)
            rounds[name].append(run())
    return rounds


def _compared(server: str, options: Options, job: Job, tls: Tls | None) -> list[tuple[str, ...]]:
    rounds = _in_turns(server, options, job, tls)
    rates = {name: Medians.of(measured) for name, measured in rounds.items()}
    rows: list[tuple[str, ...]] = []
    for name, measured in rounds.items():
        times = rates["wrk"].rate_per_cpu_s / rates[name].rate_per_cpu_s if "wrk" in rates else 0.0
        verdict = (
            f"\u2264 {ASKED:g}: {'met' if times <= ASKED else 'missed'}" if times and name != "wrk" else ""
        )
        p50_ms = median(each.p50_ms for each in measured)
        rows.append((server, name, *rates[name].cells(), f"{p50_ms:.2f}", f"{times:.2f}", verdict))
    return rows
