"""A target's life on this machine, with real processes and sockets."""

import json
import os
import signal
import socket
import sys
from contextlib import ExitStack
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import anyio
import psutil
import pytest

from targets.errors import TargetError
from targets.launch import Command, Launch
from targets.runtime.child_env import FIXED, PASSED
from targets.runtime.exit_status import exit_in_words
from targets.runtime.guard import leftovers
from targets.runtime.local import LocalTarget
from tests.support.local_targets import ask, ended, little, lives, running
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from targets.runtime import RunningTarget

pytestmark = [pytest.mark.anyio, pytest.mark.races]


class Well(BaseHTTPRequestHandler):
    """Answers every request with 200."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        return


@pytest.fixture
def session_id(tmp_path: Path) -> str:
    return f"test-local-{os.getpid()}-{tmp_path.name}"


async def test_starts_gets_ready_and_stops(tmp_path: Path, session_id: str) -> None:
    target: RunningTarget = LocalTarget("little", little("--workers", "2"), tmp_path / "little", session_id)
    await target.start()
    await target.ready(20)
    (pid,) = target.pids
    tree = [psutil.Process(pid), *psutil.Process(pid).children()]
    assert len(tree) == 3
    assert os.getpgid(pid) == pid != os.getpgid(0)

    await target.stop()

    assert target.pids == ()
    assert await ended(target) == "killed by SIGTERM"
    assert not any(map(lives, tree))
    with socket.socket() as probe:
        assert probe.connect_ex((target.address.host, target.address.port)) != 0


async def test_a_stop_ends_what_ignores_it_and_what_left_the_group(tmp_path: Path, session_id: str) -> None:
    launch = little("--workers", "2", "--stubborn", "--escape")
    async with running(LocalTarget("little", launch, tmp_path / "little", session_id), session_id) as target:
        everything = leftovers(session_id)
        assert len({os.getsid(process.pid) for process in everything}) == 2
        assert len(everything) == 4

        await target.stop(grace_s=0.1)

        assert await ended(target) == "killed by SIGKILL"
        assert leftovers(session_id) == []


async def test_a_stop_is_not_cut_short_by_a_cancellation(tmp_path: Path, session_id: str) -> None:
    launch = little("--workers", "1", "--stubborn")
    async with running(LocalTarget("little", launch, tmp_path / "little", session_id), session_id) as target:
        with anyio.CancelScope() as scope:
            scope.cancel()
            await target.stop(grace_s=0.1)
        assert leftovers(session_id) == []


async def test_a_death_at_start_shows_the_last_lines(tmp_path: Path, session_id: str) -> None:
    launch = little("--say", "first", "last \x1b[31mwords\x1b[0m", "--die", "7")
    target = LocalTarget("little", launch, tmp_path / "little", session_id)
    await target.start()
    with pytest.raises(TargetError, match="died at start: exit code 7") as caught:
        await target.ready(20)
    assert caught.value.why.splitlines() == ["first", "last words"]
    assert str(target.log_path) in caught.value.hint
    assert target.log_tail(1) == ["last words"]


async def test_a_target_that_answers_no_health_never_gets_ready(tmp_path: Path, session_id: str) -> None:
    target = LocalTarget("little", little("--unwell", "--say", "hm"), tmp_path / "little", session_id)
    await target.start()
    try:
        await eventually(lambda: target.log_tail(1) == ["hm"])
        with pytest.raises(TargetError, match="did not get ready within") as caught:
            await target.ready(0.5)
    finally:
        await target.stop(grace_s=0)
    assert caught.value.why.splitlines()[-1] == "hm"


async def test_a_health_path_that_does_not_exist_says_how_to_name_another(
    tmp_path: Path, session_id: str
) -> None:
    def launch(port: int) -> Launch:
        argv = (sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port))
        return Launch(argv, {}, health_path="/nothing")

    target = LocalTarget("files", launch, tmp_path / "files", session_id)
    await target.start()
    try:
        with pytest.raises(TargetError, match="did not get ready within") as caught:
            await target.ready(3)
    finally:
        await target.stop(grace_s=0)
    told = '/nothing answered 404; health = "/PATH" in its [[target]] names another path'
    assert caught.value.why.splitlines()[0] == told


async def test_a_target_that_does_not_listen_never_gets_ready(tmp_path: Path, session_id: str) -> None:
    target = LocalTarget("little", little("--deaf"), tmp_path / "little", session_id)
    await target.start()
    try:
        with pytest.raises(TargetError, match="did not get ready within") as caught:
            await target.ready(0.3)
    finally:
        await target.stop(grace_s=0)
    assert "it wrote nothing to its log" in caught.value.why


async def test_a_program_that_is_missing(tmp_path: Path, session_id: str) -> None:
    target = LocalTarget(
        "little", lambda _: Launch(("no-such-program",), {}), tmp_path / "little", session_id
    )
    with pytest.raises(TargetError, match="little cannot be started") as caught:
        await target.start()
    assert "no-such-program: No such file or directory" in caught.value.why
    await target.stop()


async def test_a_folder_that_cannot_be_made(tmp_path: Path, session_id: str) -> None:
    (tmp_path / "file").write_text("in the way")
    target = LocalTarget("little", little(), tmp_path / "file" / "little", session_id)
    with pytest.raises(TargetError, match="little cannot be started") as caught:
        await target.start()
    assert "Not a directory" in caught.value.why


async def test_a_port_that_is_taken_names_who_has_it(tmp_path: Path, session_id: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port: int = holder.getsockname()[1]
        target = LocalTarget("little", little(), tmp_path / "little", session_id, port=port)
        with pytest.raises(TargetError, match=f"little cannot have port {port}") as caught:
            await target.start()
    assert f"(pid {os.getpid()})" in caught.value.why or sys.platform == "darwin"


async def test_an_answer_of_another_program_is_not_readiness(tmp_path: Path, session_id: str) -> None:
    with ExitStack() as others:

        def launch_once_another_took_the_port(port: int) -> Launch:
            server = others.enter_context(ThreadingHTTPServer(("127.0.0.1", port), Well))
            others.callback(server.shutdown)
            Thread(target=server.serve_forever, args=(0.01,)).start()
            return little("--deaf")(port)

        target = LocalTarget("little", launch_once_another_took_the_port, tmp_path / "little", session_id)
        await target.start()
        try:
            with pytest.raises(TargetError, match="little cannot have port") as caught:
                await target.ready(20)
        finally:
            await target.stop(grace_s=0)
    assert f"(pid {os.getpid()})" in caught.value.why or sys.platform == "darwin"


async def test_starts_again_on_the_same_port(tmp_path: Path, session_id: str) -> None:
    launch = little("--workers", "2", "--say", "a start")
    async with running(LocalTarget("little", launch, tmp_path / "little", session_id), session_id) as target:
        address, pid = target.address, target.pid
        await target.stop()
        await target.start()
        await target.ready(20)
        assert target.address == address
        assert target.pid != pid
        assert target.log_tail() == ["a start"]
        first, divider, second = target.log_path.read_text().splitlines()
        assert (first, second) == ("a start", "a start")
        assert divider.startswith("---- started again at ")


async def test_starts_again_after_its_root_was_killed(tmp_path: Path, session_id: str) -> None:
    launch = little("--workers", "2")
    async with running(LocalTarget("little", launch, tmp_path / "little", session_id), session_id) as target:
        assert target.pid is not None
        workers = psutil.Process(target.pid).children()
        os.kill(target.pid, signal.SIGKILL)
        assert await ended(target) == "killed by SIGKILL"
        await target.start()
        await target.ready(20)
        assert not any(map(lives, workers))


async def test_a_death_wakes_all_who_wait(tmp_path: Path, session_id: str) -> None:
    heard = []
    async with running(
        LocalTarget("little", little(), tmp_path / "little", session_id), session_id
    ) as target:

        async def listen() -> None:
            heard.append(await ended(target))

        async with anyio.create_task_group() as group:
            group.start_soon(listen)
            group.start_soon(listen)
            await anyio.lowlevel.checkpoint()
            target.kill()
    assert heard == ["killed by SIGKILL"] * 2


async def test_targets_started_together_get_ports_of_their_own(tmp_path: Path, session_id: str) -> None:
    targets = [LocalTarget(f"t{n}", little("--deaf"), tmp_path / f"t{n}", session_id) for n in range(4)]
    try:
        async with anyio.create_task_group() as group:
            for target in targets:
                group.start_soon(target.start)
        assert len({target.address.port for target in targets}) == 4
    finally:
        for target in targets:
            await target.stop(grace_s=0)


async def test_the_users_shell_and_folder_change_nothing(
    tmp_path: Path, session_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = tmp_path / "noise"
    noise.mkdir()
    for name in ("fastapi.py", "gunicorn.conf.py", "sitecustomize.py"):
        (noise / name).write_text("raise SystemExit('the noise was read')")
    monkeypatch.chdir(noise)
    shell = {
        "PYTHONPATH": str(noise),
        "PYTHONSTARTUP": str(noise / "fastapi.py"),
        "DJANGO_SETTINGS_MODULE": "noise",
        "GUNICORN_CMD_ARGS": "--workers 9",
        "WEB_CONCURRENCY": "9",
        "UVICORN_RELOAD": "1",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
        "ABREAST_SESSION": "another",
    }
    for name, value in shell.items():
        monkeypatch.setenv(name, value)
    launch = little(env={"OWN": "1"})
    async with running(LocalTarget("little", launch, tmp_path / "little", session_id), session_id) as target:
        told = await ask(target, "/self")
    by_the_system = {"LC_CTYPE", "__CF_USER_TEXT_ENCODING"}
    assert told["environment"].keys() - by_the_system <= {
        *PASSED,
        *FIXED,
        "ABREAST_SESSION",
        "ABREAST_TARGET",
        "OWN",
    }
    assert told["environment"]["ABREAST_SESSION"] == session_id
    assert told["environment"]["ABREAST_TARGET"] == "little"
    assert told["environment"]["OWN"] == "1"
    assert told["cwd"] == str(tmp_path / "little")
    assert str(noise) not in json.dumps(told["path"])
    assert "" not in told["path"]
    assert not told["fastapi"].startswith(str(noise))
    assert told["stdin"] == ""


@pytest.mark.parametrize(
    ("code", "words"),
    [(0, "exit code 0"), (3, "exit code 3"), (-9, "killed by SIGKILL"), (-250, "killed by signal 250")],
)
def test_an_exit_in_words(code: int, words: str) -> None:
    assert exit_in_words(code) == words


async def test_what_must_run_before_has_run_and_what_stands_beside_runs(
    tmp_path: Path, session_id: str
) -> None:
    folder = tmp_path / "little"
    asleep = Command((sys.executable, "-P", "-c", "import time; time.sleep(600)"), {"BESIDE": "1"})

    def launch(port: int) -> Launch:
        write = "from pathlib import Path; Path('made').write_text(Path('told').read_text())"
        return replace(
            little()(port),
            files={"told": "a text"},
            prepare=(Command((sys.executable, "-P", "-c", write)),),
            sidecars=(asleep,),
        )

    async with running(LocalTarget("little", launch, folder, session_id), session_id) as target:
        assert (folder / "made").read_text() == "a text"
        server, beside = target.pids
        assert server == target.pid
        environment = psutil.Process(beside).environ()
        assert (environment["BESIDE"], environment["ABREAST_TARGET"]) == ("1", "little")
        assert os.getpgid(beside) == beside

        sidecar = target.sidecar
        assert sidecar is not None
        os.kill(beside, signal.SIGKILL)
        with anyio.fail_after(20):
            assert await sidecar.wait() == "killed by SIGKILL"
        assert (target.pid, sidecar.pid()) == (server, None), "the server lives"
        await sidecar.restart(20)
        assert target.pids == (server, sidecar.pid())

        await target.stop()
        await target.start()
        await target.ready(20)
        assert len(target.pids) == 2
        await target.stop()
        assert leftovers(session_id) == []


async def test_a_failure_to_prepare_says_why_and_nothing_starts(tmp_path: Path, session_id: str) -> None:
    def launch(port: int) -> Launch:
        fails = "print('no such table'); raise SystemExit(4)"
        return replace(little()(port), prepare=(Command((sys.executable, "-P", "-c", fails)),))

    target = LocalTarget("little", launch, tmp_path / "little", session_id)
    with pytest.raises(TargetError, match="little could not be prepared: exit code 4") as caught:
        await target.start()
    assert caught.value.why == "no such table"
    assert leftovers(session_id) == []


async def test_a_stop_ends_what_still_prepares(tmp_path: Path, session_id: str) -> None:
    def launch(port: int) -> Launch:
        waits = "print('begun', flush=True); import time; time.sleep(600)"
        return replace(little()(port), prepare=(Command((sys.executable, "-P", "-c", waits)),))

    target = LocalTarget("little", launch, tmp_path / "little", session_id)

    async def start() -> None:
        with pytest.raises(TargetError, match="could not be prepared: killed by SIGKILL"):
            await target.start()

    async with anyio.create_task_group() as group:
        group.start_soon(start)
        with anyio.fail_after(20):
            while not target.log_tail():  # noqa: ASYNC110 - a file tells nobody
                await anyio.sleep(0.02)
        await target.stop()
    assert leftovers(session_id) == []
