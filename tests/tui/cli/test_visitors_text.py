"""Visitors of a run without a screen."""

from pathlib import Path

import anyio
import pytest

from engine.recording.visitors_file import forget, note
from tests.support.waiting import eventually
from tui.cli import visitors_text

pytestmark = pytest.mark.anyio


async def test_their_number_is_printed_when_it_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitors_text, "EVERY_S", 0.02)
    found: list[str] = []
    async with anyio.create_task_group() as group:
        group.start_soon(visitors_text.report_visitors, tmp_path, found.append)
        note(tmp_path, 3)
        await eventually(lambda: len(found) == 1)
        note(tmp_path, 1)
        await eventually(lambda: len(found) == 2)
        forget(tmp_path)
        await eventually(lambda: len(found) == 3)
        group.cancel_scope.cancel()
    assert found == [
        "3 visitors watch in a browser",
        "1 visitor watches in a browser",
        "no visitors watch in a browser any more",
    ]
