"""What requests that vary cost: our worker with each kind of workload, as a share of the constant request."""

import sys
from collections.abc import Callable, Sequence
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
    seconds = options.seconds / 2
    rounds = in_turns(options, seconds, KINDS)
    rows = []
    for name, measured in rounds.items():
        per_cpu_s = median(each.rate_per_cpu_s for each in measured)
        rate = median(each.rate for each in measured)
        share = share_of(measured, rounds[CONSTANT.name])
        rows.append((name, f"{rate:,.0f}", f"{per_cpu_s:,.0f}", f"{share:.2f}"))
    return Table(
        f"Requests that vary, {CONNECTIONS} connections",
        ("workload", "requests/s", "requests/CPU s", "share of the constant one, by CPU"),
        tuple(rows),
        (
            "Our worker against NGINX, a static answer.",
            f"Medians of {options.rounds} rounds of {seconds:g} s, in turns.",
        ),
    )


def in_turns(options: Options, seconds: float, kinds: Sequence[Kind]) -> dict[str, list[Measured]]:
    """The rounds of these kinds, by name."""
    rounds: dict[str, list[Measured]] = {kind.name: [] for kind in kinds}
    with null_server(options.cores.on_server()) as port:
        job = Job(port, CONNECTIONS, seconds, options.cores)
        for number in range(options.rounds):
            for kind in kinds:
                print(f"  round {number + 1} of {options.rounds}: {kind.name}", file=sys.stderr)
                rounds[kind.name].append(run_worker(job, *kind.make(port), journey=kind.journey))
    return rounds


def share_of(measured: Sequence[Measured], others: Sequence[Measured]) -> float:
    """How many requests one has sent for each that another has, by CPU: the median of rounds, each beside the
    other's of the same round, since a busy machine slows both."""
    pairs = zip(measured, others, strict=True)
    return median(each.rate_per_cpu_s / other.rate_per_cpu_s for each, other in pairs)


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


def _searched(port: int) -> tuple[Template, ...]:
    checks = [
        Check("header", header="content-type", test="contains", text="json"),
        Check("jmespath", pointer="message", expected=b'"hello"'),
        Check("matches", text="hel+o"),
    ]
    return (get(port, "/", checks=checks),)


def _journey(port: int) -> tuple[Template, ...]:
    first = get(port, "/", takes=[Extract("word", "json", "/message")])
    return first, get(port, "/?word={word}", words=Words(taken=frozenset({"word"})))


CONSTANT = Kind("constant", _constant)
DRAWN = Kind("JSON body: uuid, random number, data", _drawn)
CHECKED = Kind("check: body contains", _checked)
JOURNEY = Kind("journey of two, a value taken", _journey, journey=True)
KINDS = (
    CONSTANT,
    Kind("two constant ones by weight", _weighted),
    Kind("`/?n={n}`", _numbered),
    DRAWN,
    CHECKED,
    Kind("checks: a header, JMESPath, a regular expression", _searched),
    JOURNEY,
)
