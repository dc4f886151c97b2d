"""abreast in a real terminal of 80×24: keys go in, the screen comes out, and the terminal is as it was."""

import os
import re
import signal
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import orjson
import pexpect
import psutil
import pytest

from engine.export.loaded import load
from engine.metrics.records import Bucket, Ended, Event
from tests.support.fronts import ABREAST, RUNNER, WITHIN_S, Seen, marked, records, until

ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[ -/]*[@-~]|[^\[])")
ALTERNATE_SCREEN_LEFT = "\x1b[?1049l"
CURSOR_SHOWN = "\x1b[?25h"


def is_gone(session_id: str) -> bool:
    """Whether no process of the session lives."""
    return not marked(session_id)


def _heeds_hang_ups() -> None:
    """Also if the tests run under `nohup`."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@contextmanager
def terminal(
    folder: Path,
    *arguments: str,
    size: tuple[int, int] = (24, 80),
    command: Sequence[str] = ABREAST,
    environment: dict[str, str] | None = None,
) -> Iterator["pexpect.spawn[str]"]:
    """abreast, running in `folder` on a terminal of its own; gone afterwards."""
    sized = {"COLUMNS", "LINES"}  # they would speak louder than the terminal itself
    child = pexpect.spawn(
        command[0],
        [*command[1:], *arguments],
        cwd=str(folder),
        env={name: value for name, value in os.environ.items() if name not in sized}
        | {"ABREAST_HOME": str(folder / "home"), "TERM": "xterm-256color", "PYTHONWARNINGS": "error"}
        | (environment or {}),
        dimensions=size,
        timeout=WITHIN_S,
        encoding="utf-8",
        codec_errors="replace",
        preexec_fn=_heeds_hang_ups,
    )
    try:
        yield child
    finally:
        child.close(force=True)
        for session in sessions(folder):
            until(partial(is_gone, session.name), "nothing is left")


def shows(child: "pexpect.spawn[str]", pattern: str) -> None:
    """Waits until this text was drawn, whatever its colours."""
    drawn, deadline_s = "", time.monotonic() + WITHIN_S
    while not re.search(pattern, ESCAPES.sub("", drawn)):
        left_s = deadline_s - time.monotonic()
        assert left_s > 0, f"{pattern!r} was not drawn; last: {ESCAPES.sub('', drawn)[-2000:]}"
        drawn += child.read_nonblocking(4096, left_s)


def watch(child: "pexpect.spawn[str]", look: Callable[[], Seen], what: str) -> Seen:
    """Waits until `look` sees something, and reads on meanwhile: a terminal that is full stops the front."""

    def read_and_look() -> Seen:
        with suppress(pexpect.TIMEOUT):
            child.read_nonblocking(65536, 0)
        return look()

    return until(read_and_look, what)


def sessions(folder: Path) -> list[Path]:
    """The folders of the sessions recorded there, the newest last."""
    return sorted((folder / "home" / "sessions").glob("*"))


def the_session(folder: Path) -> Path:
    """The only one."""
    (only,) = sessions(folder)
    return only


def users_events(folder: Path) -> list[str]:
    """What the journal says about users."""
    return [event.text for event in records(the_session(folder), Event) if event.kind == "users"]


def has_users_events(folder: Path, number: int) -> bool:
    """Whether users were changed so often."""
    return len(users_events(folder)) == number


def outcomes(folder: Path) -> list[str]:
    """How the session ended, so far as the journal says."""
    return [end.outcome for end in records(the_session(folder), Ended)]


def finish(child: "pexpect.spawn[str]", key: str = "") -> tuple[str, int | None]:
    """What it still draws until it ends, and its exit code. Presses a key until then, if one is given: an end
    card ignores what is typed before it is drawn."""
    for _ in range(60 if key else 0):
        child.send(key)
        if child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=1) == 0:
            break
    else:
        child.expect(pexpect.EOF)
    until(lambda: not child.isalive(), "it has ended")
    return child.before or "", child.exitstatus


def test_from_the_lobby_to_the_end(tmp_path: Path) -> None:
    with terminal(tmp_path) as child:
        before = termios.tcgetattr(child.child_fd)
        child.expect("⏎")
        child.send("\r")
        shows(child, r"[\d.]+ ms  [\d.]+ ms")  # enough answers came for a p95
        for number in range(1, 4):
            child.send("+")
            watch(child, partial(has_users_events, tmp_path, number), "users change")
        first, *_, last = users_events(tmp_path)
        assert re.fullmatch(r"users \d+ → \d+ \(manual\)", first)
        child.send("e")
        shows(child, "export as")
        child.send("\r")
        exported = watch(child, lambda: list(tmp_path.glob("abreast-hello-*.json")), "it is exported")
        document = orjson.loads(exported[0].read_bytes())
        assert document["outcome"] == "running"
        assert all(sum(target["buckets"]["ok"]) > 0 for target in document["targets"])
        assert last in [event["text"] for event in document["events"]]
        child.send("qq")
        shows(child, "run again")
        rest, code = finish(child, "q")
        assert code == 0
        assert ALTERNATE_SCREEN_LEFT in rest
        assert CURSOR_SHOWN in rest
        said = rest.split(ALTERNATE_SCREEN_LEFT)[1]
        session_id = the_session(tmp_path).name
        assert "figures of the " in said
        assert "steered: " in said
        assert f"session {session_id}: completed" in said
        assert f"watch it: abreast watch {session_id}" in said
        assert f"repeat it: abreast plan save again {session_id} && " in said, "it was steered"
        assert "Traceback" not in rest
        assert before == termios.tcgetattr(child.child_fd)
        assert not marked(the_session(tmp_path).name)
    assert outcomes(tmp_path) == ["completed"]


def test_the_demo_plays_without_a_home_and_writes_nothing(tmp_path: Path) -> None:
    with terminal(tmp_path, "watch", "demo", environment={"ABREAST_HOME": "/proc/none"}) as child:
        shows(child, r"▶ 1×")
        shows(child, r"[\d.]+ ok/s")
        child.send("\x1b[F")  # end
        shows(child, "fastapi served")
        rest, code = finish(child, "q")
        said = ESCAPES.sub("", rest.split(ALTERNATE_SCREEN_LEFT)[1])
        assert (code, said.strip("q\r\n")) == (0, ""), "nothing but keys that the terminal echoes"
    assert list(tmp_path.iterdir()) == []


def test_a_closed_terminal_leaves_nothing_but_the_session(tmp_path: Path) -> None:
    with terminal(tmp_path, "run", "hello", "--targets", "fastapi:workers=2,django-wsgi") as child:
        shows(child, r"\d ok/s")
        front = psutil.Process(child.pid)
        child.ptyproc.fileobj.close()  # type: ignore[attr-defined]  # the stubs lack it
        until(lambda: not front.is_running() or front.status() == psutil.STATUS_ZOMBIE, "it has ended")
        until(lambda: not marked(the_session(tmp_path).name), "nothing is left")
    assert load(the_session(tmp_path) / "journal.jsonl").document["outcome"] == "interrupted"
    assert outcomes(tmp_path) == ["interrupted"]


UNREAD_S = 15
"""Of a session whose screen nobody reads: Textual keeps some seconds of frames before it would wait."""


@pytest.mark.parametrize("then", ["it reads again", "a signal comes"])
def test_a_terminal_that_does_not_read_holds_up_nothing(then: str, tmp_path: Path) -> None:
    with terminal(tmp_path, "run", "hello", "--targets", "fastapi") as child:
        shows(child, r"\d ok/s")
        session = the_session(tmp_path)
        first_s = recorded_s(session)
        until(lambda: recorded_s(session) > first_s + UNREAD_S, "it is recorded, although nobody reads")
        if then == "a signal comes":
            child.kill(signal.SIGTERM)
            until(lambda: not marked(session.name), "load and targets are gone, although nobody reads")
            finish(child)
        else:
            child.send("qq")
            shows(child, "run again")
            finish(child, "q")
    assert outcomes(tmp_path) == ["interrupted" if then == "a signal comes" else "completed"]


def recorded_s(session: Path) -> int:
    """The newest second in a session's journal."""
    return max((each.second for each in records(session, Bucket)), default=0)


