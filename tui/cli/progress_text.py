"""One second of a headless run, in as few lines as possible. Pure.

All figures are of that second. Only a p95 that it has too few requests for looks further back under the same
load, and says so.

The first form that fits the width is used: all in words; figures beside labels; figures beside the targets'
signs; the same in several lines. Figures have fixed widths, so that columns line up from second to second.
"""

from collections.abc import Sequence

from engine.metrics import formatting
from engine.metrics.condition import condition_of
from engine.metrics.load_unit import load_unit
from engine.metrics.palette import marker
from engine.metrics.snapshot import Snapshot
from engine.metrics.target_snapshot import TargetSnapshot
from engine.metrics.window_stats import Figure
from tui.views.figures import error_text
from tui.views.rows import plain

JOINT = " │ "


def progress_lines(snapshot: Snapshot, width: int) -> list[str]:
    """The newest second; each line is at most `width` cells wide, if one target fits into that."""
    clock = _clock(snapshot)
    stage = [plain(snapshot.stage_text)] if snapshot.stage_kind == "warm-up" else []
    light = f"generator {snapshot.health.light}"
    short = [clock, "warm-up" if stage else _load(snapshot)]
    figures = [_figures(target) for target in snapshot.targets]
    both = list(zip(snapshot.targets, figures, strict=True))
    by_label = [f"{plain(target.label)} {text}" for target, text in both]
    by_sign = [f"{marker(target.slot)} {text}" for target, text in both]
    last = [] if snapshot.health.light == "green" else [light]
    for parts in (
        [clock, *stage, _all_in_words(snapshot)],
        [*short, *by_label, light],
        [*short, *by_sign, light],
        [*short, *by_sign, *last],
    ):
        line = JOINT.join(parts)
        if len(line) <= width:
            return [line.rstrip()]
    return _wrapped(JOINT.join(short), [*by_sign, *last], width)


def legend(snapshot: Snapshot, width: int) -> str:
    """What the figures mean, if seconds are not in words at this width; else empty."""
    if len(JOINT.join([_clock(snapshot), _all_in_words(snapshot)])) <= width:
        return ""
    longer = " (~ over longer)" if width >= 100 else ""
    return f"each second, for each target: successful requests/s, p95{longer}, ✖ share of failures"


def _clock(snapshot: Snapshot) -> str:
    return f"{snapshot.now_s:4.0f} s"


def _all_in_words(snapshot: Snapshot) -> str:
    return JOINT.join([*map(_in_words, snapshot.targets), f"generator {snapshot.health.light}"])


def _wrapped(begin: str, parts: Sequence[str], width: int) -> list[str]:
    """The parts after a beginning, spread evenly over as many lines as they need."""
    room = width - len(begin)
    widest = max(map(len, parts), default=0) + len(JOINT)
    lines = -(-len(parts) // max(room // widest, 1))
    each = -(-len(parts) // max(lines, 1))
    rows = [parts[at : at + each] for at in range(0, len(parts), each)]
    heads = [begin, *[" " * len(begin)] * (len(rows) - 1)]
    return [JOINT.join([head, *row]).rstrip() for head, row in zip(heads, rows, strict=True)]


def _load(snapshot: Snapshot) -> str:
    """The users of each target, in the open model the arrivals; the fewest and the most if they differ."""
    taking = [target for target in snapshot.targets if target.takes_load]
    loads = sorted({_asked(target) for target in taking})
    text = "–".join(formatting.count(each) for each in dict.fromkeys([*loads[:1], *loads[-1:]])) or "0"
    return _counted(text, is_open=snapshot.model == "open")


def _asked(target: TargetSnapshot) -> int:
    load = target.load
    return load.users if load.arrivals_wanted is None else load.arrivals_wanted


def _counted(load: str, *, is_open: bool) -> str:
    """Users, whose number goes up to 1 and more, keep their width."""
    unit = load_unit(is_open=is_open, load=1 if load == "1" else None)
    return f"{load:>2} {unit if is_open else unit.ljust(5)}"


def _in_words(target: TargetSnapshot) -> str:
    if (state := _state(target, with_reason={"errors", "silent"})) is not None:
        return f"{plain(target.label)} {state}"
    load = _counted(formatting.count(_asked(target)), is_open=target.load.arrivals_wanted is not None)
    if (second := target.second) is None:
        return f"{plain(target.label)} {load}"
    failed = error_text(second).rjust(formatting.WIDTH)
    longer = f" of {second.p95.window_s:.0f} s" if _is_longer(second.p95) else ""
    text = f"{plain(target.label)} {load} {_rate(target)} ok/s p95{longer} {_p95(target)} errors {failed}"
    if target.streams:
        text += f" {formatting.rate(second.tokens_per_s)} tokens/s"
    if second.unanswered:
        text += f" no answer {formatting.count(second.unanswered)}"
    dropped = second.arrivals.dropped if second.arrivals else 0
    return f"{text} dropped {formatting.count(dropped)}" if dropped else text


def _figures(target: TargetSnapshot) -> str:
    """Its rate and its p95; the share of failures if there are any."""
    if (state := _state(target, with_reason={"errors"})) is not None:
        return f"{state:<{2 * formatting.WIDTH + 3}}"
    second = target.second
    failures = f" ✖ {error_text(second)}" if second is not None and second.bad else ""
    joint = "~" if second is not None and _is_longer(second.p95) else " "
    return f"{_rate(target)}/s{joint}{_p95(target)}{failures}"


def _state(target: TargetSnapshot, *, with_reason: set[str]) -> str | None:
    """Why there are no figures of a target: it does not answer, takes no load now, or was not reported on;
    else None. Why it is down was said when that happened."""
    if (condition := condition_of(target)) is not None:
        return f"✖ {plain(condition.sentence if condition.kind in with_reason else condition.text)}"
    if not target.takes_load:
        return target.state
    if target.missing_s:
        return f"no figures for {target.missing_s:.0f} s"
    return target.turn if target.turn in {"waits", "done"} else None


def _is_longer(figure: Figure) -> bool:
    return figure.widened and figure.value_ms is not None


def _rate(target: TargetSnapshot) -> str:
    second = target.second
    return formatting.rate(second.goodput if second and second.seconds else None).rjust(formatting.WIDTH)


def _p95(target: TargetSnapshot) -> str:
    value_ms = target.second.p95.value_ms if target.second else None
    return formatting.duration(value_ms).rjust(formatting.WIDTH)


def ready_text(target: TargetSnapshot, *, is_https: bool) -> str:
    """That a target is ready, its URL, and what serves it if that adds something."""
    url = f"{'https' if is_https else 'http'}://{target.address}"
    return f"{plain(target.label)} is ready at {url}" + (
        "" if target.server == url else f" ({target.server})"
    )
