"""What is said of a session that has ended, and all there is to say of one target. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from textwrap import wrap

from engine.metrics.recovery import recovery_text
from engine.metrics.result_of import Measured, ResultOf, result_of, why_nothing
from engine.metrics.snapshot import HealthSnapshot, RequestStats, Snapshot, TargetSnapshot, WindowStats
from tui.views import formatting, sentences
from tui.views.rows import Row, Span, fit, marker, plain, slot_style
from tui.views.tables import scoreboard_rows
from tui.views.target_lane import percentile_labels

AS_ASKED = (0.9, 1.1)
"""A target that served so much of what its users could ask for at most was as fast as it was asked to be."""

ALIKE = 1.02
"""Below this ratio nothing is made of a difference in one race."""

KINDS_SHOWN = 4


# ---------------------------------------------------------------- one sentence


def summary(snapshot: Snapshot) -> str:
    """A session in one sentence: who served how much more, and what that may not be taken for."""
    of = what_it_is_of(snapshot)
    if of == "nothing":
        return f"Nothing was measured, because {why_nothing(_measured(snapshot))}."
    targets = with_figures_of(of, snapshot).targets
    known = [target for target in targets if target.steady.ok > 0]
    if not known:
        served_before = any(target.whole.ok for target in targets)
        return f"No request succeeded{' since the last change of load' if served_before else ''}."
    if of == "level" and len(known) > 1 and all(map(_served_as_asked, known)):
        return _all_as_asked(known)
    best = max(known, key=lambda target: target.steady.goodput)
    served = f"{plain(best.name)} served {formatting.rate(best.steady.goodput)} ok/s"
    base = next((target for target in known if target.name == snapshot.baseline and target is not best), None)
    rest = [target for target in known if target is not best]
    other = base or (min(rest, key=lambda target: target.steady.goodput) if rest else None)
    if other is None:
        return f"{served}."
    ratio = best.steady.goodput / other.steady.goodput
    times = "as much as" if ratio < ALIKE else formatting.ratio(ratio)
    at = _at(known) if of == "level" else ""
    return f"{at}{served}, {times} {plain(other.name)} ({snapshot.schedule}: no verdict)."


FIGURES_OF: dict[ResultOf, str] = {
    "level": "figures since the last change of load",
    "whole": "of the whole run: no level settled",
    "nothing": "no figures",
}


def what_it_is_of(snapshot: Snapshot) -> ResultOf:
    """What the figures of a session that has ended are taken from."""
    return result_of(_measured(snapshot))


def with_figures_of(of: ResultOf, snapshot: Snapshot) -> Snapshot:
    """The session with those figures in the place of the steady ones."""
    if of != "whole":
        return snapshot
    return replace(
        snapshot, targets=tuple(replace(target, steady=target.whole) for target in snapshot.targets)
    )


def _measured(snapshot: Snapshot) -> list[Measured]:
    return [
        Measured(
            level=target.steady.asked,
            whole=target.whole.asked,
            seconds=target.whole.seconds,
            was_ready=target.state not in ("failed", "waiting"),
        )
        for target in snapshot.targets
    ]


def _at(known: Sequence[TargetSnapshot]) -> str:
    """Under which load, where it was the same for all; in the open model the rate says it."""
    users = {target.last_users for target in known}
    is_open = any(target.steady.arrivals for target in known)
    return f"At {users.pop()} users " if len(users) == 1 and not is_open else ""


def _asked_of(target: TargetSnapshot) -> float | None:
    """What was asked of a target at most, requests a second; None where it could always have served more."""
    if target.steady.arrivals is not None:
        return target.steady.arrivals.per_s
    return target.last_users / target.load.think_time_mean_s if target.load.think_time_mean_s > 0 else None


def _served_as_asked(target: TargetSnapshot) -> bool:
    if target.steady.bad or (target.steady.arrivals and target.steady.arrivals.dropped):
        return False
    asked = _asked_of(target)
    least, most = AS_ASKED
    return asked is not None and least * asked <= target.steady.goodput <= most * asked


def _all_as_asked(known: Sequence[TargetSnapshot]) -> str:
    """Think time or rate bounded them all: what tells them apart is latency, if anything does."""
    rates = [formatting.rate(target.steady.goodput) for target in known]
    rate = rates[0] if len(set(rates)) == 1 else f"about {rates[0]}"
    who = "both" if len(known) == 2 else "all"
    text = f"{_at(known)}{who} served what was asked, {rate} ok/s each".removeprefix(" ")
    timed = [(target.steady.p95.value_ms, plain(target.name)) for target in known]
    timed = sorted((value, name) for value, name in timed if value is not None)
    if len(timed) > 1:
        (low, first), (high, last) = timed[0], timed[-1]
        text += f"; p95 {formatting.duration(low)} ({first}) to {formatting.duration(high)} ({last})"
    return f"{text[0].upper()}{text[1:]}."


# ---------------------------------------------------------------- the page of results


def result_rows(snapshot: Snapshot, selected: str, width: int, height: int = 99) -> tuple[Row, ...]:
    """The summary, the table, what went wrong, and how exact the figures are; what matters most comes first,
    and what does not fit is said to be in the export."""
    of = what_it_is_of(snapshot)
    sentence, snapshot = summary(snapshot), with_figures_of(of, snapshot)
    outcome = "SLO missed" if snapshot.outcome == "threshold" else plain(snapshot.outcome)
    after = f"{outcome} after {formatting.stretch(snapshot.now_s)} · {snapshot.model} model"
    rows: list[Row] = [
        (Span(f" {sentence}", "bold"),),
        (Span(f" {after} · {FIGURES_OF[of]}", "dim"),),
        (),
        *scoreboard_rows(snapshot, selected, width, steady=True),
        *_light(snapshot, width),
        *_thresholds(snapshot),
        *_recoveries(snapshot),
        *_each(snapshot, _failures),
        *_each(snapshot, _unanswered),
        *_each(snapshot, _arrivals),
        *_each(snapshot, _intervals),
        *_each(snapshot, _connections),
        *_requests(snapshot, selected),
    ]
    if len(rows) > height:
        rows = [*rows[: height - 1], (Span(" … more in the export: e", "dim"),)]
    return tuple(fit(row, width) for row in rows)


def _light(snapshot: Snapshot, width: int) -> list[Row]:
    """The generator's light and every reason, in full."""
    if snapshot.health.light not in ("amber", "red"):
        return []
    lines = (
        line
        for text in _reasons(snapshot.health)
        for line in wrap(text, max(width, 20), initial_indent=" ", subsequent_indent="   ")
    )
    return [(Span(line, "warn"),) for line in lines]


