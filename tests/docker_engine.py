"""A real Docker Engine for the tests, on a Debian machine with root: `python tests/docker_engine.py up|down`.

Meant for CI and disposable machines. `up` installs Debian's packages, starts a daemon if none answers, and
builds two images without an image registry: a base and one with databases. A second call finds everything and
is quick. `up` prints `started` if it started a daemon, also if it fails later. `down` stops the daemon that
`up` started. A daemon that is already running is used and left running.

The mirror is that of the machine's apt, the certificates are those of Debian's `ca-certificates`.
Standard library only: it runs before anything is installed.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

PACKAGES = ("docker.io", "containerd", "runc", "iptables", "debootstrap")
COMPOSE = "docker-compose"
"""The package that runs compose.yaml; newer machines have `docker compose`."""
BASE_IMAGE = "abreast-test-base:bookworm"
"""Replaces the base image of targets in tests."""
DATABASE_IMAGE = "abreast-test-database:bookworm"
"""Replaces the images of database servers in tests."""
DATABASE_FOLDER = Path(__file__).parent / "database_image"
MADE_OF = "abreast.test.made-of"
"""A label: the checksum of the files that the image was built from."""
SUITE = "bookworm"
INCLUDED = ("python3", "python3-venv", "ca-certificates")
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
STATE = Path(tempfile.gettempdir()) / "abreast-test-engine"
"""Where the daemon's pid and log are."""
UP_WITHIN_S = 60.0
DOWN_WITHIN_S = 20.0
ASKED_WITHIN_S = 60.0
"""Time limit of a query to the daemon or to dpkg."""
RUN_WITHIN_S = 900.0
"""Time limit of a command that downloads or builds."""


def up() -> None:
    """Returns once a daemon with the images answers."""
    if not _answers():
        _install(*PACKAGES)
        _start()
    if not _succeeds("docker", "compose", "version"):
        _install(COMPOSE)
    if not _has_base():
        _make_base()
    if _label_of(DATABASE_IMAGE) != _sum_of(DATABASE_FOLDER):
        _make_database()


def down() -> None:
    """Stops the daemon that `up` started, if it started one. Images are kept for the next time."""
    pid_file = STATE / "pid"
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text())
    if _is_daemon(pid):
        os.kill(pid, signal.SIGTERM)
        _until(lambda: not _is_daemon(pid), "the daemon has ended", DOWN_WITHIN_S)
    pid_file.unlink()


def _answers() -> bool:
    return shutil.which("docker") is not None and _succeeds("docker", "info")


def _has_base() -> bool:
    return _succeeds("docker", "image", "inspect", BASE_IMAGE)


def _install(*packages: str) -> None:
    missing = [name for name in packages if not _succeeds("dpkg", "--status", name)]
    if not missing:
        return
    _say(f"installing {' '.join(missing)}")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    _run("apt-get", "update", "-qq")
    _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing, environment=quiet)


