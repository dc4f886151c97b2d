"""What a frame of the live screen costs, whatever the session's length: four targets at 160×45."""

import gc
import time
from collections.abc import Iterator
from statistics import quantiles

import anyio

from engine.metrics.records import GeneratorSecond
from engine.metrics.snapshot import Snapshot
from engine.metrics.timeline import Timeline, View
from tests.benchmarks.report import Options, Table
from tests.support.fakes import FakeSessionApi
from tests.support.made_sessions import TARGETS, Shape, records
from tui.app import AbreastApp
from tui.screens.live import LiveScreen
from tui.session_api import Choice

SIZE = (160, 45)
LENGTHS_S = (60, 600, 3600)
DRAWN_S = 40
"""How many of a session's last seconds are drawn."""
GOAL_MS = 15.0
CHARTS = (
    ("p95, 2 min", ()),
    ("p95, all, log", ("g", "g", "L")),
    ("percentiles", ("h",)),
    ("heat map, all", ("g", "g", "h", "h")),
    ("knee", ("h", "h", "h")),
)
"""What the second chart shows, and the keys that make it so."""


def frames(options: Options) -> Table:
    """Frames with a new second, in which everything changes: processor time until all is drawn."""
    del options
    rows = []
    for seconds in LENGTHS_S:
        for name, keys in CHARTS:
            snapshot_ms, frame_ms = anyio.run(drawn, seconds, keys)
            rows.append((f"{seconds} s", name, p95(snapshot_ms), p95(frame_ms), f"{GOAL_MS:.0f} ms"))
    head = ("session", "second chart", "snapshot, p95", "frame, p95", "goal of a frame")
    note = f"Four targets at {SIZE[0]}×{SIZE[1]}, the last {DRAWN_S} s; processor time of this process."
    return Table("Frames of the live screen", head, tuple(rows), (note,))


def p95(values_ms: list[float]) -> str:
    return f"{quantiles(values_ms, n=20, method='inclusive')[-1]:.1f} ms"


async def drawn(seconds: int, keys: tuple[str, ...]) -> tuple[list[float], list[float]]:
    """Processor time of each snapshot and each frame, in milliseconds."""
    gc.freeze()  # as the front does once it is started
    api = FakeSessionApi()
    snapshots = _snapshots(seconds)
    _, api.after_start = next(snapshots)
    snapshot_ms: list[float] = []
    frame_ms: list[float] = []
    async with AbreastApp(api, Choice("hello", ())).run_test(size=SIZE) as pilot:
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()
        for made_ms, api.picture in snapshots:
            began_s = time.process_time()
            assert isinstance(pilot.app.screen, LiveScreen)
            pilot.app.screen.pull()
            await pilot.pause(0)
            frame_ms.append((time.process_time() - began_s) * 1000)
            snapshot_ms.append(made_ms)
    return snapshot_ms, frame_ms


def _snapshots(seconds: int) -> Iterator[tuple[float, Snapshot]]:
    """The session at the end of each of its last seconds, and the processor time that took."""
    timeline = Timeline()
    for record in records(Shape(seconds=seconds, targets=TARGETS[:4], rps=1000, patterns=20)):
        timeline.apply(record)
        if isinstance(record, GeneratorSecond) and record.second >= seconds - DRAWN_S:
            began_s = time.process_time()
            made = timeline.snapshot(float(record.second + 1), View())
            yield (time.process_time() - began_s) * 1000, made