def _reasons(health: HealthSnapshot) -> list[str]:
    first, *others = [plain(reason) for reason in health.reasons] or [""]
    return [f"generator {health.light}{': ' if first else ''}{first}", *(f"  {each}" for each in others)]


def light_lines(health: HealthSnapshot) -> list[str]:
    """The generator's light, with every reason for it, and how busy it is."""
    lines = _reasons(health)
    if health.generator_cpu_pct is not None and health.loop_lag_p99_ms is not None:
        busy, late = f"{health.generator_cpu_pct:.0f} % of its core", f"{health.loop_lag_p99_ms:.1f} ms late"
        lines.append(f"  load worker: {busy}; its heartbeats come up to {late} (p99)")
    return lines


def _thresholds(snapshot: Snapshot) -> list[Row]:
    """Who missed the SLO, and by how much; else that all met it."""
    missed = [each for each in snapshot.thresholds if not each.passed]
    if snapshot.thresholds and not missed:
        return [(Span(" SLO met by all", "good"),)]
    rows: list[Row] = []
    for each in missed:
        text = sentences.threshold(each.measured, each.limit, each.latency_ms, each.stalled_s)
        rows.append((Span(f" SLO missed by {plain(each.target)}: {text}", "bad"),))
    return rows


def _recoveries(snapshot: Snapshot) -> list[Row]:
    """What each fault did to each target, and how long that took to pass."""
    slots = {target.name: target.slot for target in snapshot.targets}
    width = max((len(plain(each.target)) for each in snapshot.recoveries), default=0)
    rows: list[Row] = []
    for each in snapshot.recoveries:
        slot = slots.get(each.target, 0)
        name = Span(f" {marker(slot)} {plain(each.target):{width}} ", slot_style(slot))
        rows.append((name, Span(recovery_text(each), "" if each.recovered_s is not None else "warn")))
    return rows


def _each(snapshot: Snapshot, texts: Callable[[TargetSnapshot], Row]) -> list[Row]:
    """A row for each target that has something to say."""
    rows: list[Row] = []
    width = max((len(plain(target.name)) for target in snapshot.targets), default=0)
    for target in snapshot.targets:
        if said := texts(target):
            name = f" {marker(target.slot)} {plain(target.name):{width}} "
            rows.append((Span(name, slot_style(target.slot)), *said))
    return rows


