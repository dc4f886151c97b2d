"""Values, changes, claims and gates in words, for every format. Pure."""

from collections.abc import Iterator

from engine.comparison.comparability import Severity
from engine.comparison.comparison import Comparison, LevelComparison, Side, TargetComparison
from engine.comparison.differences import Claim, Difference
from engine.comparison.gate import GateResult, Outcome
from engine.comparison.sums import METRICS, Metric
from engine.metrics import formatting
from targets.plain_text import one_line

SHOWN: tuple[Metric, ...] = tuple(metric for metric in METRICS if metric != "rps")
"""The rows of a table; requests a second of any outcome only matter to conditions."""

NAMES: dict[Metric, str] = {
    "goodput": "goodput, ok/s",
    "p50": "p50",
    "p95": "p95",
    "p99": "p99",
    "errors": "error rate",
    "cpu": "CPU per 1,000 ok",
    "memory": "memory, mean",
    "rps": "requests/s",
}

CLAIMS: dict[Claim, str] = {"higher": "▲ higher", "lower": "▼ lower", "alike": "≈ alike", "undecided": ""}

OUTCOMES: dict[Outcome, str] = {
    "failed": "✖ failed",
    "undecided": "◌ undecided",
    "passed": "✔ passed",
}
"""What became of a condition; failures are listed first."""

SIGNS: dict[Severity, str] = {"red": "✖", "amber": "◐", "note": "·"}

NO_COMMON_LEVEL = "A and B settled at no common level of load."

NOT_A_VERDICT = (
    "Differences, no verdict: intervals cover what varied within these two runs, not between runs."
)


def value_text(metric: Metric, value: float | None) -> str:
    """A figure with its unit."""
    if value is None:
        return formatting.MISSING
    if metric in ("goodput", "rps"):
        return formatting.rate(value)
    if metric == "errors":
        return formatting.percent(100 * value)
    if metric == "cpu":
        return formatting.duration(1000 * value)
    return formatting.memory(value) if metric == "memory" else formatting.duration(value)


def change_text(found: Difference) -> str:
    """A change with its sign: `+12.3 %`, of error rates in points."""
    if found.change is None:
        return formatting.MISSING
    return f"{_signed(found.metric, found.change)} {_unit(found.metric)}"


def interval_text(found: Difference) -> str:
    """The interval of a change: `+5.0 … +19.8 %`."""
    if found.interval is None:
        return formatting.MISSING
    low, high = (_signed(found.metric, end) for end in found.interval)
    return f"{low} … {high} {_unit(found.metric)}"


def claim_text(found: Difference) -> str:
    """What can be said of B, or why nothing can."""
    return CLAIMS[found.claim] or f"undecided: {found.why}"


def shown_differences(level: LevelComparison) -> list[Difference]:
    """The rows of a level's table."""
    return [each for each in level.differences if each.metric in SHOWN]


FIGURE_HEADS = ("", "A", "B", "difference", "95 % interval")


def figure_cells(found: Difference) -> tuple[str, ...]:
    """A row of a level's table, under `FIGURE_HEADS`; what is claimed of it is not among them."""
    return (
        NAMES[found.metric],
        value_text(found.metric, found.a),
        value_text(found.metric, found.b),
        change_text(found),
        interval_text(found),
    )


def summary(found: Comparison) -> str:
    """What came out, in one sentence."""
    levels = (level for target in found.targets for level in target.levels)
    differences = [each for level in levels for each in shown_differences(level)]
    certain = sum(each.claim in ("higher", "lower") for each in differences)
    alike = sum(each.claim == "alike" for each in differences)
    undecided = len(differences) - certain - alike
    text = (
        f"Of {len(differences)} figures {certain} differ for certain, {alike} are alike and "
        f"{undecided} undecided."
        if differences
        else NO_COMMON_LEVEL
    )
    if searched := [capacity_text(target) for target in found.targets if target.is_search]:
        text = f"{'; '.join(searched)}."
    return f"The gate: {gate_outcome(found)}. {text}" if found.gate else text


def capacity_text(target: TargetComparison) -> str:
    """How many users a target of two searches serves, without a stop."""
    a, b = target.a.capacity, target.b.capacity
    assert a is not None
    assert b is not None
    unit = a.unit if a.unit == b.unit else f"{a.unit}, or {b.unit} in B,"
    return f"Most {unit} of {one_line(target.label)}: A {a.range}, B {b.range}"


def gate_results(found: Comparison) -> Iterator[GateResult]:
    """What became of each condition, failures first."""
    for outcome in OUTCOMES:
        yield from (each for each in found.gate if each.outcome == outcome)


def gate_outcome(found: Comparison) -> str:
    """What became of all conditions together."""
    if found.has_failed:
        return "failed"
    undecided = sum(each.outcome == "undecided" for each in found.gate)
    return f"nothing failed, {undecided} of {len(found.gate)} undecided" if undecided else "passed"


def gate_text(result: GateResult) -> str:
    """What became of a condition, without its outcome."""
    where = f"{result.condition.text}: {result.target}, {result.level}"
    return ": ".join(filter(None, (where, figures_text(result))))


def figures_text(result: GateResult) -> str:
    """What a condition was judged by, and why it is undecided."""
    found, text = result.difference, ""
    if found is not None and found.change is not None:
        a, b = (value_text(found.metric, value) for value in (found.a, found.b))
        text = f"{change_text(found)} ({a} → {b}; {interval_text(found)})"
    return ": ".join(filter(None, (text, result.why)))


def side_text(side: Side) -> str:
    """What a side is, in one line."""
    run = side.run
    parts = [f"baseline {run.baseline} of session {run.id}" if run.baseline else run.id]
    if len(side.subjects) < len(run.subjects):
        parts[0] += f", target {side.subjects[0].label}"
    return ", ".join([*parts, run.title, run.started_at[:16].replace("T", " ")])


def only_texts(found: Comparison) -> list[str]:
    """Targets and levels that one side does not have."""
    texts = [
        f"only in {side}: {', '.join(labels)}"
        for side, labels in (("A", found.only_a), ("B", found.only_b))
        if labels
    ]
    for target in found.targets:
        texts += [
            f"{target.label}: only {side} settled at {', '.join(map(str, loads))} {found.load_unit}"
            for side, loads in (("A", target.only_a), ("B", target.only_b))
            if loads
        ]
    return texts


def _signed(metric: Metric, change: float) -> str:
    digits = 2 if metric == "errors" else 1
    text = f"{100 * change:+.{digits}f}" if abs(change) < 10 else f"{100 * change:+.0f}"
    return text.replace("-", "−")


def _unit(metric: Metric) -> str:
    """`pt`: points, of percentages."""
    return "pt" if metric == "errors" else "%"
