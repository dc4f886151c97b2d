"""The table of export formats."""

from dataclasses import replace
from pathlib import Path

import pytest

from engine.export.formats import FORMATS, find
from engine.export.loaded import LoadedSession, load
from targets.errors import UsageError
from tests.support.made_profiles import PROFILED
from tests.support.made_sessions import Shape, write

PROMPT_CELLS = 53


@pytest.fixture
def session(tmp_path: Path) -> LoadedSession:
    made = load(write(tmp_path, Shape(seconds=6)))
    made.timeline.profiles.append(PROFILED)
    return made


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_makes_files_with_names_of_their_own(session: LoadedSession, name: str) -> None:
    made = FORMATS[name]
    files = made.files(session)
    assert len({file.suffix for file in files}) == len(files)
    assert made.is_single == (len(files) == 1)
    assert len(made.about) <= PROMPT_CELLS
    for file in files:
        content = b"".join(file.chunks)
        assert content
        if made.is_text:
            assert "\x1b" not in content.decode()


def test_names_are_found_once_in_their_order() -> None:
    assert [each.name for each in find(["md", "json", "md"])] == ["md", "json"]
    with pytest.raises(UsageError, match="unknown format 'jsn'") as caught:
        find(["jsn"])
    assert "did you mean 'json'?" in caught.value.hint


def test_contradictory_records_are_an_error_with_words(session: LoadedSession) -> None:
    header = replace(session.header, started_at="yesterday")
    session.timeline.header, session.timeline.began_at = header, ""
    (file,) = FORMATS["hlog"].files(session)
    with pytest.raises(UsageError, match="is damaged") as caught:
        b"".join(file.chunks)
    assert "do not go together" in caught.value.why
