"""The catalogue: names, options, and commands that neither the shell nor the current folder can bend."""

import re
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

import httpx
import psutil
import pytest

from engine.plan.targets import TargetChoice
from targets import catalog, contract
from targets.errors import UsageError
from targets.launch import Launch, LaunchContext
from targets.nginx import WHEEL
from targets.options import OPTIONS, Options
from targets.servers import ASGI, WSGI
from tests.support.app_server import Server, all_running, client_end, running
from tests.support.waiting import until

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
    "GRANIAN_WORKERS": "3",
    "GRANIAN_LOG_ACCESS_ENABLED": "true",
    "GRANIAN_HTTP1_KEEP_ALIVE": "false",
    "GRANIAN_INTERFACE": "rsgi",
    "ROBYN_PORT": "1",
    "ROBYN_DEV_MODE": "True",
    "FLASK_DEBUG": "1",
    "LITESTAR_DEBUG": "1",
    "DJANGO_SETTINGS_MODULE": "nothing.of.the.kind",
}

HOSTILE_TEXTS = [
    *catalog.TARGETS,
    "fastapi:server=gunicorn",
    "django-wsgi:server=sync:front=nginx",
    "django-wsgi:server=uwsgi",
    "fastapi:server=asgi",
    "fastapi:server=granian",
    "fastapi:server=hypercorn",
]
SINGLE = ["fastapi:server=daphne"]
"""Targets on a server that is one process."""


def option_of(argv: tuple[str, ...], name: str) -> str:
    """The value that follows an option."""
    return argv[argv.index(name) + 1]


def launch_of(text: str) -> Launch:
    """How a target, written as on the command line, is started in some place."""
    choice = TargetChoice.parse(text)
    return catalog.find(choice.use).launch(choice.options, LaunchContext(18_123, Path(), inner_port=18_124))


def litter(folder: Path, text: str) -> None:
    """Modules and settings that no target should read. Servers other than uvicorn import from the folder they
    run in, which is why it holds nothing: there, frameworks are spared."""
    names = ["gunicorn"]
    if option_of(launch_of(text).argv, "-m") == "uvicorn":
        names += ["uvicorn", "fastapi", "django", "targets", "uvloop", "asyncio"]
    for name in names:
        (folder / f"{name}.py").write_text("raise SystemExit('imported from the current folder')")
    (folder / "gunicorn.conf.py").write_text("raise SystemExit('read the settings of the current folder')")
    (folder / "uwsgi.ini").write_text("no such setting")


def test_shell_and_folder_have_no_say(tmp_path: Path) -> None:
    with all_running([*HOSTILE_TEXTS, *SINGLE], tmp_path, HOSTILE_ENVIRONMENT, litter) as servers:
        for text, server in servers.items():
            with server.client() as client:
                answers = [client.get("/test") for _ in range(2)]
                ends = {client_end(answer) for answer in answers}

            assert [answer.content for answer in answers] == [contract.HELLO.requests[0].answer] * 2
            assert len(ends) == 1, f"{text}: keep-alive was turned off"
            assert len(workers_of(server)) == 1, text
            if "uwsgi" not in text:
                assert server.log_path.read_text() == "", text


def test_workers_are_processes(tmp_path: Path) -> None:
    texts = [f"{text}:workers=2" for text in HOSTILE_TEXTS]
    with all_running(texts, tmp_path) as servers:
        for text, server in servers.items():
            until(partial(has_two, server), f"{text} has two")


def has_two(server: Server) -> bool:
    """Whether two processes serve."""
    return len(workers_of(server)) == 2


def workers_of(server: Server) -> list[psutil.Process]:
    """The processes that serve: those below a master, or the only one there is."""
    root = psutil.Process(server.pid)
    below = [each for each in root.children() if serves(each)]
    if "--http-timeout" in root.cmdline():
        return below[:-1]  # the last one is uWSGI's router
    return below or [root]


def is_answered(client: httpx.Client, path: str) -> bool:
    """Whether a target accepts a connection and answers with success."""
    try:
        return client.get(path).is_success
    except httpx.TransportError:
        return False


def serves(process: psutil.Process) -> bool:
    """Whether a master's child is a worker, and still runs."""
    with suppress(psutil.Error):
        return "resource_tracker" not in " ".join(process.cmdline())
    return False


@pytest.mark.parametrize("server", ["asgi", "granian"])
def test_a_worker_that_was_killed_is_replaced(server: str, tmp_path: Path) -> None:
    with running("fastapi", tmp_path, Options(server=server, workers=2)) as target:
        until(partial(has_two, target), "two workers")
        victim = workers_of(target)[0]
        victim.kill()
        until(lambda: has_two(target) and victim not in workers_of(target), "another in its place")

        with target.client() as client:
            # Perhaps the victim was the first to serve, and the other one is still starting.
            until(partial(is_answered, client, "/test"), "it answers")