def test_ctrl_c_and_sigterm_end_it_well(tmp_path: Path) -> None:
    for name, code in (("key", 0), ("signal", 130)):
        folder = tmp_path / name
        folder.mkdir()
        with terminal(folder, "run", "hello", "--targets", "fastapi") as child:
            shows(child, r"\d ok/s")
            if name == "key":
                child.sendcontrol("c")
                shows(child, "run again")
                child.sendcontrol("c")
            else:
                child.kill(signal.SIGTERM)
            rest, exit_code = finish(child)
            assert exit_code == code
            assert "ok/s" in ESCAPES.sub("", rest.split(ALTERNATE_SCREEN_LEFT)[1]), "its result"
            assert "Traceback" not in rest
            assert not marked(the_session(folder).name)
        assert outcomes(folder) == ["completed" if name == "key" else "interrupted"]


def test_quit_while_the_targets_start(tmp_path: Path) -> None:
    with terminal(tmp_path, "run", "hello") as child:
        shows(child, "starting")
        rest, code = finish(child, "q")
        assert code == 0, rest
        assert "Traceback" not in rest
        assert not marked(the_session(tmp_path).name)


def test_a_terminal_that_is_too_small_gets_a_plain_page(tmp_path: Path) -> None:
    with terminal(tmp_path, size=(15, 59)) as child:
        child.expect("needs at least 60×16")
        child.setwinsize(24, 80)
        child.expect("presets")
        child.send("q")
        assert finish(child)[1] == 0
    assert sessions(tmp_path) == []


