"""What no single answer shows: tokens come one by one, tokens of a login are signed, faults of the upstream,
knobs that are turned while a target runs."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from engine.plan.targets import TargetChoice
from targets import catalog, contract
from targets.apps.live_settings import write
from targets.apps.upstream_client import NOTES
from targets.options import Options
from tests.support.app_server import Server, all_running, running, upstream
from tests.support.waiting import until
from tests.targets.conftest import TEXTS

ON_ASGI = [text for text in TEXTS if "tokens-ws" in catalog.find(text.partition(":")[0]).workloads]
FROM_UPSTREAM = ["fastapi", "fastapi-sync", "django-wsgi", "django-asgi", "django-wsgi-via-asgi"]
WITH_TASKS = ["starlette", "litestar", "flask", "aiohttp", "django-ninja-asgi", "robyn"]
"""Further frameworks with tasks after an answer; the client of the upstream is the same."""
STREAMING = [text for text in TEXTS if "views=sync" not in text]
SLOW = {"pace_ms": 4000, "n": 2}

WITHOUT_A_REASON = {"asgi": 403, "daphne": 403}
"""Servers that refuse a WebSocket with a status of their own, whatever the app answers: they do not have
ASGI's extension for it. The others send the app's answer."""


def fault(reason: str) -> bytes:
    """The body of a 502."""
    return f'{{"error":"bad gateway","reason":"{reason}"}}'.encode()


@pytest.mark.parametrize("text", STREAMING)
def test_tokens_come_one_by_one(servers: dict[str, Server], text: str) -> None:
    """The first is here long before the second is due: the server holds nothing back."""
    with (
        servers[text].client() as client,
        client.stream("GET", "/generate", params=SLOW, timeout=3) as response,
    ):
        first = next(response.iter_lines())

    assert first == 'data: {"index":0,"token":"the"}'


@pytest.mark.parametrize("text", ON_ASGI)
def test_tokens_over_a_websocket(servers: dict[str, Server], text: str) -> None:
    (request,) = contract.TOKENS_WS.requests
    url = servers[text].url.replace("http://", "ws://")

    with connect(f"{url}{request.path}", proxy=None) as socket:
        messages = [message for message in socket if isinstance(message, str)]

    assert "\n".join(messages).encode() == request.answer
    assert socket.close_code == 1000


@pytest.mark.parametrize("text", ON_ASGI)
def test_a_websocket_is_refused_with_the_reason(servers: dict[str, Server], text: str) -> None:
    url = servers[text].url.replace("http://", "ws://")
    refusal = next(each for each in contract.REFUSALS if each.name == "tokens: none")

    with pytest.raises(InvalidStatus) as caught:
        connect(f"{url}/ws/generate?n=0", proxy=None)

    response = caught.value.response
    if status := WITHOUT_A_REASON.get(TargetChoice.parse(text).options.server):
        assert response.status_code == status
    else:
        assert (response.status_code, response.body) == (422, refusal.answer)


def test_who_left_early_does_not_trouble_the_others(servers: dict[str, Server]) -> None:
    for text in ON_ASGI:
        url = servers[text].url.replace("http://", "ws://")
        # A client that stops reading may never see the server's close: it need not wait for it.
        with connect(f"{url}/ws/generate?n=1000&pace_ms=1", proxy=None, close_timeout=1) as socket:
            socket.recv(30)
        with connect(f"{url}/ws/generate?n=1&pace_ms=0", proxy=None) as socket:
            assert len(list(socket)) == 2
        assert "Traceback" not in servers[text].log_path.read_text()


@pytest.mark.parametrize("text", TEXTS)
def test_a_token_says_who_holds_it(servers: dict[str, Server], text: str) -> None:
    login, me = contract.LOGIN.requests
    with servers[text].client() as client:
        answer = client.request(login.method, login.path, json=login.json)
        token = answer.json()["token"]
        who = client.get(me.path, headers={"authorization": f"bearer {token}"})
        forged = client.get(me.path, headers={"authorization": f"Bearer {token[:-1]}x"})

    assert (answer.status_code, answer.json()["token_type"]) == (200, "bearer")
    assert (who.status_code, who.content) == (200, me.answer)
    assert (forged.status_code, forged.json()["reason"]) == (401, "the token is not valid")


def test_any_worker_of_a_session_knows_its_tokens_and_no_other_sessions(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    with (
        running("fastapi", folders[0], Options(workers=2), {"ABREAST_SESSION": "one"}) as one,
        running("django-wsgi", folders[1], environment={"ABREAST_SESSION": "two"}) as two,
    ):
        token = httpx.post(f"{one.url}/login", json=contract.LOGIN.requests[0].json, trust_env=False).json()[
            "token"
        ]
        headers = {"authorization": f"Bearer {token}"}
        here = {httpx.get(f"{one.url}/me", headers=headers, trust_env=False).status_code for _ in range(8)}
        there = httpx.get(f"{two.url}/me", headers=headers, trust_env=False).status_code

    assert (here, there) == ({200}, 401)


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Server]]]:
    """An upstream's folder, and targets that ask it: by each kind of client, and with a task afterwards."""
    folder = tmp_path_factory.mktemp("upstream")
    texts = [
        *(f"{name}:background=on" for name in (*FROM_UPSTREAM, *WITH_TASKS)),
        *(f"{name}:client=per-request" for name in FROM_UPSTREAM),
    ]
    with (
        upstream(folder) as asked,
        all_running(texts, tmp_path_factory.mktemp("asking"), upstream_url=asked.url) as servers,
    ):
        yield folder, servers


