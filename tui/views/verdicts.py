"""Verdicts as rows: each metric's interval around 1×, on one scale for all, and what follows from it. Pure.

● fastapi against ▲ django-wsgi · 24 rounds
goodput  ┊            ├●┤     4.1× [3.9, 4.4]  ▲ faster
CPU time ┊  ├─●─┤ ┊           0.35× [0.31, 0.4]  ? about 4 more rounds
"""

import math
from collections.abc import Mapping, Sequence
from itertools import groupby
from textwrap import wrap

from engine.answers.verdicts.verdict import Outcome, Verdict
from engine.answers.verdicts.wording import NAMES, SIGNS, notes, outcome_text, ratio_text, refused_lines
from engine.metrics.noise_floor import NoiseFloor
from engine.metrics.palette import marker, slot_style
from engine.metrics.snapshot import Snapshot
from engine.plan.rounds import OF_ROUNDS
from tui.views.rows import Row, Span, elided, fit, plain, width_of

STYLES: dict[Outcome, str] = {
    "better": "good bold",
    "worse": "bad bold",
    "equivalent": "focus bold",
    "undecided": "warn",
    "refused": "dim",
}
LEAST_REACH = math.log(1.1)
"""The scale goes at least from 1/1.1 to 1.1."""
DUEL_SHOWN_S = 30.0
"""So long after a duel of a race its verdicts stay in place of a chart."""
_NAME = max(map(len, NAMES.values()))
_RATIO = len("1.05× [0.98, 1.12]")
_DECIMALS = 2
_LEAST_PLOT, _MOST_PLOT = 7, 41
_OUTCOME = len("? undecided, about 14 more rounds")
"""Cells for the outcome, where there is room for it; else only its sign is shown."""


def is_judged(snapshot: Snapshot) -> bool:
    """Whether verdicts are in place of the first chart: while rounds go on, and a while after a duel of a
    race."""
    if not snapshot.rounds or snapshot.phase == "ended":
        return False
    is_on = snapshot.schedule in OF_ROUNDS or snapshot.duel is not None
    return is_on or snapshot.now_s - snapshot.rounds[-1].to_s < DUEL_SHOWN_S


def verdict_rows(
    found: Sequence[Verdict], slots: Mapping[str, int], width: int, floor: NoiseFloor | None
) -> list[Row]:
    """All verdicts, target by target, and what they rest on. `slots` has each target's slot."""
    reach = _reach(found)
    rows: list[Row] = []
    for _, group in groupby(found, key=lambda each: each.target):
        of_target = list(group)
        judged = [each for each in of_target if each.outcome != "refused"]
        rows += _block(judged, slots, reach, width)
    lines = [*refused_lines(found), *notes(found, floor)]
    rows += [
        (Span(line, "dim"),)
        for text in lines
        for line in wrap(plain(text), max(width, 20), initial_indent=" ", subsequent_indent="   ")
    ]
    return rows


def live_rows(
    found: Sequence[Verdict], slots: Mapping[str, int], selected: str, width: int, height: int
) -> tuple[Row, ...]:
    """What fits of the same while rounds go on: the selected target first, refusals last."""
    targets = list(dict.fromkeys(each.target for each in found))
    order = sorted(targets, key=lambda name: name != selected)
    reach = _reach(found)
    rows: list[Row] = []
    for name in order:
        judged = [each for each in found if each.target == name and each.outcome != "refused"]
        block = _block(judged, slots, reach, width)
        if len(rows) + len(block) > height and rows:
            break
        rows += block
    texts = [line for text in refused_lines(found) for line in wrap(f" {plain(text)}", max(width, 20))]
    rows += [(Span(text, "dim"),) for text in texts]
    return tuple(fit(row, width) for row in rows[:height])


def with_text(rows: tuple[Row, ...], text: str, width: int, height: int) -> tuple[Row, ...]:
    """The rows with a text below them, as far as there is room."""
    lines = wrap(f" {plain(text)}", max(width, 20)) if text else []
    return (*rows, *(fit((Span(line, "dim"),), width) for line in lines))[:height]


def _block(judged: Sequence[Verdict], slots: Mapping[str, int], reach: float, width: int) -> list[Row]:
    """One target's verdicts; a single row while there are too few rounds for all of them."""
    if not judged:
        return []
    texts = {outcome_text(each) for each in judged if each.interval is None}
    if len(texts) == 1 and all(each.interval is None for each in judged):
        first = judged[0]
        text = f" {SIGNS[first.outcome]} {plain(texts.pop())}"
        return [_head(judged, slots, width), (Span(text, STYLES[first.outcome]),)]
    return [_head(judged, slots, width), *(_row(each, reach, width) for each in judged)]


def _head(of: Sequence[Verdict], slots: Mapping[str, int], width: int) -> Row:
    """Which target is judged against which, and on how many rounds if there is room."""
    first = of[0]
    rounds = max(each.rounds for each in of)
    against = (
        Span(" "),
        _name(first.target, first.target_label, slots),
        Span(" against ", "dim"),
        _name(first.baseline, first.baseline_label, slots),
    )
    text = f" · {rounds} round{'' if rounds == 1 else 's'}"
    has_room = rounds and width_of(against) + len(text) <= width
    return (*against, Span(text, "dim")) if has_room else against


def _name(name: str, label: str, slots: Mapping[str, int]) -> Span:
    slot = slots.get(name, 0)
    return Span(f"{marker(slot)} {elided(plain(label), 24)}", slot_style(slot))


def _row(of: Verdict, reach: float, width: int) -> Row:
    style, sign = STYLES[of.outcome], SIGNS[of.outcome]
    head = Span(f" {NAMES[of.metric]:{_NAME}} ")
    if of.ratio is None or of.interval is None:
        text = f"{sign} {plain(outcome_text(of))}"
        if of.ratio is not None and len(head.text) + len(text) > width:
            text = f"{sign} {ratio_text(of.ratio, None)} so far"
        return (head, Span(text, style))
    room = width - len(head.text) - _RATIO - 3
    is_wide = room >= _LEAST_PLOT + _OUTCOME
    plot = min(max(room - (_OUTCOME if is_wide else 0), _LEAST_PLOT), _MOST_PLOT)
    return (
        head,
        Span(interval_plot(of.ratio, of.interval, reach, plot), style),
        Span(f" {ratio_text(of.ratio, of.interval, _DECIMALS):{_RATIO}} "),
        Span(f"{sign} {plain(outcome_text(of))}" if is_wide else sign, style),
    )


def _reach(found: Sequence[Verdict]) -> float:
    """How far the scale goes from 1×, to both sides, in logarithms."""
    ends = [abs(math.log(end)) for each in found for end in each.interval or ()]
    return max([LEAST_REACH, *ends])


def interval_plot(ratio: float, interval: tuple[float, float], reach: float, width: int) -> str:
    """An interval on a logarithmic scale with 1× in its middle: `     ┊  ├─●─┤  `."""
    middle = (width - 1) // 2

    def cell(value: float) -> int:
        at = middle + math.log(value) / reach * middle
        return min(max(round(at), 0), width - 1)

    low, point, high = cell(interval[0]), cell(ratio), cell(interval[1])
    cells = [" "] * width
    cells[middle] = "┊"
    cells[low : high + 1] = "─" * (high - low + 1)
    if low < middle < high:
        cells[middle] = "┼"
    if low < high:
        cells[low], cells[high] = "├", "┤"
    cells[point] = "●"
    return "".join(cells)
