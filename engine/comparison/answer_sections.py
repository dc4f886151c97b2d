"""What both runs answer, as tables with A beside B: verdicts and capacity, and why: profiles and hints. Pure.

Rules of this file:
- a share of a profile changes in points (pt), with Newcombe's interval; samples count as independent: they
  are 10 ms apart, which is longer than most of what they see. All intervals of a table hold together with
  95 % (Bonferroni), and a table of functions is chosen from all that were kept;
- hints are no verdicts, and each run has its own: they are listed, not compared.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import NormalDist

from engine.answers.capacity.sizing import ASSUMES, sizing_text
from engine.answers.profile.figures import ProfileFigures
from engine.answers.profile.layers import LAYERS
from engine.comparison.answers import CapacityFound, ProfileFound
from engine.comparison.comparison import Comparison, Side, TargetComparison
from engine.comparison.differences import ALPHA
from engine.comparison.verdict_pairs import HEADS, NOTE, why_refused
from engine.export.tables import Row, Section, Table
from engine.metrics import formatting
from engine.metrics.confidence import newcombe
from engine.metrics.profiles import Frame
from targets.plain_text import one_line

MOST_FUNCTIONS = 12
"""Functions that are listed for each target."""

CAPACITY_NOTE = (
    "From the largest load that met the SLO to the smallest that did not; figures are of the largest."
)
PROFILE_NOTE = (
    "Shares of the samples in which Python code ran. Changes are in points, with intervals that hold "
    "together with 95 %."
)
FUNCTIONS_NOTE = "The functions with most self time in A or B, of the same samples."
HINTS_NOTE = "What the figures of each session's last level suggest; no verdict."


def result_sections(found: Comparison) -> Iterator[Section]:
    """What came out: verdicts and capacity, as far as A or B has them."""
    if rows := tuple(Row(pair.cells) for pair in found.verdicts):
        note = " ".join([NOTE, *why_refused(found.a.verdicts, found.b.verdicts)])
        yield Section("verdicts", "Verdicts", Table(HEADS, rows, texts=4), note)
    for at, target in enumerate(found.targets):
        if table := capacity_table(target):
            slo = {each.slo for each in (target.a.capacity, target.b.capacity) if each is not None}
            within = f", within {slo.pop()}" if len(slo) == 1 else ""
            note = " ".join([CAPACITY_NOTE, *_sizing(target)])
            yield Section(f"capacity-{at}", f"Capacity: {one_line(target.label)}{within}", table, note)


def cause_sections(found: Comparison) -> Iterator[Section]:
    """Why it came out so: profiles and hints, as far as A or B has them."""
    for at, target in enumerate(found.targets):
        label = one_line(target.label)
        if rows := tuple(map(Row, _layers(target))):
            table = Table(("", "A", "B", "change"), rows, texts=4)
            yield Section(f"profile-{at}", f"Profile: {label}", table, PROFILE_NOTE)
        if rows := tuple(map(Row, _functions(target))):
            table = Table(("function", "A", "B", "change", "layer", "file"), rows, texts=6)
            yield Section(f"profile-functions-{at}", f"Self time: {label}", table, FUNCTIONS_NOTE)
    if rows := tuple(map(Row, (*_hints("A", found.a), *_hints("B", found.b)))):
        yield Section("hints", "Hints", Table(("", "target", "hint"), rows, texts=3), HINTS_NOTE)


def has_answers(found: Comparison) -> bool:
    """Whether there is any such section."""
    return any((*result_sections(found), *cause_sections(found)))


Cells = tuple[str, ...]


# ---------------------------------------------------------------- capacity


def capacity_table(target: TargetComparison) -> Table | None:
    """How much a target serves in A and in B; None if neither run searched for that."""
    a, b = target.a.capacity, target.b.capacity
    units = {each.unit for each in (a, b) if each is not None}
    if not units:
        return None

    def row(head: str, text: Callable[[CapacityFound], str], more: str = "") -> Cells:
        cells = (formatting.MISSING if each is None else text(each) for each in (a, b))
        return (head, *cells, more)

    rows = [
        row(f"{' or '.join(sorted(units))} within the SLO", lambda each: each.range, _brackets(a, b)),
        row("search", lambda each: each.state),
        row("ok/s", lambda each: formatting.rate(each.goodput)),
        row("p95", lambda each: formatting.duration(each.p95_ms)),
        row("errors", _errors),
        row("CPU", lambda each: formatting.whole_percent(each.cpu_pct)),
        row("memory", lambda each: formatting.memory(each.memory_mb)),
    ]
    if len({each.slo for each in (a, b) if each is not None}) > 1:
        rows.insert(1, row("SLO", lambda each: each.slo))
    if any(each is not None and each.knee is not None for each in (a, b)):
        rows.append(row("throughput stops at about", _knee))
    return Table(("", "A", "B", ""), tuple(map(Row, rows)), texts=4)


def _sizing(target: TargetComparison) -> list[str]:
    """What so many users need, in sentences."""
    found = [
        f"{name}: {sizing_text(each.sizing, each.unit)}."
        for name, each in (("A", target.a.capacity), ("B", target.b.capacity))
        if each is not None and each.sizing is not None
    ]
    return [*found, f"Sizing {ASSUMES}."] if found else []


def _errors(of: CapacityFound) -> str:
    return formatting.percent(None if of.error_rate is None else 100 * of.error_rate)


def _knee(of: CapacityFound) -> str:
    return formatting.MISSING if of.knee is None else f"{of.knee:.0f}"


def _brackets(a: CapacityFound | None, b: CapacityFound | None) -> str:
    """Which serves more, if that can be told."""
    if a is None or b is None:
        return ""
    if (a.slo, a.unit) != (b.slo, b.unit):
        return "not the same SLO"
    if _ends_below(a, b):
        return "B serves more"
    if _ends_below(b, a):
        return "B serves fewer"
    return "the ranges overlap"


def _ends_below(one: CapacityFound, other: CapacityFound) -> bool:
    """Whether a load at which one has failed is met by the other."""
    return one.upper is not None and other.lower is not None and one.upper <= other.lower


# ---------------------------------------------------------------- profiles


@dataclass(frozen=True, slots=True)
class ShareChange:
    """A share of busy samples in A and in B, 0 to 1."""

    a: float | None
    """None without samples."""
    b: float | None
    interval: tuple[float, float] | None
    """Of the difference; None if one of them has no samples."""

    @property
    def change(self) -> float | None:
        """B less A; None if one of them has no samples."""
        return None if self.a is None or self.b is None else self.b - self.a

    @property
    def is_certain(self) -> bool:
        """Whether the two differ by more than chance explains."""
        return self.interval is not None and not self.interval[0] <= 0 <= self.interval[1]

    @property
    def text(self) -> str:
        """`+12.3 pt [+8.1, +16.5]`; a difference that can be chance says so."""
        if self.interval is None or self.change is None:
            return ""
        if not self.is_certain:
            return "within chance"
        low, high = (_points(end) for end in self.interval)
        return f"{_points(self.change)} pt [{low}, {high}]"


def layer_changes(a: ProfileFigures, b: ProfileFigures) -> dict[str, ShareChange]:
    """By layer, of those that either has samples in, from the socket inwards."""
    shares = {layer: (a.share_of(layer), b.share_of(layer)) for layer in LAYERS}
    shown = {layer: each for layer, each in shares.items() if any(each)}
    return {layer: _share_change(*each, a, b, len(shown)) for layer, each in shown.items()}


def function_changes(a: ProfileFigures, b: ProfileFigures) -> dict[Frame, ShareChange]:
    """Of the functions with most self time in A or in B, most first."""
    in_a, in_b = ({each.frame: each.share for each in of.functions} for of in (a, b))
    frames = sorted({**in_a, **in_b}, key=lambda each: -max(in_a.get(each, 0.0), in_b.get(each, 0.0)))
    return {
        each: _share_change(in_a.get(each, 0.0), in_b.get(each, 0.0), a, b, len(frames))
        for each in frames[:MOST_FUNCTIONS]
    }


def _share_change(
    share_a: float, share_b: float, a: ProfileFigures, b: ProfileFigures, family: int
) -> ShareChange:
    """The change of a share that is one of `family` such changes."""
    if not (a.samples and b.samples):
        return ShareChange(share_a if a.samples else None, share_b if b.samples else None, None)
    z = NormalDist().inv_cdf(1 - ALPHA / (2 * family))
    return ShareChange(share_a, share_b, newcombe(share_a, a.samples, share_b, b.samples, z))


_NOTHING = ProfileFigures("", 0, 0.0, 0.0, 0, (), ())
"""Of a target that was not profiled."""


def profile_figures(profile: ProfileFound | None) -> ProfileFigures:
    """Its figures; without samples where there is no profile."""
    return _NOTHING if profile is None else profile.figures


def _layers(target: TargetComparison) -> list[Cells]:
    profiles = target.a.profile, target.b.profile
    if profiles == (None, None):
        return []
    a, b = map(profile_figures, profiles)

    def row(head: str, text: Callable[[ProfileFigures], str]) -> Cells:
        return (head, *(text(each) if each.samples else formatting.MISSING for each in (a, b)), "")

    return [
        *((layer, *_shares(change)) for layer, change in layer_changes(a, b).items()),
        row("waiting, of the time", lambda each: formatting.whole_percent(100 * each.waiting)),
        row("Python code, of a core", lambda each: formatting.whole_percent(100 * each.busy)),
        row("samples", lambda each: f"{each.samples}{'' if each.is_certain else ': too few'}"),
        *_troubles(*profiles),
    ]


def _troubles(a: ProfileFound | None, b: ProfileFound | None) -> list[Cells]:
    texts = ["" if each is None else one_line(each.trouble) for each in (a, b)]
    return [("not sampled", *(text or formatting.MISSING for text in texts), "")] if any(texts) else []


def _functions(target: TargetComparison) -> list[Cells]:
    a, b = map(profile_figures, (target.a.profile, target.b.profile))
    layers = {each.frame: each.layer for each in (*a.functions, *b.functions)}
    return [
        (one_line(frame.function), *_shares(change), layers[frame], one_line(frame.file))
        for frame, change in function_changes(a, b).items()
    ]


def _shares(change: ShareChange) -> Cells:
    cells = (formatting.percent(None if share is None else 100 * share) for share in (change.a, change.b))
    return (*cells, change.text)


def _points(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "−")


# ---------------------------------------------------------------- hints


def _hints(name: str, side: Side) -> list[Cells]:
    return [(name, one_line(side.label_of(each.target)) or "all", one_line(each.text)) for each in side.hints]