def answers(servers: dict[str, Server]) -> set[tuple[int, bytes]]:
    """What they all say to the same question."""
    with ExitStack() as stack:
        clients = [stack.enter_context(server.client()) for server in servers.values()]
        pool = stack.enter_context(ThreadPoolExecutor(len(clients)))
        said = list(pool.map(lambda client: client.get("/data", timeout=30), clients))
    return {(each.status_code, each.content) for each in said}


def test_faults_of_the_upstream_are_told_alike(asking: tuple[Path, dict[str, Server]]) -> None:
    folder, servers = asking
    live_settings = folder / "live-settings.json"

    write(live_settings, {"delay_s": 0.0})
    await_turn(servers, 200)
    assert answers(servers) == {(200, contract.UPSTREAM_JSON)}
    write(live_settings, {"delay_s": 0.0, "error_rate": 1.0})
    await_turn(servers, 502)
    assert answers(servers) == {(502, fault("the upstream answered 500"))}
    write(live_settings, {"delay_s": 0.0, "error_rate": 0.25})
    await_turn(servers, 200)
    with next(iter(servers.values())).client() as client:
        statuses = [client.get("/data").status_code for _ in range(40)]
    assert statuses.count(502) == 10


def await_turn(servers: dict[str, Server], status: int) -> None:
    """Asks until the upstream has seen its knobs."""
    with next(iter(servers.values())).client() as client:
        until(lambda: client.get("/data", timeout=30).status_code == status, f"it answers {status}")


def test_an_upstream_that_takes_too_long(asking: tuple[Path, dict[str, Server]]) -> None:
    folder, servers = asking
    write(folder / "live-settings.json", {"delay_s": contract.UPSTREAM_TIMEOUT_S + 3.0, "error_rate": 0.0})
    some = {text: servers[text] for text in ("fastapi:background=on", "django-wsgi:background=on")}
    reason = f"the upstream did not answer within {contract.UPSTREAM_TIMEOUT_S} s"
    until(lambda: answers(some) == {(502, fault(reason))}, "both give up", seen=lambda: answers(some))
    write(folder / "live-settings.json", {"delay_s": 0.0})


def test_something_is_done_after_the_answer(asking: tuple[Path, dict[str, Server]]) -> None:
    _, servers = asking
    for text, server in servers.items():
        notes = server.log_path.parent / NOTES
        with server.client() as client:
            client.get("/data")
            if "background=on" in text:
                until(partial(has_text, notes), f"{text} has done it")
        assert notes.exists() == ("background=on" in text)


def has_text(path: Path) -> bool:
    """Whether it is there, with something in it."""
    return path.exists() and bool(path.read_text())


def test_no_upstream_at_all(tmp_path: Path) -> None:
    with all_running(FROM_UPSTREAM, tmp_path, upstream_url="http://127.0.0.1:9") as servers:
        assert answers(servers) == {(502, fault("the upstream cannot be reached"))}


@pytest.mark.parametrize("name", ["fastapi", "django-wsgi"])
def test_the_models_time_is_turned_while_it_runs(tmp_path: Path, name: str) -> None:
    """A model of 30 s answers at once when its knob says so, in every worker."""
    live_settings = tmp_path / "live-settings.json"
    (request,) = contract.SLOW_MODEL.requests
    options = Options(workers=2, model_time=30.0)
    with running(name, tmp_path, options, live_settings=live_settings) as server:
        write(live_settings, {"model_seconds": 0.0})
        for _ in range(6):
            answer = httpx.post(f"{server.url}/predict", json=request.json, trust_env=False, timeout=10)
            assert answer.content == request.answer


@pytest.mark.parametrize(
    "text", ["fastapi:model=batched", "fastapi-sync:model=batched", "fastapi:model=thread"]
)
def test_classify_by_each_strategy(tmp_path: Path, cache: Path, text: str) -> None:
    pytest.importorskip("onnxruntime", reason='pip install "abreast[classify]"')
    (request,) = contract.CLASSIFY.requests
    assert request.upload is not None
    files = {request.upload.field: (request.upload.name, request.upload.content, "image/jpeg")}
    with all_running([text], tmp_path, cache=cache, workload="classify") as servers:
        answer = httpx.post(f"{servers[text].url}/api/predict", files=files, trust_env=False, timeout=30)

    assert (answer.status_code, json.loads(answer.content)) == (200, json.loads(request.answer))
