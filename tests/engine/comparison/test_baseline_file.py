"""Baselines as files: what is written is read, and anything else is refused in words."""

import base64
import zlib
from dataclasses import replace
from typing import Any

import orjson
import pytest

from engine.comparison.baseline_file import SCHEMA, Baseline, decoded, encoded
from engine.comparison.comparison import Side, compared
from targets.errors import UsageError
from tests.engine.comparison.conftest import MakeRun

WHERE = "main.json"


def _document(made_run: MakeRun) -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(encoded(Baseline("2025-01-01T12:00", made_run())))
    return document


def _with_run(document: dict[str, Any], **changes: Any) -> bytes:
    run = orjson.loads(zlib.decompress(base64.b64decode(document["data"])))
    return _with_data(document, zlib.compress(orjson.dumps(run | changes)))


def _with_data(document: dict[str, Any], data: bytes) -> bytes:
    return orjson.dumps(document | {"data": base64.b64encode(data).decode()})


def test_a_baseline_compares_as_the_session_does(made_run: MakeRun) -> None:
    a, b = made_run(), made_run(session_id="b", seed=2, slowness=(1.5,))
    restored = decoded(encoded(Baseline("2025-01-01T12:00", replace(a, baseline="main"))), WHERE)
    assert restored.saved_at == "2025-01-01T12:00"
    assert restored.run.baseline == "main"
    other = Side(b, b.subjects)
    expected = compared(Side(a, a.subjects), other).targets[0].levels
    assert compared(Side(restored.run, restored.run.subjects), other).targets[0].levels == expected


def test_a_baseline_is_small_and_says_what_it_is(made_run: MakeRun) -> None:
    content = encoded(Baseline("2025-01-01T12:00", made_run(targets=("fastapi", "django-wsgi"))))
    assert len(content) < 60_000
    document = orjson.loads(content)
    assert (document["schema"], document["targets"]) == (SCHEMA, ["fastapi", "django-wsgi"])


@pytest.mark.parametrize(
    ("content", "what", "why"),
    [
        (b"", "is not a baseline", "not the JSON"),
        (b"[1]", "is not a baseline", "not the JSON"),
        (b"\xff\xfe", "is not a baseline", "not the JSON"),
        (b"{}", "is not a baseline", "no schema"),
        (b'{"schema": "abreast/session@2"}', "is not a baseline", "abreast/session@2"),
        (b'{"schema": "abreast/baseline@9"}', "cannot be read", "this version reads abreast/baseline@1"),
        (b'{"schema": "abreast/baseline@1"}', "is damaged", "it has no data"),
        (b'{"schema": "abreast/baseline@1", "data": "%"}', "is damaged", "not base64"),
        (b'{"schema": "abreast/baseline@1", "data": 7}', "is damaged", ""),
    ],
)
def test_what_is_no_baseline_is_refused(content: bytes, what: str, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        decoded(content, WHERE)
    assert what in caught.value.what
    assert WHERE in caught.value.what
    assert why in caught.value.why
    assert caught.value.hint


def test_data_that_is_cut_off_or_changed_is_damage(made_run: MakeRun) -> None:
    document = _document(made_run)
    data = base64.b64decode(document["data"])
    changed = bytearray(data)
    changed[len(data) // 2] ^= 0xFF
    for broken in (data[:-10], bytes(changed), b""):
        with pytest.raises(UsageError, match="is damaged"):
            decoded(_with_data(document, broken), WHERE)


def test_data_that_grows_without_end_is_not_unpacked(
    made_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.comparison.baseline_file.LARGEST_RUN_BYTES", 10_000)
    with pytest.raises(UsageError, match="is damaged") as caught:
        decoded(_with_data(_document(made_run), zlib.compress(b" " * 1_000_000)), WHERE)
    assert "far too large" in caught.value.why


def test_values_of_the_wrong_type_are_damage(made_run: MakeRun) -> None:
    document = _document(made_run)
    run = orjson.loads(zlib.decompress(base64.b64decode(document["data"])))
    [subject] = run["subjects"]
    block = subject["levels"][0]["blocks"][0]
    odd: list[dict[str, Any]] = [
        {"plan": {}},
        {"light": "blue"},
        {"subjects": [subject | {"levels": 5}]},
        {"subjects": [subject | {"series": subject["series"] | {"users": [1.0]}}]},
    ]
    for change in ({"ok": [[1], 1, 1, 1]}, {"ok": [[10**9, 1], 1, 1, 1]}, {"failed": -1}, {"ticks": 0}):
        level = subject["levels"][0] | {"blocks": [block | change]}
        odd.append({"subjects": [subject | {"levels": [level]}]})
    for changes in odd:
        with pytest.raises(UsageError, match="is damaged"):
            decoded(_with_run(document, **changes), WHERE)
