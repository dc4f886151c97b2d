"""Whatever schemathesis makes of the FastAPI schema, good and bad: no target fails, and all answer alike."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from targets import catalog
from targets.apps.fastapi_app import app
from tests.support.app_server import Server

EXAMPLES = 12
SCHEMA: Any = schemathesis.openapi.from_dict(app.openapi())
OPERATIONS = {f"{each.ok().method} {each.ok().path}": each.ok() for each in SCHEMA.get_all_operations()}
WITH_INPUT = [name for name, each in OPERATIONS.items() if each.body or each.query or each.path_parameters]
FEW = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
CLASSIFIES = "post /api/predict"
"""Not every target serves it."""
CONNECTION = {"connection", "host", "transfer-encoding", "accept-encoding"}


@pytest.fixture(scope="module")
def clients(servers: dict[str, Server]) -> Iterator[dict[str, httpx.Client]]:
    """A client of every target, with one connection."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(servers[name].client()) for name in catalog.TARGETS}


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_the_schema_allows(clients: dict[str, httpx.Client], name: str) -> None:
    replay(clients, name, GenerationMode.POSITIVE)


@pytest.mark.parametrize("name", WITH_INPUT)
def test_what_the_schema_forbids(clients: dict[str, httpx.Client], name: str) -> None:
    replay(clients, name, GenerationMode.NEGATIVE)


def replay(clients: dict[str, httpx.Client], name: str, mode: GenerationMode) -> None:
    """Sends the same cases, to the byte, to every target."""

    @FEW
    @given(case=OPERATIONS[name].as_strategy(generation_mode=mode))
    def check(case: Any) -> None:
        sent: Any = requests.Request(**case.as_transport_kwargs(base_url="http://127.0.0.1")).prepare()
        if takes_long(sent.path_url):
            return
        headers = {key: value for key, value in sent.headers.items() if key.lower() not in CONNECTION}
        answers = {
            target: client.request(sent.method, sent.path_url, headers=headers, content=sent.body)
            for target, client in clients.items()
            if name != CLASSIFIES or "classify" in catalog.find(target).workloads
        }
        told = {target: (each.status_code, each.content) for target, each in answers.items()}
        assert all(status < 500 for status, _ in told.values()), told
        assert len(set(told.values())) == 1, told

    check()


def takes_long(path: str) -> bool:
    """Whether it asks for tokens over minutes."""
    query = httpx.URL(path).params
    return path.startswith("/generate") and query.get("pace_ms", "20").isdecimal()
