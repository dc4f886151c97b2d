"""The session JSON as people read it: figures, what went wrong, whether they can be trusted. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from engine.metrics.figures import connects_matter
from engine.metrics.recovery import recovery_text
from engine.metrics.result_of import Measured, result_of, why_nothing
from engine.metrics.snapshot import Recovery
from engine.metrics.timeline import opens_websockets
from engine.protocol.outcome import never_answered
from tui.views import formatting, sentences

KINDS_SHOWN = 5

Document = dict[str, Any]
Table = list[tuple[str, ...]]


def summary_text(result: Document) -> str:
    """The comparison as a table, and whether it can be trusted."""
    if not result["targets"]:
        return f"{result['title']}: ended before any target started"
    lines = [
        _about(result),
        *_aligned(_figures(result)),
        *_aligned(_arrivals(result)),
        *_aligned(_levels(result)),
        *_streams(result),
        *_unanswered(result),
        *_slo(result),
        *_recoveries(result),
        *_remarks(result),
        *_fairness(result),
        *_troubles(result),
        *_trust(result),
    ]
    return "\n".join(line.rstrip() for line in lines)


def _about(result: Document) -> str:
    plan = result["plan"]
    measured = [_measured(target) for target in result["targets"]]
    of = result_of(measured)
    span = f"{max(target.seconds for target in measured):g} s after warm-up"
    if of == "whole":
        span += ", no level held long enough to settle"
    if of == "nothing":
        span = f"nothing was measured, because {why_nothing(measured)}"
    model = f"open model, at most {plan['max_users']} users" if _is_open(result) else "closed model"
    return f"{result['title']}: workload {plan['workload']}, {model}, think time {plan['think_time']}, {span}"


def _measured(target: Document) -> Measured:
    """What there is of one target to take figures from."""
    whole, level = target["summary"], next(reversed(target["levels"]), None)
    return Measured(
        level=level["requests"] + level["unanswered"] if level else 0,
        whole=whole["requests"] + whole["unanswered"],
        seconds=whole["window"]["seconds"],
        was_ready=target["state"] not in ("failed", "waiting"),
    )


def _is_open(result: Document) -> bool:
    return bool(result["plan"]["model"] == "open")


# ---------------------------------------------------------------- tables


def _aligned(table: Table) -> Iterable[str]:
    """Columns in line: the first to the left, figures to the right."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for first, *rest in table:
        cells = (text.rjust(width) for text, width in zip(rest, widths[1:], strict=True))
        yield "  ".join([first.ljust(widths[0]), *cells])


def _figures(result: Document) -> Table:
    base = _base(result)
    versus = "vs first" if base is result["targets"][0] else f"vs {base['name']}"
    heads = ("target", "ok/s", versus, "p50 ms", "p95 ms", "p99 ms", "max ms", "errors", "requests",
             "conns", "in/s", "out/s", "cpu %", "MB")  # fmt: skip
    return [heads, *(_row(target, base["summary"]["goodput"]) for target in result["targets"])]


def _base(result: Document) -> Document:
    """The first target that served anything, which the others are held against; the first where none did."""
    served = (target for target in result["targets"] if target["summary"]["goodput"])
    base: Document = next(served, result["targets"][0])
    return base


def _row(target: Document, base: float) -> tuple[str, ...]:
    summary = target["summary"]
    is_measured = summary["window"]["seconds"] > 0
    return (
        target["name"],
        _plain(summary["goodput"] if is_measured else None, 1),
        f"{summary['goodput'] / base:.2f}×" if base and is_measured else "·",
        *_percentiles(summary["latency_ms"]),
        _ms(summary["latency_ms"]["max"]),
        _error_rate(summary),
        str(summary["requests"]),
        str(summary["connections"]["new"]),
        formatting.size(summary["bytes_in_per_s"]),
        formatting.size(summary["bytes_out_per_s"]),
        _plain(summary["cpu_pct"]["mean"], 0),
        _plain(summary["memory_mb"]["max"], 0),
    )


def _error_rate(summary: Document) -> str:
    """With its 95 % interval where anything failed; a dot where nothing ended."""
    if summary["error_rate_interval"] is None:
        return "·"
    rate = f"{summary['error_rate']:.2%}"
    if not summary["failed"] + summary["unanswered"]:
        return rate
    low, high = summary["error_rate_interval"]
    return f"{rate} ({100 * low:.2f}–{100 * high:.2f})"


def _arrivals(result: Document) -> Table:
    """Of the open model: what became of arrivals, and service times; the table above has response times."""
    if not _is_open(result):
        return []
    heads = ("open model", "arrivals/s", "begun", "dropped", "waiting", "service p50 ms", "p95 ms", "p99 ms")
    rows = []
    for target in result["targets"]:
        summary = target["summary"]
        arrivals = summary["arrivals"]
        counts = (str(arrivals[name]) for name in ("begun", "dropped", "waiting"))
        rows.append(
            (target["name"], f"{arrivals['per_s']:.1f}", *counts, *_percentiles(summary["service_ms"]))
        )
    return [heads, *rows]


def _levels(result: Document) -> Table:
    """The figures of each level, where some target held more than one; the tables above mix them."""
    if all(len(target["levels"]) < 2 for target in result["targets"]):
        return []
    load = "arrivals_per_s" if _is_open(result) else "users"
    heads = ("by level", load.replace("_per_", "/"), "ok/s", "p50 ms", "p95 ms", "p99 ms", "errors")
    rows = [
        (
            target["name"],
            str(level[load]),
            f"{level['goodput']:.1f}",
            *_percentiles(level["latency_ms"]),
            _error_rate(level),
        )
        for target in result["targets"]
        for level in target["levels"]
    ]
    return [heads, *rows]


