"""MariaDB and PostgreSQL for the tests, from what Debian installs: `python -m tests.databases COMMAND …` runs
a command with both running, and their URLs in its environment.

Each runs on loopback, on its own port, in a new data folder, and as an unprivileged user if the caller is
root. Afterwards both are stopped and their folders removed. A server that is not installed is left out, with
a message.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

MARIADB_URL, POSTGRESQL_URL = "ABREAST_TEST_MARIADB", "ABREAST_TEST_POSTGRESQL"
"""Variables that name a server to test with."""
HOW = "apt install mariadb-server postgresql, then: .venv/bin/python -m tests.databases make test-whole"
READY_WITHIN_S = 60.0
USER = "tester"


class Server:
    """A database server that this process can start and stop."""

    def __init__(self, argv: list[str], folder: Path, port: int, user: str | None) -> None:
        self.port = port
        self.folder = folder
        self.log = folder / "server.log"
        self._argv, self._user = argv, user
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it, and returns once it listens. Raises RuntimeError with its log if it does not."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                user=self._user,
                group=self._user,
                extra_groups=[] if self._user else None,
                start_new_session=True,
            )
        deadline_s = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline_s and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)  # nothing announces that a port is open
        raise RuntimeError(f"{self._argv[0]} did not start:\n{self.log.read_text()}")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stops it, and waits until it has ended."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(READY_WITHIN_S)


@contextmanager
def mariadb() -> Iterator[tuple[Server, str]]:
    """A new MariaDB, and its URL. Raises FileNotFoundError if none is installed."""
    program, install = _found("mariadbd"), _found("mariadb-install-db")
    with _folder("mysql") as (folder, user):
        data, port, password = folder / "data", _free_port(), secrets.token_urlsafe(12)
        _run(
            [install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal"], user
        )
        start = folder / "start.sql"
        start.write_text(
            f"CREATE USER IF NOT EXISTS '{USER}'@'127.0.0.1' IDENTIFIED BY '{password}';\n"
            f"GRANT ALL ON *.* TO '{USER}'@'127.0.0.1' WITH GRANT OPTION;\n"
        )
        start.chmod(0o644)
        argv = [
            program,
            "--no-defaults",
            f"--datadir={data}",
            f"--init-file={start}",
            f"--socket={folder}/socket",
            f"--pid-file={folder}/pid",
            "--bind-address=127.0.0.1",
            f"--port={port}",
            "--skip-name-resolve",
            "--innodb-flush-log-at-trx-commit=2",
            "--max-connections=500",
        ]
        server = Server(argv, folder, port, user)
        server.start()
        try:
            yield server, f"mariadb://{USER}:{password}@127.0.0.1:{port}"
        finally:
            server.stop()


@contextmanager
def postgresql() -> Iterator[tuple[Server, str]]:
    """A new PostgreSQL, and its URL. Raises FileNotFoundError if none is installed."""
    program, initdb = _found("postgres"), _found("initdb")
    with _folder("postgres") as (folder, user):
        data, port, password = folder / "data", _free_port(), secrets.token_urlsafe(12)
        given = folder / "password"
        given.write_text(password)
        given.chmod(0o644)
        _run([initdb, "-D", str(data), "-U", USER, "-A", "scram-sha-256", f"--pwfile={given}", "-N"], user)
        argv = [
            program,
            *("-D", str(data), "-p", str(port), "-h", "127.0.0.1", "-k", str(folder)),
            *("-c", "synchronous_commit=off", "-c", "max_connections=200"),
            *("-c", "shared_preload_libraries=pg_stat_statements"),
        ]
        server = Server(argv, folder, port, user)
        server.start()
        try:
            yield server, f"postgresql://{USER}:{password}@127.0.0.1:{port}"
        finally:
            server.stop(signal.SIGINT)


SERVERS = {MARIADB_URL: mariadb, POSTGRESQL_URL: postgresql}


@contextmanager
def _folder(user: str) -> Iterator[tuple[Path, str | None]]:
    """A folder, and the user to run as: neither server runs as root."""
    folder = Path(tempfile.mkdtemp(prefix="abreast-db-"))
    runs_as = None
    if os.getuid() == 0:
        runs_as = user if user in {each.pw_name for each in pwd.getpwall()} else "nobody"
        shutil.chown(folder, runs_as)
    try:
        yield folder, runs_as
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _found(program: str) -> str:
    places = [os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]
    places += sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
    found = shutil.which(program, path=os.pathsep.join(places))
    if found is None:
        raise FileNotFoundError(program)
    return str(Path(found).resolve())


def _run(argv: list[str], user: str | None) -> None:
    extra_groups: list[str] | None = [] if user else None
    done = subprocess.run(
        argv,
        capture_output=True,
        text=True,
        user=user,
        group=user,
        extra_groups=extra_groups,
        cwd="/",
        check=False,
        timeout=2 * READY_WITHIN_S,
    )
    if done.returncode:
        raise RuntimeError(f"{argv[0]} failed:\n{done.stdout}{done.stderr}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> int:
    """Runs the given command."""
    environment = dict(os.environ)
    with ExitStack() as stack:
        for variable, server in SERVERS.items():
            if variable in environment:
                continue
            try:
                environment[variable] = stack.enter_context(server())[1]
            except FileNotFoundError as missing:
                print(f"tests.databases: no {missing} found; its tests are skipped", file=sys.stderr)
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