BROKEN = """\
think_time = "10 ms"
[[target]]
name = "broken"
command = "python3 -c 'raise SystemExit(7)' {port}"
[[request]]
path = "/"
[[stages]]
users = 1
hold = "60 s"
"""
ASKS_TOO_MUCH = """\
targets = ["fastapi"]
workload = "hello"
warm_up = "none"
slo = "p99 < 0.001 ms"
[[stages]]
users = 2
hold = "60 s"
"""


def test_a_session_that_fails_on_screen_ends_with_its_exit_code(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(BROKEN)
    with terminal(tmp_path, "run", "plan.toml") as child:
        shows(child, "Nothing was measured, because no target became ready")
        rest, code = finish(child, "q")
    assert code == 3, rest
    assert "failed" in rest.split(ALTERNATE_SCREEN_LEFT)[1]
    assert outcomes(tmp_path) == ["failed"]


def test_an_slo_that_was_missed_on_screen_is_an_exit_code_too(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(ASKS_TOO_MUCH)
    with terminal(tmp_path, "run", "plan.toml") as child:
        shows(child, r"SLO 0\.00 %")
        child.send("qq")
        shows(child, "SLO missed")
        rest, code = finish(child, "q")
    assert code == 1, rest
    assert outcomes(tmp_path) == ["threshold"]


def test_a_fault_of_our_own_leaves_the_terminal_in_order_and_one_line(tmp_path: Path) -> None:
    """Whether a session has it or the screen."""
    root = {"PYTHONPATH": str(Path(__file__).parents[2])}
    broken = ("run", "hello", "--targets", "fastapi,broken")
    with terminal(tmp_path, *broken, command=RUNNER, environment=root) as child:
        rest, code = finish(child)
    assert code == 70, rest
    _, _, after = rest.rpartition(ALTERNATE_SCREEN_LEFT)
    assert after != rest
    assert CURSOR_SHOWN in rest
    lines = ESCAPES.sub("", after).splitlines()
    assert lines[-1].startswith("abreast: internal error: LookupError: of all things"), lines
    assert "Traceback" not in after
    assert outcomes(tmp_path) == ["failed"]


def test_a_terminal_that_shows_no_screen_gets_lines(tmp_path: Path) -> None:
    run = ("run", "hello", "--targets", "fastapi", "--seconds", "1")
    with terminal(tmp_path, *run, environment={"TERM": "dumb"}) as child:
        rest, code = finish(child)
    assert code == 0, rest
    assert "this terminal cannot show the screen (TERM is dumb)" in rest
    assert "\x1b" not in rest


def test_a_terminal_without_a_size_is_no_error(tmp_path: Path) -> None:
    run = ("run", "hello", "--targets", "fastapi", "--seconds", "1", "--headless")
    with terminal(tmp_path, *run, size=(0, 0)) as child:
        rest, code = finish(child)
    assert code == 0, rest
    assert "generator " in rest


@pytest.mark.parametrize("moment", ["while it runs", "once its screen is gone"])
def test_going_on_without_having_been_stopped_keeps_nothing_alive(tmp_path: Path, moment: str) -> None:
    """As a shell's end does it, which hangs up and lets go on at once."""
    with terminal(tmp_path, "run", "hello", "--targets", "fastapi", "--users", "2") as child:
        shows(child, "hold 2 users")
        assert child.pid is not None
        if moment == "while it runs":
            os.kill(child.pid, signal.SIGCONT)
        child.send("qq")
        shows(child, "run again")
        child.send("q")
        if moment == "once its screen is gone":
            child.expect("watch it")
            os.kill(child.pid, signal.SIGCONT)
        rest, code = finish(child)
    assert code == 0, rest


def test_keys_typed_at_once_act_one_after_another(tmp_path: Path) -> None:
    """Those for the lobby are there before it is drawn."""
    with terminal(tmp_path) as child:
        child.send("u3\rd60\r\t")
        shows(child, r"\b3 users held")
        shows(child, "space check")
        child.send("\r")
        shows(child, r"\d ok/s")
        child.send("u7\r+")
        watch(child, partial(has_users_events, tmp_path, 2), "users change")
        assert users_events(tmp_path) == ["users 3 → 7 (manual)", "users 7 → 8 (manual)"]
        child.send("qq")
        rest, code = finish(child, "q")
        assert code == 0, rest
        assert "Traceback" not in rest
