"""A search for capacity as rows: a table of all targets, the result in sentences, and trials as they come.
Pure."""

from collections.abc import Sequence
from textwrap import wrap

from engine.answers.capacity.level import meets_criteria
from engine.answers.capacity.result import Capacity, TargetCapacity
from engine.answers.capacity.wording import notes, range_text, sentences, state_text, trial_text
from engine.metrics import formatting
from engine.metrics.palette import marker, slot_style
from engine.metrics.trials import Trial
from tui.views.rows import Row, Span, bar, elided, fit, plain, short

LABELS = 22
"""Cells for targets' labels, at most."""
_CELLS = (("ok/s", 7), ("p95", 8), ("errors", 8), ("CPU", 7), ("memory", 8), ("trials", 7))
"""What is shown of the lower end, with widths; the last columns go first where there is no room."""
RANGE = 16
STATE = 18


def capacity_table(of: Capacity, width: int) -> list[Row]:
    """A row for each target: its bracket, what it did at the lower end, and how far its search is."""
    labels = min(max(len(plain(each.label)) for each in of.targets), LABELS) if of.targets else 0
    room = width - labels - RANGE - STATE - 5
    shown = [cell for at, cell in enumerate(_CELLS) if sum(size for _, size in _CELLS[: at + 1]) <= room]
    head = f"   {'':{labels}} {of.unit:>{RANGE}}" + "".join(f"{name:>{size}}" for name, size in shown)
    rows: list[Row] = [fit((Span(head, "dim"),), width)]
    for each in of.targets:
        style = slot_style(each.slot)
        figures = _figures(each)
        cells = "".join(f"{figures[name]:>{size}}" for name, size in shown)
        rows.append(
            fit(
                (
                    Span(f" {marker(each.slot)} {elided(plain(each.label), labels):{labels}} ", style),
                    Span(f"{range_text(each):>{RANGE}}", "bold" if each.is_over else ""),
                    Span(cells),
                    Span(f"  {short(state_text(of, each), STATE)}", _state_style(each)),
                ),
                width,
            )
        )
    return rows


def _figures(of: TargetCapacity) -> dict[str, str]:
    trial = of.at_lower
    return {
        "ok/s": formatting.rate(trial.goodput if trial else None),
        "p95": formatting.duration(trial.p95_ms if trial else None),
        "errors": formatting.percent(
            None if trial is None or not trial.asked else 100 * trial.bad / trial.asked
        ),
        "CPU": formatting.whole_percent(trial.cpu_pct if trial else None),
        "memory": formatting.memory(trial.memory_mb if trial else None),
        "trials": str(len(of.trials)),
    }


def _state_style(of: TargetCapacity) -> str:
    if not of.is_over:
        return "dim"
    return "good" if of.ended in {"decided", "most"} else "warn"


def capacity_rows(of: Capacity, width: int, *, wrap_at: int | None = None) -> list[Row]:
    """The result: the table, a sentence or two for each target, and what they assume. Sentences take as many
    rows as they need at a width, one each without it."""
    rows = [*capacity_table(of, width), ()]
    for target in of.targets:
        first, *more = sentences(of, target)
        head = Span(f" {marker(target.slot)} ", slot_style(target.slot))
        rows += [
            (head if at == 0 else Span("   "), Span(line)) for at, line in enumerate(_lines(first, wrap_at))
        ]
        rows += [(Span(f"   {line}", "dim"),) for text in more for line in _lines(text, wrap_at)]
    rows += [(Span(f" {line}", "dim"),) for text in notes(of) for line in _lines(text, wrap_at)]
    return rows


def _lines(text: str, wrap_at: int | None) -> list[str]:
    return [plain(text)] if wrap_at is None else wrap(plain(text), max(wrap_at - 4, 20))


def trial_lines(of: Capacity, trials: Sequence[Trial], width: int) -> list[str]:
    """Trials as they come, a line for each: when, whose, its load and what came out."""
    by_name = {target.name: target for target in of.targets}
    lines = []
    for trial in trials:
        target = by_name.get(trial.target)
        if target is None:
            continue
        sign = "?" if trial.tainted else "✔" if is_met(of, trial) else "✖"
        head = f"{trial.to_s:4.0f} s │ {sign} {marker(target.slot)} {plain(target.label)} "
        lines.append(short(f"{head}{trial_text(of, trial)}", max(width, 40)))
    return lines


def is_met(of: Capacity, trial: Trial) -> bool:
    """Whether one trial met the SLO by itself."""
    return meets_criteria([trial], of.criteria)


def now_text(of: Capacity) -> str:
    """What is known so far, and about how much longer it takes: one line."""
    known = ", ".join(f"{plain(each.label)} {range_text(each)}" for each in of.targets)
    left = f"about {formatting.stretch(of.about_s)} more"
    return f"so far, {of.unit}: {known} · {left}"


def beginning_text(of: Capacity) -> str:
    """What is searched, and how long that takes."""
    return (
        f"searching for the most {of.unit} within {of.criteria.text}, from 1 to {of.bounds.most:,}: "
        f"about {formatting.stretch(of.about_s)}, at most {formatting.stretch(of.bounds.within_s)}"
    )


def progress_row(of: Capacity, width: int) -> Row:
    """What is tried now, how far the search is, and about how much longer it takes, in one row."""
    left = f" about {formatting.stretch(of.about_s)} more "
    by_name = {target.name: target for target in of.targets}
    now: Row = (Span(" between two trials ", "dim"),)
    if of.next is not None and (target := by_name.get(of.next[0])) is not None:
        step = of.next[1]
        doing = "confirms" if step.kind == "confirm" else "tries"
        now = (
            Span(f" {marker(target.slot)} ", slot_style(target.slot)),
            Span(f"{doing} {step.load:,} {of.unit} ", "bold"),
        )
    cells = max(width - sum(len(span.text) for span in now) - len(left) - 7, 0)
    share = f"{100 * of.progress:>4.0f} % "
    return fit((*now, *bar(of.progress, 1.0, cells, "focus"), Span(share), Span(left, "dim")), width)
