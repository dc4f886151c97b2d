"""What a session came to, as rows: for the screen, for headless output, and for reports. Pure.

What matters most comes first: the screen scrolls to what does not fit (`tui.views.end_card`). Nothing is
computed here (`engine.metrics.session_result`).
"""

from collections.abc import Callable, Sequence

from engine.answers.capacity.result import capacity_of
from engine.answers.hints import Hint
from engine.answers.reported import answers_of
from engine.answers.result_sentence import facts, heading, summary
from engine.answers.verdicts.verdict import verdicts
from engine.metrics import formatting, sentences
from engine.metrics.load_unit import load_unit
from engine.metrics.outcomes import outcome_text
from engine.metrics.palette import marker, slot_style
from engine.metrics.recovery import recovery_text
from engine.metrics.repetitions import RepeatedLevel
from engine.metrics.sentences import share_text, spread_text
from engine.metrics.session_result import SessionResult, TargetResult
from engine.metrics.window_stats import LevelStats, RequestStats
from tui.views import figures
from tui.views.answers import answer_rows
from tui.views.capacity import capacity_rows
from tui.views.generator_light import light_lines, reason_lines
from tui.views.hints import hint_rows
from tui.views.next_steps import by_hand_rows, next_commands, text_rows
from tui.views.profile import Who, profile_rows
from tui.views.rows import Row, Span, elided, plain
from tui.views.tables import error_cell, result_table
from tui.views.verdicts import verdict_rows


def result_lines(result: SessionResult, width: int, hints: Sequence[Hint] = ()) -> list[str]:
    """All of the results as lines of text, as headless runs and closed screens print them; the table takes at
    most `width` cells."""
    if not result.targets:
        return [f"{plain(result.title)}: ended before any target started"]
    rows = [
        *head_rows(result, "", width, wraps=False),
        *_detail_rows(result, hints, result.targets, width, wrap_at=None),
        *by_hand_rows(result, wrap_at=None),
    ]
    lines = ["".join(span.text for span in row).rstrip().removeprefix(" ") for row in rows]
    commands = (each.text for each in next_commands(result))
    ended = f"session {result.session_id}: {outcome_text(result.outcome)}"
    return [heading(result), *lines, "", ended, *commands]


def head_rows(
    result: SessionResult, selected: str, width: int, *, wraps: bool = True, is_roomy: bool = True
) -> list[Row]:
    """What matters most: the sentence, what the figures are of, and the table. `wraps`: texts take as many
    rows as they need in `width` cells, else one. `is_roomy`: with an empty row above the table."""
    wrap_at = width if wraps else None
    capacity = capacity_of(result)
    return [
        *text_rows(summary(result), "bold", wrap_at),
        *text_rows(facts(result), "dim", wrap_at),
        *(text_rows(result.quick, "warn", wrap_at) if result.quick and capacity is None else []),
        *([()] if is_roomy else []),
        *(
            result_table(result, selected, width)
            if capacity is None
            else capacity_rows(capacity, width, wrap_at=wrap_at)
        ),
    ]


def detail_rows(result: SessionResult, hints: Sequence[Hint], selected: str, width: int) -> list[Row]:
    """All other rows of the results; requests by name only of the selected target."""
    shown = [target for target in result.targets if target.name == selected]
    return _detail_rows(result, hints, shown, width, wrap_at=width)


