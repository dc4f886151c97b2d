"""The session that ships with abreast."""

import platform
import re

from engine.metrics.records import Event, Header
from engine.metrics.session_result import session_result
from engine.metrics.timeline import View
from engine.playback import demo
from engine.playback.journal_follower import JournalFollower
from engine.playback.recorded_session import RecordedSession


def test_it_can_be_read_and_is_whole() -> None:
    with demo.opened() as file:
        session = RecordedSession(file, demo.PATH)
        assert session.look()
        assert (session.state.is_running, session.state.trouble) == (False, "")
        assert session.state.newest > 60
        last = session.snapshot_at(session.state.newest, View())
    assert last is not None
    result = session_result(last)
    assert (result.outcome, len(result.targets), result.health.light) == ("threshold", 3, "green")
    assert result.recoveries[0].recovered_s is not None


def test_it_is_small_and_names_no_folder_or_machine() -> None:
    assert demo.PATH.stat().st_size < 300_000
    with demo.opened() as file:
        records = list(JournalFollower(file, demo.PATH).records())
    text = "".join(map(repr, records))
    assert not re.search(r"/(home|root|tmp|Users|work)/", text)
    header = records[0]
    assert isinstance(header, Header)
    assert header.environment.keys() >= {"cpu_model", "python", "packages"}
    assert not header.environment.keys() & {"kernel", "sources", "load_average"}
    assert platform.node() not in text
    assert {each.kind for each in records if isinstance(each, Event)} >= {"stage", "fault"}
