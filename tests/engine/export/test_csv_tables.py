"""CSV tables hold the figures of the session JSON, as pandas reads them."""

import csv
import io
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from engine.export.csv_tables import ERRORS, SECONDS, levels_csv, result_csv, seconds_csv
from engine.export.loaded import LoadedSession, load
from tests.support.made_sessions import Shape, write

SHAPE = Shape(seconds=60, rps=400, labels=("fastapi ×4", "=cmd|' /C calc'!A0"))


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> LoadedSession:
    return load(write(tmp_path_factory.mktemp("made"), SHAPE))


def table(text: bytes) -> Any:
    return pd.read_csv(io.BytesIO(text))


def same(column: Any, values: list[Any]) -> bool:
    """Whether a column holds these values; null is a missing one."""
    return [None if pd.isna(each) else each for each in column] == values


def test_every_second_of_every_target_is_a_row(session: LoadedSession) -> None:
    rows = table(b"".join(seconds_csv(session)))
    targets = session.document["targets"]
    assert len(rows) == sum(len(target["buckets"]["t_s"]) for target in targets) == 120
    for target, label in zip(targets, rows["target"].unique(), strict=True):
        mine = rows[rows["target"] == label]
        for name, column in SECONDS.items():
            expected = [None if each == "" else each for each in target["buckets"][name]]
            assert same(mine[column], expected), name
        for kind, counts in target["buckets"]["errors"].items():
            assert same(mine[f"{ERRORS}{kind}"], counts)
    assert rows[f"{ERRORS}status 500"].sum() == 240


def test_every_level_of_every_target_is_a_row(session: LoadedSession) -> None:
    rows = table(b"".join(levels_csv(session)))
    expected = [(target, level) for target in session.document["targets"] for level in target["levels"]]
    assert len(rows) == len(expected) == 6
    for (_, row), (_, level) in zip(rows.iterrows(), expected, strict=True):
        assert row["users"] == level["users"]
        assert row["measured_s"] == level["window"]["seconds"]
        assert row["ok_requests_per_s"] == level["goodput"]
        assert row["requests_per_s"] == level["rps"]
        assert row["error_share"] == level["error_rate"]
        assert [row["error_share_low"], row["error_share_high"]] == level["error_rate_interval"]
        assert row["mean_ms"] == level["latency_ms"]["mean"]
        for name in ("p50", "p90", "p95", "p99"):
            assert row[f"{name}_ms"] == level["latency_ms"][name]
            assert [row[f"{name}_low_ms"], row[f"{name}_high_ms"]] == level["latency_ms_interval"][name]
        assert row["cpu_mean_pct"] == level["cpu_pct"]["mean"]
        assert row["memory_max_mb"] == level["memory_mb"]["max"]


def test_no_text_is_a_formula(session: LoadedSession) -> None:
    for content in (seconds_csv, levels_csv):
        cells = [row[0] for row in csv.reader(io.StringIO(b"".join(content(session)).decode()))]
        assert sorted(set(cells)) == ["'=cmd|' /C calc'!A0", "fastapi ×4", "target"]


def test_a_session_without_targets_has_only_heads(tmp_path: Path) -> None:
    empty = load(write(tmp_path, Shape(seconds=1, targets=())))
    assert b"".join(seconds_csv(empty)).count(b"\n") == b"".join(levels_csv(empty)).count(b"\n") == 1


def test_the_table_of_the_result_has_the_figures_that_its_sentence_is_of(session: LoadedSession) -> None:
    rows = table(b"".join(result_csv(session)))
    assert len(rows) == len(session.result.targets)
    for (_, row), target in zip(rows.iterrows(), session.result.targets, strict=True):
        assert row["figures_of"] == "level"
        assert row["ok_requests_per_s"] == pytest.approx(target.stats.goodput, abs=1e-3)
        assert row["users"] == session.result.load == 100


def test_without_a_level_the_table_of_the_result_has_the_whole_run(tmp_path: Path) -> None:
    short = load(write(tmp_path, Shape(seconds=12, targets=("fastapi",))))
    (row,) = table(b"".join(result_csv(short))).to_dict("records")
    assert row["figures_of"] == "whole"
    assert row["requests"] == short.document["targets"][0]["summary"]["requests"]
    assert pd.isna(row["users"])