def _percentiles(latency_ms: Document) -> tuple[str, ...]:
    return tuple(_ms(latency_ms[name]) for name in ("p50", "p95", "p99"))


def _ms(value: float | None) -> str:
    return _plain(value, 2 if value is not None and value < 100 else 0)


def _plain(value: float | None, digits: int) -> str:
    return "·" if value is None else f"{value:.{digits}f}"


# ---------------------------------------------------------------- sentences


def _streams(result: Document) -> list[str]:
    """A line for each target that streamed."""
    lines = []
    for target in result["targets"]:
        summary = target["summary"]
        if summary["tokens"]:
            first = summary["first_byte_ms"]
            lines.append(
                f"{target['name']}: {summary['tokens_per_s']:.1f} tokens/s ({summary['tokens']} in all), "
                f"first byte p50 {_ms(first['p50'])} ms, p95 {_ms(first['p95'])} ms"
            )
    return lines


def _slo(result: Document) -> list[str]:
    return [
        f"SLO {'met' if each['passed'] else 'missed'}: {each['target']}: {_threshold(each)}"
        for each in result["thresholds"]
    ]


def _threshold(each: Document) -> str:
    return sentences.threshold(each["measured"], each["limit"], each["latency_ms"], each["stalled_s"])


def _unanswered(result: Document) -> list[str]:
    """A line for each target that left requests without an answer."""
    lines = []
    for target in result["targets"]:
        whole = target["summary"]
        asked = whole["requests"] + whole["unanswered"] + whole["in_flight"]
        if never_answered(whole["errors"], asked=asked, ok=whole["ok"], tokens=whole["tokens"]):
            lines.append(f"{target['name']}: not one request was answered")
        if whole["unanswered"]:
            text = sentences.unanswered(
                whole["unanswered"], whole["oldest_unanswered_ms"], whole["stalled_s"]
            )
            lines.append(f"{target['name']}: {text}")
    return lines


def _recoveries(result: Document) -> list[str]:
    """A line for each fault and target."""
    names = [field.name for field in fields(Recovery)]
    found = (Recovery(**{name: each[name] for name in names}) for each in result["recoveries"])
    left_out = (each for each in result["events"] if each["kind"] == "left-out")
    return [
        *(f"{each.target}: {recovery_text(each)}" for each in found),
        *(f"{each['target'] or 'all targets'}: {each['text']}" for each in left_out),
    ]


def _remarks(result: Document) -> list[str]:
    """What weighs in the latencies: many new connections, and requests that had to be sent twice."""
    lines = []
    websockets = opens_websockets(result["plan"])
    for target in result["targets"]:
        made = target["summary"]["connections"]
        if connects_matter(made["new"], _started(target), websockets=websockets):
            known = {name: value for name, value in made["connect_ms"].items() if value is not None}
            times = ", ".join(f"{name} {_ms(value)} ms" for name, value in known.items())
            lines.append(
                f"{target['name']}: {made['share']:.1%} of requests needed a new connection, "
                f"whose making {f'({times}) ' if times else ''}is part of the latencies"
            )
        if made["reconnects"]:
            lines.append(
                f"{target['name']}: {made['reconnects']} × sent again on a new connection, "
                "the reused one having been closed"
            )
    return lines


def _started(target: Document) -> int:
    """Requests that were sent in the seconds that count."""
    seconds = target["buckets"]
    return sum(
        started or 0
        for started, counts in zip(seconds["started"], seconds["measured"], strict=True)
        if counts
    )


def _fairness(result: Document) -> list[str]:
    """What was not the same for all, and was meant to be so."""
    return [each["text"] for each in result["events"] if each["kind"] in {"difference", "settings"}]


def _troubles(result: Document) -> list[str]:
    """Failures by request, and what is wrong with targets, once where it is the same for several."""
    lines = []
    troubles: dict[str, list[str]] = {}
    for target in result["targets"]:
        lines += [
            f"{target['name']}: {request['name']}: {_kinds(request)}"
            for request in target["requests"]
            if request["errors"]
        ]
        if target["state"] in {"failed", "died"} or target["trouble"]:
            troubles.setdefault(target["trouble"], []).append(target["name"])
    lines += [f"{', '.join(whose)}: {trouble}" for trouble, whose in troubles.items()]
    return lines


def _kinds(request: Document) -> str:
    """Failures by kind, most first, with the first example of those that have one."""
    most: Sequence[tuple[str, int]] = sorted(request["errors"].items(), key=lambda each: -each[1])
    texts = []
    for kind, count in most[:KINDS_SHOWN]:
        example = request["examples"].get(kind)
        texts.append(f"{count} × {kind}" + (f" (the first: {example})" if example else ""))
    return ", ".join(texts)


def _trust(result: Document) -> list[str]:
    health = result["health"]
    cpu = _plain(health["generator_cpu_pct"], 0)
    lines = [f"generator: {health['light']} (load worker at {cpu} % of its core)"]
    lines += [f"  {reason}" for reason in health["reasons"]]
    if health["contended"]:
        lines.append("a race on shared processors: good for showing, no verdict on which is faster")
    return lines
