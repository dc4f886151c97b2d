"""Databases on a server: made and dropped, secret, and survived when they go down."""

import json
import re
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Self

import httpx
import pytest

from targets import contract
from targets.database import PREFIX, parse
from tests.databases import Server, mariadb, postgresql
from tests.support.app_server import Server as Target
from tests.support.app_server import running
from tests.support.fronts import started, until
from tests.support.rows import databases_on, server

QUICK = ("run", "hello", "--workload", "io", "--headless", "--users", "2", "--seconds", "1")
TARGETS = "fastapi,fastapi-sync,django-wsgi,django-asgi"
TARGET = "--targets=django-wsgi:database={}:workers=2"


@pytest.mark.parametrize("kind", ["mariadb", "postgresql"])
def test_a_session_leaves_neither_databases_nor_secrets(kind: str, tmp_path: Path) -> None:
    database = server(kind)
    options = (
        "--targets",
        TARGETS,
        "--database",
        database.url,
        "--export",
        "session.json",
        "--think-time",
        "9 ms",
    )
    with started(tmp_path, *QUICK, *options) as front:
        front.loads()
        named = {name for name in databases_on(database) if name.startswith(PREFIX)}
        arguments = subprocess.run(
            ["ps", "-eo", "args"], capture_output=True, text=True, check=True, timeout=60
        ).stdout
        assert front.wait() == 0, front.err

    assert len([name for name in named if "_hello_" in name]) == 4
    assert not named & databases_on(database)
    assert database.password not in arguments
    said = [front.out, front.err, (tmp_path / "session.json").read_text()]
    kept = [path.read_text(errors="replace") for path in front.home.rglob("*") if path.is_file()]
    assert not [text for text in [*said, *kept] if database.password in text]
    document = json.loads(said[2])
    assert document["environment"]["database"] == database.shown
    for target in document["targets"]:
        assert {"MariaDB", "PostgreSQL"} & target["versions"].keys()
        assert target["summary"]["errors"] == {}


@pytest.mark.parametrize(("url", "names"), [("mysql", "mysql at"), ("postgresql", "postgresql at")])
def test_a_database_that_is_down_at_the_start_is_told(url: str, names: str, tmp_path: Path) -> None:
    options = ("--targets", "fastapi,django-wsgi", "--database", "MY_DB")
    environment = {"MY_DB": f"{url}://ann:S3CRET@127.0.0.1:1"}
    with started(tmp_path, *QUICK, *options, environment=environment) as front:
        assert front.wait() == 3

    for target in ("fastapi", "django-wsgi"):
        assert f"{target} did not start: {target} could not be prepared: exit code 1" in front.err
    assert f"{names} 127.0.0.1:1: OperationalError" in front.err
    assert "Traceback" not in front.err
    assert "S3CRET" not in front.err + front.out


def test_targets_side_by_side_keep_their_rows_on_servers_of_their_own(tmp_path: Path) -> None:
    """In one session: files, MariaDB and PostgreSQL; their passwords are shown nowhere."""
    servers = {kind: server(kind) for kind in ("mariadb", "postgresql")}
    targets = ",".join(
        [
            "fastapi:database=sqlite",
            *(f"fastapi:database={each.url.rstrip('/')}" for each in servers.values()),
            "django-wsgi:workers=2:database=POSTGRESQL_HERE",
        ]
    )
    environment = {"POSTGRESQL_HERE": servers["postgresql"].url}
    options = ("--targets", targets, "--export", "session.json", "--think-time", "9 ms")
    with started(tmp_path, *QUICK, *options, environment=environment) as front:
        front.loads()
        named = {
            kind: {name for name in databases_on(each) if name.startswith(PREFIX) and "_hello_" in name}
            for kind, each in servers.items()
        }
        shown = [path.read_bytes() for path in Path("/proc").glob(f"{front.process.pid}/cmdline")]
        assert front.wait() == 0, front.err

    assert [len(named["mariadb"]), len(named["postgresql"])] == [1, 2]
    for kind, each in servers.items():
        assert not named[kind] & databases_on(each)
    said = [front.out, front.err, (tmp_path / "session.json").read_text(), *map(str, shown)]
    said += [path.read_text(errors="replace") for path in front.home.rglob("*") if path.is_file()]
    assert not [text for text in said for each in servers.values() if each.password in text]

    document = json.loads((tmp_path / "session.json").read_text())
    places = [each.shown for each in servers.values()]
    assert document["environment"]["database"] == "; ".join(["sqlite", *places])
    assert [(each["label"], each["database"]) for each in document["targets"]] == [
        ("fastapi SQLite", "sqlite"),
        ("fastapi MySQL", places[0]),
        ("fastapi PostgreSQL", places[1]),
        ("django-wsgi", places[1]),
    ]
    for target, name in zip(
        document["targets"], ("SQLite", "MariaDB", "PostgreSQL", "PostgreSQL"), strict=True
    ):
        assert name in target["versions"]
        assert target["summary"]["errors"] == {}
        assert target["summary"]["ok"] > 0
    settings = [each["text"] for each in document["events"] if each["kind"] == "settings"]
    assert any(text.startswith("settings that differ: database: fastapi SQLite sqlite") for text in settings)


