"""A target's real server as a child process, to test what it answers. The runtime has its own tests."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from engine.plan.targets import TargetChoice
from targets import catalog, requirements, workload_requirements
from targets.launch import Command, Launch, LaunchContext
from targets.options import Options
from targets.runtime.ports import free_port

READY_WITHIN_S = 60.0


@dataclass(frozen=True)
class Server:
    """A target that was started."""

    name: str
    pids: tuple[int, ...]
    url: str
    log_path: Path

    @property
    def pid(self) -> int:
        """Of the server's root process."""
        return self.pids[0]

    def client(self) -> httpx.Client:
        """A client with one connection, and no proxies."""
        one = httpx.Limits(max_connections=1)
        return httpx.Client(base_url=self.url, trust_env=False, limits=one, timeout=READY_WITHIN_S)


def client_end(response: httpx.Response) -> tuple[str, int]:
    """The client's address of the connection that the answer came over; read it while that is open."""
    host, port = response.extensions["network_stream"].get_extra_info("client_addr")
    return host, port


@contextmanager
def running(
    name: str,
    folder: Path,
    options: Options = Options(),  # noqa: B008 - frozen
    environment: Mapping[str, str] | None = None,
    app: str = "",
    **site: Any,
) -> Iterator[Server]:
    """Starts a target of the catalogue in `folder` and ends its processes afterwards.

    `environment` is added to the minimum that a program needs; `app` replaces the target's app; `site` has
    more fields of its launch context, such as `upstream_url`. Fails if it does not answer in time.
    """
    port = free_port()
    place = LaunchContext(port, folder, inner_port=free_port(), nginx=requirements.nginx_command(), **site)
    launch = catalog.find(name).launch(options, place)
    argv = (*launch.argv[:4], app, *launch.argv[5:]) if app else launch.argv
    with _processes(name, replace(launch, argv=argv), folder, port, environment or {}) as server:
        yield server


def prepared(folder: Path) -> Path:
    """The folder, with a SQLite database in it as targets have it."""
    argv = (sys.executable, "-P", "-m", "targets.apps.records.prepare")
    subprocess.run(
        argv, cwd=folder, env={"PATH": os.environ["PATH"]}, check=True, capture_output=True, timeout=60
    )
    return folder


@contextmanager
def upstream(folder: Path) -> Iterator[Server]:
    """The stand-in upstream; its settings are in `folder / "live-settings.json"`."""
    port = free_port()
    launch = workload_requirements.upstream(
        LaunchContext(port, folder, live_settings=folder / "live-settings.json")
    )
    with _processes("upstream", launch, folder, port, {}) as server:
        yield server


@contextmanager
def _processes(
    name: str, launch: Launch, folder: Path, port: int, environment: Mapping[str, str]
) -> Iterator[Server]:
    log_path = folder / "log.txt"
    base = {
        key: os.environ[key] for key in ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH") if key in os.environ
    } | dict(environment)
    for file, text in launch.files.items():
        (folder / file).write_text(text)
    processes: list[subprocess.Popen[bytes]] = []
    with log_path.open("wb") as log:

        def begin(command: Command) -> "subprocess.Popen[bytes]":
            return subprocess.Popen(
                command.argv,
                cwd=folder,
                env=base | command.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

        for command in launch.prepare:
            assert begin(command).wait(READY_WITHIN_S) == 0, log_path.read_text()
        processes += [begin(command) for command in (Command(launch.argv, launch.env), *launch.sidecars)]
    pids = tuple(process.pid for process in processes)
    server = Server(name, pids, f"http://127.0.0.1:{port}", log_path)
    try:
        _wait_until_ready(processes, server)
        yield server
    finally:
        for process in processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(READY_WITHIN_S)


@contextmanager
def all_running(
    texts: list[str],
    folder: Path,
    environment: Mapping[str, str] | None = None,
    litter: Callable[[Path, str], None] = lambda _, __: None,
    **site: Any,
) -> Iterator[dict[str, Server]]:
    """Targets as the command line writes them (`fastapi:workers=2`), started all at once, by these texts.

    `litter` puts files into each folder that the target must ignore.
    """

    def start(number: int) -> tuple[Server, Iterator[Server]]:
        choice = TargetChoice.parse(texts[number])
        own = folder / str(number)
        own.mkdir()
        litter(own, texts[number])
        context = running(choice.use, own, choice.options, environment, **site)
        return context.__enter__(), context  # type: ignore[return-value]

    with ThreadPoolExecutor(len(texts)) as pool:
        futures = [pool.submit(start, number) for number in range(len(texts))]
    try:
        yield {text: future.result()[0] for text, future in zip(texts, futures, strict=True)}
    finally:
        for future in futures:
            if not future.exception():
                future.result()[1].__exit__(None, None, None)  # type: ignore[attr-defined]


def _wait_until_ready(processes: "list[subprocess.Popen[bytes]]", server: Server) -> None:
    deadline_s = time.monotonic() + READY_WITHIN_S
    with server.client() as client:
        while all(each.poll() is None for each in processes) and time.monotonic() < deadline_s:
            with suppress(httpx.TransportError):
                if client.get("/health").status_code == 200:
                    return
            time.sleep(0.02)  # nothing announces that a port is open
    raise AssertionError(f"{server.name} does not answer: {server.log_path.read_text()}")
