"""The catalogue: names, options, and commands that neither the shell nor the current folder can bend."""

import sys
from pathlib import Path

import psutil
import pytest

from targets import catalog, contract
from targets.errors import UsageError
from targets.options import OPTIONS, Options, parse_options
from targets.site import Site
from targets.target import Target
from tests.targets.server import client_end, running

HOSTILE_ENVIRONMENT = {
    "WEB_CONCURRENCY": "3",
    "UVICORN_WORKERS": "3",
    "UVICORN_PORT": "1",
    "UVICORN_HTTP": "h11",
    "UVICORN_TIMEOUT_KEEP_ALIVE": "0",
    "UVICORN_ACCESS_LOG": "true",
    "UVICORN_LOG_LEVEL": "trace",
    "UVICORN_APP_DIR": ".",
    "GUNICORN_CMD_ARGS": "--workers 3 --threads 1 --keep-alive 0 --bind 127.0.0.1:1 --log-level debug",
    "FORWARDED_ALLOW_IPS": "*",
    "DJANGO_SETTINGS_MODULE": "nothing.of.the.kind",
}

PROCESSES = {"fastapi": 1, "django-wsgi": 2, "django-asgi": 1}
"""Of one worker: uvicorn serves by itself, gunicorn has a master beside it."""


def option_of(argv: tuple[str, ...], name: str) -> str:
    """The value that follows an option."""
    return argv[argv.index(name) + 1]


@pytest.mark.parametrize("name", list(catalog.TARGETS))
def test_shell_and_folder_have_no_say(name: str, tmp_path: Path) -> None:
    (tmp_path / "gunicorn.conf.py").write_text("raise SystemExit('read the settings of the current folder')")
    for module in ("uvicorn", "gunicorn"):
        (tmp_path / f"{module}.py").write_text("raise SystemExit('imported from the current folder')")

    with running(name, tmp_path, environment=HOSTILE_ENVIRONMENT) as server, server.client() as client:
        answers = [client.get("/test") for _ in range(2)]
        ends = {client_end(answer) for answer in answers}
        tree = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]

    assert [answer.content for answer in answers] == [contract.HELLO.requests[0].answer] * 2
    assert len(ends) == 1, "keep-alive was turned off"
    assert len(tree) == PROCESSES[name]
    assert server.log_path.read_text() == ""


@pytest.mark.parametrize("name", ["fastapi", "django-asgi"])
def test_uvicorn_takes_no_framework_from_the_folder(name: str, tmp_path: Path) -> None:
    for module in ("fastapi", "django", "targets", "uvloop", "asyncio"):
        (tmp_path / f"{module}.py").write_text("raise SystemExit('imported from the current folder')")

    with running(name, tmp_path) as server, server.client() as client:
        assert client.get("/test").status_code == 200


@pytest.mark.parametrize("name", list(catalog.TARGETS))
def test_workers_are_processes(name: str, tmp_path: Path) -> None:
    with running(name, tmp_path, Options(workers=2)) as server, server.client() as client:
        commands = [" ".join(each.cmdline()) for each in psutil.Process(server.pid).children()]
        status = client.get("/test").status_code

    # Beside its workers uvicorn's master has multiprocessing's resource tracker.
    assert len([command for command in commands if "resource_tracker" not in command]) == 2
    assert status == 200


def test_more_users_than_threads_keep_their_connections(tmp_path: Path) -> None:
    """gthread polls its idle connections: they take no thread from those who ask."""
    with running("django-wsgi", tmp_path, Options(threads=2)) as server:
        clients = [server.client() for _ in range(12)]
        try:
            ends: list[set[tuple[str, int]]] = [set() for _ in clients]
            for _ in range(3):
                for client, seen in zip(clients, ends, strict=True):
                    seen.add(client_end(client.get("/test", timeout=3.0)))
        finally:
            for client in clients:
                client.close()

    assert [len(seen) for seen in ends] == [1] * 12


@pytest.mark.parametrize("target", catalog.TARGETS.values(), ids=catalog.TARGETS.keys())
def test_launch(target: Target) -> None:
    launch = target.launch(Options(workers=3), Site(18_123, Path()))

    assert launch.argv[:3] == (sys.executable, "-P", "-m")
    assert option_of(launch.argv, "--workers") == "3"
    assert any("18123" in word for word in launch.argv)
    assert not any("0.0.0.0" in word for word in launch.argv)
    assert launch.health_path == contract.HEALTH.requests[0].path
    assert target.workloads <= set(contract.WORKLOADS)
    assert target.options <= set(OPTIONS)


def test_keep_alive_and_queue_are_the_same_everywhere() -> None:
    uvicorn = catalog.find("fastapi").launch(Options(), Site(1, Path())).argv
    gunicorn = catalog.find("django-wsgi").launch(Options(), Site(1, Path())).argv

    assert option_of(uvicorn, "--timeout-keep-alive") == option_of(gunicorn, "--keep-alive") == "75"
    assert option_of(uvicorn, "--backlog") == option_of(gunicorn, "--backlog")


def test_only_gthread_has_threads() -> None:
    assert (
        option_of(catalog.find("django-wsgi").launch(Options(threads=5), Site(1, Path())).argv, "--threads")
        == "5"
    )
    assert [name for name, target in catalog.TARGETS.items() if "threads" in target.options] == [
        "django-wsgi"
    ]


def test_server_in_short() -> None:
    described = {name: target.server(Options(workers=4)) for name, target in catalog.TARGETS.items()}

    assert described == {"fastapi": "uvicorn ×4", "django-wsgi": "gthread 4×8", "django-asgi": "uvicorn ×4"}


def test_unknown_target_names_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        catalog.find("django-wsgj")

    assert caught.value.what == "unknown target 'django-wsgj'"
    assert "did you mean 'django-wsgi'?" in caught.value.hint


def test_options_from_texts() -> None:
    target = catalog.find("django-wsgi")

    assert parse_options(target, {}) == Options(server="gthread", threads=8)
    assert parse_options(target, {"workers": "4", "threads": "2"}) == Options(
        server="gthread", workers=4, threads=2
    )


def test_unknown_option() -> None:
    with pytest.raises(UsageError) as caught:
        parse_options(catalog.find("fastapi"), {"worker": "4"})

    assert caught.value.what == "unknown option of fastapi 'worker'"
    assert "did you mean 'workers'?" in caught.value.hint


def test_option_of_another_target() -> None:
    with pytest.raises(UsageError) as caught:
        parse_options(catalog.find("fastapi"), {"threads": "4"})

    assert caught.value.why == "known: backlog, server, server_timeout, workers, env.NAME"


@pytest.mark.parametrize("value", ["", "0", "-1", "65", "many", "1.5", "٣", " 2", "9" * 5000])
def test_values_out_of_range(value: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_options(catalog.find("fastapi"), {"workers": value})

    assert caught.value.why == "it is a whole number from 1 to 64"
