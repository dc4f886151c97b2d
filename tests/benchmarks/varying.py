"""What requests that vary cost: our worker with each kind of workload, as a share of the constant request."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from engine.client.placeholders import Words
from engine.protocol.messages import Template
from engine.protocol.request import Check, Extract
from tests.benchmarks.generators import Job, Measured, run_worker
from tests.benchmarks.null_server import null_server
from tests.benchmarks.report import Options, Table
from tests.support.templates import rendered
from tests.support.worker_process import get

CONNECTIONS = 50


@dataclass(frozen=True)
class Kind:
    """A kind of workload."""

    name: str
    make: Callable[[int], tuple[Template, ...]]
    """Takes the server's port."""
    journey: bool = False


def varying(options: Options) -> Table:
    """All kinds in turns, against NGINX."""
    rounds: dict[str, list[Measured]] = {kind.name: [] for kind in KINDS}
    seconds = options.seconds / 2
    with null_server(options.cores.on_server()) as port:
        job = Job(port, CONNECTIONS, seconds, options.cores)
        for number in range(options.rounds):
            for kind in KINDS:
                print(f"  round {number + 1} of {options.rounds}: {kind.name}", file=sys.stderr)
                rounds[kind.name].append(run_worker(job, *kind.make(port), journey=kind.journey))
    constant = median(each.rate_per_cpu_s for each in rounds[KINDS[0].name])
    rows = []
    for name, measured in rounds.items():
        per_cpu_s = median(each.rate_per_cpu_s for each in measured)
        rate = median(each.rate for each in measured)
        rows.append((name, f"{rate:,.0f}", f"{per_cpu_s:,.0f}", f"{per_cpu_s / constant:.2f}"))
    return Table(
        f"Requests that vary, {CONNECTIONS} connections",
        ("workload", "requests/s", "requests/CPU s", "share of the constant one, by CPU"),
        tuple(rows),
        (
            "Our worker against NGINX, a static answer.",
            f"Medians of {options.rounds} rounds of {seconds:g} s, in turns.",
        ),
    )


def _constant(port: int) -> tuple[Template, ...]:
    return (get(port, "/"),)


def _weighted(port: int) -> tuple[Template, ...]:
    return get(port, "/", weight=3), get(port, "/other", weight=1)


def _numbered(port: int) -> tuple[Template, ...]:
    return (get(port, "/?n={n}", words=Words()),)


def _drawn(port: int) -> tuple[Template, ...]:
    body = {"id": "{uuid}", "rank": "{random:1-100|number}", "name": "{name}"}
    words = Words(data={"name": ("Ada", "Grace", "Edsger")})
    return (rendered(f"http://127.0.0.1:{port}", "POST", "/", json=body, words=words, name="post"),)


def _checked(port: int) -> tuple[Template, ...]:
    return (get(port, "/", checks=[Check("contains", text="hello")]),)


def _journey(port: int) -> tuple[Template, ...]:
    first = get(port, "/", takes=[Extract("word", "json", "/message")])
    return first, get(port, "/?word={word}", words=Words(taken=frozenset({"word"})))


KINDS = (
    Kind("constant", _constant),
    Kind("two constant ones by weight", _weighted),
    Kind("`/?n={n}`", _numbered),
    Kind("JSON body: uuid, random number, data", _drawn),
    Kind("check: body contains", _checked),
    Kind("journey of two, a value taken", _journey, journey=True),
)
