"""The README's picture can be drawn again from its recorded session."""

import re
from html import unescape
from pathlib import Path

import pytest

from tests.picture import __main__ as picture
from tui.screen_picture import drawn


@pytest.mark.anyio
async def test_it_shows_the_recorded_session(tmp_path: Path) -> None:
    snapshot = picture.snapshot_at(picture.AT_S)
    assert snapshot.phase == "running"
    assert {target.name for target in snapshot.targets} == {"fastapi", "fastapi-sync", "django-wsgi"}
    svg = await drawn(snapshot)
    text = unescape(re.sub(r"<[^>]*>", " ", svg)).replace("\xa0", " ")
    for shown in (*(target.name for target in snapshot.targets), snapshot.question, "goodput, ok/s", "pause"):
        assert shown in text


@pytest.mark.anyio
async def test_it_needs_nothing_but_the_file() -> None:
    svg = await drawn(picture.snapshot_at(picture.AT_S))
    assert "url(" not in re.sub(r"url\(#", "", svg)
    assert "@font-face" not in svg


def test_the_readme_shows_it() -> None:
    readme = (picture.FOLDER.parents[1] / "README.md").read_text(encoding="utf-8")
    assert f"]({picture.PICTURE.relative_to(picture.FOLDER.parents[1])})" in readme
    assert "fastapi-sync" in picture.PICTURE.read_text(encoding="utf-8")
