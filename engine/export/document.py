"""A session's records → its JSON document, `abreast/session@2`. Pure; the schema file next to this module
describes it."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any, TypeVar

from engine.answers.capacity.result import capacity_of
from engine.answers.hints import hints_of
from engine.answers.reported import answers_of
from engine.answers.result_sentence import figures_text
from engine.answers.result_sentence import summary as sentence_of
from engine.answers.verdicts.verdict import verdicts
from engine.answers.verdicts.wording import verdict_document
from engine.export.capacity_document import capacity_document
from engine.export.hdr import encode
from engine.export.plan_units import plan_with_units
from engine.export.profile_document import profile_document
from engine.export.summary import (
    Lights,
    by_request,
    level_summary,
    measured,
    repeated_summary,
    stretch_summary,
    summary,
)
from engine.metrics.records import Bucket, Damage, Record
from engine.metrics.repetitions import repeated_levels
from engine.metrics.result_basis import is_held
from engine.metrics.session_result import SessionResult, session_result
from engine.metrics.snapshot import Recovery, Snapshot
from engine.metrics.target_timeline import TargetTimeline
from engine.metrics.timeline import Timeline
from engine.plan.quantities import SCALES, UNITS, Metric
from engine.protocol.messages import TICKS_A_BUCKET
from engine.protocol.tick_stats import TickStats, sum_counts
from targets.errors import UsageError

SCHEMA = "abreast/session@2"

_Value = TypeVar("_Value", int, float)


def folded(records: Iterable[Record]) -> Timeline:
    """The timeline of the records, with its whole history. Raises UsageError if they contain no session."""
    timeline = Timeline(history_s=None)
    for record in records:
        timeline.apply(record)
    if timeline.header is None:
        raise UsageError(
            "the journal holds no session", why="its first record is missing", hint="see: abreast sessions"
        )
    return timeline


def document(timeline: Timeline, *, outcome: str, damage: Damage | None = None) -> dict[str, Any]:
    """The whole document. `outcome` is used for a session without an end: `running` or `interrupted`.
    `damage` is the damage to its journal."""
    header = timeline.header
    if header is None:
        raise ValueError("a session begins with its header")
    ended = timeline.ended
    lights = {each.second: each.light for each in timeline.generator}
    snapshot = timeline.final_snapshot()
    result = session_result(snapshot, unfinished=outcome)
    return {
        "schema": SCHEMA,
        "id": header.id,
        "title": header.plan["title"],
        "notes": [event.text for event in timeline.events if event.kind == "note"],
        "started_at": header.started_at,
        "ended_at": ended.at if ended else None,
        "outcome": ended.outcome if ended else outcome,
        "result": _result(result),
        "damage": asdict(damage) if damage else None,
        "command_line": list(header.command_line),
        "environment": header.environment,
        "plan": plan_with_units(header.plan),
        "targets": [_target(target, lights) for target in timeline.targets.values()],
        "events": [
            {
                "t_s": round(each.t_s, 3),
                "kind": each.kind,
                "target": each.target,
                "text": each.text,
                **asdict(each.detail),
            }
            for each in timeline.events
        ],
        "health": _health(timeline),
        "thresholds": [asdict(each) for each in timeline.thresholds()],
        "repetitions": [
            repeated_summary(name, level, target.stats_options)
            for name, target in timeline.targets.items()
            for level in repeated_levels(target.level_stats())
        ],
        "recoveries": [_recovery(each) for each in timeline.recoveries()],
        "profile": profile_document(timeline.profiles),
        "capacity": capacity_document(capacity_of(result)),
        **_answers(snapshot, result),
    }


def _result(result: SessionResult) -> dict[str, Any]:
    """What came out in a sentence, and which figures it is of."""
    return {
        "sentence": sentence_of(result),
        "figures_of": result.figures_of,
        "figures": figures_text(result),
        "targets": [
            {
                "target": target.name,
                "level": next((at for at, level in enumerate(target.levels) if level is target.level), None),
                "ratio": _rounded(target.ratio),
            }
            for target in result.targets
        ],
    }


def _answers(snapshot: Snapshot, result: SessionResult) -> dict[str, Any]:
    """Verdicts, hints, reported figures beside measured ones, and claims."""
    answers = answers_of(result)
    return {
        "verdicts": [verdict_document(each) for each in verdicts(result)],
        "hints": [
            {
                "kind": each.kind,
                "target": each.target,
                "text": each.text,
                "figures": {name: _rounded(value) for name, value in each.figures},
            }
            for each in hints_of(snapshot)
        ],
        "reported": [
            {
                "target": each.label,
                "users": each.reported.users,
                "metric": each.reported.metric,
                "unit": UNITS[each.reported.metric],
                "reported": _in_unit(each.reported.value, each.reported.metric),
                "measured": each.measured and _in_unit(each.measured.value, each.reported.metric),
                "interval": each.measured
                and [_in_unit(end, each.reported.metric) for end in (each.measured.low, each.measured.high)],
                "reported_ratio": _rounded(each.reported_ratio),
                "measured_ratio": _rounded(each.measured_ratio),
                "why": each.why,
                "where": each.reported.where,
            }
            for each in answers.figures
        ],
        "claims": [
            {
                "id": each.claim.id,
                "text": each.claim.text,
                "says": each.claim.says,
                "where": each.claim.where,
                "outcome": each.outcome,
                "why": each.why,
                "comparisons": [asdict(part) for part in each.parts],
            }
            for each in answers.claims
        ],
    }


def _in_unit(value: float, metric: Metric) -> float:
    return round(value / SCALES[UNITS[metric]].factor, 4)


def _recovery(recovery: Recovery) -> dict[str, Any]:
    plain = {
        name: _rounded(value) if isinstance(value, float) else value
        for name, value in asdict(recovery).items()
    }
    return plain | {"took_s": _rounded(recovery.took_s)}


def _target(target: TargetTimeline, lights: Lights) -> dict[str, Any]:
    buckets = list(target.buckets)
    added = target.added
    return {
        "name": added.name,
        "label": added.label or added.name,
        "server": added.server,
        "command": list(added.command),
        "env": added.env,
        "options": added.options,
        "runtime": added.runtime,
        "database": added.database,
        "limits": added.limits,
        "versions": added.versions,
        "address": target.address,
        "state": target.state,
        "trouble": target.trouble,
        "summary": summary(measured(buckets), "whole", lights, target.stats_options, target.whole),
        "levels": [
            level_summary(
                level,
                buckets,
                lights,
                target.stats_options,
                place=target.planned.place_of(level),
                is_steered=target.planned.is_steered(level),
                held=is_held(stats),
            )
            for level, stats in zip(target.levels.all, target.level_stats(), strict=True)
        ],
        "stretches": [stretch_summary(each, target.stats_options) for each in target.stretch_stats()],
        "buckets": _columns(buckets, target, lights),
        "requests": by_request(target.whole.requests, target.whole, target.stats_options),
        "histogram_us": encode(target.whole.ok.counts),
    }


def _columns(buckets: list[Bucket], target: TargetTimeline, lights: Lights) -> dict[str, Any]:
    """One value per second in each column. Percentiles cover that second or, with too few samples, a longer
    window that ends with it. What the load workers measure is null in seconds that none of them reported."""
    series = target.history.series(tuple(bucket.second + 1 for bucket in buckets))
    errors = [sum_counts(stats.errors for stats in each.tick_stats.requests.values()) for each in buckets]
    kinds = sorted(sum_counts(errors))

    def reported(value_of: Callable[[TickStats], _Value]) -> list[_Value | None]:
        return [None if each.is_missing else value_of(each.tick_stats) for each in buckets]

    def arriving(value_of: Callable[[TickStats], int]) -> list[int | None]:
        return reported(value_of) if target.stats_options.open_model else [None] * len(buckets)

    return {
        "t_s": [bucket.second for bucket in buckets],
        "users": reported(lambda tick_stats: tick_stats.users),
        "users_wanted": [bucket.users_wanted for bucket in buckets],
        "started": reported(lambda tick_stats: tick_stats.started),
        "ok": reported(_ok),
        "failed": reported(_failed),
        "cancelled": reported(lambda tick_stats: tick_stats.cancelled),
        "p50_ms": [_rounded(value) for value in series.p50_ms],
        "p95_ms": [_rounded(value) for value in series.p95_ms],
        "p99_ms": [_rounded(value) for value in series.p99_ms],
        "oldest_in_flight_ms": reported(lambda tick_stats: tick_stats.oldest_in_flight_us / 1000),
        "cpu_pct": [_rounded(bucket.resources.cpu_pct) for bucket in buckets],
        "throttled_pct": [_rounded(bucket.resources.throttled_pct) for bucket in buckets],
        "memory_mb": [_rounded(bucket.resources.memory_mb) for bucket in buckets],
        "received_bytes": [bucket.resources.received_bytes for bucket in buckets],
        "sent_bytes": [bucket.resources.sent_bytes for bucket in buckets],
        "health_ms": [_rounded(value) for value in series.health_ms],
        "in_flight": reported(lambda tick_stats: tick_stats.in_flight),
        "bytes_in": reported(lambda tick_stats: tick_stats.bytes_in),
        "bytes_out": reported(lambda tick_stats: tick_stats.bytes_out),
        "connects": reported(lambda tick_stats: tick_stats.connects.count),
        "reconnects": reported(lambda tick_stats: tick_stats.reconnects),
        "arrivals": arriving(lambda tick_stats: tick_stats.arrivals),
        "dropped": arriving(lambda tick_stats: tick_stats.dropped),
        "waiting": arriving(lambda tick_stats: tick_stats.waiting),
        "light": [lights.get(bucket.second, "off") for bucket in buckets],
        "measured": [bucket.is_measured for bucket in buckets],
        "warm_up": [bucket.warm_up for bucket in buckets],
        "paused": [bucket.tick_stats.paused for bucket in buckets],
        "spoiled": [bucket.tick_stats.spoiled for bucket in buckets],
        "measured_s": [round(bucket.tick_stats.ticks / TICKS_A_BUCKET, 3) for bucket in buckets],
        "between_turns": [_between_turns(bucket) for bucket in buckets],
        "complete": [bucket.is_whole and not bucket.missing_workers for bucket in buckets],
        "missing_workers": [bucket.missing_workers for bucket in buckets],
        "errors": {
            kind: [
                None if each.is_missing else counts.get(kind, 0)
                for each, counts in zip(buckets, errors, strict=True)
            ]
            for kind in kinds
        },
    }


def _between_turns(bucket: Bucket) -> int:
    """Requests that ended outside the measured parts of turns."""
    between = bucket.between_turns
    return 0 if between is None else sum(each.ended for each in between.requests.values())


def _ok(tick_stats: TickStats) -> int:
    return sum(stats.ok.count for stats in tick_stats.requests.values())


def _failed(tick_stats: TickStats) -> int:
    return sum(sum(stats.errors.values()) for stats in tick_stats.requests.values())


def _health(timeline: Timeline) -> dict[str, Any]:
    review = timeline.review
    return {
        "light": review.light,
        "reasons": list(review.reasons),
        "contended": timeline.health().contended,
        "measured_s": review.seconds,
        "red_s": review.red_s,
        "amber_s": review.amber_s,
        "generator_cpu_pct": _rounded(review.cpu_pct),
        "loop_lag_p99_ms": _rounded(review.lag_p99_ms),
        "ceiling_rps": _rounded(timeline.header.ceiling_rps) if timeline.header else None,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
