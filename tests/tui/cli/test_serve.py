"""`abreast serve` on the command line."""

import os
import re
import signal
import sys
from pathlib import Path

import httpx
import orjson
import psutil
import pytest

from targets.errors import UsageError
from tests.support.fronts import ABREAST, Front, started
from tests.support.made_sessions import Shape, write
from tui.cli.arguments import parse_arguments
from tui.cli.serve import exposed, visitors_text


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal of a session that has ended."""
    return write(tmp_path_factory.mktemp("made"), Shape(seconds=10, rps=20, title="Over"))


def link_of(front: Front) -> str:
    """The page's address, once the server has printed it."""
    front.says("Ctrl+C ends it")
    found = re.search(r"http://127\.0\.0\.1:\d+/\S*", front.err)
    assert found
    return found[0]


@pytest.mark.parametrize(
    "words",
    ["--host example.com", "--host 1.2.3", "--port 65536", "--port x", "--visitors 0", "--visitors 201"],
)
def test_what_makes_no_sense_is_refused(words: str) -> None:
    with pytest.raises(UsageError, match=words.partition(" ")[0]):
        parse_arguments(["serve", *words.split()])


def test_it_serves_the_last_session_on_this_machine_only_unless_asked() -> None:
    arguments = parse_arguments(["serve"])
    assert (arguments.session, arguments.host, arguments.port) == ("last", "127.0.0.1", None)
    assert parse_arguments(["serve", "--host", "localhost"]).host == "127.0.0.1"
    assert parse_arguments(["serve", "--host", "[::1]"]).host == "::1"


def test_it_says_who_can_read_what() -> None:
    assert "every user of this machine" in exposed(False, has_token=False)
    assert "everyone with the link" in exposed(False, has_token=True)
    text = exposed(True, has_token=True)
    assert "its report, which names commands, folders, why targets failed" in text
    assert "events without folders and logs" in text
    assert "not encrypted" in text


def test_the_line_says_how_many_watch() -> None:
    assert visitors_text(0, 0, "") == "no visitors · the session runs"
    assert visitors_text(1, 1, "") == "1 visitor · the session runs"
    assert visitors_text(0, 0, "threshold") == "no visitors · the session has ended: SLO missed"
    assert visitors_text(2, 5, "completed") == (
        "2 visitors (at most 5 at a time) · the session has ended: completed"
    )


def test_it_serves_until_it_is_interrupted_even_while_somebody_watches(path: Path, tmp_path: Path) -> None:
    with started(tmp_path, "serve", str(path), "--port", "0") as front:
        link = link_of(front)
        assert "Only this machine can open it" in front.err
        with httpx.Client(trust_env=False, timeout=60) as client:
            assert client.get(link).status_code == 200
            with client.stream("GET", f"{link}events") as stream:
                lines = stream.iter_lines()
                assert next(lines) == "retry: 2000"
                front.says("1 visitor")
                front.process.send_signal(signal.SIGINT)
                assert list(lines)
        assert front.wait() == 0
        assert "the session has ended: completed" in front.err


def test_other_machines_need_the_token_in_the_link(path: Path, tmp_path: Path) -> None:
    with started(tmp_path, "serve", str(path), "--port", "0", "--host", "0.0.0.0") as front:
        front.says("Ctrl+C ends it")
        links = re.findall(r"http://[^/\s]+:(\d+)/([\w-]{22})/", front.err)
        assert links
        (port, token), *_ = links
        with httpx.Client(trust_env=False, timeout=60) as client:
            assert client.get(f"http://127.0.0.1:{port}/").status_code == 403
            assert client.get(f"http://127.0.0.1:{port}/{token}/").status_code == 200
        front.process.send_signal(signal.SIGTERM)
        assert front.wait() == 0


def test_a_token_can_be_asked_for_on_this_machine_too(path: Path, tmp_path: Path) -> None:
    log = tmp_path / "serve.jsonl"
    words = ("--port", "0", "--token", "--json", "--log-file", str(log))
    with started(tmp_path, "serve", str(path), *words) as front:
        link = link_of(front)
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{22}/", link)
        front.says("no visitors")
        front.process.send_signal(signal.SIGTERM)
        assert front.wait() == 0
        expected = {"schema": "abreast/serve@1", "links": [link], "has_token": True, "other_machines": False}
        assert front.json == expected
    lines = [orjson.loads(line) for line in log.read_bytes().splitlines()]
    assert [line["event"] for line in lines] == ["serving", "visitors", "exit"]
    assert {line["session"] for line in lines} == {path.parent.name}
    assert link.rstrip("/").rpartition("/")[2] not in log.read_text(), "the token is in no log"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these settings")
def test_it_stays_out_of_the_way_of_load(path: Path, tmp_path: Path) -> None:
    with started(tmp_path, "serve", str(path), "--port", "0") as front:
        link_of(front)
        process = psutil.Process(front.process.pid)
        assert process.nice() >= os.getpriority(os.PRIO_PROCESS, 0) + 10 or process.nice() == 19
        policies = {os.sched_getscheduler(thread.id) for thread in process.threads()}
        assert policies == {os.SCHED_BATCH}
        cores = os.sched_getaffinity(0)
        if len(cores) > 1:
            affinities = [os.sched_getaffinity(thread.id) for thread in process.threads()]
            assert all(max(cores) not in each for each in affinities)


def test_a_session_that_does_not_exist_is_an_error_before_anything_is_served(tmp_path: Path) -> None:
    with started(tmp_path, "serve", "no-such-session") as front:
        assert front.wait() == 2
        assert "http://" not in front.err


def test_two_can_be_served_at_a_time(path: Path, tmp_path: Path) -> None:
    with (
        started(tmp_path / "a", "serve", str(path)) as first,
        started(tmp_path / "b", "serve", str(path)) as second,
    ):
        links = {link_of(first), link_of(second)}
    assert len(links) == 2


def test_its_line_is_renewed_in_place_on_a_terminal(path: Path, tmp_path: Path) -> None:
    import pexpect

    child = pexpect.spawn(
        ABREAST[0],
        ["serve", str(path), "--port", "0"],
        env=os.environ | {"TERM": "xterm-256color", "ABREAST_HOME": str(tmp_path / "home")},
        encoding="utf-8",
        timeout=60,
        dimensions=(24, 100),
    )
    try:
        child.expect(r"(http://127\.0\.0\.1:\d+/)")
        link = child.match.group(1)  # type: ignore[union-attr]
        child.expect(r"\r[^\n]*no visitors · the session has ended: completed\x1b\[K")
        with httpx.stream("GET", f"{link}events", trust_env=False, timeout=60):
            child.expect(r"\r1 visitor · the session has ended: completed\x1b\[K")
        child.sendintr()
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)
    assert child.exitstatus == 0
