"""A whole session with metrics, a log and options from variables; also with a collector that is down."""

import re
import socket
from pathlib import Path
from typing import Any

import orjson

from tests.support.fronts import started
from tests.support.otlp_receiver import attributes, receiving
from tests.support.tmux import NEEDS_TMUX, SHELL_ENDS, pane


def lines_in(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


VARIABLES = {
    "ABREAST_HEADLESS": "1",
    "ABREAST_DURATION": "2s",
    "ABREAST_USERS": "3",
    "ABREAST_TARGETS": "fastapi",
    "ABREAST_LOG_FILE": "run.jsonl",
}


def test_a_session_is_sent_and_logged_with_options_from_variables(tmp_path: Path) -> None:
    with receiving() as receiver:
        environment = VARIABLES | {
            "ABREAST_OTLP": receiver.url,
            "ABREAST_JSON": "1",
            "ABREAST_LOG_LEVEL": "debug",
        }
        with started(tmp_path, "run", "hello", environment=environment) as front:
            assert front.wait() == 0, front.err
            document = front.json
        assert "abreast: variables that set options: ABREAST_TARGETS" in front.err
        assert document["command_line"][:3] == ["abreast", "run", "--targets=fastapi"]
        assert document["command_line"][-1] == "hello"
        (target,) = document["targets"]
        assert target["summary"]["requests"] > 0
        requests = receiver.metrics()["abreast.requests"].sum.data_points
        sent = {attributes(each)["outcome"]: each.as_double for each in requests}
        assert sent == {"ok": target["summary"]["ok"], "failed": target["summary"]["failed"]}
        (histogram,) = receiver.metrics()["abreast.latency"].histogram.data_points
        assert histogram.count == target["summary"]["ok"]
        assert receiver.resource()["service.instance.id"] == document["id"]
    lines = lines_in(tmp_path / "run.jsonl")
    events = [line["event"] for line in lines]
    assert events[0] == "session"
    assert events[-2:] == ["ended", "exit"]
    assert {line["session"] for line in lines} == {document["id"]}
    ready = [line for line in lines if line.get("state") == "ready"]
    assert [line["target"] for line in ready] == ["fastapi"]
    seconds = [line for line in lines if line["event"] == "second" and line["is_measured"]]
    assert sum(line["ok"] for line in seconds) == target["summary"]["ok"]


def test_a_collector_that_is_down_costs_a_session_nothing(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        with started(tmp_path, "run", "hello", "--otlp", url, environment=VARIABLES) as front:
            assert front.wait() == 0, front.err
    assert front.err.count("metrics do not reach") == 1
    assert re.search("(connection refused|no answer within 3 s); the session goes on without", front.err)
    assert [each.name for each in (front.home / "sessions").iterdir()] == [front.session_id]
    assert lines_in(tmp_path / "run.jsonl")[-1]["exit_code"] == 0


def test_a_target_that_does_not_start_is_an_error_in_the_log(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(
        'title = "Dies"\nstages = [{ users = 1, hold = "5 s" }]\n'
        '[[target]]\nname = "dies"\ncommand = "false {port}"\n[[request]]\npath = "/"\n'
    )
    with started(tmp_path, "run", str(plan), "--log-file", "run.jsonl", "--headless") as front:
        assert front.wait() == 3
    errors = [line for line in lines_in(tmp_path / "run.jsonl") if line["level"] == "error"]
    assert errors
    assert errors[0]["target"] == "dies"
    assert errors[0]["state"] in {"failed", "died"}


@NEEDS_TMUX
def test_on_screen_a_collector_that_is_down_is_a_message_there(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        words = (
            "run",
            "hello",
            "--targets",
            "fastapi",
            "--users",
            "2",
            "--otlp",
            url,
            "--log-file",
            "run.jsonl",
        )
        with pane(tmp_path, *words, width=140, height=40) as screen:
            screen.shows("metrics do not reach")
            assert "fastapi" in screen.screen()
            screen.press("q")
            screen.shows("stop the session and quit?")
            screen.press("q")
            screen.shows("run again")
            screen.shows("repeat it")
            screen.press("q")
            screen.shows(f"{SHELL_ENDS}0")
            assert "metrics do not reach" not in screen.scrollback()
    lines = lines_in(tmp_path / "run.jsonl")
    assert [line["event"] for line in lines[-2:]] == ["ended", "exit"]
