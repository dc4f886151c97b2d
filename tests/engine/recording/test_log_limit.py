"""Logs are cut to their beginning and their end, while those who write them go on."""

import re
import sys
from pathlib import Path

import anyio
import pytest

from engine.recording.log_limit import HEAD_BYTES, LONGEST_BYTES, TAIL_BYTES, keep_small
from tests.support.waiting import eventually

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

WRITER = """
import os
line = b"%09d " + b"x" * 89 + b"\\n"
for number in range(0, 3_000_000, 1000):
    os.write(1, b"".join(line % each for each in range(number, number + 1000)))
os.write(2, b".")
os.read(0, 1)
os.write(1, b"last words\\n")
"""
WRITTEN_BYTES = 300_000_000


async def test_a_log_that_is_written_fast_stays_small(tmp_path: Path) -> None:
    log = tmp_path / "targets" / "fast" / "log.txt"
    log.parent.mkdir(parents=True)
    async with anyio.create_task_group() as group:
        group.start_soon(keep_small, tmp_path)
        with log.open("ab") as out:
            process = await anyio.open_process([sys.executable, "-c", WRITER], stdout=out)
        assert process.stderr is not None
        assert process.stdin is not None
        with anyio.fail_after(60):
            await process.stderr.receive()

        def is_small() -> bool:
            """Once the last cut is done: its note comes with the end of the log."""
            content = log.read_bytes()
            return len(content) <= LONGEST_BYTES and b"---- abreast left out" in content

        await eventually(is_small)
        await process.stdin.aclose()
        with anyio.fail_after(60):
            await process.wait()
        group.cancel_scope.cancel()
    assert process.returncode == 0, "who writes is not disturbed"
    content = log.read_bytes()
    assert len(content) <= LONGEST_BYTES
    assert content.startswith(b"000000000 x")
    assert b"000000001 x" in content[:HEAD_BYTES]
    assert content.endswith(b"last words\n")
    (said,) = re.findall(rb"^---- abreast left out ([0-9.]+) MB here ----$", content, re.MULTILINE)
    assert float(said) == pytest.approx((WRITTEN_BYTES - len(content)) / 1e6, rel=0.2)


async def test_what_is_short_or_no_log_stays(tmp_path: Path) -> None:
    kept = {
        tmp_path / "targets" / "a" / "log.txt": b"x" * LONGEST_BYTES,
        tmp_path / "targets" / "a" / "database.sqlite3": b"x" * (LONGEST_BYTES + 1),
        tmp_path / "journal.jsonl": b"x" * (LONGEST_BYTES + 1),
    }
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"x" * (LONGEST_BYTES + 1))
    for path, content in kept.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (tmp_path / "link.log").symlink_to(elsewhere)
    with anyio.move_on_after(0.3):
        await keep_small(tmp_path)
    assert {path: path.read_bytes() for path in kept} == kept
    assert elsewhere.stat().st_size == LONGEST_BYTES + 1


async def test_logs_of_helpers_are_cut_too(tmp_path: Path) -> None:
    logs = [tmp_path / "load-worker-0.log", tmp_path / "upstream" / "log.txt"]
    for log in logs:
        log.parent.mkdir(exist_ok=True)
        log.write_bytes(b"line\n" * LONGEST_BYTES)
    with anyio.move_on_after(0.3):
        await keep_small(tmp_path)
    for log in logs:
        assert HEAD_BYTES + TAIL_BYTES <= log.stat().st_size + 100 <= HEAD_BYTES + TAIL_BYTES + 1000
        assert log.read_bytes().endswith(b"\nline\n")