def _failures(target: TargetSnapshot) -> Row:
    """By request and kind, most first, with what was wrong with the first one."""
    texts = [f"{plain(each.name)}: {failure_text(each)}" for each in target.requests if each.errors]
    if not texts and target.totals.errors:
        texts = [_kinds(target.totals.errors, {})]
    return (Span(f"failures: {' · '.join(texts)}", "bad"),) if texts else ()


def _unanswered(target: TargetSnapshot) -> Row:
    """Of the whole run: requests that got no answer."""
    whole = target.whole
    if not whole.unanswered:
        return ()
    text = sentences.unanswered(whole.unanswered, whole.oldest_unanswered_ms, whole.stalled_s)
    return (Span(text, "bad"),)


def failure_text(request: RequestStats) -> str:
    """One request's failures by kind."""
    return _kinds(request.errors, dict(request.examples))


def _kinds(errors: Sequence[tuple[str, int]], examples: dict[str, str]) -> str:
    texts = []
    for kind, count in errors[:KINDS_SHOWN]:
        example = f" ({plain(examples[kind])})" if kind in examples else ""
        texts.append(f"{plain(kind)} {formatting.count(count)}{example}")
    return ", ".join(texts)


def _arrivals(target: TargetSnapshot) -> Row:
    """Of the open model: arrivals, and service beside response times."""
    stats = target.steady
    if (arrivals := stats.arrivals) is None:
        return ()
    pairs = (
        (stats.p50, arrivals.service_p50),
        (stats.p95, arrivals.service_p95),
        (stats.p99, arrivals.service_p99),
    )
    times = " ".join(
        f"{name} {_two(response.value_ms, service.value_ms, '/')}"
        for name, (response, service) in zip(("p50", "p95", "p99"), pairs, strict=True)
    )
    texts: Row = (Span("response/service ", "dim"), Span(times))
    texts += (Span("  arrivals ", "dim"), Span(f"{formatting.rate(arrivals.per_s)}/s"))
    if arrivals.dropped:
        texts += (Span(f" dropped {formatting.count(arrivals.dropped)}", "bad"),)
    if arrivals.waiting:
        texts += (Span(f" waiting {formatting.count(arrivals.waiting)}"),)
    return texts


def _two(first_ms: float | None, second_ms: float | None, joint: str) -> str:
    """Two durations, their unit said once where it is the same: `2.1–2.3 ms`."""
    first, second = formatting.duration(first_ms), formatting.duration(second_ms)
    number, _, unit = first.partition(" ")
    return f"{number if unit and second.endswith(f' {unit}') else first}{joint}{second}"


def _intervals(target: TargetSnapshot) -> Row:
    """How exact the table's figures are: 95 % intervals."""
    text = interval_text(target.steady)
    return (Span("95 % sure: ", "dim"), Span(text)) if text else ()


def interval_text(stats: WindowStats) -> str:
    """The 95 % intervals of a window's percentiles and error rate."""
    texts = [
        f"{name} {_two(figure.low_ms, figure.high_ms, '–')}"
        for name, figure in (("p50", stats.p50), ("p95", stats.p95), ("p99", stats.p99))
        if figure.value_ms is not None
    ]
    if stats.error_interval is not None:
        low, high = (formatting.percent(100 * end).removesuffix(" %") for end in stats.error_interval)
        texts.append(f"errors {low}–{high} %")
    return "  ".join(texts)


def _connections(target: TargetSnapshot) -> Row:
    """What new connections cost, where they weigh."""
    text = connection_remark(target.steady)
    return (Span(text),) if text else ()


def connection_remark(stats: WindowStats) -> str:
    """In words, where more than 1 % of requests needed a new connection, or some were sent again."""
    links, texts = stats.links, []
    if links.connects_matter:
        known = (("p50", links.connect_p50_ms), ("p95", links.connect_p95_ms))
        times = ", ".join(
            f"{name} {formatting.duration(value)}" for name, value in known if value is not None
        )
        text = f"{formatting.percent(100 * links.connect_share)} of requests on new connections"
        texts.append(f"{text} ({times})" if times else text)
    if links.reconnects:
        texts.append(f"{formatting.count(links.reconnects)} sent again, their connection having been closed")
    return "; ".join(texts)


