"""What profiles found, as sections of a report and as drawings of its page. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.answers.profile.figures import about, cost_text, figures_of, samples_text
from engine.answers.profile.flame import Box, flame_graph
from engine.answers.profile.layers import LAYERS
from engine.export.loaded import LoadedSession
from engine.export.tables import Section, Table, target_row
from engine.metrics import formatting
from engine.metrics.palette import marker, slot_style
from engine.metrics.profiles import Profiled, TargetProfile
from engine.metrics.session_result import SessionResult, TargetResult
from targets.plain_text import one_line

LOOKS_NOTE = (
    "Waiting is the share of the time in which a process ran no Python code: it waited for a request, an "
    "answer or a core, or was in a system call."
)
FUNCTIONS_NOTE = (
    "Shares of the target's busy samples. Code in C and Rust counts for the Python function that called it."
)

WIDTH = 1000
"""Of a flame graph, in its own units."""
ROW_HEIGHT = 18
CHARACTER_WIDTH = 6.4
LEAST_TEXT = 4
"""A box that has room for fewer characters shows none."""


def profile_sections(session: LoadedSession) -> Iterator[Section]:
    """Every section that has rows, in the order in which reports show them: of the newest profile."""
    result = session.result
    if not result.profiles:
        return
    profiled = result.profiles[-1]
    for name, title, note, table in (
        (
            "profile",
            "Profile: busy time by layer",
            _note(profiled, len(result.profiles)),
            layers(profiled, result),
        ),
        ("profile-looks", "Profile: what it is of", LOOKS_NOTE, looks(profiled, result)),
        (
            "profile-functions",
            "Profile: functions with most self time",
            FUNCTIONS_NOTE,
            functions(profiled, result),
        ),
    ):
        if table.rows:
            yield Section(name, title, table, note)


def _note(profiled: Profiled, count: int) -> str:
    others = f" It is the last of {count} profiles." if count > 1 else ""
    return (
        f"py-spy sampled the targets for {about(profiled)}; shares are of busy samples, by the function that "
        f"a thread was in. No other figure includes these seconds.{others}"
    )


def layers(profiled: Profiled, result: SessionResult) -> Table:
    """A row for each target that was sampled: its share of busy samples in each layer."""
    found = [(target, profile, figures_of(profile)) for target, profile in _sampled(profiled, result)]
    shown = [layer for layer in LAYERS if any(figures.share_of(layer) for _, _, figures in found)]
    rows = tuple(
        target_row(
            target,
            *(formatting.whole_percent(100 * figures.share_of(layer)) for layer in shown),
        )
        for target, _, figures in found
    )
    return Table(("target", *shown), rows)


def looks(profiled: Profiled, result: SessionResult) -> Table:
    """A row for each target that was sampled: what its shares are of, and what sampling cost."""
    found = [(target, profile, figures_of(profile)) for target, profile in _sampled(profiled, result)]
    rows = tuple(
        target_row(
            target,
            formatting.whole_percent(100 * figures.waiting),
            formatting.whole_percent(100 * figures.busy),
            samples_text(profile, figures),
            cost_text(profile),
        )
        for target, profile, figures in found
    )
    return Table(("target", "waiting", "Python code, of a core", "samples", "cost of sampling"), rows)


def functions(profiled: Profiled, result: SessionResult) -> Table:
    """A row for each of the functions with most self time, of each target."""
    rows = tuple(
        target_row(
            target,
            one_line(each.frame.function),
            one_line(each.frame.file),
            each.layer,
            formatting.percent(100 * each.share),
        )
        for target, profile in _sampled(profiled, result)
        for each in figures_of(profile).functions
    )
    return Table(("target", "function", "file", "layer", "self time"), rows, texts=4)


def _sampled(profiled: Profiled, result: SessionResult) -> list[tuple[TargetResult, TargetProfile]]:
    return [
        (target, profile)
        for profile in profiled.targets
        if not profile.trouble and (target := result.target(profile.target)) is not None
    ]


# ---------------------------------------------------------------- flame graphs


@dataclass(frozen=True, slots=True)
class DrawnBox:
    """A box of a flame graph, in the units of its drawing."""

    x: float
    y: int
    width: float
    style: str
    """The class of its layer."""
    text: str
    """What fits into it."""
    title: str
    """All of it, for the pointer."""


@dataclass(frozen=True, slots=True)
class DrawnFlameGraph:
    """A target's flame graph as the page draws it."""

    label: str
    marker: str
    style: str
    words: str
    height: int
    boxes: Sequence[DrawnBox]


def flame_graphs(session: LoadedSession) -> list[DrawnFlameGraph]:
    """A flame graph for each target of the newest profile that has samples."""
    result = session.result
    if not result.profiles:
        return []
    return [
        _drawn(target, profile)
        for target, profile in _sampled(result.profiles[-1], result)
        if profile.samples
    ]


def layer_keys() -> list[tuple[str, str]]:
    """Every layer and the class of its colour."""
    return [(layer, layer_style(layer)) for layer in LAYERS]


def layer_style(layer: str) -> str:
    """The class of a layer's colour: `layer-validation-and-json`."""
    return f"layer-{layer.lower().replace(' ', '-')}"


def _drawn(target: TargetResult, profile: TargetProfile) -> DrawnFlameGraph:
    graph = flame_graph(profile)
    words = [f"{graph.samples} samples."]
    if graph.hidden:
        words.append(f"The {graph.hidden} outermost functions, which all samples are in, are left out.")
    if graph.completed:
        share = formatting.percent(100 * graph.completed / graph.samples)
        words.append(
            f"{share} of them lack their outermost functions, because they changed while they were read; "
            "they are placed where their first function was called most often."
        )
    return DrawnFlameGraph(
        label=one_line(target.label),
        marker=marker(target.slot),
        style=slot_style(target.slot),
        words=" ".join(words),
        height=graph.depth * ROW_HEIGHT,
        boxes=[_box(box) for box in graph.boxes],
    )


def _box(box: Box) -> DrawnBox:
    width = box.share * WIDTH
    room = int((width - 6) / CHARACTER_WIDTH)
    function = one_line(box.frame.function)
    text = function if len(function) <= room else f"{function[: room - 1]}…" if room >= LEAST_TEXT else ""
    share = formatting.percent(100 * box.share)
    return DrawnBox(
        x=round(box.start * WIDTH, 2),
        y=box.depth * ROW_HEIGHT,
        width=round(max(width - 0.5, 0.3), 2),
        style=layer_style(box.layer),
        text=text,
        title=f"{function} ({one_line(box.frame.file)}): {share}, {box.samples} samples, {box.layer}",
    )
