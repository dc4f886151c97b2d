"""Every target on every server, over a real socket, held to the contract: status, headers, and every byte."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import psutil
import pytest

from targets import catalog, contract, workload_requirements
from targets.runtime.child_env import SESSION_MARK
from tests.support.app_server import Server, client_end
from tests.targets.conftest import TEXTS

Case = contract.Request | contract.Refusal
Clients = dict[str, httpx.Client]

REQUESTS = [
    pytest.param(workload.name, request, id=f"{workload.name}-{request.name}")
    for workload in contract.WORKLOADS.values()
    for request in workload.requests
    if workload.name not in ("login", "tokens-ws")
]
"""Those of which the whole answer is known and comes over HTTP; the others have tests of their own."""
REFUSALS = [pytest.param(refusal, id=refusal.name) for refusal in contract.REFUSALS]

OF_THE_SERVER = {"server", "date", "connection"}
"""Headers that each server writes in its own way."""

OF_ROBYNS_STREAMS = {"cache-control", "expires", "pragma", "x-accel-buffering"}
"""Headers that Robyn writes on every stream, whatever the app says."""

CANNOT = {
    ("robyn", "trailing slash"): "Robyn takes `/tasks/` for `/tasks` before any handler sees the path",
    ("robyn", "a websocket"): "Robyn waits for the end of a request that asks for an upgrade",
}
"""A target and a refusal that its framework does not let it make; docs/targets.md says so."""

CLOSES = [text for text in TEXTS if "server=sync" in text]
"""gunicorn's sync workers answer one request a connection, by design."""

ON_TWISTED = [text for text in TEXTS if "server=daphne" in text]
FORMS_OF_TWISTED = {
    f"classify: {name}" for name in ("no boundary", "another boundary", "empty form", "51 MB")
}
"""Refusals that daphne makes itself, with a bare 400 and the end of the connection: Twisted parses forms
before the app gets them."""


@pytest.fixture(scope="module")
def clients(servers: dict[str, Server]) -> Iterator[Clients]:
    """A client of each target, with one connection for the whole module."""
    with ExitStack() as stack:
        yield {text: stack.enter_context(server.client()) for text, server in servers.items()}


def send(client: httpx.Client, case: Case) -> httpx.Response:
    """The answer to a request of the contract."""
    headers = dict(case.headers)
    if isinstance(case, contract.Request):
        files = None
        if upload := case.upload:
            files = {upload.field: (upload.name, upload.content, upload.content_type)}
        return client.request(case.method, case.path, json=case.json, files=files, headers=headers)
    if case.content_type:
        headers["content-type"] = case.content_type
    content = case.body + bytes(case.padding_bytes)
    return client.request(case.method, case.path, content=content or None, headers=headers)


def need(workload: str) -> None:
    """Leaves a test out where nobody could serve the workload here."""
    if missing := workload_requirements.missing_packages(workload):
        pytest.skip(f'missing: {", ".join(missing)}; pip install "abreast[{workload}]"')


def use_of(text: str) -> str:
    """The target's name in the catalogue."""
    return text.partition(":")[0]


def serving(clients: Clients, workload: str) -> Clients:
    """The clients of targets that serve a workload; with `views=sync`, only the time of a stream differs."""
    return {
        text: client for text, client in clients.items() if workload in catalog.find(use_of(text)).workloads
    }


def told(response: httpx.Response, text: str) -> tuple[int, bytes, dict[str, str]]:
    """Status, body, and the headers that are not the server's own."""
    own = OF_THE_SERVER | (OF_ROBYNS_STREAMS if use_of(text) == "robyn" else set())
    headers = {name: value for name, value in response.headers.items() if name not in own}
    if response.status_code == 204:
        headers.pop("content-length", None)  # uWSGI's router keeps no connection without one
    return response.status_code, response.content, headers


def all_told(clients: Clients, case: Case) -> dict[str, tuple[int, bytes, dict[str, str]]]:
    """What each target answers, some of them at a time."""
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda text: told(send(clients[text], case), text), clients)
        return dict(zip(clients, answers, strict=True))


@pytest.mark.parametrize(("workload", "case"), REQUESTS)
def test_all_answer_what_the_contract_says(clients: Clients, workload: str, case: contract.Request) -> None:
    need(workload)
    clients = serving(clients, workload)
    headers = {"content-type": case.content_type, "content-length": str(len(case.answer))}
    if case.stream:
        headers = {"content-type": case.content_type, "transfer-encoding": "chunked"}
    expected = (case.expect_status[0], case.answer, headers if case.answer else {})

    assert all_told(clients, case) == dict.fromkeys(clients, expected)


