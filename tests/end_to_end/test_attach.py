"""`abreast attach`: what runs already gets load, is metered where an engine can, and runs on."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest

from engine.attach import discover
from engine.metrics.records import Bucket
from targets.errors import AbreastError, TargetError
from tests.end_to_end.test_terminal import finish, shows, terminal
from tests.support import docker, server_elsewhere
from tests.support.fronts import Front, started, until
from tests.support.servers import CountingServer, serving, unused_port

if TYPE_CHECKING:
    from docker import APIClient

NOWHERE = {"DOCKER_HOST": "unix:///nowhere.sock"}
SHORT = ("--headless", "--json", "--seconds", "2", "--users", "4", "--think-time", "20 ms")


def labels(project: str, service: str, number: int = 1) -> dict[str, str]:
    """Those that compose gives its containers."""
    return {
        "com.docker.compose.project": project,
        "com.docker.compose.service": service,
        "com.docker.compose.container-number": str(number),
    }


def test_a_container_gets_load_is_metered_and_runs_on(engine: "APIClient", tmp_path: Path) -> None:
    limits = {"nano_cpus": 500_000_000, "mem_limit": 64 * server_elsewhere.MIB}
    with server_elsewhere.running(engine, name="abreast-test-Web", held=limits) as theirs:
        before, things = theirs.state, docker.things(engine)
        with started(tmp_path, "attach", theirs.name, "--path", "/hello", *SHORT) as front:
            assert front.wait() == 0, front.err
            (target,) = front.json["targets"]
            assert (target["name"], target["runtime"]) == ("abreast-test-web", "attached")
            assert target["address"] == f"127.0.0.1:{theirs.port}"
            assert target["limits"] == {
                "cpus": 0.5,
                "cpuset": "",
                "memory_bytes": 64 * server_elsewhere.MIB,
                "pids": None,
            }
            assert target["summary"]["ok"] > 0
            assert target["summary"]["failed"] == 0
            assert any(pct for pct in target["buckets"]["cpu_pct"])
            assert any(megabytes for megabytes in target["buckets"]["memory_mb"])
            (own,) = front.json["plan"]["target"]
            assert (own["container"], own["health"]) == ("abreast-test-Web:8000", "/health")
        assert theirs.state == before
        assert docker.things(engine) == things


def test_on_screen_its_lane_shows_what_its_engine_measures(engine: "APIClient", tmp_path: Path) -> None:
    """A key that would stop it says at once why it does not."""
    with (
        server_elsewhere.running(engine, held={"mem_limit": 64 * server_elsewhere.MIB}) as theirs,
        terminal(tmp_path, "attach", theirs.name, size=(40, 120)) as child,
    ):
        shows(child, r"cpu .*\d+ %.*\d+ MB")
        before = theirs.state
        child.send("k")
        shows(child, "abreast did not start")
        child.send("qq")
        shows(child, "run again")
        rest, code = finish(child, "q")
        assert code == 0
        assert "Traceback" not in rest
        assert theirs.state == before


def test_a_plan_names_a_container_as_a_record_does(engine: "APIClient", tmp_path: Path) -> None:
    with server_elsewhere.running(engine) as theirs:
        (tmp_path / "mine.toml").write_text(
            f'[[target]]\nname = "web"\ncontainer = "{theirs.name}"\n'
            '[[request]]\npath = "/"\n[[stages]]\nusers = 2\nhold = "1 s"\n'
        )
        with started(tmp_path, "run", "mine.toml", "--headless", "--json") as front:
            assert front.wait() == 0, front.err
            assert [each["runtime"] for each in front.json["targets"]] == ["attached"]
            assert front.json["targets"][0]["summary"]["ok"] > 0


def test_load_goes_on_over_a_restart(engine: "APIClient", tmp_path: Path) -> None:
    """Its port is one that it keeps; while it is away its requests fail, and then they do not."""
    port = unused_port()
    with (
        server_elsewhere.running(engine, host_port=port) as theirs,
        started(tmp_path, "attach", theirs.name, *SHORT, "--seconds", "600") as front,
    ):
        front.loads()
        engine.restart(theirs.id, timeout=0)
        until(lambda: _seconds(front, failed=True), "requests fail")
        failed = _seconds(front, failed=True)[0]
        until(lambda: _seconds(front, failed=False)[-1:] > [failed], "requests are answered again")
        front.process.terminate()
        assert front.wait() == 130
        events = [(each["kind"], each["target"]) for each in front.json["events"]]
        assert ("trouble", theirs.name[:24]) in events
        assert ("restart", theirs.name[:24]) in events
        assert front.json["targets"][0]["state"] == "stopped"
        assert theirs.state["Running"]


def _seconds(front: Front, *, failed: bool) -> list[int]:
    """Those in which requests failed, or in which some were answered and none failed."""
    return [
        each.second
        for each in front.records(Bucket)
        if any((tally.errors if failed else tally.ok.counts) for tally in each.tick_stats.requests.values())
        and (failed or not any(tally.errors for tally in each.tick_stats.requests.values()))
    ]


def test_a_projects_services_and_what_is_left_out(engine: "APIClient", tmp_path: Path) -> None:
    """Two of the one, another, a database, and one that publishes nothing."""
    with (
        server_elsewhere.running(engine, labels=labels("shop", "web", 2)),
        server_elsewhere.running(engine, labels=labels("shop", "web", 1)) as first,
        server_elsewhere.running(engine, labels=labels("shop", "fastapi")),
        server_elsewhere.running(engine, server_elsewhere.GREETER, labels=labels("shop", "db")),
        server_elsewhere.running(engine, ports=(), labels=labels("shop", "worker")),
        server_elsewhere.running(engine, labels=labels("other", "web")),
        started(tmp_path, "attach", "shop", *SHORT) as front,
    ):
        assert front.wait() == 0, front.err
        names = [each["name"] for each in front.json["targets"]]
        assert names == ["fastapi", "web", "web#2"]
        assert front.json["targets"][1]["address"] == f"127.0.0.1:{first.port}"
        assert all(each["summary"]["ok"] > 0 for each in front.json["targets"])
        assert "left out: db: port 8000 does not speak HTTP" in front.err


def test_of_several_ports_the_one_that_speaks_http(engine: "APIClient") -> None:
    """The lower one accepts connections, and says nothing."""
    code = "import threading; from http.server import *\nimport socket\n"
    code += "held = socket.create_server(('', 8000))\n"
    code += "HTTPServer(('', 9000), SimpleHTTPRequestHandler).serve_forever()"
    with server_elsewhere.running(engine, code, ports=(8000, 9000)) as theirs:
        assert _container(theirs.name) == f"{theirs.name}:9000"
        assert _container(theirs.id[:12]) == f"{theirs.name}:9000"
        with pytest.raises(TargetError, match="speaks HTTP") as caught:
            _container(f"{theirs.name}:8000", ready_within_s=2.0)
        assert caught.value.why == "port 8000 did not answer within 2 s"
        with pytest.raises(TargetError, match="does not publish its port 7000"):
            _container(f"{theirs.name}:7000")


def _container(word: str, ready_within_s: float | None = None) -> str:
    request = discover.AttachRequest((word,), ready_within_s=ready_within_s)
    return anyio.run(discover.attach, request, ()).plan.target[0].container


def test_a_servers_url(tmp_path: Path) -> None:
    async def attach() -> None:
        server = CountingServer()
        async with serving(server) as port:
            url = f"http://127.0.0.1:{port}"
            with started(tmp_path, "attach", url, "--path", "/x", *SHORT, environment=NOWHERE) as front:
                await anyio.to_thread.run_sync(front.wait)
                assert front.process.returncode == 0, front.err
                (target,) = front.json["targets"]
                assert (target["name"], target["runtime"]) == (f"127.0.0.1-{port}", "attached")
                assert 20 < target["summary"]["ok"] <= server.requests["/x"]
                assert server.requests["/health"] > 0

    anyio.run(attach)


@pytest.mark.parametrize(
    ("words", "says", "why", "hint"),
    [
        (
            ["http://127.0.0.1:9/a?b=1"],
            "is more than a server's address",
            "give the path separately",
            "abreast attach http://127.0.0.1:9 --path '/a?b=1'",
        ),
        (["ftp://127.0.0.1"], "is not the URL of a server", "(or https)", "http://127.0.0.1:8000"),
        (["localhost:9000"], "is not a URL", "no Docker Engine answers", "http://localhost:9000"),
        (["web"], "is not a URL", "nothing listens at unix:///nowhere.sock", "start Docker"),
        ([], "name what to attach to", "no Docker Engine answers", "abreast attach URL|CONTAINER|PROJECT"),
        (["http://93.184.216.34"], "sends no load to 93.184.216.34", "private", "--allow-host 93.184.216.34"),
    ],
)
def test_words_that_mean_nothing_without_an_engine(
    words: list[str], says: str, why: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", NOWHERE["DOCKER_HOST"])
    error = _refused(discover.AttachRequest(tuple(words)))
    assert says in error.what
    assert why in error.why
    assert hint in error.hint


def _refused(request: discover.AttachRequest) -> AbreastError:
    with pytest.raises(AbreastError) as caught:
        anyio.run(discover.attach, request, ())
    return caught.value


def test_words_that_mean_nothing_in_an_engine(engine: "APIClient") -> None:
    stopped = "raise SystemExit(3)"
    with (
        server_elsewhere.running(engine, name="abreast-test-shop-1", labels=labels("shop", "web")) as web,
        server_elsewhere.running(engine, stopped, name="abreast-test-over") as over,
        server_elsewhere.running(engine, name="abreast-test-closed", ports=()),
        server_elsewhere.running(engine, server_elsewhere.GREETER, labels=labels("data", "db")),
    ):
        until(lambda: over.state["Status"] == "exited", "it has ended")
        unknown = _refused(discover.AttachRequest(("abreast-test-shop",)))
        assert unknown.what == "no container or project is called 'abreast-test-shop'"
        assert f"abreast-test-shop-1 ({web.port}→8000)" in unknown.why
        assert re.search(r"projects: .*shop \(web\)", unknown.why)
        assert "did you mean 'abreast-test-shop-1'?" in unknown.hint
        assert _refused(discover.AttachRequest(("localhost:80",))).hint.endswith("http://localhost:80")
        ended = _refused(discover.AttachRequest(("abreast-test-over",)))
        assert ended.exit_code == 3
        assert "exited (Exited (3)" in ended.why
        assert ended.hint == "docker start abreast-test-over"
        closed = _refused(discover.AttachRequest(("abreast-test-closed",)))
        assert closed.what == "the container abreast-test-closed publishes no TCP port"
        assert "db: port 8000 does not speak HTTP" in _refused(discover.AttachRequest(("data",))).why
        nothing_said = _refused(discover.AttachRequest(()))
        assert "abreast-test-shop-1" in nothing_said.why


def test_what_is_not_well_is_refused_with_what_it_answers(engine: "APIClient") -> None:
    with server_elsewhere.running(engine, "", "--unwell") as theirs:
        error = _refused(discover.AttachRequest((theirs.name,), path="/x"))
        assert error.what.endswith("has no healthy response")
        assert error.why == "/health answers 503, /x answers 503"


def test_more_than_a_session_holds_are_chosen_among(engine: "APIClient") -> None:
    server = (
        "from http.server import *\nimport threading\n"
        "for port in range(8001, 8009):\n"
        "    made = HTTPServer(('', port), SimpleHTTPRequestHandler)\n"
        "    threading.Thread(target=made.serve_forever).start()\n"
    )
    with server_elsewhere.running(engine, server, ports=range(8001, 8009)) as theirs:
        words = tuple(f"{theirs.name}:{port}" for port in range(8001, 8009))
        error = _refused(discover.AttachRequest(words))
        assert error.what == "8 targets are too many: a session has at most 7"
        name = theirs.name
        assert error.hint == f"choose among them: --targets {name},{name}#2,{name}#3"
        chosen = anyio.run(discover.attach, discover.AttachRequest(words, targets=(f"{name}#3", name)), ())
        assert [each.name for each in chosen.plan.targets] == [f"{name}#3", name]
        assert [each.container for each in chosen.plan.target] == [f"{name}:8003", f"{name}:8001"]
        assert "unknown target 'nam'" in _refused(discover.AttachRequest(words, targets=("nam",))).what
