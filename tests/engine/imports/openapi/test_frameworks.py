"""What frameworks describe can be sent to them: each request that is made of a document gets its success."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from engine.imports.openapi.document import parse_document
from engine.imports.openapi.operations import ALL, Chosen, OperationReader
from engine.imports.traffic import ImportedTraffic
from tests.engine.imports.openapi import fastapi_shop
from tests.support.imported import sent_by_httpx

pytestmark = pytest.mark.anyio

HERE = Path(__file__).parent
BASE = "http://shop.test"


def traffic_of(text: str) -> ImportedTraffic:
    """All operations of a document, those that write included."""
    return OperationReader(parse_document(text, "it"), f"{BASE}/openapi.json").traffic(Chosen((ALL,)))


async def test_fastapi() -> None:
    traffic = traffic_of(json.dumps(fastapi_shop.app.openapi()))
    variables = {
        "API_O_AUTH_2_PASSWORD_BEARER_TOKEN": fastapi_shop.TOKEN,
        "API_HTTP_BEARER_TOKEN": fastapi_shop.TOKEN,
        "API_KEY": fastapi_shop.KEY,
        "API_USER": fastapi_shop.USER,
        "API_PASSWORD": fastapi_shop.PASSWORD,
    }
    assert set(traffic.variables) <= set(variables)
    statuses: dict[str, int] = {}
    expected: dict[str, object] = {}
    answers: dict[str, object] = {}
    transport = httpx.ASGITransport(fastapi_shop.app)
    async with httpx.AsyncClient(transport=transport) as client:
        for request in traffic.requests:
            response = await client.send(sent_by_httpx(request, traffic, variables, BASE))
            statuses[request.name] = response.status_code
            (expected[request.name],) = request.expect_status
            answers[request.name] = response.text
    wrong = {name: (status, answers[name]) for name, status in statuses.items() if status != expected[name]}
    assert not wrong
    described = [
        f"{method.upper()} {path}"
        for path, item in fastapi_shop.app.openapi()["paths"].items()
        for method in item
    ]
    assert sorted(statuses) == sorted(described)
    off = [each.name for each in traffic.requests if not each.enabled]
    assert off == ["GET /events"]


@pytest.mark.parametrize("name", ["ninja_shop", "drf_shop"])
def test_frameworks_of_django(name: str) -> None:
    """In a process of its own, since Django has one configuration for each."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.engine.imports.openapi.{name}"],
        cwd=HERE.parents[3],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout)
    assert result["wrong"] == {}
    assert result["sent"] == result["described"]
    assert result["off"] == []