def _requests(snapshot: Snapshot, selected: str) -> list[Row]:
    """Each request of the selected target by name, over the whole run; nothing where there is one alone."""
    target = next((each for each in snapshot.targets if each.name == selected), None)
    if target is None or len(target.requests) < 2:
        return []
    width = max(len(plain(each.name)) for each in target.requests)
    head = f" {marker(target.slot)} {plain(target.name)} by request, the whole run"
    rows: list[Row] = [(Span(head, slot_style(target.slot)),)]
    for each in target.requests:
        cells = (
            f"{formatting.rate(each.goodput):>6} ok/s",
            *(
                f"{name} {formatting.duration(figure.value_ms):>6}"
                for name, figure in (("p50", each.p50), ("p95", each.p95), ("p99", each.p99))
            ),
        )
        errors = Span(f"  errors {formatting.error_rate(each.bad, each.asked)}", "bad" if each.bad else "")
        rows.append((Span(f"   {plain(each.name):{width}}  {'  '.join(cells)}"), errors))
    return rows


# ---------------------------------------------------------------- one target


def detail_lines(target: TargetSnapshot) -> list[str]:
    """All there is to say of one target, a line each; foreign texts are plain."""
    window, links = target.window, target.window.links
    values = (formatting.duration(figure.value_ms) for figure in (window.p50, window.p95, window.p99))
    latency = ", ".join(map(" ".join, zip(percentile_labels(target), values, strict=True)))
    connect = (
        f"p50 {formatting.duration(links.connect_p50_ms)}, p95 {formatting.duration(links.connect_p95_ms)}"
    )
    share = formatting.percent(100 * links.connect_share)
    bytes_in, bytes_out = formatting.size(links.bytes_in_per_s), formatting.size(links.bytes_out_per_s)
    lines = [
        f"state      {target.state}{' (paused)' if target.load.paused else ''}",
        f"server     {plain(target.server)}",
        f"address    {plain(target.address) or 'none yet'}",
        f"processes  {target.resources.processes or '·'}, threads {target.resources.threads or '·'}",
        f"requests   {formatting.count(target.totals.requests)}, ok {formatting.count(target.totals.ok)}",
        f"window     last {window.seconds:g} s",
        f"{'response' if window.arrivals else 'latency '}   {latency}",
    ]
    if window.arrivals is not None:
        lines += _arrival_lines(window)
    if target.streams:
        first = (window.first_byte_p50, window.first_byte_p95)
        p50, p95 = (formatting.duration(figure.value_ms) for figure in first)
        lines.append(
            f"streams    {formatting.rate(window.tokens_per_s)} tokens/s, first byte p50 {p50}, p95 {p95}"
        )
    lines += [
        f"connects   {formatting.count(links.connects)}, {share} of requests, {connect}",
        f"sent again {formatting.count(links.reconnects)}",
        f"bytes      in {bytes_in}/s, out {bytes_out}/s",
    ]
    if target.resources.received_bytes is not None and target.resources.sent_bytes is not None:
        received, sent = (
            formatting.size(target.resources.received_bytes),
            formatting.size(target.resources.sent_bytes),
        )
        lines.append(f"network    of its container since its start: received {received}, sent {sent}")
    if interval := interval_text(target.steady):
        lines.append(f"95 % sure  {interval} (since the last change of load)")
    if window.attainment is not None:
        lines.append(f"SLO        {formatting.percent(100 * window.attainment)} of requests")
    if window.unanswered:
        lines.append(
            f"no answer  {formatting.count(window.unanswered)}, "
            f"the oldest for {formatting.duration(window.oldest_unanswered_ms)}"
        )
    lines += [f"failed     {plain(kind)}: {formatting.count(count)}" for kind, count in target.totals.errors]
    lines += [
        f"           {plain(request.name)}: {plain(kind)}: {plain(text)}"
        for request in target.requests
        for kind, text in request.examples
    ]
    if target.trouble:
        lines += ["", *(plain(line) for line in target.trouble.splitlines())]
    return lines


def _arrival_lines(window: WindowStats) -> list[str]:
    arrivals = window.arrivals
    if arrivals is None:
        return []
    figures = (arrivals.service_p50, arrivals.service_p95, arrivals.service_p99)
    p50, p95, p99 = (formatting.duration(figure.value_ms) for figure in figures)
    return [
        f"service    p50 {p50}, p95 {p95}, p99 {p99}",
        f"arrivals   {formatting.rate(arrivals.per_s)}/s",
        f"dropped    {formatting.count(arrivals.dropped)}, waiting {formatting.count(arrivals.waiting)}",
    ]