def _detail_rows(
    result: SessionResult,
    hints: Sequence[Hint],
    by_request: Sequence[TargetResult],
    width: int,
    *,
    wrap_at: int | None,
) -> list[Row]:
    if capacity_of(result) is not None:
        return [*_troubles(result), *_remarks(result, wrap_at)]
    is_trusted = result.health.light not in ("amber", "red")
    light = _light(result, wrap_at)
    slots = {target.name: target.slot for target in result.targets}
    longest = max(len(plain(target.label)) for target in result.targets) if result.targets else 0
    cells = min(longest, max(width // 4, 16))
    return [
        *verdict_rows(verdicts(result), slots, width, result.noise_floor),
        *([] if is_trusted else light),
        *_troubles(result),
        *_thresholds(result, wrap_at),
        *answer_rows(answers_of(result), width),
        *_recoveries(result, cells),
        *_profile(result, width),
        *_each(result, cells, _failures),
        *_each(result, cells, _unanswered),
        *_each(result, cells, _arrivals),
        *_each(result, cells, _streams),
        *_each(result, cells, _redirects),
        *_each(result, cells, _intervals),
        *_each(result, cells, _connections),
        *hint_rows(hints, slots, wrap_at),
        *_levels(result, cells),
        *_repetitions(result, cells),
        *(row for target in by_request for row in _requests(target)),
        *_remarks(result, wrap_at),
        *(light if is_trusted else []),
        *_contended(result, wrap_at),
    ]


# ---------------------------------------------------------------- what holds for all


def _light(result: SessionResult, wrap_at: int | None) -> list[Row]:
    """The generator's light, with every reason in full."""
    is_trusted = result.health.light not in ("amber", "red")
    style = "dim" if is_trusted else "warn"
    lines = light_lines(result.health) if is_trusted else reason_lines(result.health)
    return [row for text in lines for row in text_rows(text, style, wrap_at)]


def _contended(result: SessionResult, wrap_at: int | None) -> list[Row]:
    """What targets on shared cores cannot show."""
    text = sentences.contended(result.schedule)
    return text_rows(text, "dim", wrap_at) if result.health.contended else []


def _troubles(result: SessionResult) -> list[Row]:
    """Why targets failed or died, once where it is the same for several."""
    troubles: dict[str, list[str]] = {}
    for target in result.targets:
        if target.trouble:
            troubles.setdefault(target.trouble, []).append(plain(target.label))
    rows: list[Row] = []
    for trouble, names in troubles.items():
        first, *others = trouble.splitlines() or [""]
        rows.append((Span(f" ✖ {', '.join(names)}: {plain(first)}", "bad"),))
        rows += [(Span(f"     {plain(line)}", "bad"),) for line in others]
    return rows


def _thresholds(result: SessionResult, wrap_at: int | None) -> list[Row]:
    """Which targets missed the SLO, and by how much; else that all met it."""
    missed = [each for each in result.thresholds if not each.passed]
    if result.thresholds and not missed:
        return [(Span(" SLO met by all targets", "good"),)]
    rows: list[Row] = []
    for each in missed:
        text = sentences.threshold(each.measured, each.limit, each.latency_ms, each.stalled_s)
        rows += text_rows(f"SLO missed by {_label(result, each.target)}: {text}", "bad", wrap_at)
    return rows


def _recoveries(result: SessionResult, cells: int) -> list[Row]:
    """What each fault did to each target, and how long that took to pass."""
    rows: list[Row] = []
    for each in result.recoveries:
        if target := result.target(each.target):
            style = "" if each.recovered_s is not None else "warn"
            rows.append((_head(target, cells), Span(recovery_text(each), style)))
    return rows


def _profile(result: SessionResult, width: int) -> list[Row]:
    """The newest profile."""
    who = {target.name: Who(target.label, target.slot) for target in result.targets}
    return profile_rows(result.profiles[-1], who, width) if result.profiles else []


def _remarks(result: SessionResult, wrap_at: int | None) -> list[Row]:
    """What was not the same for all targets, and faults that could not be injected."""
    rows: list[Row] = []
    for each in result.remarks:
        if each.kind == "left-out":
            text = f"{_label(result, each.target) or 'all targets'}: {plain(each.text)}"
        else:
            text = plain(each.text)
        rows += text_rows(text, "", wrap_at)
    return rows


# ---------------------------------------------------------------- what holds for one target


def _label(result: SessionResult, name: str) -> str:
    """A target's label; its name where it is not among the results."""
    target = result.target(name)
    return plain(target.label if target else name)


def _head(target: TargetResult, cells: int) -> Span:
    """The beginning of a row about one target, its label in so many cells."""
    return Span(
        f" {marker(target.slot)} {elided(plain(target.label), cells):{cells}} ", slot_style(target.slot)
    )


def _each(result: SessionResult, cells: int, texts: Callable[[TargetResult], Row]) -> list[Row]:
    """A row for each target that has something to show."""
    return [(_head(target, cells), *row) for target in result.targets if (row := texts(target))]


def _failures(target: TargetResult) -> Row:
    """Of the whole run, by request and kind, most first, with what was wrong with the first one."""
    texts = [
        f"{plain(each.name)}: {figures.failure_text(each.errors, dict(each.examples))}"
        for each in target.requests
        if each.errors
    ]
    if not texts and target.errors:
        texts = [figures.failure_text(target.errors, {})]
    return (Span(f"failures{_of_whole(target)}: {' · '.join(texts)}", "bad"),) if texts else ()


def _unanswered(target: TargetResult) -> Row:
    """Of the whole run: requests that got no answer."""
    whole, texts = target.whole, []
    if target.never_answered:
        texts.append("not one request was answered")
    if whole.unanswered:
        text = sentences.unanswered(whole.unanswered, whole.oldest_unanswered_ms, whole.stalled_s)
        texts.append(f"{text}{_of_whole(target)}")
    return (Span("; ".join(texts), "bad"),) if texts else ()


def _of_whole(target: TargetResult) -> str:
    """Says that a count is of the whole run, where the table's figures are of a level."""
    return "" if target.level is None else " (the whole run)"


def _arrivals(target: TargetResult) -> Row:
    """Of the open model: arrivals, and service beside response times."""
    if (arrivals := target.stats.arrivals) is None:
        return ()
    texts: Row = (
        Span("response/service ", "dim"),
        Span(figures.response_and_service(target.stats, arrivals)),
    )
    texts += (Span("  arrivals ", "dim"), Span(f"{formatting.rate(arrivals.per_s)}/s"))
    if arrivals.dropped:
        texts += (Span(f" dropped {formatting.count(arrivals.dropped)}", "bad"),)
    if arrivals.waiting:
        texts += (Span(f" waiting {formatting.count(arrivals.waiting)}"),)
    return texts


def _streams(target: TargetResult) -> Row:
    """What a target that streams brought."""
    stats = target.stats
    if not stats.tokens:
        return ()
    p50, p95 = (
        formatting.duration(figure.value_ms) for figure in (stats.first_byte_p50, stats.first_byte_p95)
    )
    return (Span(f"{formatting.rate(stats.tokens_per_s)} tokens/s, first byte p50 {p50}, p95 {p95}"),)


def _redirects(target: TargetResult) -> Row:
    """Redirects on the way to responses: parts of the latencies."""
    text = f"redirects: {figures.redirect_text(target.stats)}"
    return (Span(text),) if target.stats.redirects else ()


def _intervals(target: TargetResult) -> Row:
    """How exact the table's figures are."""
    text = figures.interval_text(target.stats)
    return (Span("95 % sure: ", "dim"), Span(text)) if text else ()


def _connections(target: TargetResult) -> Row:
    """What new connections cost, if they show in the latencies."""
    text = figures.connection_text(target.stats.links)
    return (Span(text),) if text else ()


def _levels(result: SessionResult, cells: int) -> list[Row]:
    """The figures at each level of load, where some target held more than one."""
    if all(len(target.held) < 2 for target in result.targets):
        return []
    unit = load_unit(is_open=result.model == "open")
    rows: list[Row] = [(Span(" by level of load", "dim"),)]
    for target in result.targets:
        for level in target.held:
            texts = (
                f"{formatting.count(level.wanted):>6} {unit}",
                f"{formatting.rate(level.stats.goodput):>6} ok/s",
                *figures.percentile_texts(level.stats),
                "errors ",
            )
            rows.append(
                (
                    _head(target, cells),
                    Span("  ".join(texts)),
                    error_cell(level.stats),
                    *_place(result, level),
                )
            )
    return rows


def _place(result: SessionResult, level: LevelStats) -> Row:
    """Which repetition a level is of, and whether a person steered it."""
    is_repeated = result.has_repetitions and level.repetition
    repetition = (Span(f"  repetition {level.repetition}", "dim"),) if is_repeated else ()
    return (*repetition, Span("  steered", "warn")) if level.is_steered else repetition


def _repetitions(result: SessionResult, cells: int) -> list[Row]:
    """Mean and standard deviation of each level over its repetitions, if there are several."""
    if not result.has_repetitions:
        return []
    unit = load_unit(is_open=result.model == "open")
    rows: list[Row] = [(Span(" mean over repetitions ± standard deviation", "dim"),)]
    for target in result.targets:
        for level in target.repeated:
            texts = (
                f"{formatting.count(level.wanted):>6} {unit}",
                f"{spread_text(level.spread('goodput'), formatting.rate):>13} ok/s",
                f"mean {spread_text(level.spread('mean_ms'), formatting.duration):>16}",
                f"p95 {spread_text(level.spread('p95_ms'), formatting.duration):>16}",
                f"errors {spread_text(level.spread('error_rate'), share_text):>15}",
            )
            rows.append((_head(target, cells), Span("  ".join(texts)), *_counted(level)))
    return rows


def _counted(level: RepeatedLevel) -> Row:
    """How many repetitions count, and which do not."""
    number = len(level.repetitions)
    text = f"  {number} repetition{'' if number == 1 else 's'}"
    left_out = f", steered: {', '.join(map(str, level.steered))}" if level.steered else ""
    return (Span(f"{text}{left_out}", "warn" if left_out else "dim"),)


def _requests(target: TargetResult) -> list[Row]:
    """Each request by name, over the whole run; nothing where there is only one."""
    if len(target.requests) < 2:
        return []
    width = max(len(plain(each.name)) for each in target.requests)
    head = f" {marker(target.slot)} {plain(target.label)} by request, the whole run"
    return [
        (Span(head, slot_style(target.slot)),),
        *(_request(each, width) for each in target.requests),
    ]


def _request(request: RequestStats, width: int) -> Row:
    cells = (f"{formatting.rate(request.goodput):>6} ok/s", *figures.percentile_texts(request))
    errors = f"  errors {figures.error_text(request)}"
    return (
        Span(f"   {plain(request.name):{width}}  {'  '.join(cells)}"),
        Span(errors, "bad" if request.bad else ""),
    )
