"""A session as an HdrHistogram log: latencies by target and second, for tools that read such logs. Pure.

Format: the "histogram log format version 1.3" of HdrHistogram's `HistogramLogWriter`: comments, a legend,
then a line for each interval with a tag, its start relative to the base time, its length, its highest value
and the compressed V2 histogram. Values are microseconds. Only measured seconds are in it, so that the sum of
a target's intervals is the histogram of its whole run in the session JSON.
"""

from collections.abc import Iterator
from datetime import datetime
from heapq import merge
from itertools import islice
from operator import itemgetter

from engine.export.hdr import encode
from engine.export.loaded import LoadedSession
from engine.export.summary import measured
from engine.metrics.target_timeline import TargetTimeline
from engine.protocol.histogram import Histogram
from targets.plain_text import one_line

LINES_A_CHUNK = 1000
LEGEND = '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"\n'


def hdr_log(session: LoadedSession) -> Iterator[bytes]:
    """The log, one target after another."""
    began = datetime.fromisoformat(session.timeline.began_at or session.header.started_at)
    seconds = f"{began.timestamp():.3f} (seconds since epoch)"
    yield (
        f"#[Successful requests of abreast session {one_line(session.header.id)}; values in microseconds, "
        "Interval_Max in milliseconds]\n"
        f"#[Histogram log format version 1.3]\n#[StartTime: {seconds}]\n#[BaseTime: {seconds}]\n{LEGEND}"
    ).encode()
    intervals = merge(*map(_intervals, session.timeline.targets.values()), key=itemgetter(0))
    while lines := "".join(text for _, text in islice(intervals, LINES_A_CHUNK)):
        yield lines.encode()


def _intervals(line: TargetTimeline) -> Iterator[tuple[int, str]]:
    """A target's lines with their seconds: a log is in the order of time."""
    tag = _tag(line.added.label or line.added.name)
    for bucket in measured(line.buckets):
        ok = Histogram.of(stats.ok for stats in bucket.tick_stats.requests.values())
        if ok.count:
            text = f"{bucket.second:.3f},1.000,{ok.max_us / 1000:.3f},{encode(ok.counts)}"
            yield bucket.second, f"Tag={tag},{text}\n"


def _tag(label: str) -> str:
    """A label as a tag, which holds neither commas nor spaces."""
    return one_line(label).replace(",", ";").replace(" ", "_")