def _start() -> None:
    """Starts a daemon in a new session: it outlives this script, and gets no signal of the terminal."""
    STATE.mkdir(exist_ok=True)
    log_path = STATE / "log.txt"
    with log_path.open("wb") as log:
        daemon = subprocess.Popen(
            ["dockerd", f"--pidfile={STATE / 'dockerd.pid'}"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    (STATE / "pid").write_text(str(daemon.pid))
    print("started", flush=True)

    def answers() -> bool:
        if daemon.poll() is not None:
            raise SystemExit(f"the daemon did not start:\n{log_path.read_text(errors='replace')[-3000:]}")
        return _answers()

    _until(answers, "the daemon answers", UP_WITHIN_S)
    _say(f"daemon running: pid {daemon.pid}, log {log_path}")


def _make_base() -> None:
    """Debian with Python and the machine's certificates, imported as an image."""
    _say(f"building the base image {BASE_IMAGE}")
    with tempfile.TemporaryDirectory(prefix="abreast-base-") as folder:
        bootstrap = ("debootstrap", "--variant=minbase", f"--include={','.join(INCLUDED)}", SUITE, folder)
        _run(*bootstrap, *_mirror(), environment=os.environ | _proxy())
        shutil.copy(CERTIFICATES, f"{folder}{CERTIFICATES}")
        for name in ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale"):
            shutil.rmtree(Path(folder) / name, ignore_errors=True)
        python = Path(folder) / "usr/local/bin/python"
        python.symlink_to("/usr/bin/python3")  # its path in the official images of Python
        change = ("--change", f"ENV PIP_CERT={CERTIFICATES}")
        with subprocess.Popen(["tar", "-C", folder, "-c", "."], stdout=subprocess.PIPE) as tar:
            subprocess.run(
                ["docker", "import", *change, "-", BASE_IMAGE],
                stdin=tar.stdout,
                stdout=subprocess.DEVNULL,
                check=True,
                timeout=RUN_WITHIN_S,
            )
        if tar.returncode:
            raise SystemExit("the base image could not be packed")


def _make_database() -> None:
    """MariaDB and PostgreSQL on top of the base image, installed over this machine's network."""
    _say(f"building the database image {DATABASE_IMAGE}")
    words = [f"{name}={value}" for name, value in ({"BASE": BASE_IMAGE} | _proxy()).items()]
    arguments = [word for each in words for word in ("--build-arg", each)]
    label = f"{MADE_OF}={_sum_of(DATABASE_FOLDER)}"
    where = ("--network", "host", "--label", label, "--tag", DATABASE_IMAGE, str(DATABASE_FOLDER))
    _run("docker", "build", *arguments, *where)


def _sum_of(folder: Path) -> str:
    """A checksum of all files of a folder."""
    sums = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        sums.update(path.read_bytes())
    return sums.hexdigest()[:16]


def _label_of(image: str) -> str:
    """The checksum of what an image was built from; empty if there is no image."""
    form = ("--format", '{{index .Config.Labels "' + MADE_OF + '"}}')
    done = subprocess.run(
        ["docker", "image", "inspect", *form, image],
        capture_output=True,
        text=True,
        check=False,
        timeout=ASKED_WITHIN_S,
    )
    return done.stdout.strip()


def _mirror() -> list[str]:
    """The address that the machine's apt has for the suite; none if it has another suite."""
    form = ("--format", "$(REPO_URI) $(CODENAME)", "Created-By: Packages")
    done = subprocess.run(
        ["apt-get", "indextargets", *form],
        capture_output=True,
        text=True,
        check=True,
        timeout=ASKED_WITHIN_S,
    )
    return [line.split()[0] for line in done.stdout.splitlines() if line.split()[1:] == [SUITE]][:1]


def _proxy() -> dict[str, str]:
    """The proxy that apt uses, as a variable for debootstrap's downloader."""
    form = ("--format", "%v%n", "Acquire::http::Proxy")
    done = subprocess.run(
        ["apt-config", "dump", *form],
        capture_output=True,
        text=True,
        check=False,
        timeout=ASKED_WITHIN_S,
    )
    return {"http_proxy": address} if (address := done.stdout.strip()) else {}


def _is_daemon(pid: int) -> bool:
    """Whether this process is still the daemon: its pid may have been reused."""
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    except ChildProcessError:  # not a child: an earlier call of this script started it
        pass
    try:
        return "dockerd" in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False


def _until(look: Callable[[], bool], what: str, within_s: float) -> None:
    deadline_s = time.monotonic() + within_s
    while not look():
        if time.monotonic() > deadline_s:
            raise SystemExit(f"timed out waiting until {what}")
        time.sleep(0.1)


def _succeeds(*command: str) -> bool:
    try:
        done = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, check=False, timeout=ASKED_WITHIN_S
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _run(*command: str, environment: dict[str, str] | None = None) -> None:
    """Runs a command to its end; if it fails, exits with its output."""
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=RUN_WITHIN_S,
    )
    if done.returncode:
        raise SystemExit(f"{command[0]} failed:\n{done.stdout.decode(errors='replace')[-3000:]}")


def _say(text: str) -> None:
    print(f"docker engine: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    if sys.argv[1:] not in (["up"], ["down"]):
        raise SystemExit("usage: python tests/docker_engine.py up|down")
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise SystemExit("this needs Debian and root; elsewhere, follow Docker's installation guide")
    {"up": up, "down": down}[sys.argv[1]]()
