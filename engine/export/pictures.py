"""A session as pictures for slides: each chart and the scoreboard, as SVG or PNG, in files of their own.

The colours are those of the light theme, since slides and documents are mostly light.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from engine.answers.result_sentence import summary
from engine.export import drawing, vega
from engine.export.capacity_report import capacity_charts, main_table
from engine.export.charts import charts
from engine.export.loaded import LoadedSession
from engine.export.published_charts import published_charts
from engine.export.vega_table import table_spec
from engine.metrics.palette import LIGHT, SURFACES_LIGHT
from targets.errors import UsageError
from targets.plain_text import one_line

COLOURS = LIGHT | SURFACES_LIGHT


def svg_pictures(session: LoadedSession) -> Iterator[tuple[str, Iterable[bytes]]]:
    """The end of each file's name, and its content, drawn while it is iterated over."""
    return _pictures(session, ".svg", lambda spec: drawing.svg(spec).encode())


def png_pictures(session: LoadedSession) -> Iterator[tuple[str, Iterable[bytes]]]:
    """The same as PNG, with two pixels for each of the SVG's."""
    return _pictures(session, ".png", lambda spec: drawing.png(drawing.svg(spec)))


def _pictures(
    session: LoadedSession, suffix: str, draw: Callable[[vega.Spec], bytes]
) -> Iterator[tuple[str, Iterable[bytes]]]:
    drawing.check_installed()
    result = session.result
    if not result.targets:
        raise UsageError("there is nothing to draw", why="the session ended before any target started")

    def drawn(spec: Callable[[], vega.Spec]) -> Iterator[bytes]:
        yield draw(spec())

    title = one_line(result.title)
    yield (
        f"-scoreboard{suffix}",
        drawn(partial(table_spec, main_table(result)[0], title, summary(result), COLOURS)),
    )
    for chart in (
        *charts(session.timeline, session.snapshot, result),
        *published_charts(session.answers, result),
        *capacity_charts(result),
    ):
        yield f"-{chart.name}{suffix}", drawn(partial(vega.picture_spec, chart, title, COLOURS))