def test_hypercorn_stops_with_its_first_worker(tmp_path: Path) -> None:
    with running("fastapi", tmp_path, Options(server="hypercorn", workers=2)) as target:
        until(partial(has_two, target), "two workers")
        root = psutil.Process(target.pid)
        workers_of(target)[0].kill()

        until(lambda: root.status() == psutil.STATUS_ZOMBIE, "it has stopped")


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


@pytest.mark.parametrize("name", list(catalog.TARGETS))
def test_launch(name: str) -> None:
    target, launch = catalog.find(name), launch_of(f"{name}:workers=3")

    assert launch.argv[:3] == (sys.executable, "-P", "-m")
    assert option_of(launch.argv, "--processes" if name == "robyn" else "--workers") == "3"
    assert any("18123" in word for word in launch.argv)
    assert not any("0.0.0.0" in word for word in launch.argv)
    assert launch.health_path == contract.HEALTH.requests[0].path
    assert target.workloads <= set(contract.WORKLOADS)
    assert target.options <= set(OPTIONS)


def test_no_description_names_a_server_that_an_option_changes() -> None:
    for name, target in catalog.TARGETS.items():
        if len(target.choices["server"]) > 1:
            servers = {*ASGI, *WSGI} - {"asgi", "sync"}  # also words for other things
            named = servers & set(re.findall(r"\w+", target.about.lower()))
            assert not named, name


def test_gunicorn_parses_requests_in_c_where_it_can() -> None:
    assert option_of(launch_of("django-wsgi").argv, "--http-parser") == "auto"
    sync = launch_of("django-wsgi:server=sync:http_parser=python").argv
    assert option_of(sync, "--http-parser") == "python"
    assert "--http-parser" not in launch_of("fastapi:server=gunicorn").argv  # uvicorn's workers parse


def test_keep_alive_and_queue_are_the_same_everywhere() -> None:
    uvicorn = launch_of("fastapi:backlog=99").argv
    gunicorn = launch_of("django-wsgi:backlog=99").argv
    uwsgi = launch_of("django-wsgi:server=uwsgi:backlog=99").argv
    hypercorn = launch_of("fastapi:server=hypercorn:backlog=99").argv
    daphne = launch_of("fastapi:server=daphne:backlog=99").argv
    granian = launch_of("fastapi:server=granian:backlog=199").argv
    nginx = launch_of("fastapi:front=nginx:backlog=99").files["nginx.conf"]

    assert option_of(uvicorn, "--timeout-keep-alive") == option_of(gunicorn, "--keep-alive") == "75"
    assert option_of(hypercorn, "--keep-alive") == "75"
    assert "--http-keepalive=75" in uwsgi
    assert "keepalive_timeout 75s;" in nginx
    assert option_of(uvicorn, "--backlog") == option_of(gunicorn, "--backlog") == "99"
    assert option_of(uwsgi, "--listen") == option_of(hypercorn, "--backlog") == "99"
    assert option_of(daphne, "--endpoint") == "tcp:18123:interface=127.0.0.1:backlog=99"
    assert option_of(granian, "--backlog") == "199"
    assert "listen 127.0.0.1:18123 backlog=99;" in nginx


def test_the_nginx_of_the_wheel_speaks_http_2() -> None:
    choice = TargetChoice.parse("fastapi:front=nginx")
    place = LaunchContext(18_123, Path(), inner_port=18_124, nginx=("python", "-m", WHEEL))
    settings = catalog.find(choice.use).launch(choice.options, place).files["nginx.conf"]
    assert "    http2 on;" in settings.splitlines()
    assert "http2" not in launch_of("fastapi:front=nginx").files["nginx.conf"]


@pytest.mark.parametrize(
    ("server", "kept_s"), [("uvicorn", 70), ("asgi", 70), ("hypercorn", 70), ("granian", 55), ("daphne", 55)]
)
def test_nginx_drops_an_idle_connection_before_its_server_does(server: str, kept_s: int) -> None:
    nginx = launch_of(f"fastapi:server={server}:front=nginx").files["nginx.conf"]

    assert f"keepalive_timeout {kept_s}s;" in nginx
    assert "keepalive_timeout 75s;" in nginx


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("fastapi:server=asgi", ("--bind", "unix:server.sock")),
        ("fastapi:server=granian", ("--uds", "server.sock")),
        ("django-wsgi:server=granian", ("--uds", "server.sock")),
        ("fastapi:server=hypercorn", ("--bind", "unix:server.sock")),
        ("fastapi:server=daphne", ("--endpoint", "unix:server.sock:backlog=2048")),
    ],
)
def test_every_server_may_listen_on_a_unix_socket(text: str, place: tuple[str, str]) -> None:
    launch = launch_of(f"{text}:front=nginx-unix")

    assert option_of(launch.argv, place[0]) == place[1]
    assert not any("18123" in word for word in launch.argv)
    assert "proxy_pass http://app;" in launch.files["nginx.conf"]


