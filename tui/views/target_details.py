"""All figures of one target, a line each. Pure."""

from engine.metrics import formatting
from engine.metrics.target_snapshot import TargetSnapshot
from engine.metrics.window_stats import WindowStats
from tui.views.figures import interval_text, redirect_text
from tui.views.rows import plain
from tui.views.target_lane import percentile_labels


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
        *([f"database   {plain(target.database)}"] if target.database else []),
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
    if window.redirects:
        lines.append(f"redirects  {redirect_text(window)}")
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
