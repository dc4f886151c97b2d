"""What a list shows of a session: written at its end, or made from its journal once."""

from pathlib import Path

import pytest

from engine.answers.capacity.result import capacity_of
from engine.answers.result_sentence import summary
from engine.export import session_summary
from engine.export.loaded import LoadedSession, load
from engine.export.session_summary import summary_of
from engine.machine import paths
from engine.recording import journal, listing, summary_file
from engine.recording.journal import JournalWriter
from tests.support.made_searches import MadeSearch, write_search
from tests.support.made_sessions import Shape, records, write
from tests.support.recording import Recording, sample


def test_its_figures_are_those_of_the_report(tmp_path: Path) -> None:
    path = write(tmp_path, Shape(seconds=9, labels=("fastapi ×4", "django")))
    found = session_summary.make(path)
    assert found is not None
    result = load(path).result
    assert found.sentence == summary(result)
    assert "fastapi ×4 served" in found.sentence
    assert (found.length_s, found.outcome, found.light) == (9.0, "completed", "green")
    assert [(each.label, each.goodput, each.p95_ms) for each in found.targets] == [
        (each.label, each.stats.goodput, each.stats.p95.value_ms) for each in result.targets
    ]
    sizes = sum(each.stat().st_size for each in path.parent.iterdir() if each.name != summary_file.FILE_NAME)
    assert found.journal_bytes + found.other_bytes == sizes
    assert summary_file.load(path.parent) == found


def test_of_a_search_its_figures_are_those_at_the_most_users_within_the_slo(tmp_path: Path) -> None:
    """Its trials had different numbers of users: no figure over all of them says anything."""
    session = load(write_search(tmp_path, MadeSearch()))
    search = capacity_of(session.result)
    assert search is not None
    listed = summary_of(session).targets
    for target, found in zip(listed, search.targets, strict=True):
        assert found.at_lower is not None
        assert (target.label, target.goodput) == (found.label, found.at_lower.goodput)
        assert target.p95_ms == found.at_lower.p95_ms
    none = summary_of(
        load(write_search(tmp_path / "none", MadeSearch(trials=0, outcome="interrupted")))
    ).targets
    assert {(each.goodput, each.p95_ms, each.cpu_pct) for each in none} == {(0.0, None, None)}


def test_at_the_end_of_a_session_it_is_the_same_as_from_the_journal(tmp_path: Path) -> None:
    path = tmp_path / journal.FILE_NAME
    with Recording(path, "a", "b") as recording:
        for tick in range(350 * 5):  # longer than the history that the screen keeps
            recording.tick(tick, sample(tick, target="a", ok_us=[1000, 2000]), sample(tick, target="b"))
        recording.flush()
        recording.end(at_s=350.0)
        session_summary.write(LoadedSession(path, recording.book.timeline))
    at_the_end = summary_file.load(tmp_path)
    assert at_the_end is not None
    assert session_summary.make(path) == at_the_end


def test_an_interrupted_session_has_one_and_a_running_one_has_none() -> None:
    folder = paths.session_folder("one")
    path = folder / journal.FILE_NAME
    with JournalWriter(path) as writer:
        for record in list(records(Shape(seconds=6)))[:-1]:
            writer.write(record)
        assert session_summary.make(path) is None, "it runs"
        (running,) = listing.listed()
        assert (running.is_running, running.needs_summary) == (True, False)
        assert running.recorded.labels == ("fastapi", "django-wsgi")
    (cut_off,) = listing.listed()
    assert cut_off.needs_summary
    found = session_summary.added(cut_off)
    assert (found.recorded.outcome, found.length_s) == ("interrupted", 6.0)
    assert "served" in found.sentence
    (again,) = listing.listed()
    assert again.recorded == found.recorded


def test_damage_is_in_it_and_listed() -> None:
    path = write(paths.sessions(), Shape(seconds=3))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:9], b"torn\n", *lines[10:]]))
    found = session_summary.make(path)
    assert found is not None
    assert found.damage == str(load(path).damage) != ""
    (one,) = listing.listed()
    assert (one.recorded.outcome, one.recorded.damage) == ("completed", found.damage)


def test_reading_can_be_stopped_and_leaves_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, Shape(seconds=3))
    with pytest.raises(session_summary.StoppedError):
        session_summary.make(path, lambda: True)
    assert [each.name for each in path.parent.iterdir()] == [journal.FILE_NAME]


def test_a_session_that_is_deleted_meanwhile(tmp_path: Path) -> None:
    path = write(tmp_path, Shape(seconds=3))

    def delete() -> bool:
        if path.parent.exists():
            path.parent.rename(tmp_path / "trash")
        return False

    assert session_summary.make(path, delete) is None
    assert not path.parent.exists()


def test_records_that_do_not_go_together_are_said() -> None:
    path = paths.session_folder("odd") / journal.FILE_NAME
    with JournalWriter(path) as writer:
        for record in list(records(Shape(seconds=3)))[:1]:
            writer.write(record)
    blank = paths.session_folder("blank") / journal.FILE_NAME
    blank.touch()
    by_name = {each.key: session_summary.added(each) for each in listing.listed()}
    assert by_name["odd"].sentence == "Nothing was measured, because no target became ready."
    assert not by_name["blank"].needs_summary