def test_what_interrupted_sessions_left_is_dropped_on_each_server(tmp_path: Path) -> None:
    servers = {kind: server(kind) for kind in ("mariadb", "postgresql")}
    environment = {f"{kind.upper()}_HERE": each.url for kind, each in servers.items()}
    targets = ",".join(f"fastapi:database={name}" for name in environment)
    with started(tmp_path, *QUICK, "--seconds", "60", "--targets", targets, environment=environment) as front:
        front.loads()
        left = {
            kind: {name for name in databases_on(each) if "_hello_" in name} for kind, each in servers.items()
        }
        front.process.kill()
        front.process.wait(60)
    assert all(left.values())
    with started(tmp_path, "clean", environment={"MARIADB_HERE": environment["MARIADB_HERE"]}) as front:
        assert front.wait() == 0
        assert "dropped its databases at mysql at" in front.out
        assert "may have left databases at POSTGRESQL_HERE; drop them with --database URL" in front.out
    assert not left["mariadb"] & databases_on(servers["mariadb"])
    with started(tmp_path, "clean", environment=environment) as front:
        assert front.wait() == 0
        assert "dropped its databases at postgresql at" in front.out
        assert "mysql at" not in front.out
    assert not left["postgresql"] & databases_on(servers["postgresql"])


@pytest.mark.parametrize("spelling", ["--database {}", "--database={}", "--data {}", "--databas={}", TARGET])
def test_no_process_shows_a_password_among_its_arguments(spelling: str, tmp_path: Path) -> None:
    """However the option is written: either it is not taken, or it is hidden by the time that the
    session begins."""
    words = spelling.format("mysql://ann:quite-secret@127.0.0.1:1").split()
    with started(tmp_path, *QUICK, "--targets", "fastapi", *words) as front:
        until(lambda: "; session " in front.err or front.process.poll() is not None, "it runs, or refuses")
        shown = [path for path in Path("/proc").glob("[0-9]*/cmdline") if b"quite-secret" in _content(path)]
        assert shown == []
        assert front.wait() == (3 if spelling.startswith(("--database", "--targets")) else 2)
        assert "quite-secret" not in front.err


def _content(path: Path) -> bytes:
    """Of a process's file; nothing where it has ended."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_what_is_no_database_is_refused_before_anything_starts(tmp_path: Path) -> None:
    for value, why in {
        "oracle://ann:S3CRET@host": "it begins with oracle",
        "NO_SUCH_VARIABLE": "is not set",
    }.items():
        with started(tmp_path / why, *QUICK, "--database", value) as front:
            assert front.wait() == 2

        assert why in front.err
        assert "S3CRET" not in front.err
        assert "starting" not in front.err


# ---------------------------------------------------------------- a server that goes down


START: dict[str, Callable[[], AbstractContextManager[tuple[Server, str]]]] = {
    "mariadb": mariadb,
    "postgresql": postgresql,
}


@pytest.fixture(scope="module", params=START)
def fragile(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, list[Target]]]:
    """A server of its own, and targets that keep their rows there."""
    server(request.param)  # left out where the others are
    with ExitStack() as stack:
        found, url = stack.enter_context(START[request.param]())
        targets = []
        for name in TARGETS.split(","):
            database = re.sub("/*$", f"/{PREFIX}{name.replace('-', '_')}", url)
            assert parse(database).name.startswith(PREFIX)
            folder = tmp_path_factory.mktemp(name)
            targets.append(stack.enter_context(running(name, folder, workload="io", database_url=database)))
        yield found, targets


def test_a_server_that_goes_down_fails_requests_until_it_is_back(
    fragile: tuple[Server, list[Target]],
) -> None:
    database, targets = fragile
    for target in targets:
        assert _answers(target, 4) == {200: 4}, target.name

    with ExitStack() as stack:
        busy = threading.Event()
        seen = {target.name: stack.enter_context(_Users(target, busy)) for target in targets}
        for users in seen.values():
            users.wait_for(200)
        database.stop(signal.SIGKILL)
        for users in seen.values():
            users.wait_for(503)
        database.start()
        for users in seen.values():
            users.wait_for(200)
        busy.set()

    for name, users in seen.items():
        assert set(users.answers) <= {(200, contract.IO.requests[0].answer), (503, contract.DATABASE_DOWN)}, (
            name
        )
    for target in targets:
        assert _answers(target, 20) == {200: 20}, target.name
        assert "database unavailable" in target.log_path.read_text()
        assert "Traceback" not in target.log_path.read_text()


def _answers(target: Target, count: int) -> Counter[int]:
    with target.client() as client:
        return Counter(client.get("/io-intensive", timeout=60).status_code for _ in range(count))


class _Users:
    """Four of them, who ask one target until `done`."""

    def __init__(self, target: Target, done: threading.Event) -> None:
        self.answers: Counter[tuple[int, bytes]] = Counter()
        self._target, self._done = target, done
        self._news = threading.Condition()
        self._last: Counter[int] = Counter()
        self._threads = [threading.Thread(target=self._ask) for _ in range(4)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()

    def wait_for(self, status: int) -> None:
        """Returns once such an answer has come after this call."""
        with self._news:
            before = self._last[status]
            assert self._news.wait_for(lambda: self._last[status] > before, 60), f"no {status}: {self._last}"

    def _ask(self) -> None:
        with self._target.client() as client:
            while not self._done.is_set():
                try:
                    answer = client.get("/io-intensive", timeout=60)
                except httpx.TransportError as error:
                    raise AssertionError(self._target.name) from error
                with self._news:
                    self.answers[answer.status_code, answer.content] += 1
                    self._last[answer.status_code] += 1
                    self._news.notify_all()