def test_a_front_takes_the_port_and_the_server_another_place() -> None:
    over_tcp, over_unix = launch_of("fastapi:front=nginx"), launch_of("fastapi:front=nginx-unix")

    assert option_of(over_tcp.argv, "--port") == "18124"
    assert "server 127.0.0.1:18124 " in over_tcp.files["nginx.conf"]
    assert option_of(over_unix.argv, "--uds") == "server.sock"
    assert "--port" not in over_unix.argv
    assert "server unix:server.sock " in over_unix.files["nginx.conf"]
    assert over_tcp.sidecars[0].argv[-6:] == ("-p", ".", "-c", "nginx.conf", "-e", "stderr")


def test_uwsgi_behind_nginx_speaks_its_own_protocol() -> None:
    launch = launch_of("django-wsgi:server=uwsgi:front=nginx-unix:proxy_timeout=2.5")

    assert option_of(launch.argv, "--socket") == "server.sock"
    assert "--http" not in launch.argv
    assert "uwsgi_pass app;" in launch.files["nginx.conf"]
    assert "uwsgi_read_timeout 2500ms;" in launch.files["nginx.conf"]


def server_of(text: str) -> str:
    """What serves a target, written as on the command line, in short."""
    choice = TargetChoice.parse(text)
    return catalog.find(choice.use).server(choice.options)


SERVERS_IN_SHORT = {
    "fastapi": "uvicorn ×1",
    "fastapi:workers=4": "uvicorn ×4",
    "fastapi:server=gunicorn:workers=2": "gunicorn ×2",
    "fastapi-sync": "uvicorn 1×40",
    "django-wsgi": "gthread 1×8",
    "django-wsgi:workers=4:api=drf": "gthread 4×8 drf",
    "django-wsgi:server=sync:workers=4": "sync ×4",
    "django-wsgi:server=uwsgi:front=nginx-unix": "uwsgi 1×8 nginx-unix",
    "django-wsgi:server=granian:threads=4": "granian 1×4",
    "fastapi:server=asgi:workers=2": "asgi ×2",
    "fastapi:server=daphne": "daphne ×1",
    "django-asgi:views=sync:cpus=1": "uvicorn ×1 sync views 1 cpu",
    "hybrid:env.DEMO=1:backlog=64": "uvicorn ×1 backlog 64 DEMO=1",
    "flask:workers=2": "gthread 2×8",
    "aiohttp": "aiohttp ×1",
    "robyn:workers=2": "robyn ×2",
}


def test_threads_are_those_of_the_server() -> None:
    assert option_of(launch_of("django-wsgi:threads=5").argv, "--threads") == "5"
    assert option_of(launch_of("django-wsgi:server=uwsgi:threads=5").argv, "--threads") == "5"
    assert option_of(launch_of("django-wsgi:server=granian:threads=5").argv, "--blocking-threads") == "5"
    assert launch_of("django-wsgi:server=hypercorn:threads=5").env["ABREAST_THREADS"] == "5"
    assert launch_of("fastapi-sync:threads=5").env["ABREAST_THREADS"] == "5"


def test_server_in_short() -> None:
    described = {text: server_of(text) for text in SERVERS_IN_SHORT}

    assert described == SERVERS_IN_SHORT


def test_unknown_target_names_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        catalog.find("django-wsgj")

    assert caught.value.what == "unknown target 'django-wsgj'"
    assert "did you mean 'django-wsgi'?" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "workload", "reason"),
    [
        ("django-wsgi", "tokens-ws", "its app speaks WSGI, which has no WebSockets"),
        ("django-wsgi-via-asgi", "tokens-ws", "its app speaks WSGI, which has no WebSockets"),
        (
            "django-asgi:views=sync",
            "tokens",
            "with views=sync Django sends a stream only after its last token",
        ),
        ("django-asgi", "tokens", ""),
        ("flask", "tokens-ws", "its app speaks WSGI, which has no WebSockets"),
        ("robyn", "tokens-ws", "Robyn opens every WebSocket before a handler could refuse it"),
        (
            "robyn",
            "classify",
            "Robyn reads multipart bodies itself, and answers a broken one with a plain 500, or never",
        ),
        ("hybrid", "tokens-ws", ""),
    ],
)
def test_what_cannot_be_served_has_a_reason(text: str, workload: str, reason: str) -> None:
    choice = TargetChoice.parse(text)

    assert catalog.find(choice.use).reason_not_to_serve(workload, choice.options) == reason


def test_a_framework_that_is_no_target_says_why() -> None:
    with pytest.raises(UsageError) as caught:
        catalog.find("django-bolt")

    assert (caught.value.what, caught.value.why) == (
        "django-bolt is not among the targets",
        "it needs Python 3.12 or newer, and has not been checked against the contract yet",
    )


@pytest.mark.parametrize("server", [*ASGI, *WSGI])
def test_the_name_of_a_server_leads_to_a_target_on_it(server: str) -> None:
    with pytest.raises(UsageError) as caught:
        catalog.find(server)

    assert (caught.value.what, caught.value.why) == (
        f"{server} is not a target",
        "it is a server, which runs the app of a target",
    )
    choice = TargetChoice.parse(caught.value.hint.removeprefix("for example "))
    assert choice.options.server == server
