"""One target's timeline, made of seconds: what tests of its figures share."""

from dataclasses import replace

from engine.metrics.records import Bucket
from engine.metrics.target_snapshot import TargetSnapshot
from engine.metrics.target_timeline import TargetTimeline
from tests.support.recording import added, steering, tally


def line(*buckets: Bucket) -> TargetTimeline:
    made = TargetTimeline(added(), steering=steering(), state="ready")
    for each in buckets:
        made.take_bucket(each)
    return made


def shown(made: TargetTimeline, window_s: float = 10.0) -> TargetSnapshot:
    newest = made.buckets[-1] if made.buckets else None
    axis = tuple(each.second + 1 for each in made.buckets)
    return made.snapshot(
        newest.second + 1.0 if newest else 0.0,
        newest_tick=newest.tick_stats.tick if newest else -1,
        window_s=window_s,
        axis=axis,
    )


def paused(of: Bucket) -> Bucket:
    return replace(of, tick_stats=replace(of.tick_stats, paused=True))


def with_failures(of: Bucket, **failures: int) -> Bucket:
    return replace(of, tick_stats=replace(of.tick_stats, requests={"hello": tally([1000], **failures)}))