@pytest.mark.parametrize("case", REFUSALS)
def test_all_refuse_what_the_contract_says(clients: Clients, case: contract.Refusal) -> None:
    need(case.workload)
    clients = {
        text: client
        for text, client in serving(clients, case.workload).items()
        if (use_of(text), case.name) not in CANNOT
    }
    body = b"" if case.method == "HEAD" else case.answer
    headers = {"content-type": contract.CONTENT_TYPE, "content-length": str(len(case.answer))}
    allow = {"allow": case.allow} if case.allow else {}
    if case.status == 401:
        headers["www-authenticate"] = "Bearer"

    told_by = all_told(clients, case)

    if case.name in FORMS_OF_TWISTED:
        assert [told_by.pop(text)[:2] for text in ON_TWISTED] == [(400, b"")] * len(ON_TWISTED)
    assert told_by == dict.fromkeys(told_by, (case.status, body, headers | allow))


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "APPLICATION/merge-patch+json"])
def test_json_may_come_under_any_json_type(clients: Clients, method: str, content_type: str) -> None:
    headers = {"content-type": content_type}
    path = "/tasks" if method == "POST" else "/tasks/3"
    expected = {"GET": 200, "POST": 201, "PUT": 200, "PATCH": 200, "DELETE": 204}[method]

    statuses = {
        text: client.request(method, path, content=b'{"title":"a","done":true}', headers=headers).status_code
        for text, client in clients.items()
    }

    assert statuses == dict.fromkeys(clients, expected)


def test_a_change_of_nothing_leaves_the_task_as_it_was(clients: Clients) -> None:
    for text, client in clients.items():
        assert client.patch("/tasks/3", json={}).content == client.get("/tasks/3").content, text


def test_a_query_changes_nothing(clients: Clients) -> None:
    for text, client in clients.items():
        assert client.get("/tasks?page=2&page=3").content == client.get("/tasks").content, text


@pytest.mark.parametrize("text", [text for text in TEXTS if text not in CLOSES])
def test_one_connection_carries_every_request_and_refusal(clients: Clients, text: str) -> None:
    served = catalog.find(use_of(text)).workloads
    cases: list[Case] = [each.values[1] for each in REQUESTS if each.values[0] in served]  # type: ignore[misc]
    cases += [
        refusal
        for refusal in contract.REFUSALS
        if refusal.workload in served
        and not refusal.padding_bytes
        and not (text in ON_TWISTED and refusal.name in FORMS_OF_TWISTED)
    ]

    assert len({client_end(send(clients[text], case)) for case in cases}) == 1


def test_a_websocket_is_refused(clients: Clients) -> None:
    handshake = {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    }

    statuses = {
        text: client.get("/ws", headers=handshake).status_code
        for text, client in clients.items()
        if (use_of(text), "a websocket") not in CANNOT
    }

    assert set(statuses.values()) <= {403, 404}, statuses


def test_nothing_but_a_date_comes_beside_the_contract(clients: Clients) -> None:
    for text, client in clients.items():
        headers = client.get("/test").headers

        assert "date" in headers, text
        assert set(headers) <= {"content-type", "content-length", *OF_THE_SERVER}, text


SELF_DOCUMENTED = ("fastapi", "fastapi-sync", "hybrid", "django-ninja", "django-ninja-asgi")
"""Targets whose framework describes their paths by itself, at `/docs`."""


@pytest.mark.parametrize("name", SELF_DOCUMENTED)
def test_a_framework_keeps_its_documentation(clients: Clients, name: str) -> None:
    described = clients[name].get("/openapi.json").json()["paths"]["/tasks/{number}"]

    assert clients[name].get("/docs").status_code == 200
    assert set(described) == {"get", "put", "patch", "delete"}


def test_no_server_hides_from_the_guard(servers: dict[str, Server]) -> None:
    """Some programs write a title over their environment, by which a session's processes are known."""
    for text, server in servers.items():
        for pid in server.pids:
            root = psutil.Process(pid)
            for process in (root, *root.children(recursive=True)):
                assert process.environ().get(SESSION_MARK) == "test-servers", (text, process.cmdline())


def test_the_hybrid_has_django_below_its_mount(clients: Clients) -> None:
    hybrid = clients["hybrid"]
    page = hybrid.get("/django/admin/login/")

    assert page.status_code == 200
    assert "Django administration" in page.text
    assert hybrid.get("/django/static/admin/css/base.css").status_code == 200
    for path in ("/test", "/tasks", "/tasks/7", "/nothing"):
        assert hybrid.get(f"/django{path}").content == hybrid.get(path).content


def test_somebody_can_enter_the_hybrids_admin(servers: dict[str, Server]) -> None:
    with servers["hybrid"].client() as client:
        token = client.get("/django/admin/login/").cookies["csrftoken"]
        form = {"username": "abreast", "password": "abreast", "csrfmiddlewaretoken": token}
        answer = client.post("/django/admin/login/?next=/django/admin/", data=form, follow_redirects=True)

    assert "Site administration" in answer.text
