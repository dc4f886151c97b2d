"""What a session answers of a published experiment, as rows: claims, and reported beside measured. Pure."""

from collections.abc import Sequence

from engine.answers.claims import IN_WORDS, SIGNS, ClaimResult, figures_text
from engine.answers.predicates import Outcome
from engine.answers.reported import Answers, Beside, answers_of
from engine.metrics import formatting
from engine.metrics.palette import marker, slot_style
from engine.metrics.session_result import session_result
from engine.metrics.snapshot import Snapshot
from engine.plan.quantities import METRICS, UNITS, Metric, dimension_of, shown
from tui.views.rows import Row, Span, elided, plain

_STYLES: dict[Outcome, str] = {"holds": "good bold", "fails": "bad bold", "undecidable": "warn"}
_OF_SEVERAL: dict[Outcome, str] = {
    "holds": "hold here",
    "fails": "do not hold here",
    "undecidable": "not decidable",
}


def answer_rows(answers: Answers, width: int) -> Sequence[Row]:
    """How many claims hold, the figures side by side in `width` cells, and a row for each claim, which may be
    longer."""
    return [*_counts(answers), *reported_rows(answers, width), *map(_claim, answers.claims)]


def answer_lines(snapshot: Snapshot, width: int) -> list[str]:
    """The same of a session that may still run, as lines of text; empty if its plan has no source."""
    rows = answer_rows(answers_of(session_result(snapshot, unfinished="running")), width)
    return ["".join(span.text for span in row).strip() for row in rows]


def _counts(answers: Answers) -> list[Row]:
    counts = [
        f"{count} {IN_WORDS[outcome] if count == 1 else words}"
        for outcome, words in _OF_SEVERAL.items()
        if (count := sum(each.outcome == outcome for each in answers.claims))
    ]
    return [(Span(f" claims of the source: {', '.join(counts)}", "bold"),)] if counts else []


def _claim(of: ClaimResult) -> Row:
    """A claim with its outcome, its words and its figures."""
    style, figures = _STYLES[of.outcome], figures_text(of)
    text = plain(f": {of.claim.text}{f' [{figures}]' if figures else ''}")
    return (Span(f" {SIGNS[of.outcome]} {of.claim.id} {plain(of.text)}", style), Span(text))


def reported_rows(answers: Answers, width: int) -> list[Row]:
    """The source's figures beside those of this run, a row for each level and target that has any; as many
    metrics as fit. Ratios are multiples of the first target's figure at the same level."""
    measured = [each for each in answers.figures if each.measured is not None]
    if not answers.figures:
        return []
    missing = list(dict.fromkeys(each.why for each in answers.figures if each.measured is None))
    if not measured:
        return [(Span(f" nothing beside the reported figures: {_few(missing)}", "dim"),)]
    labels = min(max(len(plain(each.label)) for each in measured), max(width // 4, 12))
    room = width - labels - len("   100 users ● ")
    found = [metric for metric in METRICS if any(each.reported.metric == metric for each in measured)]
    metrics = found[: max(room // (_CELL + _RATIO), 1)]
    title = f" reported → here, and as multiples of {elided(plain(answers.base), 24)}"
    rows: list[Row] = [
        (Span(title, "bold"),),
        (
            Span(" " * (labels + 15)),
            *(Span(f"{metric:^{_CELL}}{'ratio':^{_RATIO}}", "dim") for metric in metrics),
        ),
    ]
    lines: dict[tuple[int, str], dict[Metric, Beside]] = {}
    for each in measured:
        lines.setdefault((each.reported.users, each.label), {})[each.reported.metric] = each
    for (users, label), cells in sorted(lines.items(), key=lambda each: each[0][0]):
        first = next(iter(cells.values()))
        style = slot_style(first.slot or 0)
        rows.append(
            (
                Span(f"{users:>6} users ", "dim"),
                Span(f"{marker(first.slot or 0)} {elided(plain(label), labels):{labels}}", style),
                *(span for metric in metrics for span in _cell(cells.get(metric), metric)),
            )
        )
    count = len(answers.figures) - len(measured)
    return [
        *rows,
        *([(Span(f" {count} more reported, not measured here: {_few(missing)}", "dim"),)] if count else []),
    ]


_CELL = 19
_RATIO = 15


def _cell(of: Beside | None, metric: Metric) -> Row:
    if of is None or of.measured is None:
        return (Span(" " * (_CELL + _RATIO)),)
    ratios = ""
    if of.reported_ratio is not None:
        ratios = f"{formatting.ratio(of.reported_ratio):>6} → {formatting.ratio(of.measured_ratio):<6}"
    return (
        Span(f"{_quantity(of.reported.value, metric):>8} → {_quantity(of.measured.value, metric):<8}"),
        Span(f"{ratios:<{_RATIO}}", "bold"),
    )


def _few(texts: Sequence[str]) -> str:
    """The first few texts."""
    more = f", and {len(texts) - 3} more" if len(texts) > 3 else ""
    return plain("; ".join(texts[:3])) + more


def _quantity(value: float, metric: Metric) -> str:
    return shown(value, dimension_of(metric), as_share=UNITS[metric] == "%")
