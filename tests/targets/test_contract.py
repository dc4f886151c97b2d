"""Every target, over a real socket, held to the contract: status, headers that matter, body to the byte."""

from collections.abc import Iterator

import httpx
import pytest

from targets import catalog, contract
from tests.targets.server import Server, client_end

REQUESTS = [
    pytest.param(request, id=f"{workload.name}-{request.name}")
    for workload in contract.WORKLOADS.values()
    for request in workload.requests
]
REFUSALS = [pytest.param(refusal, id=refusal.name) for refusal in contract.REFUSALS]

OF_THE_SERVER = {"server", "date", "connection"}
"""Headers that each server writes in its own way."""


@pytest.fixture(scope="module", params=list(catalog.TARGETS))
def client(request: pytest.FixtureRequest, servers: dict[str, Server]) -> Iterator[httpx.Client]:
    """A client of each target in turn, with one connection for the whole module."""
    with servers[request.param].client() as client:
        yield client


def send(client: httpx.Client, case: contract.Request | contract.Refusal) -> httpx.Response:
    """The answer to a request of the contract."""
    if isinstance(case, contract.Request):
        return client.request(case.method, case.path, json=case.json)
    headers = {"content-type": case.content_type} if case.content_type else {}
    return client.request(case.method, case.path, content=case.body or None, headers=headers)


@pytest.mark.parametrize("case", REQUESTS)
def test_answers_what_the_contract_says(client: httpx.Client, case: contract.Request) -> None:
    response = send(client, case)

    assert (response.status_code, response.content) == (case.expect_status[0], case.answer)
    has_body = bool(case.answer)
    assert response.headers.get("content-type") == (contract.CONTENT_TYPE if has_body else None)
    assert response.headers.get("content-length") == (str(len(case.answer)) if has_body else None)


@pytest.mark.parametrize("case", REFUSALS)
def test_refuses_what_the_contract_says(client: httpx.Client, case: contract.Refusal) -> None:
    response = send(client, case)

    body = b"" if case.method == "HEAD" else case.answer
    assert (response.status_code, response.content) == (case.status, body)
    assert response.headers["content-type"] == contract.CONTENT_TYPE
    assert response.headers["content-length"] == str(len(case.answer))
    assert response.headers.get("allow", "") == case.allow


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "APPLICATION/merge-patch+json"])
def test_json_may_come_under_any_json_type(client: httpx.Client, method: str, content_type: str) -> None:
    headers = {"content-type": content_type}
    path = "/tasks" if method == "POST" else "/tasks/3"

    response = client.request(method, path, content=b'{"title":"a","done":true}', headers=headers)

    expected = {"GET": 200, "POST": 201, "PUT": 200, "PATCH": 200, "DELETE": 204}
    assert response.status_code == expected[method]


def test_a_change_of_nothing_leaves_the_task_as_it_was(client: httpx.Client) -> None:
    assert client.patch("/tasks/3", json={}).content == client.get("/tasks/3").content


def test_a_query_changes_nothing(client: httpx.Client) -> None:
    assert client.get("/tasks?page=2&page=3").content == client.get("/tasks").content


def test_one_connection_carries_every_request_and_refusal(client: httpx.Client) -> None:
    cases: list[contract.Request | contract.Refusal] = [
        *(request for workload in contract.WORKLOADS.values() for request in workload.requests),
        *contract.REFUSALS,
    ]

    assert len({client_end(send(client, case)) for case in cases}) == 1


def test_a_websocket_is_refused(client: httpx.Client) -> None:
    handshake = {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    }

    assert client.get("/ws", headers=handshake).status_code in {403, 404}


@pytest.mark.parametrize("case", [*REQUESTS, *REFUSALS])
def test_all_targets_answer_alike(
    servers: dict[str, Server], case: contract.Request | contract.Refusal
) -> None:
    answers = set()
    for server in servers.values():
        with server.client() as client:
            response = send(client, case)
        headers = tuple(sorted(pair for pair in response.headers.items() if pair[0] not in OF_THE_SERVER))
        answers.add((response.status_code, headers, response.content))

    assert len(answers) == 1


@pytest.mark.parametrize("name", list(catalog.TARGETS))
def test_nothing_but_a_date_comes_beside_the_contract(servers: dict[str, Server], name: str) -> None:
    with servers[name].client() as client:
        headers = client.get("/test").headers

    assert "date" in headers
    assert set(headers) <= {"content-type", "content-length", *OF_THE_SERVER}


def test_fastapi_keeps_its_documentation(servers: dict[str, Server]) -> None:
    with servers["fastapi"].client() as client:
        assert client.get("/docs").status_code == 200
        assert set(client.get("/openapi.json").json()["paths"]["/tasks/{number}"]) == {
            "get",
            "put",
            "patch",
            "delete",
        }
